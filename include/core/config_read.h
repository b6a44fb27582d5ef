/* config_read: what the config modules share while a configuration is being read. Nobody else includes it.
 *
 * Files become statements (base/syntax), statements become blocks and values (config.c), the table says who takes each value (config_table.c,
 * config_take.c, config_url.c), then what concerns several of them is checked (config_check.c, config_template.c). A default is a text of the table and
 * is taken by the same function as a written value, so it cannot differ from what the manual says. */
#ifndef CORE_CONFIG_READ_H
#define CORE_CONFIG_READ_H

#include "core/config.h"

#include <stdarg.h>

struct config_word {
    const char *word; /* NULL ends a table */
    int value;
};

enum section_name { SECTION_UNNAMED, SECTION_TEXT, SECTION_NAME, SECTION_SEVERITY, SECTION_VALUES /* no block: the values stand behind the word */ };

struct config_section {
    const char *name;
    enum section_name naming;
    bool always; /* in force though nobody wrote it */
    bool joined; /* may stand in several places, each setting once */
    bool of_daemon; /* it fills struct config, else the desk or a struct of its own */
};

/* One setting as in force. */
struct config_value {
    const struct config_setting *setting;
    struct syntax_token *tokens; /* the key and its values; a taker may put a text into its full form */
    size_t count;
    const struct syntax_file *file; /* NULL: the default */
};

struct config_block {
    const struct config_section *section;
    struct str name;
    struct place_in_file at;
    const struct syntax_file *file; /* of its first place; NULL: nobody wrote it */
    struct config_value *values;    /* at most one of each setting, but for sections of values */
    size_t value_count;
    void *target; /* the struct that is filled */
    bool broken;  /* a setting of it was not understood: what seems missing may be that one */
};

struct config_reading {
    struct config *config;
    struct arena *arena; /* the configuration's */
    struct diagnoses *d;
    const char *directory;            /* of the main file, as it was given */
    const char *base;                 /* the same, absolute: relative paths begin there */
    const char *main_file;
    const struct config_block *block; /* whose values are being taken */
    struct buf digests;               /* of every file read, for the configuration's hash */
    size_t source_cap, file_cap, block_cap;
    bool broken; /* a section was not understood: what seems missing may be that one */
};

#define CONFIG_NAME_MAX 64u
#define CONFIG_TEXT_MAX 200u
#define CONFIG_PATH_MAX 4000u
#define CONFIG_SOCKET_MAX 107u /* sun_path, without its NUL */

/* config_table.c */
const struct config_section *config_sections(size_t *count);
const struct config_section *config_section_of(struct str name);
const struct config_setting *config_key_of(const char *section, struct str key);

/* config_say.c: is the token behind a value rather a new setting, its ";" forgotten? */
bool config_is_key(const struct config_reading *r, const struct config_value *value, size_t index);
/* An error at token `index` of the value (its key when there is no such token). Never shows a line that may hold a secret. */
void config_wrong(struct config_reading *r, const struct config_value *value, size_t index, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The same at octets inside the token. */
void config_wrong_part(struct config_reading *r, const struct config_value *value, size_t index, size_t offset, size_t width, const char *hint,
                       const char *format, ...) __attribute__((format(printf, 7, 8)));
/* At the section's own place. */
void config_wrong_block(struct config_reading *r, const struct config_block *block, bool warning, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* "X" does not fit "KEY", expected TYPE. */
void config_misfit(struct config_reading *r, const struct config_value *value, size_t index, const char *hint);
/* `did you mean "X"?` for the nearest of the names, or "" when none is near. In the diagnoses' arena. */
const char *config_nearest(struct config_reading *r, const struct str *names, size_t count, struct str word);
const char *config_hint(struct config_reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool config_has_url_secret(struct str word);
/* Takes lines that may show a secret out of all diagnoses. */
void config_hide_secrets(struct diagnoses *d);

/* config_take.c */
config_take take_command, take_text, take_name, take_names, take_address, take_addresses, take_domain, take_zone, take_languages, take_tag, take_span, take_number,
    take_readers, take_size, take_yes, take_word, take_choice, take_severity, take_row, take_path, take_file, take_private_file, take_domains, take_server, take_socket, take_proof, take_words, take_day, take_limits, take_limit, take_fingerprint,
    take_after, take_folder, take_folders;
/* Is it exactly one value? Says what is wrong if not. */
bool config_one(struct config_reading *r, const struct config_value *value);
bool config_some(struct config_reading *r, const struct config_value *value, size_t most);
/* The span at token i, within the setting's range; says what is wrong if not. */
bool config_span(struct config_reading *r, const struct config_value *value, size_t i, int64_t *ms);
/* Letters, digits, "-", "_", ".", 1 to CONFIG_NAME_MAX, the first a letter or digit. */
bool config_is_name(struct str s);
bool config_is_domain(struct str s);
/* One line of harmless text, 1 to `most` octets. */
bool config_is_text(struct str s, size_t most);
/* The path made absolute from the configuration's folder. */
struct str config_path(struct config_reading *r, struct str path);

/* config_clock.c: what has to do with promised times. */
config_take take_hours, take_holidays, take_calendar, take_target, take_targets, take_since, take_percents, take_severities, take_clocks, take_recipients;
config_standard standard_desk_zone;

/* config_url.c */
config_take take_mailbox_url, take_relay_url, take_password, take_token;

/* config_check.c: what needs more than one value. Names of all blocks of a section; what concerns more than one value. */
size_t config_names(const struct config_reading *r, const char *section, struct str **names);
const struct config_value *config_value_of(const struct config_block *block, const char *key);
void config_check(struct config_reading *r);
void config_refer(struct config_reading *r, const char *to, const struct str *names, size_t count);
config_standard standard_implied, standard_domain, standard_queue, standard_severity, standard_agent, standard_public, standard_size, standard_folders, standard_templates;

/* config_template.c: reads the folder of templates, then checks that what is needed is there. *names: each name once. */
void config_templates(struct config_reading *r, struct str **names, size_t *count);

/* config.c */
void config_note_read(struct config_reading *r, struct str path, struct str octets);
/* why: "its name does not end in .conf". With `warn` a warning besides. */
void config_pass_over(struct config_reading *r, struct str path, const char *why, bool warn);
/* `mailbox "support"`, `desk`. */
const char *config_title(struct config_reading *r, const struct config_block *block);

#endif
