/* config_take: one small function a type of value. Each takes the tokens behind a key, checks them, and fills one member of the section's struct; the table
 * says which. A value that does not fit is said so and leaves the member as it was. */
#include "core/config_read.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "mail/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READERS_AUTO_MAX 4
#define CONFIG_KEYS_MAX (4u * 1024 * 1024) /* octets of a file of keys */

static void *member(const struct config_value *value, void *target)
{
    return (char *)target + value->setting->offset;
}

static void put_list(const struct config_value *value, void *target, struct str *list, size_t count)
{
    memcpy(member(value, target), &list, sizeof list);
    memcpy((char *)target + value->setting->extra, &count, sizeof count);
}

bool config_is_name(struct str s)
{
    if (s.n == 0 || s.n > CONFIG_NAME_MAX || strchr("-_.", s.p[0]) != NULL)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

/* Labels of letters, digits, "-" and whatever is not ASCII (RFC 6531), none empty or longer than 63 octets. */
bool config_is_domain(struct str s)
{
    if (s.n == 0 || s.n > 253 || s.p[0] == '.' || s.p[s.n - 1] == '.' || !utf8_valid(s))
        return false;
    struct str label = {NULL, 0};
    for (struct str rest = s; str_cut(&rest, '.', &label);) {
        if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++) {
            unsigned char c = (unsigned char)label.p[i];
            bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c >= 0x80;
            if (!good)
                return false;
        }
    }
    return true;
}

bool config_is_text(struct str s, size_t most)
{
    return s.n > 0 && s.n <= most && str_trim(s).n == s.n && utf8_is_line_safe(s) && str_find(s, STR("\t")) < 0;
}

bool config_some(struct config_reading *r, const struct config_value *value, size_t most)
{
    const struct config_setting *s = value->setting;
    const char *key = s->key[0] != '\0' ? s->key : s->section;
    if (value->count < 2) {
        config_wrong(r, value, 0, config_hint(r, "for example: %s", s->example), "\"%s\" has no value, expected %s", key, s->type);
        return false;
    }
    if (value->count > most + 1) {
        config_wrong(r, value, most + 1, "", "\"%s\" has too many values, expected %s", key, s->type);
        return false;
    }
    return true;
}

bool config_one(struct config_reading *r, const struct config_value *value)
{
    return config_some(r, value, 1);
}

struct str config_path(struct config_reading *r, struct str path)
{
    if (path.n > 0 && path.p[0] == '/')
        return path;
    return arena_printf(r->arena, "%s/%.*s", r->base, STR_ARG(path));
}

/* ---- texts ---- */

void take_text(struct config_reading *r, struct config_value *value, void *target)
{
    if (!config_one(r, value))
        return;
    if (!config_is_text(value->tokens[1].text, CONFIG_TEXT_MAX))
        config_wrong(r, value, 1, "", "\"%s\" must be one line of 1 to %u octets without control characters", value->setting->key, CONFIG_TEXT_MAX);
    else
        memcpy(member(value, target), &value->tokens[1].text, sizeof(struct str));
}

static bool fits_name(struct config_reading *r, const struct config_value *value, size_t i)
{
    if (config_is_name(value->tokens[i].text))
        return true;
    config_wrong(r, value, i, "", "\"%.*s\" is no name, expected letters, digits, \"-\", \"_\" and \".\", at most %u", STR_ARG(utf8_prefix(value->tokens[i].text, 80)),
                 CONFIG_NAME_MAX);
    return false;
}

void take_name(struct config_reading *r, struct config_value *value, void *target)
{
    if (config_one(r, value) && fits_name(r, value, 1))
        memcpy(member(value, target), &value->tokens[1].text, sizeof(struct str));
}

static bool fits_word(struct config_reading *r, const struct config_value *value, size_t i)
{
    struct str word = value->tokens[i].text;
    bool letters = true;
    for (size_t k = 0; k < word.n; k++)
        letters = letters && word.p[k] != ' ' && word.p[k] != '\t';
    if (letters && config_is_text(word, (size_t)value->setting->most))
        return true;
    config_wrong(r, value, i, "", "\"%.*s\" must be 1 to %lld octets without blanks", STR_ARG(utf8_prefix(word, 80)), (long long)value->setting->most);
    return false;
}

