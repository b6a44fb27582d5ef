noinst_LIBRARIES += libmail.a
libmail_a_CFLAGS = $(AM_CFLAGS) $(GMIME_CFLAGS) $(UCHARDET_CFLAGS) $(PSL_CFLAGS) $(CRYPTO_CFLAGS)
libmail_a_SOURCES = src/mail/address.c src/mail/attach.c src/mail/body.c src/mail/charset.c src/mail/compose.c src/mail/date.c \
	src/mail/flowed.c src/mail/header.c src/mail/html.c src/mail/html_scan.c src/mail/kind.c src/mail/mailboxes.c src/mail/message.c src/mail/mime.c \
	src/mail/param.c src/mail/phrases.c src/mail/provider.c src/mail/quote.c src/mail/report.c src/mail/report_notice.c src/mail/report_words.c src/mail/sniff.c src/mail/tidy.c src/mail/transfer.c
# Which language it is in.
libmail_a_SOURCES += src/mail/language.c src/mail/language_words.c
# What a program that links libmail.a needs behind it.
MAIL_LIBS = $(GMIME_LIBS) $(UCHARDET_LIBS) $(PSL_LIBS) $(CRYPTO_LIBS)
# iconv_open restricted to our table: a program that reads hostile mail adds this to its sources.
CHARSET_GATE = src/mail/charset_gate.c
# What is carried from one mail into another.
libmail_a_SOURCES += src/mail/carry.c src/mail/compose_body.c src/mail/compose_body.h src/mail/forwarded.c src/mail/html_keep.c src/mail/subject.c src/mail/thread.c src/mail/thread_index.c
# Who says so: signatures and the results of others.
libmail_a_SOURCES += src/mail/arc.c src/mail/authres.c src/mail/canon.c src/mail/dkim.c src/mail/dkim_key.c src/mail/dmarc.c src/mail/domain.c src/mail/origin.c \
	src/mail/openpgp.c src/mail/protection.c src/mail/smime.c src/mail/taglist.c
# Outlook's own packaging.
libmail_a_SOURCES += src/mail/codepage.c src/mail/rtf.c src/mail/tnef.c src/mail/winmail.c
# Parts and files of a mail.
libmail_a_SOURCES += src/mail/filename.c src/mail/mime_field.c src/mail/uu.c src/mail/fold.c src/mail/known_lines.c src/mail/likeness.c
