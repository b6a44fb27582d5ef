# unit tests of net: drivers against servers that follow a script
if HAVE_CMOCKA
net_tests = \
	tests/unit/test_net_dir \
	tests/unit/test_net_imap \
	tests/unit/test_net_smtp \
	tests/unit/test_net_stream \
	tests/unit/test_net_text
check_PROGRAMS += $(net_tests)
TESTS += $(net_tests)
net_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS) $(CRYPTO_CFLAGS)
net_test_libs = libnet.a libbase.a $(NET_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
net_test_peer = tests/unit/net_peer.h tests/unit/net_peer.c

tests_unit_test_net_dir_SOURCES = tests/unit/test_net_dir.c $(net_test_peer)
tests_unit_test_net_dir_CFLAGS = $(net_test_cflags)
tests_unit_test_net_dir_LDADD = $(net_test_libs)
tests_unit_test_net_imap_SOURCES = tests/unit/test_net_imap.c $(net_test_peer)
tests_unit_test_net_imap_CFLAGS = $(net_test_cflags)
tests_unit_test_net_imap_LDADD = $(net_test_libs)
tests_unit_test_net_smtp_SOURCES = tests/unit/test_net_smtp.c $(net_test_peer)
tests_unit_test_net_smtp_CFLAGS = $(net_test_cflags)
tests_unit_test_net_smtp_LDADD = $(net_test_libs)
tests_unit_test_net_stream_SOURCES = tests/unit/test_net_stream.c $(net_test_peer)
tests_unit_test_net_stream_CFLAGS = $(net_test_cflags)
tests_unit_test_net_stream_LDADD = $(net_test_libs)
tests_unit_test_net_text_SOURCES = tests/unit/test_net_text.c $(net_test_peer)
tests_unit_test_net_text_CFLAGS = $(net_test_cflags)
tests_unit_test_net_text_LDADD = $(net_test_libs)
endif
