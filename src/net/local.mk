noinst_LIBRARIES += libnet.a
libnet_a_CFLAGS = $(AM_CFLAGS) $(SSL_CFLAGS) $(CRYPTO_CFLAGS) $(CARES_CFLAGS)
# What a program that links libnet.a needs behind it.
NET_LIBS = $(ETPAN_LIBS) $(SSL_LIBS) $(CARES_LIBS) -lresolv
libnet_a_SOURCES = \
	include/net/connect.h src/net/connect.c \
	src/net/delivery.c include/net/dir.h src/net/dir.c src/net/dir_put.c src/net/dir_relay.c \
	include/net/guard.h src/net/guard.c \
	include/net/imap.h src/net/imap.c src/net/imap_fetch.c src/net/imap_login.c src/net/imap_mark.c src/net/imap_put.c src/net/imap_settle.c \
	src/net/imap_text.c src/net/imap_wait.c \
	include/net/mailbox.h include/net/relay.h src/net/drivers.c \
	include/net/sasl.h src/net/sasl.c \
	include/net/secret.h src/net/secret.c \
	include/net/smtp.h src/net/smtp.c src/net/smtp_send.c \
	include/net/stream.h src/net/stream.c \
	include/net/tls.h src/net/tls.c \
	include/net/resolve.h src/net/resolve.c \
	src/net/uid_set.c
