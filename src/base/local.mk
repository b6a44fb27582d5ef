noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/arena.c \
	src/base/base64.c \
	src/base/buf.c \
	src/base/clock.c \
	src/base/csv.c \
	src/base/diagnoses.c \
	src/base/err.c \
	src/base/file.c \
	src/base/frame.c \
	src/base/hash.c \
	src/base/jail.c \
	src/base/log.c \
	src/base/starter.c \
	src/base/str.c \
	src/base/syntax.c \
	src/base/utf8.c \
	src/base/zone.c
libbase_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(SECCOMP_CFLAGS)
