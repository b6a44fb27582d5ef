/* config: loads a configuration whole or not at all. Read it from the end: files become statements, statements blocks, blocks values, values members;
 * then what concerns several of them is checked, templates and rules are read, and the rules' own tests are run. Nothing stops at the first error. */
#include "core/config_read.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAIN_NAME "triaged.conf"

/* Makes room for one more. */
static void *room_for_one(struct arena *arena, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    *cap = *cap > 0 ? *cap * 2 : 16;
    void *more = arena_array(arena, *cap, size);
    if (count > 0)
        memcpy(more, items, count * size);
    return more;
}

const char *config_title(struct config_reading *r, const struct config_block *block)
{
    if (block->name.n == 0 || block->section->naming == SECTION_TEXT)
        return block->section->name;
    return config_hint(r, "%s \"%.*s\"", block->section->name, STR_ARG(utf8_prefix(block->name, 80)));
}

/* ---- files ---- */

static struct config_file *new_file(struct config_reading *r, struct str path)
{
    struct config *config = r->config;
    config->files = room_for_one(r->arena, config->files, config->file_count, &r->file_cap, sizeof *config->files);
    struct config_file *file = &config->files[config->file_count++];
    *file = (struct config_file){.path = arena_str(r->arena, path)};
    return file;
}

void config_note_read(struct config_reading *r, struct str path, struct str octets)
{
    uint8_t digest[HASH_SIZE];
    new_file(r, path)->read = true;
    hash_sha256(octets, digest);
    buf_add(&r->digests, digest, sizeof digest);
}

void config_pass_over(struct config_reading *r, struct str path, const char *why, bool warn)
{
    new_file(r, path)->why = arena_str(r->arena, str_of(why));
    if (warn)
        diagnoses_add(r->d, true, NULL, (struct place_in_file){arena_text(r->arena, path), 0, 0, 1}, "", "not read, %s", why);
}

static void read_file(struct config_reading *r, const char *path)
{
    struct config *config = r->config;
    struct str octets = {NULL, 0};
    struct err err = {0};
    if (!file_read(r->arena, path, SYNTAX_FILE_MAX, &octets, &err)) {
        diagnoses_add(r->d, false, NULL, (struct place_in_file){0}, "", "%s", err.text);
        return;
    }
    config_note_read(r, str_of(path), octets);
    config->sources = room_for_one(r->arena, config->sources, config->source_count, &r->source_cap, sizeof *config->sources);
    size_t errors = r->d->errors;
    syntax_parse(r->arena, path, octets, &config->sources[config->source_count++], r->d);
    r->broken = r->broken || r->d->errors > errors;
}

/* NAME/ beside the main file, if it is there; README needs no warning. */
static void read_folder(struct config_reading *r, const char *name, const char *suffix)
{
    struct file_names match = {NULL, 0};
    struct file_names other = {NULL, 0};
    struct err err = {0};
    struct stat status = {0};
    const char *folder = arena_printf(r->arena, "%s/%s", r->directory, name).p;
    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
        return;
    if (!file_list(r->arena, folder, suffix, &match, &other, &err)) {
        diagnoses_add(r->d, false, NULL, (struct place_in_file){0}, "", "%s", err.text);
        return;
    }
    if (match.count + r->config->source_count > CONFIG_FILES_MAX) {
        diagnoses_add(r->d, false, NULL, (struct place_in_file){folder, 0, 0, 1}, "", "more than %u files", CONFIG_FILES_MAX);
        return;
    }
    for (size_t i = 0; i < match.count; i++)
        read_file(r, arena_printf(r->arena, "%s/%.*s", folder, STR_ARG(match.names[i])).p);
    for (size_t i = 0; i < other.count && i < CONFIG_FILES_MAX; i++)
        config_pass_over(r, arena_printf(r->arena, "%s/%.*s", folder, STR_ARG(other.names[i])), config_hint(r, "its name does not end in %s", suffix),
                         !str_istarts(other.names[i], STR("README")));
}

/* A folder stands for the triaged.conf in it. Relative paths begin where the main file is. */
static void find_main(struct config_reading *r, const char *path)
{
    struct stat status = {0};
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    struct str whole = folder ? arena_printf(r->arena, "%s/%s", path, MAIN_NAME) : arena_str(r->arena, str_of(path));
    const char *slash = strrchr(whole.p, '/');
    r->main_file = whole.p;
    r->directory = slash == NULL ? "." : slash == whole.p ? "" : arena_text(r->arena, str_sub(whole, 0, (size_t)(slash - whole.p)));
    char *base = realpath(r->directory[0] != '\0' ? r->directory : "/", NULL);
    r->base = base == NULL ? r->directory : strcmp(base, "/") == 0 ? "" : arena_text(r->arena, str_of(base));
    free(base);
}

