/* codepage: most numbers are in the labels of charset's table as they are; the others are here. */
#include "mail/codepage.h"

#include "mail/charset.h"

static const struct {
    uint32_t page;
    const char *label;
} others[] = {{1200, "utf-16le"}, {1201, "utf-16be"}, {10000, "macintosh"}, {20127, "us-ascii"}, {20866, "koi8-r"}, {20932, "euc-jp"}, {21866, "koi8-u"},
    {50222, "iso-2022-jp"}, {50225, "iso-2022-kr"}, {51932, "euc-jp"}, {51936, "gb2312"}, {51949, "euc-kr"}, {52936, "hz-gb-2312"}, {54936, "gb18030"},
    {65000, "utf-7"}};

const char *codepage_charset(uint32_t page)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].page == page)
            return charset_of(str_of(others[i].label));
    const char *name = NULL;
    for (size_t i = 0; i < 3 && name == NULL; i++) {
        struct buf label = {0};
        if (i < 2)
            buf_printf(&label, i == 0 ? "windows-%u" : "cp%u", page);
        else if (page > 28590 && page < 28610)
            buf_printf(&label, "iso-8859-%u", page - 28590);
        name = charset_of(buf_view(&label));
        buf_free(&label);
    }
    return name;
}
