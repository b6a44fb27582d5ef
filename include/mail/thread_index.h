/* thread_index: Outlook's place of a mail within its conversation, the Thread-Index field (MS-OXOMSG section 2.2.1.3). */
#ifndef MAIL_THREAD_INDEX_H
#define MAIL_THREAD_INDEX_H

#include "base/arena.h"

#define THREAD_INDEX_BLOCKS_MAX 100u /* answers below one another that are written */

/* The index of an answer given at now_ms (UTC ms) to the mail whose Thread-Index is `parent` (base64, as its field holds it; blanks within it from folding
 * do not matter): the parent's own and one block more. "" when the parent's is no such index or too deep: the references thread it then. */
struct str thread_index_child(struct arena *arena, struct str parent, int64_t now_ms);

#endif
