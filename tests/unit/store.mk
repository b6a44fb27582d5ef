# unit tests of store: one program a module
if HAVE_CMOCKA
store_tests = tests/unit/test_store_audit tests/unit/test_store_filing tests/unit/test_store_letter tests/unit/test_store_open tests/unit/test_store_people tests/unit/test_store_view
check_PROGRAMS += $(store_tests)
TESTS += $(store_tests)
store_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) $(ZSTD_CFLAGS)
store_test_libs = libstore.a libdesk.a libmail.a libbase.a $(STORE_LIBS) $(MAIL_LIBS) $(DESK_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
store_test_fixture = tests/unit/store_fixture.c tests/unit/store_fixture.h

tests_unit_test_store_audit_SOURCES = tests/unit/test_store_audit.c $(store_test_fixture)
tests_unit_test_store_audit_CFLAGS = $(store_test_cflags)
tests_unit_test_store_audit_LDADD = $(store_test_libs)
tests_unit_test_store_open_SOURCES = tests/unit/test_store_open.c $(store_test_fixture)
tests_unit_test_store_open_CFLAGS = $(store_test_cflags)
tests_unit_test_store_open_LDADD = $(store_test_libs)
tests_unit_test_store_filing_SOURCES = tests/unit/test_store_filing.c $(store_test_fixture)
tests_unit_test_store_filing_CFLAGS = $(store_test_cflags)
tests_unit_test_store_filing_LDADD = $(store_test_libs)
tests_unit_test_store_letter_SOURCES = tests/unit/test_store_letter.c $(store_test_fixture)
tests_unit_test_store_letter_CFLAGS = $(store_test_cflags)
tests_unit_test_store_letter_LDADD = $(store_test_libs)
tests_unit_test_store_people_SOURCES = tests/unit/test_store_people.c $(store_test_fixture)
tests_unit_test_store_people_CFLAGS = $(store_test_cflags)
tests_unit_test_store_people_LDADD = $(store_test_libs)
tests_unit_test_store_view_SOURCES = tests/unit/test_store_view.c $(store_test_fixture)
tests_unit_test_store_view_CFLAGS = $(store_test_cflags)
tests_unit_test_store_view_LDADD = $(store_test_libs)
endif
