# The programs: small; each links only the layers it needs.
sbin_PROGRAMS += triaged
triaged_SOURCES = src/triaged.c
triaged_LDADD =
