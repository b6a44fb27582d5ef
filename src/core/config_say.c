/* config_say: errors about values, in one manner: what is wrong, what was expected, what was probably meant. The one idea: a line that may hold a
 * password is never shown, however wrong the rest of it is. */
#include "core/config_read.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 600u

static struct place_in_file place_of(const struct config_value *value, size_t index)
{
    return value->tokens[index < value->count ? index : 0].at;
}

bool config_is_key(const struct config_reading *r, const struct config_value *value, size_t index)
{
    if (index < 2 || index >= value->count || value->tokens[index].kind != SYNTAX_WORD || r->block == NULL)
        return false;
    struct str word = value->tokens[index].text;
    return word.n > 0 && config_key_of(r->block->section->name, word) != NULL;
}

/* Two settings on one line without ";" between them are the commonest slip: then this is said. */
static const char *hint_for(struct config_reading *r, const struct config_value *value, size_t index, const char *hint)
{
    if (!config_is_key(r, value, index))
        return hint;
    return config_hint(r, "a new setting? write \";\" before \"%.*s\"", STR_ARG(value->tokens[index].text));
}

__attribute__((format(printf, 6, 0))) static void say(struct config_reading *r, const struct syntax_file *file, struct place_in_file at, bool warning,
                                                      const char *hint, const char *format, va_list args)
{
    char message[MESSAGE_MAX];
    vsnprintf(message, sizeof message, format, args);
    struct str whole = utf8_prefix(str_of(message), sizeof message - 1);
    diagnoses_add(r->d, warning, file, at, hint, "%.*s", STR_ARG(whole));
}

void config_wrong(struct config_reading *r, const struct config_value *value, size_t index, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(r, value->file, place_of(value, index), false, hint_for(r, value, index, hint), format, args);
    va_end(args);
}

void config_wrong_part(struct config_reading *r, const struct config_value *value, size_t index, size_t offset, size_t width, const char *hint, const char *format,
                       ...)
{
    struct place_in_file at = place_of(value, index);
    if (index < value->count && value->tokens[index].kind == SYNTAX_WORD) {
        struct str text = value->tokens[index].text;
        at.column += (uint32_t)utf8_length(str_sub(text, 0, offset));
        at.width = (uint32_t)utf8_length(str_sub(text, offset, width));
        at.width += at.width == 0;
    }
    va_list args;
    va_start(args, format);
    say(r, value->file, at, false, hint_for(r, value, index, hint), format, args);
    va_end(args);
}

void config_wrong_block(struct config_reading *r, const struct config_block *block, bool warning, const char *hint, const char *format, ...)
{
    struct place_in_file at = block->file != NULL ? block->at : (struct place_in_file){r->main_file, 0, 0, 1};
    va_list args;
    va_start(args, format);
    say(r, block->file, at, warning, hint, format, args);
    va_end(args);
}

void config_misfit(struct config_reading *r, const struct config_value *value, size_t index, const char *hint)
{
    const struct config_setting *s = value->setting;
    const char *key = s->key[0] != '\0' ? s->key : s->section;
    const char *shown = hint[0] != '\0' ? hint : config_hint(r, "for example: %s", s->example);
    config_wrong(r, value, index, shown, "\"%.*s\" does not fit \"%s\", expected %s", STR_ARG(utf8_prefix(value->tokens[index].text, 80)), key, s->type);
}

const char *config_hint(struct config_reading *r, const char *format, ...)
{
    char hint[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(hint, sizeof hint, format, args);
    va_end(args);
    return arena_text(r->d->arena, utf8_prefix(str_of(hint), sizeof hint - 1));
}

const char *config_nearest(struct config_reading *r, const struct str *names, size_t count, struct str word)
{
    size_t best = count;
    size_t least = word.n <= 4 ? 2 : word.n / 3 + 1; /* as far away as this is not near */
    for (size_t i = 0; i < count; i++) {
        size_t distance = str_distance(names[i], word);
        bool begins = word.n >= 3 && str_istarts(names[i], word);
        if (distance < least + (begins ? 1 : 0)) {
            least = distance;
            best = i;
        }
    }
    return best < count ? config_hint(r, "did you mean \"%.*s\"?", STR_ARG(names[best])) : "";
}

/* ---- secrets ---- */

/* Does the word, as somebody may have misspelt it, announce a secret? */
static bool announces_secret(struct str word)
{
    static const char *const words[] = {"password", "passwd", "pass", "passphrase", "oauth2-token", "token", "secret"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_distance(word, str_of(words[i])) <= (strlen(words[i]) > 6 ? 2u : 0u))
            return true;
    return false;
}

static bool names_source(struct str word)
{
    return str_eq(word, STR("credential")) || str_eq(word, STR("file")) || str_eq(word, STR("command"));
}

/* user:password@ in a url, or in what was meant to be one. */
bool config_has_url_secret(struct str word)
{
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] == ':' && !str_starts(str_sub(word, i, 3), STR("://")) && str_find(str_sub(word, i, word.n), STR("@")) >= 0)
            return true;
    return false;
}

static bool may_hold_secret(struct str line)
{
    static const char blanks[] = " \t;{}\"";
    static const char ends[] = ";{}"; /* of a statement */
    bool announced = false;
    for (size_t i = 0; i < line.n;) {
        size_t begin = i;
        while (i < line.n && strchr(blanks, line.p[i]) == NULL)
            i++;
        struct str word = str_sub(line, begin, i - begin);
        if (announced && word.n > 0 && !names_source(word) && !str_eq(word, STR("+")))
            return true;
        if (config_has_url_secret(word))
            return true;
        if (word.n > 0)
            announced = announces_secret(word);
        announced = announced && (i >= line.n || strchr(ends, line.p[i]) == NULL);
        i += i == begin;
    }
    return false;
}

void config_hide_secrets(struct diagnoses *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (may_hold_secret(d->list[i].source_line))
            d->list[i].source_line = (struct str){NULL, 0};
}
