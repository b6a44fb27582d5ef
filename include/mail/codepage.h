/* codepage: the charset behind a number of Microsoft's. */
#ifndef MAIL_CODEPAGE_H
#define MAIL_CODEPAGE_H

#include <stdint.h>

/* A name for charset_convert; NULL when the number is none that we convert. */
const char *codepage_charset(uint32_t page);

#endif
