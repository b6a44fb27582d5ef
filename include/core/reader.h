/* reader: the jailed process that understands mail: octets in, message and scan hits out. No files, no sockets, no clock. */
#ifndef CORE_READER_H
#define CORE_READER_H

/* The whole life of a triaged-reader whose socket to core is descriptor fd. Gives an exit code of sysexits.h. */
int reader_run(int fd);

#endif
