/* uu: a first line alone proves nothing, people write "begin" too: only a run of lines that all are data, closed by the last line, is a file. */
#include "mail/uu.h"

#include "mail/octets.h"

#define UU_LINE_MAX 61u /* octets of a data line: a length and 45 octets as 60 characters */

static bool is_octal(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '7')
            return false;
    return s.n == 3 || s.n == 4;
}

/* "begin 644 name" */
static bool begins_uu(struct str line, struct str *name)
{
    struct str mode;
    if (!str_starts(line, STR("begin ")))
        return false;
    line = str_sub(line, 6, line.n);
    if (!str_cut(&line, ' ', &mode) || !is_octal(mode))
        return false;
    *name = str_trim(line);
    return name->n > 0;
}

/* The first character says how many octets follow; blanks at the end may have been lost on the way. */
static bool is_uu_data(struct str line)
{
    if (line.n == 0 || line.n > UU_LINE_MAX + 2)
        return false;
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] < ' ' || line.p[i] > '`')
            return false;
    size_t octets = (size_t)(line.p[0] - ' ') & 0x3f, full = (octets + 2) / 3 * 4 + 1;
    return octets > 0 && line.n <= full + 2 && line.n + 4 >= full;
}

/* Behind the first line: takes data and "end" off *rest. */
static bool take_uu(struct str *rest)
{
    struct str line;
    bool any = false;
    while (str_line(rest, &line)) {
        if (any && str_eq(str_trim(line), STR("end")))
            return true;
        bool zero = str_eq(str_trim(line), STR("`")), blank = str_trim(line).n == 0;
        if (!zero && !blank && !is_uu_data(line))
            return false;
        any |= !blank;
    }
    return false;
}

/* "=ybegin line=128 size=123 name=file" */
static bool begins_yenc(struct str line, struct str *name)
{
    ptrdiff_t at = str_find(line, STR(" name="));
    if (!str_starts(line, STR("=ybegin ")) || at < 0)
        return false;
    *name = str_trim(str_sub(line, (size_t)at + 6, line.n));
    return true;
}

static bool take_yenc(struct str *rest)
{
    struct str line;
    while (str_line(rest, &line)) {
        if (str_starts(line, STR("=yend ")))
            return true;
        if (str_starts(line, STR("=ybegin ")))
            return false;
    }
    return false;
}

bool uu_next(struct str *rest, struct uu_file *file)
{
    struct str line;
    for (;;) {
        const char *start = rest->p;
        if (!str_line(rest, &line))
            return false;
        if (line.n == 0 || (line.p[0] != 'b' && line.p[0] != '='))
            continue;
        bool uu = begins_uu(line, &file->name);
        if (!uu && !begins_yenc(line, &file->name))
            continue;
        struct str behind = *rest;
        file->yenc = !uu;
        if (uu ? take_uu(&behind) : take_yenc(&behind)) {
            const char *stop = behind.n > 0 ? behind.p : rest->p + rest->n;
            file->octets = (struct str){ start, (size_t)(stop - start) };
            *rest = behind;
            return true;
        }
    }
}
