# What the service manager reads. The unit's paths are filled in here: configure would leave ${prefix} in them.
systemdsystemunit_DATA = systemd/triaged.service
EXTRA_DIST += systemd/triaged.service.in systemd/triaged.sysusers systemd/triaged.tmpfiles
CLEANFILES += systemd/triaged.service

systemd/triaged.service: $(srcdir)/systemd/triaged.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && sed -e 's|[@]sbindir[@]|$(sbindir)|g' -e 's|[@]bindir[@]|$(bindir)|g' -e 's|[@]sysconfdir[@]|$(sysconfdir)|g' \
		$(srcdir)/systemd/triaged.service.in >$@.part && mv $@.part $@

install-data-hook: install-systemd
uninstall-hook: uninstall-systemd
.PHONY: install-systemd uninstall-systemd
install-systemd:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)' '$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) $(srcdir)/systemd/triaged.sysusers '$(DESTDIR)$(sysusersdir)/triaged.conf'
	$(INSTALL_DATA) $(srcdir)/systemd/triaged.tmpfiles '$(DESTDIR)$(tmpfilesdir)/triaged.conf'
uninstall-systemd:
	rm -f '$(DESTDIR)$(sysusersdir)/triaged.conf' '$(DESTDIR)$(tmpfilesdir)/triaged.conf'
