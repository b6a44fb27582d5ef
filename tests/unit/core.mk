# unit tests of core: one program a module
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_core_config
TESTS += tests/unit/test_core_config
tests_unit_test_core_config_SOURCES = tests/unit/test_core_config.c
tests_unit_test_core_config_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_core_config_LDADD = libcore.a libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
endif
