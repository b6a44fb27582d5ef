# unit tests of desk: one program a module
if HAVE_CMOCKA
desk_tests = tests/unit/test_desk_scan
check_PROGRAMS += $(desk_tests)
TESTS += $(desk_tests)
desk_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
desk_test_libs = libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
desk_test_fixture = tests/unit/desk_fixture.c tests/unit/desk_fixture.h

tests_unit_test_desk_scan_SOURCES = tests/unit/test_desk_scan.c $(desk_test_fixture)
tests_unit_test_desk_scan_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_scan_LDADD = $(desk_test_libs)
endif
