/* commands: what each row of the table runs. Each writes to ctl->out and gives the exit code. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/ctl.h"

typedef int ctl_run_command(struct ctl *ctl);

ctl_run_command run_status, run_list, run_show, run_thread, run_why, run_search, run_log, run_attachment;
ctl_run_command run_do, run_undo, run_wait;
ctl_run_command run_mailbox_list, run_mailbox_show, run_mailbox_test, run_mailbox_poll, run_mailbox_pause, run_mailbox_resume, run_mailbox_confirm;
ctl_run_command run_health, run_reconcile;
ctl_run_command run_outbox_list, run_outbox_show, run_outbox_retry, run_outbox_hold, run_outbox_release, run_outbox_drop;
ctl_run_command run_quarantine_list, run_quarantine_show, run_quarantine_requeue, run_quarantine_drop;
ctl_run_command run_suppress_list, run_suppress_add, run_suppress_drop;
ctl_run_command run_agent_list, run_token_rotate, run_token_revoke;
ctl_run_command run_customer_list, run_customer_show, run_customer_import, run_customer_edit, run_import_ids;
ctl_run_command run_rules_check, run_rules_test, run_rules_explain, run_rules_why_not;
ctl_run_command run_config_check, run_config_print, run_config_show, run_config_explain, run_config_path, run_reload;
ctl_run_command run_clock_due, run_clock_explain;
ctl_run_command run_store_verify, run_store_backup, run_store_restore;
ctl_run_command run_ingest, run_parse, run_explain;
ctl_run_command run_help, run_version, run_completion, run_complete, run_commands;

/* Of a clock in a line: "due in 31 min", "met 12 min ago", "missed by 2 h". Borrowed. */
const char *clock_summary(struct ctl *ctl, const json_t *clock);

/* The overview, as `triagectl` alone and `triagectl help` print it. */
void help_overview(struct buf *out);
void help_command(const struct ctl_command *command, struct buf *out);
/* Adds "word\thelp" lines for the last of the words. */
void complete_words(struct ctl *ctl, const char *const *words, size_t count, struct buf *out);

#endif
