noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = \
	src/core/explain.c \
	src/core/query.c \
	src/core/query_act.c \
	src/core/query_config.c \
	src/core/query_json.c \
	src/core/query_look.c \
	src/core/query_status.c
libcore_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
