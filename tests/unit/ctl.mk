# unit tests of ctl: one program a module
if HAVE_CMOCKA
ctl_tests = tests/unit/test_ctl_table tests/unit/test_ctl_cases tests/unit/test_ctl_client tests/unit/test_core_query
check_PROGRAMS += $(ctl_tests)
TESTS += $(ctl_tests)
ctl_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)

tests_unit_test_ctl_table_SOURCES = tests/unit/test_ctl_table.c
tests_unit_test_ctl_table_CFLAGS = $(ctl_test_cflags)
tests_unit_test_ctl_table_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)

tests_unit_test_ctl_cases_SOURCES = tests/unit/test_ctl_cases.c tests/unit/store_fixture.c tests/unit/store_fixture.h
tests_unit_test_ctl_cases_CFLAGS = $(ctl_test_cflags)
tests_unit_test_ctl_cases_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)

tests_unit_test_ctl_client_SOURCES = tests/unit/test_ctl_client.c
tests_unit_test_ctl_client_CFLAGS = $(ctl_test_cflags)
tests_unit_test_ctl_client_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)

tests_unit_test_core_query_SOURCES = tests/unit/test_core_query.c tests/unit/store_fixture.c tests/unit/store_fixture.h
tests_unit_test_core_query_CFLAGS = $(ctl_test_cflags)
tests_unit_test_core_query_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
endif
EXTRA_DIST += tests/cases/cli
