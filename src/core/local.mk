noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = \
	src/core/act.c \
	src/core/agent_mail.c \
	src/core/agent_reply.c \
	src/core/answers.c \
	src/core/asking.c \
	src/core/courier_resolve.c \
	src/core/chores.c \
	src/core/config.c \
	src/core/config_check.c \
	src/core/config_print.c \
	src/core/config_say.c \
	src/core/config_table.c \
	src/core/config_take.c \
	src/core/config_template.c \
	src/core/config_url.c \
	src/core/control.c \
	src/core/converse.c \
	src/core/courier.c \
	src/core/courier_chores.c \
	src/core/courier_mailbox.c \
	src/core/courier_relay.c \
	src/core/daemon.c \
	src/core/daemon_ask.c \
	src/core/daemon_commit.c \
	src/core/daemon_courier.c \
	src/core/daemon_folder.c \
	src/core/daemon_reconcile.c \
	src/core/daemon_wake.c \
	src/core/daemon_watch.c \
	src/core/evidence.c \
	src/core/explain.c \
	src/core/inbox.c \
	src/core/intake.c \
	src/core/keys.c \
	src/core/lineage.c \
	src/core/link.c \
	src/core/loop.c \
	src/core/outbox.c \
	src/core/pool.c \
	src/core/query.c \
	src/core/query_act.c \
	src/core/query_config.c \
	src/core/query_customers.c \
	src/core/query_customers_act.c \
	src/core/query_json.c \
	src/core/query_look.c \
	src/core/query_people.c \
	src/core/query_people_act.c \
	src/core/query_status.c \
	src/core/reader.c \
	src/core/service.c \
	src/core/tell.c \
	src/core/wake.c \
	src/core/wire.c
libcore_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)
dist_man_MANS += src/triaged.conf.5 src/triaged.rules.5
