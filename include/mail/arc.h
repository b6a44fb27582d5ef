/* arc: the Authenticated Received Chain (RFC 8617) as it stands in a mail. Nothing of it is verified here: a server we trust says whether the chain
 * holds (arc=pass); this tells who sealed it last and what he says to have seen. */
#ifndef MAIL_ARC_H
#define MAIL_ARC_H

#include "base/arena.h"

#define ARC_INSTANCES_MAX 50u /* RFC 8617 section 5.2 */

struct arc {
    uint32_t instances;  /* 0: no chain, or one that is not whole */
    struct str sealer;   /* d= of the last seal, as domain_ascii */
    struct str passed;   /* header.from of the one DMARC pass among the results of the last instance, as domain_ascii; "" when there is none */
};

/* Only the fields below the topmost Authentication-Results count: what stands above was added after that server had looked. */
void arc_read(struct arena *arena, struct str head, struct arc *out);

#endif
