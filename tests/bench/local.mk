# The bench is run by `./bootstrap bench`; its yardstick is built on request.
EXTRA_PROGRAMS += tests/bench/raw
tests_bench_raw_SOURCES = tests/bench/raw.c
tests_bench_raw_CFLAGS = $(AM_CFLAGS) $(SSL_CFLAGS)
tests_bench_raw_LDADD = $(NET_LIBS) $(CRYPTO_LIBS)
EXTRA_DIST += tests/bench/generate.py tests/bench/bench.py tests/bench/test_generate.py
TESTS += tests/bench/test_generate.py
CLEANFILES += tests/bench/raw
EXTRA_PROGRAMS += tests/bench/read
tests_bench_read_SOURCES = tests/bench/read.c
tests_bench_read_CFLAGS = $(AM_CFLAGS) $(GMIME_CFLAGS)
tests_bench_read_LDADD = libmail.a libbase.a $(MAIL_LIBS) $(CRYPTO_LIBS)
CLEANFILES += tests/bench/read
