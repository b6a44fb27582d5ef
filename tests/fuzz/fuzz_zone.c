/* Any octets as a time zone file: an offset within two days and a printable name, or a refusal. */
#include "fuzz.h"

#include "base/utf8.h"
#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t moments[] = {INT64_MIN, -5000000000, -1, 0, 1, 1795441680, 2200000000, 95617584000, INT64_MAX};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct zone_time time = {0, ""};
        if (!zone_at((struct str){(const char *)data, size}, moments[i], &time))
            continue;
        FUZZ_CHECK(time.offset >= -172 * 3600 && time.offset <= 172 * 3600);
        FUZZ_CHECK(time.name[0] != '\0' && utf8_is_line_safe(str_of(time.name)));
    }
    return 0;
}
