# unit tests of mail: one program a group of modules that are read together
if HAVE_CMOCKA
mail_tests = \
	tests/unit/test_mail_charset \
	tests/unit/test_mail_header \
	tests/unit/test_mail_html \
	tests/unit/test_mail_quote \
	tests/unit/test_mail_message \
	tests/unit/test_mail_files \
	tests/unit/test_mail_history \
	tests/unit/test_mail_persons \
	tests/unit/test_mail_kind \
	tests/unit/test_mail_carry \
	tests/unit/test_mail_compose \
	tests/unit/test_mail_forwarded \
	tests/unit/test_mail_compose_parts \
	tests/unit/test_mail_bounds \
	tests/unit/test_mail_thread \
	tests/unit/test_mail_limits
check_PROGRAMS += $(mail_tests)
TESTS += $(mail_tests)
mail_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
mail_test_libs = libmail.a libbase.a $(MAIL_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
mail_test_fixture = tests/unit/mail_fixture.h
tests_unit_test_mail_thread_SOURCES = tests/unit/test_mail_thread.c $(mail_test_fixture)
tests_unit_test_mail_thread_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_thread_LDADD = $(mail_test_libs)
tests_unit_test_mail_charset_SOURCES = tests/unit/test_mail_charset.c $(mail_test_fixture)
tests_unit_test_mail_charset_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_charset_LDADD = $(mail_test_libs)
tests_unit_test_mail_header_SOURCES = tests/unit/test_mail_header.c $(mail_test_fixture)
tests_unit_test_mail_header_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_header_LDADD = $(mail_test_libs)
tests_unit_test_mail_html_SOURCES = tests/unit/test_mail_html.c $(mail_test_fixture)
tests_unit_test_mail_html_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_html_LDADD = $(mail_test_libs)
tests_unit_test_mail_quote_SOURCES = tests/unit/test_mail_quote.c $(mail_test_fixture)
tests_unit_test_mail_quote_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_quote_LDADD = $(mail_test_libs)
tests_unit_test_mail_message_SOURCES = tests/unit/test_mail_message.c $(mail_test_fixture)
tests_unit_test_mail_message_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_message_LDADD = $(mail_test_libs)
tests_unit_test_mail_files_SOURCES = tests/unit/test_mail_files.c $(mail_test_fixture)
tests_unit_test_mail_files_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_files_LDADD = $(mail_test_libs)
tests_unit_test_mail_history_SOURCES = tests/unit/test_mail_history.c $(mail_test_fixture)
tests_unit_test_mail_history_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_history_LDADD = $(mail_test_libs)
tests_unit_test_mail_persons_SOURCES = tests/unit/test_mail_persons.c $(mail_test_fixture)
tests_unit_test_mail_persons_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_persons_LDADD = $(mail_test_libs)
tests_unit_test_mail_bounds_SOURCES = tests/unit/test_mail_bounds.c $(mail_test_fixture)
tests_unit_test_mail_bounds_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_bounds_LDADD = $(mail_test_libs)
tests_unit_test_mail_kind_SOURCES = tests/unit/test_mail_kind.c $(mail_test_fixture)
tests_unit_test_mail_kind_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_kind_LDADD = $(mail_test_libs)
tests_unit_test_mail_compose_SOURCES = tests/unit/test_mail_compose.c $(mail_test_fixture)
tests_unit_test_mail_compose_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_compose_LDADD = $(mail_test_libs)
tests_unit_test_mail_compose_parts_SOURCES = tests/unit/test_mail_compose_parts.c $(mail_test_fixture)
tests_unit_test_mail_compose_parts_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_compose_parts_LDADD = $(mail_test_libs)
tests_unit_test_mail_carry_SOURCES = tests/unit/test_mail_carry.c $(mail_test_fixture)
tests_unit_test_mail_carry_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_carry_LDADD = $(mail_test_libs)
tests_unit_test_mail_forwarded_SOURCES = tests/unit/test_mail_forwarded.c $(mail_test_fixture)
tests_unit_test_mail_forwarded_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_forwarded_LDADD = $(mail_test_libs)
tests_unit_test_mail_limits_SOURCES = tests/unit/test_mail_limits.c $(mail_test_fixture)
tests_unit_test_mail_limits_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_limits_LDADD = $(mail_test_libs)
# which language a mail is in
check_PROGRAMS += tests/unit/test_mail_language
TESTS += tests/unit/test_mail_language
tests_unit_test_mail_language_SOURCES = tests/unit/test_mail_language.c $(mail_test_fixture)
tests_unit_test_mail_language_CFLAGS = $(mail_test_cflags)
tests_unit_test_mail_language_LDADD = $(mail_test_libs)
endif
