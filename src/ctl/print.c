/* print: safe text, documents, times, colours. */
#include "ctl/print.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define ZONE_FILE_MAX (1u << 20)

/* ---- text --------------------------------------------------------------------------------------------------------------------------- */

void ctl_printf(struct ctl *ctl, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(&ctl->out, format, args);
    va_end(args);
}

/* In a locale without UTF-8 a character it cannot show is a question mark. */
static void to_ascii(struct buf *text)
{
    size_t to = 0;
    for (size_t i = 0; i < text->n; i++) {
        unsigned char c = (unsigned char)text->p[i];
        if (c < 0x80)
            text->p[to++] = (char)c;
        else if (c >= 0xc0)
            text->p[to++] = '?';
    }
    text->n = to;
}

static const char *safe(struct ctl *ctl, struct str s, bool lines)
{
    struct buf text = {0};
    utf8_display(&text, s, lines);
    if (!ctl->world->utf8)
        to_ascii(&text);
    const char *kept = arena_text(ctl->arena, buf_view(&text));
    buf_free(&text);
    return kept;
}

const char *ctl_safe(struct ctl *ctl, struct str s)
{
    return safe(ctl, s, false);
}

static const char *value_text(struct ctl *ctl, const json_t *value)
{
    if (json_is_string(value))
        return ctl_safe(ctl, (struct str){json_string_value(value), json_string_length(value)});
    if (json_is_integer(value))
        return arena_text(ctl->arena, arena_printf(ctl->arena, "%lld", (long long)json_integer_value(value)));
    if (json_is_real(value))
        return arena_text(ctl->arena, arena_printf(ctl->arena, "%g", json_real_value(value)));
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    if (json_is_array(value) || json_is_object(value)) {
        struct buf text = {0};
        ctl_dump(&text, value);
        const char *kept = ctl_safe(ctl, str_trim(buf_view(&text)));
        buf_free(&text);
        return kept;
    }
    return "";
}

const char *ctl_member(struct ctl *ctl, const json_t *object, const char *name)
{
    const char *text = value_text(ctl, json_object_get(object, name));
    return text[0] != '\0' ? text : "-";
}

void ctl_text(struct ctl *ctl, const char *indent, struct str text)
{
    struct buf clean = {0};
    utf8_clean(&clean, text); /* CRLF becomes LF */
    struct str rest = str_of(safe(ctl, buf_view(&clean), true)), line;
    buf_free(&clean);
    while (str_line(&rest, &line))
        ctl_printf(ctl, "%s%.*s\n", line.n > 0 ? indent : "", STR_ARG(line));
}

/* ---- documents ---------------------------------------------------------------------------------------------------------------------- */

bool ctl_wants_json(const struct ctl *ctl)
{
    return ctl_has(ctl, OPT_JSON);
}

/* Must this character be escaped in JSON for a terminal's sake? DEL, C1, bidi controls, zero-width and other invisible ones: what utf8_display escapes. */
static bool is_risky(struct str character)
{
    struct buf shown = {0};
    utf8_display(&shown, character, true);
    bool risky = !str_eq(buf_view(&shown), character);
    buf_free(&shown);
    return risky;
}

/* Outside ASCII these can only stand inside strings, where \u means the same. */
static void escape_risky(struct buf *out, struct str s)
{
    while (s.n > 0) {
        uint32_t c = 0;
        size_t n = utf8_next(s, &c);
        struct str character = str_sub(s, 0, n > 0 ? n : 1);
        if (character.n == 1 && (unsigned char)character.p[0] < 0x7f)
            buf_char(out, character.p[0]);
        else if (!is_risky(character))
            buf_str(out, character);
        else if (c < 0x10000)
            buf_printf(out, "\\u%04x", c);
        else
            buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
        s = str_sub(s, character.n, s.n);
    }
}

void ctl_dump(struct buf *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    escape_risky(out, str_of(text));
    buf_char(out, '\n');
    free(text);
}

/* Is name among the comma-separated fields? */
static bool among(struct str fields, struct str name)
{
    struct str one;
    while (str_cut(&fields, ',', &one))
        if (str_eq(str_trim(one), name))
            return true;
    return false;
}

static json_t *only(const json_t *object, struct str fields)
{
    json_t *kept = json_object();
    struct str one;
    while (str_cut(&fields, ',', &one)) {
        one = str_trim(one);
        json_t *value = json_object_getn(object, one.p, one.n);
        json_object_setn_new(kept, one.p, one.n, value != NULL ? json_incref(value) : json_null());
    }
    return kept;
}

/* Every field asked for must be one the table names. */
static int check_fields(struct ctl *ctl, struct str fields)
{
    struct str one;
    while (str_cut(&fields, ',', &one))
        if (!among(str_of(ctl->command->fields), str_trim(one))) {
            const char *hint = arena_text(ctl->arena, arena_printf(ctl->arena, "fields: %s", ctl->command->fields));
            return ctl_refuse(ctl, EX_USAGE, "Usage", hint, "there is no field \"%.*s\"", STR_ARG(str_trim(one)));
        }
    return 0;
}

static json_t *choose(const json_t *value, struct str fields)
{
    if (json_is_object(value))
        return only(value, fields);
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(value); i++)
        json_array_append_new(rows, only(json_array_get(value, i), fields));
    return rows;
}

