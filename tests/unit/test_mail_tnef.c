/* tnef, rtf, winmail: wrappings built here octet by octet, whole, nested, cut at every place; and the mails they came in. */
#include "mail_fixture.h"

#include "base/base64.h"
#include "mail/charset.h"
#include "mail/rtf.h"
#include "mail/tnef.h"
#include "mail/winmail.h"

/* ---- a writer of TNEF, for the tests --------------------------------------------------------------------------------------- */

static void put(struct buf *b, uint64_t number, size_t octets)
{
    for (size_t i = 0; i < octets; i++)
        buf_char(b, (char)(number >> (8 * i) & 0xff));
}

static void put_start(struct buf *b)
{
    put(b, 0x223e9f78, 4);
    put(b, 1, 2);
}

static void put_attribute(struct buf *b, int level, uint32_t attribute, struct str data)
{
    uint32_t sum = 0;
    put(b, (uint64_t)level, 1);
    put(b, attribute, 4);
    put(b, data.n, 4);
    buf_str(b, data);
    for (size_t i = 0; i < data.n; i++)
        sum += (unsigned char)data.p[i];
    put(b, sum & 0xffff, 2);
}

/* A property with a size before its value. */
static void put_sized(struct buf *b, uint32_t type, uint32_t id, struct str value)
{
    put(b, type, 2);
    put(b, id, 2);
    put(b, 1, 4);
    put(b, value.n, 4);
    buf_str(b, value);
    put(b, 0, (4 - value.n % 4) % 4);
}

static void put_long(struct buf *b, uint32_t id, uint32_t value)
{
    put(b, 3, 2);
    put(b, id, 2);
    put(b, value, 4);
}

static void put_wide(struct buf *b, uint32_t id, const char *ascii)
{
    struct buf wide = {0};
    for (; *ascii; ascii++)
        put(&wide, (unsigned char)*ascii, 2);
    put(&wide, 0, 2);
    put_sized(b, 0x1f, id, buf_view(&wide));
    buf_free(&wide);
}