/* ---- statements become blocks ---- */

static void wrong_at(struct config_reading *r, const struct syntax_file *file, const struct syntax_token *token, const char *hint, const char *message)
{
    diagnoses_add(r->d, false, file, token->at, hint, "%s", message);
}

static const char *first_place(struct config_reading *r, struct place_in_file at)
{
    return config_hint(r, "first at %s:%u", at.file, at.line);
}

/* Where a key belongs that stands outside of every section. */
static const char *belongs(struct config_reading *r, struct str key)
{
    size_t count = 0;
    const struct config_setting *settings = config_settings(&count);
    struct buf list = {0};
    for (size_t i = 0; i < count; i++)
        if (key.n > 0 && str_eq(str_of(settings[i].key), key))
            buf_printf(&list, "%s%s", list.n > 0 ? ", " : "", settings[i].section);
    const char *hint = list.n > 0 ? config_hint(r, "it belongs inside { } of %s", list.p) : "";
    buf_free(&list);
    return hint;
}

static void unknown_section(struct config_reading *r, const struct syntax_file *file, const struct syntax_token *word)
{
    struct str names[32];
    size_t count = 0;
    const struct config_section *sections = config_sections(&count);
    for (size_t i = 0; i < count; i++)
        names[i] = str_of(sections[i].name);
    names[count++] = STR("rule");
    const char *hint = config_nearest(r, names, count, word->text);
    if (hint[0] == '\0')
        hint = belongs(r, word->text);
    if (hint[0] == '\0')
        hint = "see triaged.conf(5)";
    r->broken = true;
    wrong_at(r, file, word, hint, config_hint(r, "there is no section \"%.*s\"", STR_ARG(utf8_prefix(word->text, 80))));
}

static void unknown_key(struct config_reading *r, const struct syntax_file *file, struct config_block *block, const struct syntax_token *word)
{
    struct str names[64];
    size_t known = 0;
    size_t count = 0;
    const struct config_setting *settings = config_settings(&count);
    for (size_t i = 0; i < count && known < sizeof names / sizeof *names; i++)
        if (strcmp(settings[i].section, block->section->name) == 0 && settings[i].key[0] != '\0')
            names[known++] = str_of(settings[i].key);
    const char *hint = config_nearest(r, names, known, word->text);
    block->broken = true;
    if (hint[0] == '\0' && (config_section_of(word->text) != NULL || str_eq(word->text, STR("rule")))) {
        hint = "a section of its own: is a \"}\" missing above?";
        r->broken = true;
    }
    if (hint[0] == '\0')
        hint = belongs(r, word->text);
    if (hint[0] == '\0')
        hint = config_hint(r, "see: triagectl config explain %s", block->section->name);
    wrong_at(r, file, word, hint, config_hint(r, "%s has no setting \"%.*s\"", config_title(r, block), STR_ARG(utf8_prefix(word->text, 80))));
}

static struct config_block *find_block(const struct config_reading *r, const struct config_section *section, struct str name)
{
    for (size_t i = 0; i < r->config->block_count; i++) {
        struct config_block *block = &r->config->blocks[i];
        bool same_name = section->naming == SECTION_TEXT || str_eq(block->name, name);
        if (block->section == section && same_name)
            return block;
    }
    return NULL;
}

static struct config_block *new_block(struct config_reading *r, const struct config_section *section, struct str name)
{
    struct config *config = r->config;
    config->blocks = room_for_one(r->arena, config->blocks, config->block_count, &r->block_cap, sizeof *config->blocks);
    struct config_block *block = &config->blocks[config->block_count++];
    *block = (struct config_block){.section = section, .name = arena_str(r->arena, name)};
    return block;
}

