/* Any octets as HTML: text within its limit, no NUL added, the history mark inside it. */
#include "fuzz.h"

#include "mail/html.h"

#define TEXT_MAX 20000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct html_text result;
    struct buf out = {0};
    html_to_text(&out, (struct str){(const char *)data, size}, TEXT_MAX, &result);
    FUZZ_CHECK(result.history_at == SIZE_MAX || result.history_at <= out.n);
    /* A word, a link's target or an image's words may stand over the limit, and each line may carry quote marks. */
    FUZZ_CHECK(out.n <= TEXT_MAX + size + 4096);
    buf_free(&out);
    return 0;
}
