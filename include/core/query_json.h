/* query_json: from plain data to JSON and back, the same way in every method. Numbers, names and nulls are made here and nowhere else. */
#ifndef CORE_QUERY_JSON_H
#define CORE_QUERY_JSON_H

#include "base/arena.h"

#include <jansson.h>

/* A new reference each. Text that is not valid UTF-8 is cleaned first. */
json_t *json_str(struct str s);
/* null for the empty text. */
json_t *json_str_or_null(struct str s);
/* RFC 3339 in UTC; null for 0 and for INT64_MAX (never). */
json_t *json_time(int64_t wall);
/* null for 0. */
json_t *json_id(int64_t id);
/* {"<plural>":rows,"total":total}; takes the reference to rows. */
json_t *json_rows(const char *plural, json_t *rows, int64_t total);
/* Sets a member, taking the reference; object is never NULL. */
void json_put(json_t *object, const char *name, json_t *value);
void json_add(json_t *array, json_t *value);

/* What a parameter says; "" / 0 / false when it is missing or null. Texts are borrowed from the object. */
struct str json_get_str(const json_t *object, const char *name);
int64_t json_get_int(const json_t *object, const char *name);
bool json_get_bool(const json_t *object, const char *name);

#endif
