# fuzz entries of what proves a mail, and of TNEF
auth_fuzz_libs = libmail.a libbase.a $(MAIL_LIBS) $(CRYPTO_LIBS)
fuzz_programs += tests/fuzz/fuzz_authres
tests_fuzz_fuzz_authres_SOURCES = tests/fuzz/fuzz_authres.c $(fuzz_main)
tests_fuzz_fuzz_authres_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_authres_LDADD = $(auth_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_tnef
tests_fuzz_fuzz_tnef_SOURCES = tests/fuzz/fuzz_tnef.c $(fuzz_main)
tests_fuzz_fuzz_tnef_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_tnef_LDADD = $(auth_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_rtf
tests_fuzz_fuzz_rtf_SOURCES = tests/fuzz/fuzz_rtf.c $(fuzz_main)
tests_fuzz_fuzz_rtf_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_rtf_LDADD = $(auth_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_smime
tests_fuzz_fuzz_smime_SOURCES = tests/fuzz/fuzz_smime.c $(fuzz_main)
tests_fuzz_fuzz_smime_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_smime_LDADD = $(auth_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_openpgp
tests_fuzz_fuzz_openpgp_SOURCES = tests/fuzz/fuzz_openpgp.c $(fuzz_main)
tests_fuzz_fuzz_openpgp_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_openpgp_LDADD = $(auth_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_dkim
tests_fuzz_fuzz_dkim_SOURCES = tests/fuzz/fuzz_dkim.c $(fuzz_main)
tests_fuzz_fuzz_dkim_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_dkim_LDADD = $(auth_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_records
tests_fuzz_fuzz_records_SOURCES = tests/fuzz/fuzz_records.c $(fuzz_main)
tests_fuzz_fuzz_records_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_records_LDADD = $(auth_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_arc
tests_fuzz_fuzz_arc_SOURCES = tests/fuzz/fuzz_arc.c $(fuzz_main)
tests_fuzz_fuzz_arc_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_arc_LDADD = $(auth_fuzz_libs)

fuzz_programs += tests/fuzz/fuzz_resolve
tests_fuzz_fuzz_resolve_SOURCES = tests/fuzz/fuzz_resolve.c $(fuzz_main)
tests_fuzz_fuzz_resolve_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_resolve_LDADD = libnet.a libmail.a libbase.a $(NET_LIBS) $(MAIL_LIBS) $(CRYPTO_LIBS)