/* The values as a list, each good by its own test; NULL when one is not. */
static struct str *list_of(struct config_reading *r, const struct config_value *value, bool (*fits)(struct config_reading *, const struct config_value *, size_t))
{
    bool good = config_some(r, value, SIZE_MAX - 1);
    struct str *list = arena_array(r->arena, value->count, sizeof *list);
    for (size_t i = 1; i < value->count; i++) {
        if (!fits(r, value, i)) {
            good = false;
            if (config_is_key(r, value, i))
                break;
            continue;
        }
        list[i - 1] = value->tokens[i].text;
        for (size_t k = 1; k < i; k++)
            if (str_eq(value->tokens[k].text, value->tokens[i].text)) {
                config_wrong(r, value, i, "", "\"%.*s\" stands here twice", STR_ARG(value->tokens[i].text));
                good = false;
                break;
            }
    }
    return good ? list : NULL;
}

static void take_list(struct config_reading *r, struct config_value *value, void *target,
                      bool (*fits)(struct config_reading *, const struct config_value *, size_t))
{
    struct str *list = list_of(r, value, fits);
    size_t before = 0;
    struct str *old = NULL;
    if (list == NULL)
        return;
    /* Sections of values may stand in several places and add up. */
    memcpy(&before, (char *)target + value->setting->extra, sizeof before);
    memcpy(&old, member(value, target), sizeof old);
    size_t count = before + value->count - 1;
    struct str *all = arena_array(r->arena, count, sizeof *all);
    if (before > 0)
        memcpy(all, old, before * sizeof *all);
    memcpy(all + before, list, (value->count - 1) * sizeof *all);
    put_list(value, target, all, count);
}

void take_names(struct config_reading *r, struct config_value *value, void *target)
{
    take_list(r, value, target, fits_name);
}

/* `least` words at most, each of `most` octets at most. */
void take_words(struct config_reading *r, struct config_value *value, void *target)
{
    struct str *list = config_some(r, value, (size_t)value->setting->least) ? list_of(r, value, fits_word) : NULL;
    if (list != NULL)
        put_list(value, target, list, value->count - 1);
}

static bool fits_domain(struct config_reading *r, const struct config_value *value, size_t i)
{
    if (config_is_domain(value->tokens[i].text))
        return true;
    config_wrong(r, value, i, "", "\"%.*s\" is no domain", STR_ARG(utf8_prefix(value->tokens[i].text, 80)));
    return false;
}

void take_domains(struct config_reading *r, struct config_value *value, void *target)
{
    take_list(r, value, target, fits_domain);
}

static bool fits_address(struct config_reading *r, const struct config_value *value, size_t i)
{
    if (address_usable(value->tokens[i].text))
        return true;
    config_misfit(r, value, i, "");
    return false;
}

void take_address(struct config_reading *r, struct config_value *value, void *target)
{
    if (!config_one(r, value) || !fits_address(r, value, 1))
        return;
    struct str canonical = address_canonical(r->arena, value->tokens[1].text);
    memcpy(member(value, target), &canonical, sizeof canonical);
}

void take_addresses(struct config_reading *r, struct config_value *value, void *target)
{
    struct str *list = list_of(r, value, fits_address);
    if (list == NULL)
        return;
    for (size_t i = 0; i < value->count - 1; i++)
        list[i] = address_canonical(r->arena, list[i]);
    put_list(value, target, list, value->count - 1);
}

void take_domain(struct config_reading *r, struct config_value *value, void *target)
{
    if (!config_one(r, value))
        return;
    if (!config_is_domain(value->tokens[1].text))
        config_misfit(r, value, 1, "");
    else
        memcpy(member(value, target), &value->tokens[1].text, sizeof(struct str));
}

void take_zone(struct config_reading *r, struct config_value *value, void *target)
{
    if (!config_one(r, value))
        return;
    struct str zone = value->tokens[1].text;
    if (!str_eq(zone, STR("UTC")) && !clock_zone_exists(arena_text(r->arena, zone)))
        config_wrong(r, value, 1, "for example: Europe/Berlin", "no time zone \"%.*s\" on this machine, expected an IANA name", STR_ARG(utf8_prefix(zone, 80)));
    else
        memcpy(member(value, target), &zone, sizeof zone);
}

static bool fits_language(struct config_reading *r, const struct config_value *value, size_t i)
{
    struct str s = value->tokens[i].text;
    if (s.n == 2 && s.p[0] >= 'a' && s.p[0] <= 'z' && s.p[1] >= 'a' && s.p[1] <= 'z')
        return true;
    config_wrong(r, value, i, "for example: en", "\"%.*s\" is no language, expected a code of two small letters (ISO 639-1)", STR_ARG(utf8_prefix(s, 80)));
    return false;
}

