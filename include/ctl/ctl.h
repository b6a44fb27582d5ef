/* ctl: one run of triagectl: what was asked, what is around, what is said. Commands write into two buffers; the program shows them, through a pager where that
 * helps. So a test can run any command and read what it would say. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "base/arena.h"
#include "base/buf.h"
#include "ctl/table.h"

#include <jansson.h>

struct config;
struct store;

/* What the process finds around it; given by the program or a test. */
struct ctl_world {
    int64_t now;      /* UTC ms */
    bool out_is_terminal, in_is_terminal;
    uint32_t width;   /* of the terminal in columns; 0: no terminal */
    bool utf8;        /* the locale shows UTF-8 */
    int in;           /* standard input */
};

struct ctl {
    const struct ctl_world *world;
    struct arena *arena;
    const struct ctl_command *command;
    const char *value[OPTIONS]; /* of options with an argument; "" for a bare --json */
    uint32_t count[OPTIONS];    /* how often given */
    const char **args;
    size_t arg_count;
    struct buf out, err;
    bool colour;
    struct config *config; /* loaded when first needed */
    struct store *store;   /* opened when first needed */
    bool told_offline;
    struct str zone; /* octets of the time zone's file, read when first needed */
    bool zone_is_read;
};

/* Runs a command line; out and err are filled and stay valid until ctl_end. Gives the exit code. */
int ctl_run(struct ctl *ctl, const struct ctl_world *world, int argc, char **argv);
void ctl_end(struct ctl *ctl);
/* The program: looks around, runs, shows. */
int ctl_main(int argc, char **argv);

/* Fills command, options and args. 0, or the exit code after having said why. */
int ctl_parse(struct ctl *ctl, int argc, char **argv);

/* ---- refusing ------------------------------------------------------------------------------------------------------------------ */

/* "error: …" and "hint: …" (hint NULL: none) on standard error, as JSON with --json. Returns exit. Texts may hold anything: they are made safe. */
int ctl_refuse(struct ctl *ctl, int exit, const char *name, const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Says something that is no error on standard error. */
void ctl_note(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool ctl_has(const struct ctl *ctl, enum ctl_option_key key);

/* The place an argument names: "1042", "#1042", "INC-1042", "L-9041", "Q-12". letter: what may stand before the number ('\0': any tag). */
bool ctl_number(const char *text, char letter, int64_t *id);
/* --timeout in ms, or the standard. False: said why. */
bool ctl_timeout(struct ctl *ctl, int64_t standard, int64_t *ms);
/* Asks "… [y/N]" on the terminal; true with --yes; false and said why without a terminal. */
bool ctl_sure(struct ctl *ctl, const char *what);

#endif
