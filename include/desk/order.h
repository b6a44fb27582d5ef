/* order: what an agent's mail asks for. Its first lines are commands, one each, until the first line that is none; what is left is for the customer, or
 * a note. Commands are words of desk/command.h behind a sign ("#close"). */
#ifndef DESK_ORDER_H
#define DESK_ORDER_H

#include "base/arena.h"
#include "mail/message.h"

#define ORDER_COMMANDS_MAX 20u

struct order_command {
    struct str line;   /* as written, for the receipt; at most 200 characters */
    struct str *words; /* the verb without its sign first; quotes ("…", “…”, „…“, «…») keep several words together, and stay around a single one. At most 1,000:
                          the last takes the rest of its line */
    size_t word_count;
};

struct order {
    struct order_command *commands;
    size_t command_count;
    bool too_many;   /* more than ORDER_COMMANDS_MAX: nothing of the mail is carried out */
    struct str rest; /* the text behind the commands, trimmed; "" : none */
};

/* Splits fresh text. A line begins a command when, behind blanks (no-break spaces too), one of the signs is followed by a letter of any script; empty lines before and
 * between commands are passed over, up to 1,000. "#1 is broken"
 * and "# note" are no commands. The words of a command may go on to the end of its line only. */
void order_read(struct arena *arena, const struct str *prefixes, size_t prefix_count, struct str fresh, struct order *order);

#endif