void take_languages(struct config_reading *r, struct config_value *value, void *target)
{
    struct str *list = list_of(r, value, fits_language);
    if (list != NULL)
        put_list(value, target, list, value->count - 1);
}

void take_tag(struct config_reading *r, struct config_value *value, void *target)
{
    if (!config_one(r, value))
        return;
    struct str s = value->tokens[1].text;
    bool good = s.n >= 1 && s.n <= 12;
    for (size_t i = 0; i < s.n; i++)
        good = good && ((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9'));
    if (!good)
        config_misfit(r, value, 1, "");
    else
        memcpy(member(value, target), &s, sizeof s);
}

/* ---- numbers ---- */

static bool in_range(struct config_reading *r, const struct config_value *value, size_t i, uint64_t number)
{
    const struct config_setting *s = value->setting;
    if (number <= (uint64_t)s->most && number >= (uint64_t)s->least)
        return true;
    config_wrong(r, value, i, "", "\"%.*s\" is out of range for \"%s\", expected %s", STR_ARG(utf8_prefix(value->tokens[i].text, 80)), s->key, s->type);
    return false;
}

/* A bare number is the commonest wrong duration. */
static const char *unit_hint(struct config_reading *r, struct str s, const char *unit)
{
    uint64_t number = 0;
    return str_u64(s, &number) ? config_hint(r, "a unit is missing: %.*s%s?", STR_ARG(s), unit) : "";
}

bool config_span(struct config_reading *r, const struct config_value *value, size_t i, int64_t *ms)
{
    if (clock_parse_span(value->tokens[i].text, ms))
        return in_range(r, value, i, (uint64_t)*ms);
    config_misfit(r, value, i, unit_hint(r, value->tokens[i].text, "s"));
    return false;
}

void take_span(struct config_reading *r, struct config_value *value, void *target)
{
    int64_t ms = 0;
    if (config_one(r, value) && config_span(r, value, 1, &ms))
        memcpy(member(value, target), &ms, sizeof ms);
}

void take_number(struct config_reading *r, struct config_value *value, void *target)
{
    uint64_t number = 0;
    if (!config_one(r, value))
        return;
    if (!str_u64(value->tokens[1].text, &number)) {
        config_misfit(r, value, 1, "");
    } else if (in_range(r, value, 1, number)) {
        uint32_t small = (uint32_t)number;
        memcpy(member(value, target), &small, sizeof small);
    }
}

void take_readers(struct config_reading *r, struct config_value *value, void *target)
{
    if (value->count != 2 || !str_eq(value->tokens[1].text, STR("auto"))) {
        take_number(r, value, target);
        return;
    }
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t readers = processors < 1 ? 1 : processors > READERS_AUTO_MAX ? READERS_AUTO_MAX : (uint32_t)processors;
    memcpy(member(value, target), &readers, sizeof readers);
}

void take_size(struct config_reading *r, struct config_value *value, void *target)
{
    static const struct {
        const char *name;
        uint64_t octets;
    } units[] = {{"", 1}, {"K", 1024}, {"KB", 1024}, {"M", 1024 * 1024}, {"MB", 1024 * 1024}, {"G", 1024 * 1024 * 1024}, {"GB", 1024 * 1024 * 1024}};
    if (!config_one(r, value))
        return;
    struct str s = value->tokens[1].text;
    size_t digits = 0;
    uint64_t number = 0;
    while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
        digits++;
    for (size_t i = 0; i < sizeof units / sizeof *units && str_u64(str_sub(s, 0, digits), &number); i++) {
        if (!str_ieq(str_sub(s, digits, s.n), str_of(units[i].name)))
            continue;
        uint64_t octets = number > UINT64_MAX / units[i].octets ? UINT64_MAX : number * units[i].octets;
        if (in_range(r, value, 1, octets))
            memcpy(member(value, target), &octets, sizeof octets);
        return;
    }
    config_misfit(r, value, 1, "");
}

/* NUMBER/DURATION; the number of the duration may be left out: 2/h. */
static bool limit_of(struct config_reading *r, const struct config_value *value, size_t i, struct budget_limit *limit)
{
    struct str rest = value->tokens[i].text;
    struct str part = {NULL, 0};
    uint64_t number = 0;
    int64_t span = 0;
    bool good = str_find(rest, STR("/")) > 0 && str_cut(&rest, '/', &part) && str_u64(part, &number) && number <= 1000000000 && rest.n > 0;
    if (good && !(rest.p[0] >= '0' && rest.p[0] <= '9'))
        rest = arena_printf(r->arena, "1%.*s", STR_ARG(rest));
    good = good && clock_parse_span(rest, &span) && span >= CLOCK_SECOND && span <= 366 * CLOCK_DAY;
    if (!good) {
        config_misfit(r, value, i, "");
        return false;
    }
    *limit = (struct budget_limit){(uint32_t)number, span};
    return true;
}

void take_limits(struct config_reading *r, struct config_value *value, void *target)
{
    struct budget_limit limits[BUDGET_LIMITS_MAX] = {{0, 0}};
    if (!config_some(r, value, BUDGET_LIMITS_MAX))
        return;
    size_t count = value->count - 1;
    for (size_t i = 0; i < count; i++)
        if (!limit_of(r, value, i + 1, &limits[i]))
            return;
    memcpy(member(value, target), limits, sizeof limits);
    memcpy((char *)target + value->setting->extra, &count, sizeof count);
}

void take_limit(struct config_reading *r, struct config_value *value, void *target)
{
    struct budget_limit limit = {0, 0};
    if (config_one(r, value) && limit_of(r, value, 1, &limit))
        memcpy(member(value, target), &limit, sizeof limit);
}

/* ---- words ---- */

static bool word_of(struct config_reading *r, const struct config_value *value, const struct config_word *words, int *found)
{
    struct str names[16];
    size_t count = 0;
    if (!config_one(r, value))
        return false;
    for (; words[count].word != NULL && count < sizeof names / sizeof *names; count++) {
        names[count] = str_of(words[count].word);
        if (str_eq(names[count], value->tokens[1].text)) {
            *found = words[count].value;
            return true;
        }
    }
    config_misfit(r, value, 1, config_nearest(r, names, count, value->tokens[1].text));
    return false;
}

void take_word(struct config_reading *r, struct config_value *value, void *target)
{
    int found = 0;
    if (word_of(r, value, value->setting->words, &found))
        memcpy(member(value, target), &found, sizeof found); /* enumerations have the size of int */
}

void take_choice(struct config_reading *r, struct config_value *value, void *target)
{
    int found = 0;
    if (word_of(r, value, value->setting->words, &found))
        memcpy(member(value, target), &value->tokens[1].text, sizeof(struct str));
}

void take_yes(struct config_reading *r, struct config_value *value, void *target)
{
    static const struct config_word words[] = {{"yes", 1}, {"no", 0}, {NULL, 0}};
    int found = 0;
    if (word_of(r, value, words, &found)) {
        bool yes = found == 1;
        memcpy(member(value, target), &yes, sizeof yes);
    }
}

void take_severity(struct config_reading *r, struct config_value *value, void *target)
{
    uint8_t severity = 0;
    if (!config_one(r, value))
        return;
    if (!severity_of(value->tokens[1].text, &severity))
        config_misfit(r, value, 1, "");
    else
        memcpy(member(value, target), &severity, sizeof severity);
}

/* One impact's severities at high, medium and low urgency. */
void take_row(struct config_reading *r, struct config_value *value, void *target)
{
    uint8_t row[DESK_LEVELS] = {0};
    if (!config_some(r, value, DESK_LEVELS))
        return;
    if (value->count < DESK_LEVELS + 1) {
        config_wrong(r, value, 0, config_hint(r, "for example: %s", value->setting->example), "\"%s\" needs %u severities: at high, medium and low urgency",
                     value->setting->key, DESK_LEVELS);
        return;
    }
    for (size_t i = 0; i < DESK_LEVELS; i++)
        if (!severity_of(value->tokens[i + 1].text, &row[i])) {
            config_wrong(r, value, i + 1, "", "\"%.*s\" is no severity, expected A, B, C or D", STR_ARG(utf8_prefix(value->tokens[i + 1].text, 80)));
            return;
        }
    memcpy(member(value, target), row, sizeof row);
}

/* "token", "token + dmarc", "token+dmarc". */
void take_proof(struct config_reading *r, struct config_value *value, void *target)
{
    struct buf joined = {0};
    for (size_t i = 1; i < value->count && i < 6; i++)
        buf_str(&joined, value->tokens[i].text);
    static const struct config_word policies[] = {{"token", PROOF_TOKEN}, {"token+dmarc", PROOF_TOKEN_DMARC}, {"token+smime", PROOF_TOKEN_SMIME},
                                                 {"token+pgp", PROOF_TOKEN_PGP}, {NULL, 0}};
    const struct config_word *policy = policies;
    while (policy->word != NULL && !str_eq(buf_view(&joined), str_of(policy->word)))
        policy++;
    buf_free(&joined);
    enum agent_proof proof = (enum agent_proof)policy->value;
    if (policy->word != NULL)
        memcpy(member(value, target), &proof, sizeof proof);
    else if (config_some(r, value, 3))
        config_misfit(r, value, str_eq(value->tokens[1].text, STR("token")) && value->count > 2 ? 2 : 1, "");
}

/* The end of that day. */
void take_day(struct config_reading *r, struct config_value *value, void *target)
{
    int64_t day = 0;
    if (!config_one(r, value))
        return;
    struct str text = value->tokens[1].text;
    if (text.n != strlen("2026-11-22") || !clock_parse(text, 0, &day)) {
        config_misfit(r, value, 1, "");
        return;
    }
    day += CLOCK_DAY;
    memcpy(member(value, target), &day, sizeof day);
}

/* ---- the world outside ---- */

static bool fits_path(struct config_reading *r, struct config_value *value)
{
    if (!config_one(r, value))
        return false;
    struct str path = value->tokens[1].text;
    if (!config_is_text(path, CONFIG_PATH_MAX)) {
        config_wrong(r, value, 1, "", "\"%s\" is no path", value->setting->key);
        return false;
    }
    value->tokens[1].text = config_path(r, path);
    return true;
}

void take_path(struct config_reading *r, struct config_value *value, void *target)
{
    if (!fits_path(r, value))
        return;
    bool is_ca = strcmp(value->setting->key, "ca-file") == 0;
    if (is_ca && access(value->tokens[1].text.p, R_OK) != 0 && value->file != NULL)
        config_wrong(r, value, 1, "", "there is no readable file %.*s", STR_ARG(value->tokens[1].text));
    else
        memcpy(member(value, target), &value->tokens[1].text, sizeof(struct str));
}

/* A file that must be there when the configuration is loaded. */
void take_file(struct config_reading *r, struct config_value *value, void *target)
{
    struct str octets;
    struct err err = {0};
    if (!fits_path(r, value))
        return;
    if (!file_read(r->arena, arena_text(r->arena, value->tokens[1].text), CONFIG_KEYS_MAX, &octets, &err) || octets.n == 0)
        config_wrong(r, value, 1, "", "%s", err.text[0] != '\0' ? err.text : "the file is empty");
    else
        memcpy(member(value, target), &value->tokens[1].text, sizeof(struct str));
}

/* The same for a private key, of which nothing is read here. */
void take_private_file(struct config_reading *r, struct config_value *value, void *target)
{
    struct stat found;
    if (!fits_path(r, value))
        return;
    struct str path = value->tokens[1].text;
    if (stat(arena_text(r->arena, path), &found) != 0 || !S_ISREG(found.st_mode))
        config_wrong(r, value, 1, "", "there is no file %.*s", STR_ARG(path));
    else if ((found.st_mode & 027) != 0)
        config_wrong(r, value, 1, "chmod 600", "others can read or change %.*s", STR_ARG(path));
    else
        memcpy(member(value, target), &path, sizeof path);
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53" */
static bool is_server(const char *text)
{
    char address[64];
    unsigned port = 53;
    int end = 0;
    struct in6_addr room;
    if (inet_pton(AF_INET6, text, &room) == 1)
        return true;
    bool six = text[0] == '[';
    int read = six ? sscanf(text, "[%63[0-9a-fA-F:.]]%n:%5u%n", address, &end, &port, &end) : sscanf(text, "%63[0-9.]%n:%5u%n", address, &end, &port, &end);
    return read >= 1 && text[end] == '\0' && port > 0 && port < 65536 && inet_pton(six ? AF_INET6 : AF_INET, address, &room) == 1;
}

void take_server(struct config_reading *r, struct config_value *value, void *target)
{
    if (!config_one(r, value))
        return;
    if (!config_is_text(value->tokens[1].text, 100) || !is_server(arena_text(r->arena, value->tokens[1].text)))
        config_misfit(r, value, 1, "for example: 127.0.0.1:5353");
    else
        memcpy(member(value, target), &value->tokens[1].text, sizeof(struct str));
}

void take_socket(struct config_reading *r, struct config_value *value, void *target)
{
    if (!fits_path(r, value))
        return;
    if (value->tokens[1].text.n > CONFIG_SOCKET_MAX && value->file != NULL)
        config_wrong(r, value, 1, "", "the path of a socket has at most %u octets, this one %zu", CONFIG_SOCKET_MAX, value->tokens[1].text.n);
    else
        memcpy(member(value, target), &value->tokens[1].text, sizeof(struct str));
}

/* 64 hex digits, colons between them allowed; kept in lower case without colons. */
void take_fingerprint(struct config_reading *r, struct config_value *value, void *target)
{
    if (!config_one(r, value))
        return;
    struct str s = value->tokens[1].text;
    struct buf hex = {0};
    bool good = s.n <= 200;
    for (size_t i = 0; good && i < s.n; i++) {
        char c = s.p[i];
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
            buf_char(&hex, c);
        else
            good = c == ':';
    }
    if (!good || hex.n != 64) {
        config_wrong(r, value, 1, "openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE prints it", "a fingerprint has 64 hex digits (SHA-256)");
    } else {
        struct str kept = arena_str(r->arena, buf_view(&hex));
        memcpy(member(value, target), &kept, sizeof kept);
    }
    buf_free(&hex);
}

static bool fits_folder(struct config_reading *r, const struct config_value *value, size_t i)
{
    if (config_is_text(value->tokens[i].text, CONFIG_TEXT_MAX))
        return true;
    config_wrong(r, value, i, "", "a folder's name has 1 to %u octets and no control characters", CONFIG_TEXT_MAX);
    return false;
}

void take_folders(struct config_reading *r, struct config_value *value, void *target)
{
    struct str *list = list_of(r, value, fits_folder);
    size_t before = 0;
    memcpy(&before, (char *)target + value->setting->extra, sizeof before);
    if (before > 0)
        config_wrong(r, value, 0, "", "the url names a folder already, expected one or the other");
    else if (list != NULL)
        put_list(value, target, list, value->count - 1);
}

void take_folder(struct config_reading *r, struct config_value *value, void *target)
{
    if (config_one(r, value) && fits_folder(r, value, 1))
        memcpy(member(value, target), &value->tokens[1].text, sizeof(struct str));
}

/* An IMAP keyword is an atom (RFC 3501 section 9: flag-keyword); of the system flags only \Seen makes sense. */
static bool is_keyword(struct str s)
{
    if (str_ieq(s, STR("\\Seen")))
        return true;
    bool good = s.n > 0 && s.n <= CONFIG_NAME_MAX;
    for (size_t i = 0; good && i < s.n; i++)
        good = s.p[i] > ' ' && s.p[i] < 0x7f && strchr("(){%*\"\\]", s.p[i]) == NULL;
    return good;
}

void take_after(struct config_reading *r, struct config_value *value, void *target)
{
    static const struct config_word words[] = {{"keep", AFTER_KEEP}, {"flag", AFTER_FLAG}, {"move", AFTER_MOVE}, {"delete", AFTER_DELETE}, {NULL, 0}};
    static const char *const needs[] = {[AFTER_FLAG] = "a keyword, for example: after flag Filed", [AFTER_MOVE] = "a folder, for example: after move Processed",
                                        [AFTER_DELETE] = NULL};
    struct mailbox_settings *mailbox = &((struct config_mailbox *)target)->settings;
    struct config_value first = *value;
    int found = AFTER_KEEP;
    first.count = value->count > 2 ? 2 : value->count;
    if (!word_of(r, &first, words, &found))
        return;
    size_t wanted = needs[found] != NULL ? 3 : 2;
    if (value->count > wanted) {
        config_wrong(r, value, wanted, "", "\"after\" has too many values, expected %s", value->setting->type);
        return;
    }
    if (value->count < wanted) {
        config_wrong(r, value, 1, needs[found], "\"after %s\" needs one more value", words[found].word);
        return;
    }
    if (found == AFTER_FLAG && !is_keyword(value->tokens[2].text)) {
        config_wrong(r, value, 2, "", "\"%.*s\" is no IMAP keyword, expected \\Seen or a word without (){%%*\"\\]", STR_ARG(utf8_prefix(value->tokens[2].text, 80)));
        return;
    }
    if (found == AFTER_MOVE && !fits_folder(r, value, 2))
        return;
    mailbox->after = (enum after)found;
    if (found == AFTER_FLAG)
        mailbox->after_keyword = value->tokens[2].text;
    if (found == AFTER_MOVE)
        mailbox->after_folder = value->tokens[2].text;
}
