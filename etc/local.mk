# the sample of the configuration; never over the operator's own triaged.conf
triagedconfdir = $(sysconfdir)/triaged
nodist_triagedconf_DATA = etc/triaged.conf.sample
CLEANFILES += etc/triaged.conf.sample
EXTRA_DIST += etc/triaged.conf
etc/triaged.conf.sample: etc/triaged.conf
	$(AM_V_GEN)$(MKDIR_P) etc && cp $(srcdir)/etc/triaged.conf $@
