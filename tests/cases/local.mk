# cases of the configuration
check_PROGRAMS += tests/cases/config_try
tests_cases_config_try_SOURCES = tests/cases/config_try.c
tests_cases_config_try_LDADD = libcore.a libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS)
TESTS += tests/cases/config.sh
EXTRA_DIST += tests/cases/accept tests/cases/config.sh tests/cases/config