/* What stands between the section's word and "{". */
static bool block_name(struct config_reading *r, const struct syntax_file *file, const struct syntax_statement *statement, const struct config_section *section,
                       struct str *name)
{
    const struct config_setting *row = config_key_of(section->name, STR(""));
    const struct syntax_token *token = statement->token_count > 1 ? &statement->tokens[1] : &statement->tokens[0];
    size_t wanted = section->naming == SECTION_UNNAMED ? 1 : 2;
    uint8_t severity = 0;
    *name = STR("");
    if (statement->token_count < wanted) {
        wrong_at(r, file, token, config_hint(r, "for example: %s", row->example), config_hint(r, "\"%s\" needs %s behind it", section->name, row->type));
        return false;
    }
    if (statement->token_count > wanted) {
        const struct syntax_token *extra = &statement->tokens[wanted];
        const char *hint = section->naming == SECTION_TEXT ? "put the name in double quotes" : config_key_of(section->name, extra->text) != NULL ? "\"{\" is missing before it" : "expected \"{\"";
        wrong_at(r, file, extra, hint, config_hint(r, "\"%.*s\" is too much here", STR_ARG(utf8_prefix(extra->text, 80))));
        return false;
    }
    if (wanted == 1)
        return true;
    *name = token->text;
    if (section->naming == SECTION_TEXT && !config_is_text(*name, CONFIG_TEXT_MAX)) {
        wrong_at(r, file, token, "", config_hint(r, "the name must be one line of 1 to %u octets without control characters", CONFIG_TEXT_MAX));
        return false;
    }
    if (section->naming == SECTION_NAME && !config_is_name(*name)) {
        wrong_at(r, file, token, "", config_hint(r, "\"%.*s\" is no name, expected letters, digits, \"-\", \"_\" and \".\", at most %u", STR_ARG(utf8_prefix(*name, 80)), CONFIG_NAME_MAX));
        return false;
    }
    if (section->naming == SECTION_SEVERITY) {
        if (!severity_of(*name, &severity)) {
            wrong_at(r, file, token, "", config_hint(r, "\"%.*s\" is no severity, expected A, B, C or D", STR_ARG(utf8_prefix(*name, 80))));
            return false;
        }
        *name = arena_printf(r->arena, "%c", severity_letter(severity));
    }
    return true;
}

static size_t settings_of(const struct config_section *section)
{
    size_t count = 0;
    size_t own = 0;
    const struct config_setting *settings = config_settings(&count);
    for (size_t i = 0; i < count; i++)
        own += strcmp(settings[i].section, section->name) == 0;
    return own;
}

static struct config_value *add_value(struct config_reading *r, struct config_block *block, const struct config_setting *setting, const struct syntax_file *file,
                                      const struct syntax_token *tokens, size_t count)
{
    bool adds_up = block->section->naming == SECTION_VALUES;
    if (block->values == NULL)
        block->values = arena_array(r->arena, adds_up ? CONFIG_FILES_MAX : settings_of(block->section), sizeof *block->values);
    if (adds_up && block->value_count == CONFIG_FILES_MAX)
        return NULL;
    struct config_value *value = &block->values[block->value_count++];
    *value = (struct config_value){setting, arena_array(r->arena, count, sizeof *tokens), count, file};
    memcpy(value->tokens, tokens, count * sizeof *tokens);
    return value;
}

static struct config_value *value_in(struct config_block *block, const struct config_setting *setting)
{
    for (size_t i = 0; i < block->value_count; i++)
        if (block->values[i].setting == setting)
            return &block->values[i];
    return NULL;
}

static void add_tokens(struct config_reading *r, struct config_value *value, const struct syntax_token *tokens, size_t count)
{
    struct syntax_token *all = arena_array(r->arena, value->count + count, sizeof *all);
    memcpy(all, value->tokens, value->count * sizeof *all);
    memcpy(all + value->count, tokens, count * sizeof *all);
    value->tokens = all;
    value->count += count;
}

static void read_setting(struct config_reading *r, const struct syntax_file *file, struct config_block *block, const struct syntax_statement *statement)
{
    const struct syntax_token *word = &statement->tokens[0];
    const struct config_setting *setting = word->kind == SYNTAX_WORD && word->text.n > 0 ? config_key_of(block->section->name, word->text) : NULL;
    if (setting == NULL) {
        unknown_key(r, file, block, word);
        return;
    }
    struct config_value *before = value_in(block, setting);
    block->broken = block->broken || statement->has_block;
    if (statement->has_block)
        wrong_at(r, file, word, "", config_hint(r, "\"%s\" takes no block, expected %s", setting->key, setting->type));
    else if (before != NULL && setting->adds_up)
        add_tokens(r, before, statement->tokens + 1, statement->token_count - 1);
    else if (before != NULL)
        wrong_at(r, file, word, first_place(r, before->tokens[0].at), config_hint(r, "\"%s\" is set twice in %s", setting->key, config_title(r, block)));
    else
        add_value(r, block, setting, file, statement->tokens, statement->token_count);
}

