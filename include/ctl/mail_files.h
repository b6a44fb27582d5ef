/* mail_files: mails from where operators keep them: a file, standard input, an mbox, a Maildir. */
#ifndef CTL_MAIL_FILES_H
#define CTL_MAIL_FILES_H

#include "ctl/ctl.h"

#define MAIL_FILES_MAX (1024u * 1024 * 1024) /* octets of one file or of standard input */

/* Line ends as a mail on its way has them: where all are LF they become CRLF, so that the same mail has the same octets whichever way it comes. */
struct str mail_as_sent(struct ctl *ctl, struct str octets);
/* The whole of a file, or of standard input for "-". In the arena. False: said why; exit code EX_NOINPUT, or EX_DATAERR when it is too big. */
bool mail_read(struct ctl *ctl, const char *path, struct str *octets, int *code);
/* Takes the next message off an mbox (RFC 4155; ">From " lines of mboxrd are restored). False at the end. The message is in the arena. */
bool mail_next_of_mbox(struct arena *arena, struct str *rest, struct str *message);
bool mail_is_mbox(struct str octets);
/* The files of a Maildir's new and cur, sorted; count 0 and false when the folder is none. */
bool mail_is_maildir(const char *path);
struct str *mail_files(struct ctl *ctl, const char *path, size_t *count);

#endif