int ctl_document(struct ctl *ctl, json_t *document, const char *member)
{
    struct str fields = str_of(ctl->value[OPT_JSON]);
    int code = 0;
    if (str_eq(fields, STR("help"))) {
        struct str list = str_of(ctl->command->fields), one;
        while (str_cut(&list, ',', &one))
            ctl_printf(ctl, "%.*s\n", STR_ARG(one));
    } else if (fields.n > 0 && (member == NULL || ctl->command->fields[0] == '\0')) {
        code = ctl_refuse(ctl, EX_USAGE, "Usage", NULL, "this document has no choice of fields: plain --json gives all of it");
    } else if (fields.n == 0 || (code = check_fields(ctl, fields)) == 0) {
        if (fields.n > 0)
            json_object_set_new(document, member, choose(json_object_get(document, member), fields));
        json_t *whole = json_pack("{s:i}", "format", 1);
        json_object_update(whole, document);
        ctl_dump(&ctl->out, whole);
        json_decref(whole);
    }
    json_decref(document);
    return code;
}

/* ---- times ------------------------------------------------------------------------------------------------------------------------------ */

int64_t ctl_time(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    int64_t wall = 0;
    if (!json_is_string(value) || !clock_parse((struct str){json_string_value(value), json_string_length(value)}, 0, &wall))
        return 0;
    return wall;
}

/* The zone people here live in: $TZ by its name, else the machine's. Empty: UTC. */
static struct str zone_octets(struct ctl *ctl)
{
    if (!ctl->zone_is_read && !ctl_has(ctl, OPT_UTC)) {
        const char *named = getenv("TZ");
        bool is_named = named != NULL && clock_zone_exists(named);
        const char *path = is_named ? arena_text(ctl->arena, arena_printf(ctl->arena, "/usr/share/zoneinfo/%s", named)) : "/etc/localtime";
        struct err err = {0};
        if ((is_named || named == NULL) && !file_read(ctl->arena, path, ZONE_FILE_MAX, &ctl->zone, &err))
            ctl->zone = STR("");
    }
    ctl->zone_is_read = true;
    return ctl->zone;
}

static const char *date_text(struct ctl *ctl, int64_t wall, bool is_full)
{
    struct zone_time zone = {0};
    int64_t year = 0, seconds = wall / CLOCK_SECOND;
    int month = 0, day = 0;
    if (!zone_at(zone_octets(ctl), seconds, &zone))
        zone.offset = 0;
    seconds += zone.offset;
    int64_t days = seconds / 86400, second = seconds % 86400;
    if (second < 0) {
        second += 86400;
        days--;
    }
    zone_date(days, &year, &month, &day);
    int hour = (int)(second / 3600), minute = (int)(second / 60 % 60), ahead = zone.offset < 0 ? -zone.offset : zone.offset;
    if (!is_full)
        return arena_text(ctl->arena, arena_printf(ctl->arena, "%04lld-%02d-%02d %02d:%02d", (long long)year, month, day, hour, minute));
    return arena_text(ctl->arena, arena_printf(ctl->arena, "%04lld-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", (long long)year, month, day, hour, minute, (int)(second % 60),
                                               zone.offset < 0 ? '-' : '+', ahead / 3600, ahead / 60 % 60));
}

const char *ctl_when(struct ctl *ctl, int64_t wall)
{
    const char *format = ctl->value[OPT_TIME] != NULL ? ctl->value[OPT_TIME] : "rel";
    int64_t ago = ctl->world->now - wall;
    if (wall == 0)
        return "-";
    if (strcmp(format, "unix") == 0)
        return arena_text(ctl->arena, arena_printf(ctl->arena, "%lld", (long long)(wall / CLOCK_SECOND)));
    if (strcmp(format, "iso") == 0)
        return date_text(ctl, wall, true);
    if (ago >= CLOCK_DAY || ago <= -CLOCK_DAY)
        return date_text(ctl, wall, false);
    const char *span = ctl_span(ctl, ago < 0 ? -ago : ago);
    return arena_text(ctl->arena, arena_printf(ctl->arena, "%s%s%s", ago < 0 ? "in " : "", span, ago < 0 ? "" : " ago"));
}

const char *ctl_span(struct ctl *ctl, int64_t ms)
{
    char text[CLOCK_TEXT];
    int64_t amount = ms < 0 ? -ms : ms;
    clock_span_text(amount < CLOCK_SECOND ? 0 : amount, text);
    return arena_text(ctl->arena, arena_printf(ctl->arena, "%s%s", ms <= -CLOCK_SECOND ? "-" : "", text));
}

const char *ctl_size(struct ctl *ctl, int64_t octets)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double size = (double)octets;
    size_t unit = 0;
    while (size >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        size /= 1000;
        unit++;
    }
    return arena_text(ctl->arena, arena_printf(ctl->arena, "%.*f %s", unit == 0 || size >= 100 ? 0 : 1, size, units[unit]));
}

/* ---- colour --------------------------------------------------------------------------------------------------------------------------------- */

const char *ctl_paint(struct ctl *ctl, enum ctl_colour colour, const char *text)
{
    static const char *const codes[] = {"", "\x1b[31m", "\x1b[33m", "\x1b[2m"};
    if (!ctl->colour || colour == COLOUR_NONE)
        return text;
    return arena_text(ctl->arena, arena_printf(ctl->arena, "%s%s\x1b[0m", codes[colour], text));
}
