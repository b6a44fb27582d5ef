/* flowed: a line that ends in a blank goes on in the next line of the same quote depth; "-- " never does. */
#include "mail/flowed.h"

static unsigned quote_depth(struct str *line)
{
    unsigned depth = 0;
    while (line->n > 0 && line->p[0] == '>') {
        depth++;
        *line = str_sub(*line, 1, line->n);
    }
    if (line->n > 0 && line->p[0] == ' ') /* space-stuffing */
        *line = str_sub(*line, 1, line->n);
    return depth;
}

void flowed_join(struct buf *out, struct str text, bool delsp)
{
    struct str line;
    bool open = false; /* the last line ended softly */
    unsigned open_depth = 0;
    while (str_line(&text, &line)) {
        unsigned depth = quote_depth(&line);
        bool signature = str_eq(line, STR("-- "));
        if (open && (depth != open_depth || signature)) {
            buf_char(out, '\n');
            open = false;
        }
        if (!open && depth > 0) {
            for (unsigned i = 0; i < depth; i++)
                buf_char(out, '>');
            buf_char(out, ' ');
        }
        open = line.n > 0 && line.p[line.n - 1] == ' ' && !signature;
        open_depth = depth;
        if (open && delsp)
            line.n--;
        buf_str(out, line);
        if (!open)
            buf_char(out, '\n');
    }
    if (open)
        buf_char(out, '\n');
}
