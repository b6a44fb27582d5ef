/* config_template: reads the folder of templates. The file's name says what a template is for, NAME[-QUEUE].LANG.txt, so a name that says nothing
 * is told, and every name must have a text in the desk's first language, which is what everything else falls back to. */
#include "core/config_read.h"

#include "base/file.h"

#include <string.h>

#define NEEDED "ack"

/* NAME[-QUEUE].LANG of a file name without its ".txt". */
static bool split_name(struct str stem, struct str *name, struct str *queue, struct str *language)
{
    if (stem.n < 4 || stem.p[stem.n - 3] != '.')
        return false;
    *language = str_sub(stem, stem.n - 2, 2);
    for (size_t i = 0; i < 2; i++)
        if (language->p[i] < 'a' || language->p[i] > 'z')
            return false;
    struct str rest = str_sub(stem, 0, stem.n - 3);
    bool has_queue = str_find(rest, STR("-")) >= 0;
    if (!str_cut(&rest, '-', name) || !config_is_name(*name))
        return false;
    *queue = rest;
    return !has_queue || config_is_name(*queue);
}

static struct place_in_file place_of_setting(const struct config_reading *r, const struct syntax_file **file)
{
    for (size_t i = 0; i < r->config->block_count; i++) {
        const struct config_block *block = &r->config->blocks[i];
        const struct config_value *value = strcmp(block->section->name, "daemon") == 0 ? config_value_of(block, "templates") : NULL;
        if (value != NULL && value->file != NULL && value->count > 1) {
            *file = value->file;
            return value->tokens[1].at;
        }
    }
    *file = NULL;
    return (struct place_in_file){r->main_file, 0, 0, 1};
}

static void read_template(struct config_reading *r, struct str file_name, struct template_set *set)
{
    struct str name = {NULL, 0};
    struct str queue = {NULL, 0};
    struct str language = {NULL, 0};
    struct str octets = {NULL, 0};
    struct str *queues = NULL;
    struct err err = {0};
    const char *path = arena_printf(r->arena, "%.*s/%.*s", STR_ARG(r->config->template_directory), STR_ARG(file_name)).p;
    if (!split_name(str_sub(file_name, 0, file_name.n - 4), &name, &queue, &language)) {
        config_pass_over(r, str_of(path), "its name is not NAME[-QUEUE].LANGUAGE.txt", true);
        return;
    }
    size_t queue_count = config_names(r, "queue", &queues);
    bool known = queue.n == 0;
    for (size_t i = 0; i < queue_count; i++)
        known = known || str_eq(queues[i], queue);
    if (!known) {
        config_pass_over(r, str_of(path), config_hint(r, "there is no queue \"%.*s\"", STR_ARG(queue)), true);
        return;
    }
    if (!file_read(r->arena, path, TEMPLATE_MAX, &octets, &err)) {
        diagnoses_add(r->d, false, NULL, (struct place_in_file){0}, "", "%s", err.text);
        return;
    }
    config_note_read(r, str_of(path), octets);
    template_parse(r->arena, path, arena_str(r->arena, name), arena_str(r->arena, queue), arena_str(r->arena, language), octets, &set->list[set->count++], r->d);
}

static bool has_template(const struct template_set *set, struct str name, struct str language)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_eq(set->list[i].name, name) && set->list[i].queue.n == 0 && str_eq(set->list[i].language, language))
            return true;
    return false;
}

static size_t unique_names(struct config_reading *r, struct str **names)
{
    const struct template_set *set = &r->config->templates;
    size_t count = 0;
    *names = arena_array(r->arena, set->count, sizeof **names);
    for (size_t i = 0; i < set->count; i++) {
        size_t k = 0;
        while (k < count && !str_eq((*names)[k], set->list[i].name))
            k++;
        if (k == count)
            (*names)[count++] = set->list[i].name;
    }
    return count;
}

void config_templates(struct config_reading *r, struct str **names, size_t *count)
{
    struct template_set *set = &r->config->templates;
    const struct desk *desk = &r->config->desk;
    struct file_names match = {NULL, 0};
    struct file_names other = {NULL, 0};
    struct err err = {0};
    const struct syntax_file *file = NULL;
    struct place_in_file at = place_of_setting(r, &file);
    *names = NULL;
    *count = 0;
    if (!file_list(r->arena, arena_text(r->arena, r->config->template_directory), ".txt", &match, &other, &err)) {
        diagnoses_add(r->d, false, file, at, "daemon { templates PATH }", "templates: %s", err.text);
        return;
    }
    set->list = arena_array(r->arena, match.count, sizeof *set->list);
    for (size_t i = 0; i < match.count && i < CONFIG_FILES_MAX; i++)
        read_template(r, match.names[i], set);
    for (size_t i = 0; i < other.count && i < CONFIG_FILES_MAX; i++)
        config_pass_over(r, arena_printf(r->arena, "%.*s/%.*s", STR_ARG(r->config->template_directory), STR_ARG(other.names[i])), "its name does not end in .txt",
                         !str_istarts(other.names[i], STR("README")));
    *count = unique_names(r, names);
    struct str first = desk->language_count > 0 ? desk->languages[0] : STR("en");
    if (!has_template(set, STR(NEEDED), first))
        diagnoses_add(r->d, false, file, at, "", "the template of acknowledgements is missing: expected %s.%.*s.txt in %.*s", NEEDED, STR_ARG(first),
                      STR_ARG(r->config->template_directory));
    for (size_t i = 0; i < *count; i++)
        if (!str_eq((*names)[i], STR(NEEDED)) && !has_template(set, (*names)[i], first))
            diagnoses_add(r->d, false, file, at, "", "template \"%.*s\" has no text in the desk's first language: expected %.*s.%.*s.txt in %.*s", STR_ARG((*names)[i]),
                          STR_ARG((*names)[i]), STR_ARG(first), STR_ARG(r->config->template_directory));
}
