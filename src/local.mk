# The programs: small; each links only the layers it needs.
sbin_PROGRAMS += triaged
pkglibexec_PROGRAMS += triaged-courier triaged-reader

CORE_LIBS = libcore.a libstore.a libnet.a libdesk.a libmail.a libbase.a

triaged_SOURCES = src/triaged.c
triaged_CFLAGS = $(AM_CFLAGS) $(POPT_CFLAGS)
triaged_LDADD = $(CORE_LIBS) $(SQLITE_LIBS) $(ZSTD_LIBS) $(JANSSON_LIBS) $(DESK_LIBS) $(MAIL_LIBS) $(POPT_LIBS) $(SYSTEMD_LIBS) \
	$(SECCOMP_LIBS) $(CRYPTO_LIBS)

triaged_courier_SOURCES = src/triaged-courier.c
triaged_courier_LDADD = libcore.a libnet.a libdesk.a libmail.a libbase.a $(NET_LIBS) $(MAIL_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)

triaged_reader_SOURCES = src/triaged-reader.c $(CHARSET_GATE)
triaged_reader_LDFLAGS = $(AM_LDFLAGS) -rdynamic
triaged_reader_LDADD = libcore.a libdesk.a libmail.a libbase.a $(PCRE2_LIBS) $(MAIL_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)

dist_man_MANS += src/triaged.8 src/triaged-agent.7
