# unit tests of store: one program a module
if HAVE_CMOCKA
store_tests = tests/unit/test_store_open
check_PROGRAMS += $(store_tests)
TESTS += $(store_tests)
store_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) $(ZSTD_CFLAGS)
store_test_libs = libstore.a libdesk.a libmail.a libbase.a $(STORE_LIBS) $(MAIL_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
store_test_fixture = tests/unit/store_fixture.c tests/unit/store_fixture.h

tests_unit_test_store_open_SOURCES = tests/unit/test_store_open.c $(store_test_fixture)
tests_unit_test_store_open_CFLAGS = $(store_test_cflags)
tests_unit_test_store_open_LDADD = $(store_test_libs)
endif
