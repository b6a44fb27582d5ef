/* lineage: whether the store in the state directory is the one that ran here last. A small file beside it ("lineage", 0600: "NAME EVENT LEDGER LETTER TICKET", the last ids
 * it had come to) says so. A store without it, of another name or behind it was put back from a copy: then what may have been sent or answered already is not sent again. */
#ifndef CORE_LINEAGE_H
#define CORE_LINEAGE_H

#include "base/err.h"
#include "store/copy.h"

/* At start, before anything is done with the store: names a new one, adopts a copy (said in the log), notes where it is. */
bool lineage_check(const char *directory, struct store *store, int64_t now, struct err *err);
/* Notes how far the store has come, if that changed since *noted. May fail in silence: the note may lag behind. */
void lineage_note(const char *directory, struct store *store, struct store_mark *noted);

#endif