static void read_section(struct config_reading *r, const struct syntax_file *file, const struct syntax_statement *statement, const struct config_section *section)
{
    struct str name = {NULL, 0};
    bool named = block_name(r, file, statement, section, &name);
    struct config_block *block = find_block(r, section, name);
    if ((named || section->naming == SECTION_TEXT) && block != NULL && !section->joined) {
        wrong_at(r, file, &statement->tokens[statement->token_count > 1 ? 1 : 0], first_place(r, block->at), config_hint(r, "%s stands here a second time", config_title(r, block)));
        return;
    }
    /* An ill-named one is read all the same, for the errors inside. */
    if (block == NULL || !section->joined) {
        block = new_block(r, section, name);
        block->file = file;
        block->at = statement->tokens[0].at;
    }
    block->broken = block->broken || !named;
    for (size_t i = 0; i < statement->block_count; i++)
        read_setting(r, file, block, &statement->block[i]);
}

static void read_values(struct config_reading *r, const struct syntax_file *file, const struct syntax_statement *statement, const struct config_section *section)
{
    const struct syntax_token *word = &statement->tokens[0];
    const struct config_setting *row = config_key_of(section->name, STR(""));
    if (statement->has_block) {
        wrong_at(r, file, word, config_hint(r, "for example: %s", row->example), config_hint(r, "\"%s\" takes no block, expected %s", section->name, row->type));
        return;
    }
    struct config_block *block = find_block(r, section, STR(""));
    if (block == NULL) {
        block = new_block(r, section, STR(""));
        block->file = file;
        block->at = word->at;
    }
    add_value(r, block, row, file, statement->tokens, statement->token_count);
}

static void read_statement(struct config_reading *r, const struct syntax_file *file, const struct syntax_statement *statement)
{
    const struct syntax_token *word = &statement->tokens[0];
    const struct config_section *section = word->kind == SYNTAX_WORD ? config_section_of(word->text) : NULL;
    if (section == NULL)
        unknown_section(r, file, word);
    else if (str_iends(str_of(file->name), STR(".rules")))
        wrong_at(r, file, word, "only rules stand in *.rules", config_hint(r, "\"%s\" belongs into triaged.conf or conf.d", section->name));
    else if (section->naming == SECTION_VALUES)
        read_values(r, file, statement, section);
    else
        read_section(r, file, statement, section);
}

static bool is_rule(const struct syntax_statement *statement)
{
    return statement->tokens[0].kind == SYNTAX_WORD && str_eq(statement->tokens[0].text, STR("rule"));
}

/* Afterwards config->sources holds rules only. */
static void read_statements(struct config_reading *r)
{
    for (size_t i = 0; i < r->config->source_count; i++) {
        struct syntax_file *file = &r->config->sources[i];
        struct syntax_statement *rules = arena_array(r->arena, file->count, sizeof *rules);
        size_t count = 0;
        for (size_t k = 0; k < file->count; k++)
            if (is_rule(&file->statements[k]))
                rules[count++] = file->statements[k];
            else
                read_statement(r, file, &file->statements[k]);
        file->statements = rules;
        file->count = count;
    }
}

/* ---- blocks fill the structs ---- */

/* What is in force though nobody wrote it. A missing desk is an error; its defaults are taken all the same, for the rules' tests. */
static void add_unwritten(struct config_reading *r)
{
    size_t count = 0;
    const struct config_section *sections = config_sections(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(sections[i].name, "desk") == 0 && find_block(r, &sections[i], STR("")) == NULL) {
            if (!r->broken)
                diagnoses_add(r->d, false, NULL, (struct place_in_file){r->main_file, 0, 0, 1},
                              config_hint(r, "for example: %s", config_key_of("desk", STR(""))->example), "there is no section \"desk\"");
            new_block(r, &sections[i], STR(""));
        } else if (sections[i].naming == SECTION_SEVERITY) {
            for (uint8_t severity = 0; severity < DESK_SEVERITIES; severity++) {
                struct str letter = arena_printf(r->arena, "%c", severity_letter(severity));
                if (find_block(r, &sections[i], letter) == NULL)
                    new_block(r, &sections[i], letter);
            }
        } else if (sections[i].always && find_block(r, &sections[i], STR("")) == NULL) {
            new_block(r, &sections[i], STR(""));
        }
    }
}

