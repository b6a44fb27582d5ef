# cases: inputs and what must come of them, to the letter. tests/cases/accept takes what comes now, to be read before it is committed.
check_PROGRAMS += tests/cases/config_try tests/cases/empty_store
tests_cases_config_try_SOURCES = tests/cases/config_try.c
tests_cases_config_try_LDADD = libcore.a libdesk.a libmail.a libbase.a $(MAIL_LIBS) $(DESK_LIBS) $(CRYPTO_LIBS)
tests_cases_empty_store_SOURCES = tests/cases/empty_store.c
tests_cases_empty_store_LDADD = libstore.a libdesk.a libmail.a libbase.a $(STORE_LIBS) $(MAIL_LIBS) $(DESK_LIBS) $(CRYPTO_LIBS)
TESTS += tests/cases/configurations.sh tests/cases/line.py
EXTRA_DIST += tests/cases/DECLINED tests/cases/accept tests/cases/configurations.sh tests/cases/clock tests/cases/config tests/cases/line.py tests/cases/line
# Hostile mail, shrunk; `./bootstrap prove` reads it at its whole size.
TESTS += tests/cases/hostile/test_hostile.py
EXTRA_DIST += tests/cases/hostile/test_hostile.py tests/cases/hostile/mails.py
