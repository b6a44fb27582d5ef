# unit tests of desk: one program a module
if HAVE_CMOCKA
desk_tests = \
	tests/unit/test_desk_scan \
	tests/unit/test_desk_rules \
	tests/unit/test_desk_token \
	tests/unit/test_desk_place \
	tests/unit/test_desk_authority \
	tests/unit/test_desk_cc \
	tests/unit/test_desk_answer \
	tests/unit/test_desk_conversation \
	tests/unit/test_desk_template \
	tests/unit/test_desk_thanks \
	tests/unit/test_desk_command \
	tests/unit/test_desk_order
check_PROGRAMS += $(desk_tests)
TESTS += $(desk_tests)
desk_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
desk_test_libs = libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(DESK_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
desk_test_fixture = tests/unit/desk_fixture.c tests/unit/desk_fixture.h

tests_unit_test_desk_scan_SOURCES = tests/unit/test_desk_scan.c $(desk_test_fixture)
tests_unit_test_desk_scan_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_scan_LDADD = $(desk_test_libs)
tests_unit_test_desk_rules_SOURCES = tests/unit/test_desk_rules.c $(desk_test_fixture)
tests_unit_test_desk_rules_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_rules_LDADD = $(desk_test_libs)
tests_unit_test_desk_cc_SOURCES = tests/unit/test_desk_cc.c $(desk_test_fixture)
tests_unit_test_desk_cc_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_cc_LDADD = $(desk_test_libs)
tests_unit_test_desk_thanks_SOURCES = tests/unit/test_desk_thanks.c $(desk_test_fixture)
tests_unit_test_desk_thanks_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_thanks_LDADD = $(desk_test_libs)
tests_unit_test_desk_token_SOURCES = tests/unit/test_desk_token.c $(desk_test_fixture)
tests_unit_test_desk_token_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_token_LDADD = $(desk_test_libs)
tests_unit_test_desk_place_SOURCES = tests/unit/test_desk_place.c $(desk_test_fixture)
tests_unit_test_desk_place_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_place_LDADD = $(desk_test_libs)
tests_unit_test_desk_authority_SOURCES = tests/unit/test_desk_authority.c $(desk_test_fixture)
tests_unit_test_desk_authority_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_authority_LDADD = $(desk_test_libs)
tests_unit_test_desk_answer_SOURCES = tests/unit/test_desk_answer.c $(desk_test_fixture)
tests_unit_test_desk_answer_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_answer_LDADD = $(desk_test_libs)
tests_unit_test_desk_conversation_SOURCES = tests/unit/test_desk_conversation.c $(desk_test_fixture)
tests_unit_test_desk_conversation_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_conversation_LDADD = $(desk_test_libs)
tests_unit_test_desk_template_SOURCES = tests/unit/test_desk_template.c $(desk_test_fixture)
tests_unit_test_desk_template_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_template_LDADD = $(desk_test_libs)
tests_unit_test_desk_command_SOURCES = tests/unit/test_desk_command.c $(desk_test_fixture)
tests_unit_test_desk_command_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_command_LDADD = $(desk_test_libs)
tests_unit_test_desk_order_SOURCES = tests/unit/test_desk_order.c $(desk_test_fixture)
tests_unit_test_desk_order_CFLAGS = $(desk_test_cflags)
tests_unit_test_desk_order_LDADD = $(desk_test_libs)
endif
