/* rtf: what Outlook puts in place of a body: Rich Text, compressed (MS-OXRTFCP), often HTML in disguise (MS-OXRTFEX). */
#ifndef MAIL_RTF_H
#define MAIL_RTF_H

#include "base/arena.h"
#include "base/buf.h"

#define RTF_MAX (4u * 1024 * 1024) /* octets decompressed, and octets of text given */
#define RTF_DEPTH_MAX 200u         /* groups told apart; what stands deeper is left out */

/* Adds the decompressed octets ("LZFu" or stored "MELA"), at most `max`. False: not of that form; what could be had is added all the
 * same. The checksum is not looked at. */
bool rtf_decompress(struct buf *out, struct str compressed, size_t max);

struct rtf_text {
    bool is_html;    /* the HTML that was put into it, else plain text */
    struct str text; /* UTF-8, LF line ends, not tidy; in the arena */
};

/* The text of a Rich Text document: characters, paragraphs and tabs, nothing of its looks. False: it is no Rich Text. */
bool rtf_read(struct arena *arena, struct str rtf, struct rtf_text *out);

#endif
