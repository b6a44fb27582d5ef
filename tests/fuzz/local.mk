# fuzz: one entry a parser, tests/fuzz/fuzz_X.c, with its seeds in tests/fuzz/seeds/X. In `make check` each is a test that
# replays its seeds and simple damages of them; under --enable-fuzz (clang) it is a libFuzzer program:
#     tests/fuzz/fuzz_X -max_total_time=60 corpus-folder tests/fuzz/seeds/X
# and `make fuzz SECONDS=900 ENTRIES='tnef html'` lets them run (tests/fuzz/campaign; `./bootstrap fuzz` does all of it).
# A new entry is a block of its own at the end of this file, as those that stand there.
fuzz_programs =
noinst_HEADERS += tests/fuzz/fuzz.h
EXTRA_DIST += tests/fuzz/seeds tests/fuzz/replay.c tests/fuzz/campaign
check_PROGRAMS += $(fuzz_programs)
if FUZZ
fuzz_main =
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay.c
fuzz_ldflags = $(AM_LDFLAGS)
TESTS += $(fuzz_programs)
endif
SECONDS = 60
ENTRIES =
.PHONY: fuzz fuzz-programs
fuzz-programs: $(fuzz_programs)
fuzz: fuzz-programs
	$(srcdir)/tests/fuzz/campaign . $(SECONDS) $(ENTRIES)

fuzz_programs += tests/fuzz/fuzz_syntax
tests_fuzz_fuzz_syntax_SOURCES = tests/fuzz/fuzz_syntax.c $(fuzz_main)
tests_fuzz_fuzz_syntax_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_syntax_LDADD = libbase.a

fuzz_programs += tests/fuzz/fuzz_frame
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c $(fuzz_main)
tests_fuzz_fuzz_frame_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_frame_LDADD = libbase.a

fuzz_programs += tests/fuzz/fuzz_utf8
tests_fuzz_fuzz_utf8_SOURCES = tests/fuzz/fuzz_utf8.c $(fuzz_main)
tests_fuzz_fuzz_utf8_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_utf8_LDADD = libbase.a

fuzz_programs += tests/fuzz/fuzz_zone
tests_fuzz_fuzz_zone_SOURCES = tests/fuzz/fuzz_zone.c $(fuzz_main)
tests_fuzz_fuzz_zone_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_zone_LDADD = libbase.a

desk_fuzz_libs = libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(DESK_LIBS) $(CRYPTO_LIBS)
fuzz_programs += tests/fuzz/fuzz_rules
tests_fuzz_fuzz_rules_SOURCES = tests/fuzz/fuzz_rules.c $(fuzz_main)
tests_fuzz_fuzz_rules_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_rules_LDADD = $(desk_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_token
tests_fuzz_fuzz_token_SOURCES = tests/fuzz/fuzz_token.c $(fuzz_main)
tests_fuzz_fuzz_token_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_token_LDADD = $(desk_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_template
tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz_template.c $(fuzz_main)
tests_fuzz_fuzz_template_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_template_LDADD = $(desk_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(fuzz_main)
tests_fuzz_fuzz_config_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_config_LDADD = libcore.a libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(DESK_LIBS) $(CRYPTO_LIBS)

net_fuzz_libs = libnet.a libbase.a $(NET_LIBS) $(CRYPTO_LIBS)
fuzz_programs += tests/fuzz/fuzz_imap
tests_fuzz_fuzz_imap_SOURCES = tests/fuzz/fuzz_imap.c $(fuzz_main)
tests_fuzz_fuzz_imap_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_imap_LDADD = $(net_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_smtp
tests_fuzz_fuzz_smtp_SOURCES = tests/fuzz/fuzz_smtp.c $(fuzz_main)
tests_fuzz_fuzz_smtp_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_smtp_LDADD = $(net_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_mbox
tests_fuzz_fuzz_mbox_SOURCES = tests/fuzz/fuzz_mbox.c $(fuzz_main)
tests_fuzz_fuzz_mbox_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_mbox_LDADD = $(CTL_LIBS)

mail_fuzz_libs = libmail.a libbase.a $(MAIL_LIBS) $(CRYPTO_LIBS)
fuzz_programs += tests/fuzz/fuzz_message
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c $(fuzz_main)
tests_fuzz_fuzz_message_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_message_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_header
tests_fuzz_fuzz_header_SOURCES = tests/fuzz/fuzz_header.c $(fuzz_main)
tests_fuzz_fuzz_header_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_header_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_html
tests_fuzz_fuzz_html_SOURCES = tests/fuzz/fuzz_html.c $(fuzz_main)
tests_fuzz_fuzz_html_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_html_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_quote
tests_fuzz_fuzz_quote_SOURCES = tests/fuzz/fuzz_quote.c $(fuzz_main)
tests_fuzz_fuzz_quote_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_quote_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_charset
tests_fuzz_fuzz_charset_SOURCES = tests/fuzz/fuzz_charset.c $(fuzz_main)
tests_fuzz_fuzz_charset_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_charset_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_compose
tests_fuzz_fuzz_compose_SOURCES = tests/fuzz/fuzz_compose.c $(fuzz_main)
tests_fuzz_fuzz_compose_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_compose_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_html_keep
tests_fuzz_fuzz_html_keep_SOURCES = tests/fuzz/fuzz_html_keep.c $(fuzz_main)
tests_fuzz_fuzz_html_keep_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_html_keep_LDADD = $(mail_fuzz_libs)

core_fuzz_libs = libcore.a libstore.a libnet.a libdesk.a libmail.a libbase.a $(SQLITE_LIBS) $(ZSTD_LIBS) $(JANSSON_LIBS) $(NET_LIBS) \
	$(MAIL_LIBS) $(DESK_LIBS) $(SYSTEMD_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)
fuzz_programs += tests/fuzz/fuzz_wire
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c $(fuzz_main)
tests_fuzz_fuzz_wire_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_wire_LDADD = $(core_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_control
tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c tests/unit/daemon_double.c tests/unit/daemon_double.h $(fuzz_main)
tests_fuzz_fuzz_control_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_control_LDADD = $(core_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_order
tests_fuzz_fuzz_order_SOURCES = tests/fuzz/fuzz_order.c $(fuzz_main)
tests_fuzz_fuzz_order_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_order_LDADD = $(desk_fuzz_libs)

# what machines say of mails, history in HTML, the language of a text
fuzz_programs += tests/fuzz/fuzz_report
tests_fuzz_fuzz_report_SOURCES = tests/fuzz/fuzz_report.c $(fuzz_main)
tests_fuzz_fuzz_report_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_report_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_reply
tests_fuzz_fuzz_reply_SOURCES = tests/fuzz/fuzz_reply.c $(fuzz_main)
tests_fuzz_fuzz_reply_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_reply_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_known_lines
tests_fuzz_fuzz_known_lines_SOURCES = tests/fuzz/fuzz_known_lines.c $(fuzz_main)
tests_fuzz_fuzz_known_lines_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_known_lines_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_language
tests_fuzz_fuzz_language_SOURCES = tests/fuzz/fuzz_language.c $(fuzz_main)
tests_fuzz_fuzz_language_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_language_LDADD = $(mail_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_csv
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c $(fuzz_main)
tests_fuzz_fuzz_csv_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_csv_LDADD = libbase.a
