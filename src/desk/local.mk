noinst_LIBRARIES += libdesk.a
libdesk_a_SOURCES = \
	src/desk/answer.c \
	src/desk/authority.c \
	src/desk/calendar.c \
	src/desk/cc.c \
	src/desk/clocks.c \
	src/desk/command.c \
	src/desk/desk.c \
	src/desk/escalate.c \
	src/desk/holidays.c \
	src/desk/leak.c \
	src/desk/letters.c \
	src/desk/letters.h \
	src/desk/line.c \
	src/desk/nearest.c \
	src/desk/nearest.h \
	src/desk/notify.c \
	src/desk/order.c \
	src/desk/part.c \
	src/desk/place.c \
	src/desk/reply.c \
	src/desk/rows.c \
	src/desk/rows.h \
	src/desk/rules_act.c \
	src/desk/rules_cond.c \
	src/desk/rules_decide.c \
	src/desk/rules_load.c \
	src/desk/rules_read.h \
	src/desk/rules_set.h \
	src/desk/rules_test.c \
	src/desk/rules_words.c \
	src/desk/scan.c \
	src/desk/template.c \
	src/desk/thanks.c \
	src/desk/token.c
libdesk_a_CFLAGS = $(AM_CFLAGS) $(PCRE2_CFLAGS) $(ICAL_CFLAGS)
DESK_LIBS = $(PCRE2_LIBS) $(ICAL_LIBS)