/* Sections that there may be many of, and where their structs go. */
static const struct {
    const char *section;
    size_t size, list, count, name;
} arrays[] = {
    {"mailbox", sizeof(struct config_mailbox), offsetof(struct config, mailboxes), offsetof(struct config, mailbox_count), offsetof(struct config_mailbox, settings.name)},
    {"relay", sizeof(struct relay_settings), offsetof(struct config, relays), offsetof(struct config, relay_count), offsetof(struct relay_settings, name)},
    {"queue", sizeof(struct queue_settings), offsetof(struct config, desk.queues), offsetof(struct config, desk.queue_count), offsetof(struct queue_settings, name)},
    {"calendar", sizeof(struct calendar), offsetof(struct config, desk.calendars), offsetof(struct config, desk.calendar_count), offsetof(struct calendar, name)},
    {"plan", sizeof(struct plan_settings), offsetof(struct config, desk.plans), offsetof(struct config, desk.plan_count), offsetof(struct plan_settings, name)},
    {"roster", sizeof(struct roster_settings), offsetof(struct config, desk.rosters), offsetof(struct config, desk.roster_count), offsetof(struct roster_settings, name)},
    {"escalation", sizeof(struct escalation_settings), offsetof(struct config, desk.escalations), offsetof(struct config, desk.escalation_count),
     offsetof(struct escalation_settings, name)},
    {"agent", sizeof(struct agent_settings), offsetof(struct config, desk.agents), offsetof(struct config, desk.agent_count), offsetof(struct agent_settings, name)},
};

static void make_array(struct config_reading *r, size_t which)
{
    struct config *config = r->config;
    size_t count = 0;
    char *list = arena_array(r->arena, config->block_count, arrays[which].size);
    for (size_t i = 0; i < config->block_count; i++) {
        struct config_block *block = &config->blocks[i];
        if (strcmp(block->section->name, arrays[which].section) != 0)
            continue;
        block->target = list + count++ * arrays[which].size;
        memcpy((char *)block->target + arrays[which].name, &block->name, sizeof block->name);
    }
    memcpy((char *)config + arrays[which].list, &list, sizeof list);
    memcpy((char *)config + arrays[which].count, &count, sizeof count);
}

static void make_targets(struct config_reading *r)
{
    struct config *config = r->config;
    for (size_t i = 0; i < config->block_count; i++) {
        struct config_block *block = &config->blocks[i];
        uint8_t severity = 0;
        block->target = block->section->of_daemon ? (void *)config : &config->desk;
        if (block->section->naming == SECTION_SEVERITY)
            block->target = &config->desk.severities[severity_of(block->name, &severity) ? severity : 0];
        if (block->section->naming == SECTION_TEXT)
            config->desk.name = block->name;
    }
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        make_array(r, i);
}

/* A default is taken as if it had been written; a computed one is a single value, whatever is in it. */
static void take_standard(struct config_reading *r, struct config_block *block, const struct config_setting *setting)
{
    struct syntax_token tokens[16] = {{.kind = SYNTAX_WORD, .text = str_of(setting->key)}};
    struct str rest = setting->compute != NULL ? setting->compute(r, block->target) : str_of(setting->standard);
    struct str word = {NULL, 0};
    size_t count = 1;
    if (setting->compute != NULL && rest.n > 0)
        tokens[count++] = (struct syntax_token){.kind = SYNTAX_WORD, .text = arena_str(r->arena, rest)};
    while (setting->compute == NULL && count < 16 && str_cut(&rest, ' ', &word))
        tokens[count++] = (struct syntax_token){.kind = SYNTAX_WORD, .text = arena_str(r->arena, word)};
    if (count == 1)
        return;
    struct config_value *value = add_value(r, block, setting, NULL, tokens, count);
    setting->take(r, value, block->target);
}

static void fill_block(struct config_reading *r, struct config_block *block)
{
    size_t count = 0;
    const struct config_setting *settings = config_settings(&count);
    r->block = block;
    for (size_t i = 0; i < block->value_count; i++)
        block->values[i].setting->take(r, &block->values[i], block->target);
    for (size_t i = 0; i < count; i++) {
        const struct config_setting *setting = &settings[i];
        if (strcmp(setting->section, block->section->name) != 0 || setting->key[0] == '\0' || config_value_of(block, setting->key) != NULL)
            continue;
        if (strcmp(setting->standard, "required") != 0)
            take_standard(r, block, setting);
        else if (block->file != NULL && !block->broken)
            config_wrong_block(r, block, false, config_hint(r, "for example: %s", setting->example), "%s needs \"%s\"", config_title(r, block), setting->key);
    }
}

