# the sample of the configuration; never over the operator's own triaged.conf
triagedconfdir = $(sysconfdir)/triaged
nodist_triagedconf_DATA = etc/triaged.conf.sample
CLEANFILES += etc/triaged.conf.sample
EXTRA_DIST += etc/triaged.conf
etc/triaged.conf.sample: etc/triaged.conf
	$(AM_V_GEN)$(MKDIR_P) etc && cp $(srcdir)/etc/triaged.conf $@

# The texts we send, and rules to begin with.
templatedir = $(pkgdatadir)/templates
dist_template_DATA = \
	etc/templates/ack.cs.txt etc/templates/ack.da.txt etc/templates/ack.de.txt etc/templates/ack.en.txt etc/templates/ack.es.txt \
	etc/templates/ack.fi.txt etc/templates/ack.fr.txt etc/templates/ack.it.txt etc/templates/ack.ja.txt etc/templates/ack.nl.txt \
	etc/templates/ack.no.txt etc/templates/ack.pl.txt etc/templates/ack.pt.txt etc/templates/ack.ru.txt etc/templates/ack.sv.txt \
	etc/templates/outage.cs.txt etc/templates/outage.da.txt etc/templates/outage.de.txt etc/templates/outage.en.txt etc/templates/outage.es.txt \
	etc/templates/outage.fi.txt etc/templates/outage.fr.txt etc/templates/outage.it.txt etc/templates/outage.ja.txt etc/templates/outage.nl.txt \
	etc/templates/outage.no.txt etc/templates/outage.pl.txt etc/templates/outage.pt.txt etc/templates/outage.ru.txt etc/templates/outage.sv.txt
EXTRA_DIST += etc/rules.d/10-example.rules
# Rules are edited where they stand: what is there is not written over, and what was changed is not removed.
sample_rules = $(DESTDIR)$(sysconfdir)/triaged/rules.d/10-example.rules
install-data-local:
	$(MKDIR_P) $(DESTDIR)$(sysconfdir)/triaged/rules.d
	test -e $(sample_rules) || $(INSTALL_DATA) $(srcdir)/etc/rules.d/10-example.rules $(sample_rules)
uninstall-local:
	if cmp -s $(srcdir)/etc/rules.d/10-example.rules $(sample_rules); then rm -f $(sample_rules); fi

# What shells ask the program by; `triagectl completion SHELL` prints the same.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/vendor-completions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_bashcompletion_DATA = etc/completion/triagectl
dist_zshcompletion_DATA = etc/completion/_triagectl
dist_fishcompletion_DATA = etc/completion/triagectl.fish
EXTRA_DIST += etc/completion/triagectl.bash
CLEANFILES += etc/completion/triagectl
etc/completion/triagectl: etc/completion/triagectl.bash
	$(AM_V_GEN)$(MKDIR_P) etc/completion && cp $(srcdir)/etc/completion/triagectl.bash $@
