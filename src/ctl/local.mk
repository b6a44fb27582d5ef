noinst_LIBRARIES += libctl.a
libctl_a_SOURCES = \
	src/ctl/client.c \
	src/ctl/clock.c \
	src/ctl/complete.c \
	src/ctl/copies.c \
	src/ctl/ctl.c \
	src/ctl/customers.c \
	src/ctl/desk.c \
	src/ctl/explain_mail.c \
	src/ctl/files.c \
	src/ctl/help.c \
	src/ctl/import.c \
	src/ctl/look.c \
	src/ctl/mail_files.c \
	src/ctl/parse.c \
	src/ctl/people.c \
	src/ctl/print.c \
	src/ctl/table.c \
	src/ctl/tables.c
libctl_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(POPT_CFLAGS) $(SMARTCOLS_CFLAGS) $(PCRE2_CFLAGS) $(ZSTD_CFLAGS)

CTL_LIBS = libctl.a libcore.a libstore.a libdesk.a libmail.a libbase.a $(SQLITE_LIBS) $(ZSTD_LIBS) $(JANSSON_LIBS) $(POPT_LIBS) $(SMARTCOLS_LIBS) \
	$(DESK_LIBS) $(MAIL_LIBS) $(CRYPTO_LIBS)

bin_PROGRAMS += triagectl
triagectl_SOURCES = src/triagectl.c
triagectl_LDADD = $(CTL_LIBS)
dist_man_MANS += src/triagectl.1
