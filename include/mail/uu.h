/* uu: files written into a plain text, as mail programs did before MIME: uuencode (POSIX uuencode) and yEnc. */
#ifndef MAIL_UU_H
#define MAIL_UU_H

#include "base/str.h"

struct uu_file {
    struct str name;   /* as it stands there, undecoded */
    struct str octets; /* the whole of it in the text, from its first line to its last, line ends included */
    bool yenc;
};

/* Finds the next whole file (first line, lines of data, last line) in *rest, which must begin at the start of a line, and moves *rest behind it.
 * False: there is none. Linear in all calls together. */
bool uu_next(struct str *rest, struct uu_file *file);

#endif
