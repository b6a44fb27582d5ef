# unit tests of base: one program a module, the small ones of text together
if HAVE_CMOCKA
base_tests = \
	tests/unit/test_base_clock \
	tests/unit/test_base_csv \
	tests/unit/test_base_file \
	tests/unit/test_base_frame \
	tests/unit/test_base_jail \
	tests/unit/test_base_log \
	tests/unit/test_base_starter \
	tests/unit/test_base_syntax \
	tests/unit/test_base_text
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
base_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
base_test_libs = libbase.a $(CRYPTO_LIBS) $(SECCOMP_LIBS) $(CMOCKA_LIBS)

tests_unit_test_base_clock_SOURCES = tests/unit/test_base_clock.c
tests_unit_test_base_clock_CFLAGS = $(base_test_cflags)
tests_unit_test_base_clock_LDADD = $(base_test_libs)
tests_unit_test_base_csv_SOURCES = tests/unit/test_base_csv.c
tests_unit_test_base_csv_CFLAGS = $(base_test_cflags)
tests_unit_test_base_csv_LDADD = $(base_test_libs)
tests_unit_test_base_file_SOURCES = tests/unit/test_base_file.c
tests_unit_test_base_file_CFLAGS = $(base_test_cflags)
tests_unit_test_base_file_LDADD = $(base_test_libs)
tests_unit_test_base_frame_SOURCES = tests/unit/test_base_frame.c
tests_unit_test_base_frame_CFLAGS = $(base_test_cflags)
tests_unit_test_base_frame_LDADD = $(base_test_libs)
tests_unit_test_base_jail_SOURCES = tests/unit/test_base_jail.c
tests_unit_test_base_jail_CFLAGS = $(base_test_cflags)
tests_unit_test_base_jail_LDADD = $(base_test_libs)
tests_unit_test_base_log_SOURCES = tests/unit/test_base_log.c
tests_unit_test_base_log_CFLAGS = $(base_test_cflags)
tests_unit_test_base_log_LDADD = $(base_test_libs)
tests_unit_test_base_starter_SOURCES = tests/unit/test_base_starter.c
tests_unit_test_base_starter_CFLAGS = $(base_test_cflags)
tests_unit_test_base_starter_LDADD = $(base_test_libs)
tests_unit_test_base_syntax_SOURCES = tests/unit/test_base_syntax.c
tests_unit_test_base_syntax_CFLAGS = $(base_test_cflags)
tests_unit_test_base_syntax_LDADD = $(base_test_libs)
tests_unit_test_base_text_SOURCES = tests/unit/test_base_text.c
tests_unit_test_base_text_CFLAGS = $(base_test_cflags)
tests_unit_test_base_text_LDADD = $(base_test_libs)
endif