static void fill_blocks(struct config_reading *r)
{
    size_t count = 0;
    const struct config_section *sections = config_sections(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < r->config->block_count; k++)
            if (r->config->blocks[k].section == &sections[i])
                fill_block(r, &r->config->blocks[k]);
}

/* ---- rules ---- */

static void read_rules(struct config_reading *r)
{
    struct config *config = r->config;
    struct str *mailboxes = NULL;
    struct str *templates = NULL;
    size_t template_count = 0;
    size_t mailbox_count = config_names(r, "mailbox", &mailboxes);
    config_templates(r, &templates, &template_count);
    config_refer(r, "template", templates, template_count);
    size_t errors = r->d->errors;
    struct rules_known known = {&config->desk, mailboxes, mailbox_count, templates, template_count};
    rules_load(r->arena, config->sources, config->source_count, &known, &config->rules, r->d);
    if (r->d->errors == errors)
        rules_test(config->rules, r->arena, &config->desk, r->d, &config->rule_tests);
}

/* ---- in the order of the files ---- */

static size_t rank_of(const struct config *config, const struct diagnosis *one)
{
    size_t rank = 1;
    if (one->at.file == NULL)
        return 0;
    while (rank <= config->file_count && !str_eq(config->files[rank - 1].path, str_of(one->at.file)))
        rank++;
    return rank;
}

static bool stands_before(const struct config *config, const struct diagnosis *a, const struct diagnosis *b)
{
    size_t rank_a = rank_of(config, a);
    size_t rank_b = rank_of(config, b);
    if (rank_a != rank_b)
        return rank_a < rank_b;
    return a->at.line != b->at.line ? a->at.line < b->at.line : a->at.column < b->at.column;
}

/* What was said of one place stays in the order it was said. There are DIAGNOSES_MAX at most. */
static void sort_diagnoses(const struct config *config, struct diagnoses *d, size_t from)
{
    for (size_t i = from + 1; i < d->count; i++)
        for (size_t k = i; k > from && stands_before(config, &d->list[k], &d->list[k - 1]); k--) {
            struct diagnosis swapped = d->list[k];
            d->list[k] = d->list[k - 1];
            d->list[k - 1] = swapped;
        }
}

static void seal_hash(struct config_reading *r)
{
    uint8_t digest[HASH_SIZE];
    hash_sha256(buf_view(&r->digests), digest);
    str_hex(digest, sizeof digest, r->config->hash);
    buf_free(&r->digests);
}

/* The zones' octets, as they are now. */
static void open_zones(struct config_reading *r)
{
    struct desk *desk = &r->config->desk;
    desk->zone = clock_zone(r->arena, arena_text(r->arena, desk->timezone));
    for (size_t i = 0; i < desk->agent_count; i++)
        desk->agents[i].zone = clock_zone(r->arena, arena_text(r->arena, desk->agents[i].timezone));
    for (size_t i = 0; i < desk->calendar_count; i++)
        desk->calendars[i].zone = clock_zone(r->arena, arena_text(r->arena, desk->calendars[i].timezone));
}

bool config_load(const char *path, struct config **config, struct diagnoses *d)
{
    struct arena *arena = arena_new();
    struct config_reading r = {.config = arena_alloc(arena, sizeof **config), .arena = arena, .d = d};
    size_t before = d->errors;
    size_t told = d->count;
    r.config->arena = arena;
    find_main(&r, path);
    read_file(&r, r.main_file);
    if (r.config->source_count > 0) {
        read_folder(&r, "conf.d", ".conf");
        read_folder(&r, "rules.d", ".rules");
        read_statements(&r);
        add_unwritten(&r);
        make_targets(&r);
        fill_blocks(&r);
        config_check(&r);
        open_zones(&r);
        read_rules(&r);
    }
    seal_hash(&r);
    config_hide_secrets(d);
    sort_diagnoses(r.config, d, told);
    *config = r.config;
    if (d->errors > before)
        config_close(config);
    return *config != NULL;
}

void config_close(struct config **config)
{
    if (*config == NULL)
        return;
    struct arena *arena = (*config)->arena;
    arena_free(&arena);
    *config = NULL;
}
