# unit tests of base: one program a module, the small ones of text together
if HAVE_CMOCKA
base_tests = \
	tests/unit/test_base_jail \
	tests/unit/test_base_starter
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
base_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
base_test_libs = libbase.a $(CRYPTO_LIBS) $(SECCOMP_LIBS) $(CMOCKA_LIBS)

tests_unit_test_base_jail_SOURCES = tests/unit/test_base_jail.c
tests_unit_test_base_jail_CFLAGS = $(base_test_cflags)
tests_unit_test_base_jail_LDADD = $(base_test_libs)
tests_unit_test_base_starter_SOURCES = tests/unit/test_base_starter.c
tests_unit_test_base_starter_CFLAGS = $(base_test_cflags)
tests_unit_test_base_starter_LDADD = $(base_test_libs)
endif