static void put_attachment(struct buf *b, const char *title, struct str data)
{
    put_attribute(b, 2, 0x00069002, STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    put_attribute(b, 2, 0x00018010, str_of(title));
    if (data.n > 0)
        put_attribute(b, 2, 0x0006800f, data);
}

static void put_properties(struct buf *b, int level, uint32_t attribute, uint32_t count, const struct buf *properties)
{
    struct buf data = {0};
    put(&data, count, 4);
    buf_str(&data, buf_view(properties));
    put_attribute(b, level, attribute, buf_view(&data));
    buf_free(&data);
}

/* Two files, a text in Unicode, high importance; the second file has a long name in UTF-16 and a type. */
static void put_ordinary(struct buf *b)
{
    struct buf p = {0};
    put_start(b);
    put_attribute(b, 1, 0x00069007, STR("\xe3\x04\0\0\0\0\0\0")); /* 1251 */
    put(&p, 0x1003, 2), put(&p, 0x7001, 2), put(&p, 2, 4), put(&p, 5, 4), put(&p, 6, 4); /* many numbers */
    put(&p, 0x1e, 2), put(&p, 0x8001, 2), buf_add(&p, "GGGGGGGGGGGGGGGG", 16), put(&p, 1, 4), put(&p, 6, 4), buf_add(&p, "a\0b\0\0\0\0\0", 8); /* named */
    put(&p, 1, 4), put(&p, 2, 4), buf_add(&p, "x\0\0\0", 4);
    put_wide(&p, 0x1000, "The router is on fire.\r\nPlease help.\r\n");
    put_long(&p, 0x0017, 2);
    put_properties(b, 1, 0x00069003, 4, &p);
    put_attachment(b, "\xf0\xee\xf3\xf2\xe5\xf0.log", STR("line one\n")); /* "роутер" in windows-1251 */
    put_attachment(b, "LONGNA~1.PDF", STR("%PDF-1.4 x"));
    buf_clear(&p);
    put_wide(&p, 0x3707, "A long name of 2026.pdf");
    put_sized(&p, 0x1e, 0x370e, STR("Application/PDF\0"));
    put_properties(b, 2, 0x00069005, 2, &p);
    buf_free(&p);
}

static struct arena *arena;

static int begin(void **state)
{
    (void)state;
    charset_prepare();
    arena = arena_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* ---- tnef ------------------------------------------------------------------------------------------------------------------ */

static void files_text_and_importance(void **state)
{
    (void)state;
    struct buf b = {0};
    struct tnef t;
    put_ordinary(&b);
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_false(t.broken);
    assert_int_equal(t.importance, 1);
    assert_false(t.text.is_html);
    assert_str(t.text.text, "The router is on fire.\r\nPlease help.\r\n");
    assert_int_equal(t.file_count, 2);
    assert_str(t.files[0].name, "\xd1\x80\xd0\xbe\xd1\x83\xd1\x82\xd0\xb5\xd1\x80.log");
    assert_str(t.files[0].type, "");
    assert_str(t.files[0].octets, "line one\n");
    assert_str(t.files[1].name, "A long name of 2026.pdf");
    assert_str(t.files[1].type, "application/pdf");
    assert_str(t.files[1].octets, "%PDF-1.4 x");
    buf_free(&b);
}

static void html_where_there_is_no_plain_text(void **state)
{
    (void)state;
    struct buf b = {0}, p = {0};
    struct tnef t;
    put_start(&b);
    put_sized(&p, 0x1e, 0x1000, STR(" \r\n\0"));
    put_sized(&p, 0x102, 0x1013, STR("<p>\xc4rger</p>"));
    put_long(&p, 0x3fde, 28591);
    put_properties(&b, 1, 0x00069003, 3, &p);
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_true(t.text.is_html);
    assert_str(t.text.text, "<p>\xc3\x84rger</p>");
    buf_free(&b);
    buf_free(&p);
}

/* The two examples of MS-OXRTFCP section 4. */
static const char hello[] = "\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20"
                            "\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0";
static const char crossing[] = "\x1a\x00\x00\x00\x1c\x00\x00\x00\x4c\x5a\x46\x75\xe2\xd4\x4b\x51\x41\x00\x04\x20\x57\x58\x59\x5a\x0d\x6e\x7d\x01\x0e\xb0";

static void rich_text_where_there_is_nothing_else(void **state)
{
    (void)state;
    struct buf b = {0}, p = {0};
    struct tnef t;
    put_start(&b);
    put_sized(&p, 0x102, 0x1009, STR(hello));
    put_properties(&b, 1, 0x00069003, 1, &p);
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_false(t.broken);
    assert_false(t.text.is_html);
    assert_str(t.text.text, "hello world");
    buf_free(&b);
    buf_free(&p);
}

/* A message in a message in a message …; each has one file and a text. */
static void put_nested(struct buf *b, unsigned levels)
{
    struct buf p = {0}, object = {0}, inner = {0};
    put_start(b);
    put_attribute(b, 1, 0x00018004, STR("Fwd: fire\0"));
    put_attribute(b, 1, 0x0002800c, STR("look below\0"));
    put_attachment(b, "note.txt", STR("n"));
    if (levels > 1) {
        put_nested(&inner, levels - 1);
        buf_add(&object, "IIIIIIIIIIIIIIII", 16);
        buf_str(&object, buf_view(&inner));
        put_sized(&p, 0x0d, 0x3701, buf_view(&object));
        put_attachment(b, "Untitled", (struct str){"", 0});
        put_properties(b, 2, 0x00069005, 1, &p);
    }
    buf_free(&p);
    buf_free(&object);
    buf_free(&inner);
}

static void messages_within_messages(void **state)
{
    (void)state;
    struct buf b = {0};
    struct tnef t;
    put_nested(&b, 3);
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_false(t.broken);
    assert_str(t.text.text, "look below");
    assert_int_equal(t.file_count, 5);
    assert_str(t.files[0].name, "note.txt");
    assert_str(t.files[3].name, "Fwd: fire.txt");
    assert_str(t.files[4].octets, "look below");
    buf_clear(&b);
    put_nested(&b, TNEF_DEPTH_MAX);
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_false(t.broken);
    assert_int_equal(t.file_count, 2 * TNEF_DEPTH_MAX - 1);
    buf_clear(&b);
    put_nested(&b, TNEF_DEPTH_MAX + 1);
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_true(t.broken);
    buf_free(&b);
}

/* Each end of the octets is the end of a block of their own, so that valgrind and sanitizers see one octet too far. */
static void cut_at_every_place(void **state)
{
    (void)state;
    struct buf b = {0};
    put_ordinary(&b);
    put_nested(&b, 2);
    size_t files = 0;
    for (size_t n = 0; n < b.n; n++) {
        char *copy = test_malloc(n);
        struct tnef t;
        memcpy(copy, b.p, n);
        if (tnef_read(arena, (struct str){copy, n}, &t)) {
            assert_true(t.file_count >= files);
            files = t.file_count;
        }
        test_free(copy);
    }
    assert_true(files >= 2);
    buf_free(&b);
}

static void limits(void **state)
{
    (void)state;
    struct buf b = {0}, p = {0};
    struct tnef t;
    put_start(&b);
    for (size_t i = 0; i < TNEF_FILES_MAX; i++)
        put_attachment(&b, "a", STR("x"));
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_false(t.broken);
    put_attachment(&b, "one more", STR("x"));
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_true(t.broken);
    assert_int_equal(t.file_count, TNEF_FILES_MAX);

    buf_clear(&b);
    put_start(&b);
    for (size_t i = 0; i <= TNEF_PROPERTIES_MAX; i++)
        put_long(&p, 0x7002, 1);
    put_properties(&b, 1, 0x00069003, TNEF_PROPERTIES_MAX + 1, &p);
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_true(t.broken);

    buf_clear(&b);
    buf_clear(&p);
    put_start(&b);
    put(&p, 0x1e, 2), put(&p, 0x1000, 2), put(&p, 0xffffffff, 4), put(&p, 0xfffffff0, 4); /* four thousand million texts of that size */
    put_properties(&b, 1, 0x00069003, 0xffffffff, &p);
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_true(t.broken);
    assert_false(tnef_read(arena, STR("\x78\x9f\x3e"), &t));
    assert_false(tnef_read(arena, STR("PK\x03\x04 no tnef"), &t));
    buf_free(&b);
    buf_free(&p);
}

/* ---- rtf ------------------------------------------------------------------------------------------------------------------- */

static void decompression(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_true(rtf_decompress(&out, STR(hello), 1000));
    assert_str(buf_view(&out), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    buf_clear(&out);
    assert_true(rtf_decompress(&out, STR(crossing), 1000));
    assert_str(buf_view(&out), "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
    buf_clear(&out);
    assert_false(rtf_decompress(&out, STR(crossing), 12));
    assert_str(buf_view(&out), "{\\rtf1 WXYZW");
    buf_clear(&out);
    assert_false(rtf_decompress(&out, str_sub(STR(crossing), 0, 20), 1000));
    buf_clear(&out);
    assert_true(rtf_decompress(&out, STR("\x0f\0\0\0\x03\0\0\0MELA\0\0\0\0abc"), 1000));
    assert_str(buf_view(&out), "abc");
    assert_false(rtf_decompress(&out, STR("\x0f\0\0\0\x03\0\0\0ABCD\0\0\0\0abc"), 1000));
    assert_false(rtf_decompress(&out, STR("short"), 1000));
    buf_free(&out);
}

static void text_of_documents(void **state)
{
    (void)state;
    static const struct {
        const char *rtf, *wanted;
        bool is_html;
    } table[] = {
        {"{\\rtf1\\ansi hello\\par world}", "hello\nworld", false},
        {"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\colortbl;\\red0;}{\\*\\generator Some}\\pard a\\tab b\\'e4 \\{c\\}}", "a\tb\xc3\xa4 {c}", false},
        {"{\\rtf1\\ansi\\ansicpg1251 \\'cf\\'f0\\'e8}", "\xd0\x9f\xd1\x80\xd0\xb8", false},
        {"{\\rtf1\\ansi\\ansicpg932 \\'93\\'fa\\'96\\'7b}", "\xe6\x97\xa5\xe6\x9c\xac", false},
        {"{\\rtf1\\uc1 \\u8364 ?\\u-10179?\\u-8704?{\\uc0 \\u228 x}}", "\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa4x", false},
        {"{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <p>}\\htmlrtf {\\b \\htmlrtf0 Hi\\htmlrtf }\\htmlrtf0 {\\*\\htmltag84 &nbsp;}{\\*\\mhtmltag84 <no>}{\\*\\htmltag72 </p>}}",
         "<p>Hi&nbsp;</p>", true},
        {"{\\rtf1 a\\bin3 {{{b}", "ab", false},
        {"{\\rtf1 \\'", "", false},
        {"{\\rtf1 }}}}}a", "a", false},
        {"{\\rtf1 \\u99999999999 x", "", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct rtf_text t;
        assert_true(rtf_read(arena, str_of(table[i].rtf), &t));
        assert_str(t.text, table[i].wanted);
        assert_int_equal(t.is_html, table[i].is_html);
    }
    struct rtf_text t;
    assert_false(rtf_read(arena, STR("<p>no</p>"), &t));
    struct buf deep = {0};
    buf_text(&deep, "{\\rtf1 a");
    for (size_t i = 0; i < 1000; i++)
        buf_text(&deep, "{x");
    for (size_t i = 0; i < 1000; i++)
        buf_text(&deep, "}");
    buf_text(&deep, "b}");
    assert_true(rtf_read(arena, buf_view(&deep), &t));
    assert_int_equal(t.text.n, 2 + 200 - 2);
    buf_free(&deep);
}

/* ---- the mail ---------------------------------------------------------------------------------------------------------------- */

static struct str mail_with(struct str octets, const char *text)
{
    struct buf mail = {0}, encoded = {0};
    base64_encode(&encoded, octets);
    buf_printf(&mail, "From: jo@fabrikam.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n%s\r\n--b\r\n"
                      "Content-Type: application/ms-tnef; name=\"winmail.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\n", text);
    for (size_t i = 0; i < encoded.n; i += 76)
        buf_printf(&mail, "%.*s\r\n", (int)(encoded.n - i < 76 ? encoded.n - i : 76), encoded.p + i);
    buf_text(&mail, "\r\n--b\r\nContent-Type: image/png; name=p.png\r\n\r\n\x89PNG\r\n--b--\r\n");
    struct str s = arena_str(arena, buf_view(&mail));
    buf_free(&mail);
    buf_free(&encoded);
    return s;
}

static void files_stand_in_the_place_of_their_wrapping(void **state)
{
    (void)state;
    struct buf b = {0}, again = {0};
    put_ordinary(&b);
    struct str raw = mail_with(buf_view(&b), "See attached.");
    struct message m = fixture_read(arena, raw);
    assert_str(m.text, "See attached.");
    assert_int_equal(m.importance, 1);
    assert_int_equal(m.attachment_count, 3);
    assert_str(m.attachments[1].name, "A long name of 2026.pdf");
    assert_str(m.attachments[1].type, "application/pdf");
    assert_str(m.attachments[1].sniffed, "application/pdf");
    assert_str(m.attachments[2].name, "p.png");
    assert_true(message_attachment(raw, m.attachments[1].part, &again));
    assert_str(buf_view(&again), "%PDF-1.4 x");
    assert_int_equal(m.attachments[1].size, again.n);
    buf_clear(&again);
    assert_false(message_attachment(raw, WINMAIL_PART(2, 2), &again));
    assert_false(message_attachment(raw, WINMAIL_PART(3, 0), &again));
    assert_int_equal(again.n, 0);
    buf_free(&b);
    buf_free(&again);
}

static void text_of_the_wrapping_where_the_mail_has_none(void **state)
{
    (void)state;
    struct buf b = {0};
    put_ordinary(&b);
    struct message m = fixture_read(arena, mail_with(buf_view(&b), ""));
    assert_str(m.text, "The router is on fire.\nPlease help.\n");
    assert_str(m.fresh, "The router is on fire.\nPlease help.\n");
    buf_free(&b);
}

static void a_broken_wrapping_stays_in_the_list(void **state)
{
    (void)state;
    struct buf b = {0};
    put_ordinary(&b);
    struct message m = fixture_read(arena, mail_with(str_sub(buf_view(&b), 0, b.n - 20), "x"));
    assert_true((m.defects & MESSAGE_BROKEN_MIME) != 0);
    assert_str(m.attachments[0].name, "winmail.dat");
    assert_true(m.attachment_count >= 3);
    m = fixture_read(arena, mail_with(STR("this is no TNEF at all"), "x"));
    assert_int_equal(m.attachment_count, 2);
    assert_str(m.attachments[0].name, "winmail.dat");
    buf_free(&b);
}

static void importance_of_fields(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int wanted;
    } table[] = {{"", 0}, {"Importance: High\n", 1}, {"Importance: low\n", -1}, {"X-Priority: 1 (Highest)\n", 1}, {"X-Priority: 3\n", 0}, {"X-Priority: 5\n", -1},
        {"Priority: urgent\n", 1}, {"Priority: Non-Urgent\n", -1}, {"Importance: highest\n", 0}, {"X-Priority:\n", 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct message m = fixture_read(arena, arena_printf(arena, "From: jo@fabrikam.example\n%s\nx\n", table[i].fields));
        if (m.importance != table[i].wanted)
            fail_msg("%s gives %d", table[i].fields, m.importance);
    }
}

/* The same limits in numbers of their own: raised or taken out, one of these fails. */
static void limits_in_numbers(void **state)
{
    struct buf b = {0}, p = {0}, text = {0}, mail = {0}, encoded = {0};
    struct tnef t;
    struct rtf_text rtf;
    (void)state;
    put_start(&b);
    for (size_t i = 0; i < 250; i++)
        put_attachment(&b, "a", STR("x"));
    assert_true(tnef_read(arena, buf_view(&b), &t));
    assert_int_equal(t.file_count, 200);
    buf_clear(&b);
    put_nested(&b, 6);
    assert_true(tnef_read(arena, buf_view(&b), &t) && t.broken);
    buf_clear(&b);
    put_start(&b);
    for (size_t i = 0; i < 5001; i++)
        put_long(&p, 0x7002, 1);
    put_properties(&b, 1, 0x00069003, 5001, &p);
    assert_true(tnef_read(arena, buf_view(&b), &t) && t.broken);
    for (size_t i = 0; i < 500000; i++)
        buf_text(&text, "0123456789");
    buf_clear(&b);
    put_start(&b);
    put_attribute(&b, 1, 0x0002800c, buf_view(&text));
    assert_true(tnef_read(arena, buf_view(&b), &t) && t.text.text.n <= 4 * 1024 * 1024);
    buf_clear(&b);
    buf_printf(&b, "{\\rtf1 %.*s}", STR_ARG(buf_view(&text)));
    assert_true(!rtf_read(arena, buf_view(&b), &rtf) || rtf.text.n <= 4 * 1024 * 1024);
    buf_clear(&b);
    put_ordinary(&b);
    base64_encode(&encoded, buf_view(&b));
    buf_text(&mail, "Content-Type: multipart/mixed; boundary=b\n\n");
    for (size_t i = 0; i < 7; i++)
        buf_printf(&mail, "--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n%.*s\n", STR_ARG(buf_view(&encoded)));
    buf_text(&mail, "--b--\n");
    struct message m = fixture_read(arena, buf_view(&mail));
    size_t closed = 0;
    for (size_t i = 0; i < m.attachment_count; i++)
        closed += str_eq(m.attachments[i].name, STR("winmail.dat"));
    assert_int_equal(closed, 2);
    buf_free(&b), buf_free(&p), buf_free(&text), buf_free(&mail), buf_free(&encoded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_text_and_importance),
        cmocka_unit_test(html_where_there_is_no_plain_text),
        cmocka_unit_test(rich_text_where_there_is_nothing_else),
        cmocka_unit_test(messages_within_messages),
        cmocka_unit_test(cut_at_every_place),
        cmocka_unit_test(limits),
        cmocka_unit_test(limits_in_numbers),
        cmocka_unit_test(decompression),
        cmocka_unit_test(text_of_documents),
        cmocka_unit_test(files_stand_in_the_place_of_their_wrapping),
        cmocka_unit_test(text_of_the_wrapping_where_the_mail_has_none),
        cmocka_unit_test(a_broken_wrapping_stays_in_the_list),
        cmocka_unit_test(importance_of_fields),
    };
    return cmocka_run_group_tests_name("mail tnef", tests, begin, end);
}
