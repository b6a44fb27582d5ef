/* query_json: small builders over jansson that never fail on text from outside. */
#include "core/query_json.h"

#include "base/clock.h"
#include "base/utf8.h"

json_t *json_str(struct str s)
{
    json_t *text = json_stringn(s.n > 0 ? s.p : "", s.n);
    if (text == NULL) {
        struct buf clean = {0};
        utf8_clean(&clean, s);
        text = json_stringn(clean.n > 0 ? clean.p : "", clean.n);
        buf_free(&clean);
    }
    return text != NULL ? text : json_null();
}

json_t *json_str_or_null(struct str s)
{
    return s.n > 0 ? json_str(s) : json_null();
}

json_t *json_time(int64_t wall)
{
    if (wall == 0 || wall == INT64_MAX) /* never, as of a held letter */
        return json_null();
    char text[CLOCK_TEXT];
    clock_rfc3339(wall, text);
    return json_string(text);
}

json_t *json_id(int64_t id)
{
    return id != 0 ? json_integer(id) : json_null();
}

void json_put(json_t *object, const char *name, json_t *value)
{
    json_object_set_new(object, name, value);
}

void json_add(json_t *array, json_t *value)
{
    json_array_append_new(array, value);
}

json_t *json_rows(const char *plural, json_t *rows, int64_t total)
{
    json_t *answer = json_object();
    json_put(answer, plural, rows);
    json_put(answer, "total", json_integer(total));
    return answer;
}

struct str json_get_str(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) ? (struct str){json_string_value(value), json_string_length(value)} : STR("");
}

int64_t json_get_int(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) ? json_integer_value(value) : 0;
}

bool json_get_bool(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}
