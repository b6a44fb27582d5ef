# unit tests of core: one program a module
if HAVE_CMOCKA
core_tests = \
	tests/unit/test_core_act \
	tests/unit/test_core_answers \
	tests/unit/test_core_asking \
	tests/unit/test_core_chores \
	tests/unit/test_core_commit \
	tests/unit/test_core_clock \
	tests/unit/test_core_config \
	tests/unit/test_core_control \
	tests/unit/test_core_converse \
	tests/unit/test_core_courier \
	tests/unit/test_core_inbox \
	tests/unit/test_core_intake \
	tests/unit/test_core_link \
	tests/unit/test_core_outbox \
	tests/unit/test_core_people \
	tests/unit/test_core_placing \
	tests/unit/test_core_pool \
	tests/unit/test_core_wire
check_PROGRAMS += $(core_tests)
TESTS += $(core_tests)
core_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
core_test_libs = libcore.a libstore.a libdesk.a libmail.a libbase.a $(STORE_LIBS) $(JANSSON_LIBS) $(MAIL_LIBS) $(DESK_LIBS) $(SYSTEMD_LIBS) $(SECCOMP_LIBS) \
	$(CRYPTO_LIBS) $(CMOCKA_LIBS)
core_net_libs = libcore.a libstore.a libnet.a libdesk.a libmail.a libbase.a $(STORE_LIBS) $(JANSSON_LIBS) $(MAIL_LIBS) $(DESK_LIBS) $(SYSTEMD_LIBS) $(SECCOMP_LIBS) \
	$(NET_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
core_test_fixture = tests/unit/core_fixture.c tests/unit/core_fixture.h

tests_unit_test_core_act_SOURCES = tests/unit/test_core_act.c $(store_test_fixture) $(desk_test_fixture)
tests_unit_test_core_act_CFLAGS = $(core_test_cflags)
tests_unit_test_core_act_LDADD = $(core_test_libs)

tests_unit_test_core_answers_SOURCES = tests/unit/test_core_answers.c $(core_test_fixture)
tests_unit_test_core_answers_CFLAGS = $(core_test_cflags)
tests_unit_test_core_answers_LDADD = $(core_test_libs)

tests_unit_test_core_clock_SOURCES = tests/unit/test_core_clock.c
tests_unit_test_core_clock_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_core_clock_LDADD = libcore.a libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(DESK_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

tests_unit_test_core_config_SOURCES = tests/unit/test_core_config.c
tests_unit_test_core_config_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_core_config_LDADD = libcore.a libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(DESK_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

tests_unit_test_core_asking_SOURCES = tests/unit/test_core_asking.c $(core_test_fixture)
tests_unit_test_core_asking_CFLAGS = $(core_test_cflags)
tests_unit_test_core_asking_LDADD = $(core_test_libs)

tests_unit_test_core_chores_SOURCES = tests/unit/test_core_chores.c $(core_test_fixture)
tests_unit_test_core_chores_CFLAGS = $(core_test_cflags)
tests_unit_test_core_chores_LDADD = $(core_net_libs)

tests_unit_test_core_commit_SOURCES = tests/unit/test_core_commit.c $(core_test_fixture)
tests_unit_test_core_commit_CFLAGS = $(core_test_cflags)
tests_unit_test_core_commit_LDADD = $(core_net_libs)

tests_unit_test_core_control_SOURCES = tests/unit/test_core_control.c $(core_test_fixture) tests/unit/daemon_double.c tests/unit/daemon_double.h
tests_unit_test_core_control_CFLAGS = $(core_test_cflags)
tests_unit_test_core_control_LDADD = $(core_test_libs)

tests_unit_test_core_converse_SOURCES = tests/unit/test_core_converse.c $(core_test_fixture)
tests_unit_test_core_converse_CFLAGS = $(core_test_cflags)
tests_unit_test_core_converse_LDADD = $(core_test_libs)

tests_unit_test_core_courier_SOURCES = tests/unit/test_core_courier.c
tests_unit_test_core_courier_CFLAGS = $(core_test_cflags)
tests_unit_test_core_courier_LDADD = $(core_net_libs)

tests_unit_test_core_inbox_SOURCES = tests/unit/test_core_inbox.c $(core_test_fixture)
tests_unit_test_core_inbox_CFLAGS = $(core_test_cflags)
tests_unit_test_core_inbox_LDADD = $(core_test_libs)

tests_unit_test_core_intake_SOURCES = tests/unit/test_core_intake.c $(core_test_fixture)
tests_unit_test_core_intake_CFLAGS = $(core_test_cflags)
tests_unit_test_core_intake_LDADD = $(core_test_libs)

tests_unit_test_core_people_SOURCES = tests/unit/test_core_people.c $(core_test_fixture) tests/unit/daemon_double.c tests/unit/daemon_double.h
tests_unit_test_core_people_CFLAGS = $(core_test_cflags)
tests_unit_test_core_people_LDADD = $(core_test_libs)

tests_unit_test_core_placing_SOURCES = tests/unit/test_core_placing.c $(core_test_fixture)
tests_unit_test_core_placing_CFLAGS = $(core_test_cflags)
tests_unit_test_core_placing_LDADD = $(core_test_libs)

tests_unit_test_core_link_SOURCES = tests/unit/test_core_link.c
tests_unit_test_core_link_CFLAGS = $(core_test_cflags)
tests_unit_test_core_link_LDADD = $(core_test_libs)

tests_unit_test_core_outbox_SOURCES = tests/unit/test_core_outbox.c $(core_test_fixture)
tests_unit_test_core_outbox_CFLAGS = $(core_test_cflags)
tests_unit_test_core_outbox_LDADD = $(core_net_libs)

tests_unit_test_core_pool_SOURCES = tests/unit/test_core_pool.c $(core_test_fixture)
tests_unit_test_core_pool_CFLAGS = $(core_test_cflags)
tests_unit_test_core_pool_LDADD = $(core_test_libs)

tests_unit_test_core_wire_SOURCES = tests/unit/test_core_wire.c
tests_unit_test_core_wire_CFLAGS = $(core_test_cflags)
tests_unit_test_core_wire_LDADD = $(core_net_libs)

check_PROGRAMS += tests/unit/reader_double
tests_unit_reader_double_SOURCES = tests/unit/reader_double.c
tests_unit_reader_double_LDADD = libcore.a libnet.a libdesk.a libmail.a libbase.a $(NET_LIBS) $(MAIL_LIBS) $(CRYPTO_LIBS)
endif
