/* err: a refusal with its kind and its words. What does not fit is cut between two characters. */
#include "base/err.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Writes into text[ERR_TEXT_MAX] and cuts as utf8_prefix does. */
__attribute__((format(printf, 2, 0))) static void store(char *text, const char *format, va_list args)
{
    int n = vsnprintf(text, ERR_TEXT_MAX, format, args);
    if (n >= ERR_TEXT_MAX)
        text[utf8_prefix(str_of(text), ERR_TEXT_MAX - 4).n] = '\0';
}

bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    if (err == NULL)
        return false;
    /* The arguments may point into err->text itself. */
    char text[ERR_TEXT_MAX] = {0};
    va_list args;
    va_start(args, format);
    store(text, format, args);
    va_end(args);
    err->kind = kind;
    memcpy(err->text, text, sizeof text);
    return false;
}

bool err_wrap(struct err *err, const char *format, ...)
{
    if (err == NULL)
        return false;
    char context[ERR_TEXT_MAX] = {0};
    va_list args;
    va_start(args, format);
    store(context, format, args);
    va_end(args);
    return err_set(err, err->kind, "%s: %s", context, err->text);
}

const char *err_kind_name(enum err_kind kind)
{
    static const char *const names[] = {
        [ERR_NONE] = "none", [ERR_RETRY] = "retry", [ERR_ITEM] = "item", [ERR_SOURCE] = "source", [ERR_SETUP] = "setup"};
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}
