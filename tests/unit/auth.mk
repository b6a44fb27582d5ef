# unit tests of what proves a mail: signatures, and the results of others
if HAVE_CMOCKA
auth_tests = \
	tests/unit/test_mail_authres \
	tests/unit/test_mail_openpgp \
	tests/unit/test_mail_origin \
	tests/unit/test_mail_smime \
	tests/unit/test_mail_tnef
check_PROGRAMS += $(auth_tests)
TESTS += $(auth_tests)
auth_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
auth_test_libs = libmail.a libbase.a $(MAIL_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_mail_authres_SOURCES = tests/unit/test_mail_authres.c
tests_unit_test_mail_authres_CFLAGS = $(auth_test_cflags)
tests_unit_test_mail_authres_LDADD = $(auth_test_libs)
tests_unit_test_mail_origin_SOURCES = tests/unit/test_mail_origin.c tests/unit/mail_fixture.h
tests_unit_test_mail_origin_CFLAGS = $(auth_test_cflags)
tests_unit_test_mail_origin_LDADD = $(auth_test_libs)
tests_unit_test_mail_tnef_SOURCES = tests/unit/test_mail_tnef.c tests/unit/mail_fixture.h
tests_unit_test_mail_tnef_CFLAGS = $(auth_test_cflags)
tests_unit_test_mail_tnef_LDADD = $(auth_test_libs)
tests_unit_test_mail_openpgp_SOURCES = tests/unit/test_mail_openpgp.c tests/unit/mail_fixture.h
tests_unit_test_mail_openpgp_CFLAGS = $(auth_test_cflags)
tests_unit_test_mail_openpgp_LDADD = $(auth_test_libs)
tests_unit_test_mail_smime_SOURCES = tests/unit/test_mail_smime.c tests/unit/mail_fixture.h
tests_unit_test_mail_smime_CFLAGS = $(auth_test_cflags)
tests_unit_test_mail_smime_LDADD = $(auth_test_libs)
endif
EXTRA_DIST += tests/unit/openpgp
