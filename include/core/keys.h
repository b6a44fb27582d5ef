/* keys: the token keys of the desk, one line an epoch in the state directory's file `token.keys` (0600): "EPOCH HEX64". Made at the first start. They
 * are not in the store, so that a copy of the store alone lets nobody in. */
#ifndef CORE_KEYS_H
#define CORE_KEYS_H

#include "base/err.h"
#include "desk/token.h"

/* create: a missing file is made (daemon); without it a missing file gives no keys (triagectl). Malformed: ERR_SETUP, never made anew. */
bool keys_load(const char *directory, bool create, struct token_keys *keys, struct err *err);

/* Adds a key under the next epoch, in the file and then in keys; on failure both stay. The oldest of TOKEN_EPOCHS_MAX goes. */
bool keys_rotate(const char *directory, struct token_keys *keys, struct err *err);

#endif
