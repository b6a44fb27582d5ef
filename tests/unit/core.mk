# unit tests of core: one program a module
if HAVE_CMOCKA
core_tests = tests/unit/test_core_config tests/unit/test_core_intake
check_PROGRAMS += $(core_tests)
TESTS += $(core_tests)
core_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
core_test_libs = libcore.a libstore.a libdesk.a libmail.a libbase.a $(STORE_LIBS) $(JANSSON_LIBS) $(MAIL_LIBS) $(PCRE2_LIBS) $(SYSTEMD_LIBS) $(SECCOMP_LIBS) \
	$(CRYPTO_LIBS) $(CMOCKA_LIBS)
core_test_fixture = tests/unit/core_fixture.c tests/unit/core_fixture.h

tests_unit_test_core_config_SOURCES = tests/unit/test_core_config.c
tests_unit_test_core_config_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_core_config_LDADD = libcore.a libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

tests_unit_test_core_intake_SOURCES = tests/unit/test_core_intake.c $(core_test_fixture)
tests_unit_test_core_intake_CFLAGS = $(core_test_cflags)
tests_unit_test_core_intake_LDADD = $(core_test_libs)
endif
