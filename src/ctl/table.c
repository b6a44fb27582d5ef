/* table: the commands and options of triagectl. Whoever adds a command adds a row here, its function, and its entry in triagectl(1). */
#include "ctl/table.h"

#include "base/str.h"
#include "ctl/commands.h"

#include <string.h>

static const struct ctl_option options[OPTIONS] = {
    [OPT_HELP] = {"help", 'h', NULL, false, false, "help on the command"},
    [OPT_VERSION] = {"version", 0, NULL, false, false, "versions of triagectl and its libraries"},
    [OPT_QUIET] = {"quiet", 'q', NULL, false, false, "ids only; errors only"},
    [OPT_VERBOSE] = {"verbose", 'v', NULL, false, false, "more details"},
    [OPT_JSON] = {"json", 0, "FIELDS", true, false, "one JSON document; =FIELDS chooses, =help lists them"},
    [OPT_PLAIN] = {"plain", 0, NULL, false, false, "TABs between columns, no heading, nothing trimmed"},
    [OPT_OUTPUT] = {"output", 'o', "FIELDS", false, false, "columns to show; of attachment: the file to write"},
    [OPT_LIMIT] = {"limit", 'l', "N", false, false, "rows at most (50)"},
    [OPT_SORT] = {"sort", 0, "FIELD", false, false, "order rows by a field"},
    [OPT_REVERSE] = {"reverse", 'r', NULL, false, false, "the other way round"},
    [OPT_SOCKET] = {"socket", 0, "PATH", false, false, "control socket of the daemon"},
    [OPT_CONFIG] = {"config", 'c', "FILE", false, false, "configuration; also says where socket and store are"},
    [OPT_COLOR] = {"color", 0, "WHEN", false, false, "auto, always or never"},
    [OPT_NO_PAGER] = {"no-pager", 0, NULL, false, false, "no pager"},
    [OPT_WIDTH] = {"width", 0, "N", false, false, "columns of the terminal"},
    [OPT_TIME] = {"time", 0, "FORMAT", false, false, "rel, iso or unix"},
    [OPT_UTC] = {"utc", 0, NULL, false, false, "times in UTC"},
    [OPT_YES] = {"yes", 'y', NULL, false, false, "ask no question"},
    [OPT_DRY_RUN] = {"dry-run", 'n', NULL, false, false, "say what would happen, change nothing"},
    [OPT_TIMEOUT] = {"timeout", 0, "TIME", false, false, "how long to wait for an answer (30s)"},
    [OPT_QUEUE] = {"queue", 0, "QUEUE", false, false, "tickets of that queue"},
    [OPT_STATE] = {"state", 0, "STATE", false, false, "in that state; any: all"},
    [OPT_SEVERITY] = {"severity", 0, "LETTER", false, false, "of that severity"},
    [OPT_OWNER] = {"owner", 0, "NAME", false, false, "of that owner"},
    [OPT_MINE] = {"mine", 0, NULL, false, false, "of the owner with your user name"},
    [OPT_SINCE] = {"since", 0, "TIME", false, false, "opened since: 90d, 2026-11-22, \"2026-11-22 14:00\""},
    [OPT_UNTIL] = {"until", 0, "TIME", false, false, "opened before; of suppress: how long, or until when"},
    [OPT_OVERDUE] = {"overdue", 0, NULL, false, false, "past what was promised"},
    [OPT_TICKET] = {"ticket", 0, "TICKET", false, false, "about that ticket"},
    [OPT_ALL] = {"all", 0, NULL, false, false, "defaults as well; of token: everybody's"},
    [OPT_ORIGIN] = {"origin", 0, NULL, false, false, "file and line behind each value"},
    [OPT_FILES] = {"files", 0, NULL, false, false, "what the files say, not the daemon"},
    [OPT_WAIT] = {"wait", 0, NULL, false, false, "return when it is done"},
    [OPT_ADDRESSES] = {"addresses", 0, NULL, false, false, "with the address each may write to without a ticket"},
    [OPT_AGENT] = {"agent", 0, "NAME", false, false, "of that agent"},
    [OPT_PARTY] = {"party", 0, "ADDRESS", false, false, "of that customer or participant"},
    [OPT_ATTACHMENTS] = {"attachments", 0, NULL, false, false, "the attachments, with their numbers"},
    [OPT_CUSTOMER] = {"customer", 0, "NAME", false, false, "of that customer"},
    [OPT_THREADS] = {"threads", 0, NULL, false, false, "which of the files belong together"},
    [OPT_HEAD] = {"head", 0, "SEAL", false, false, "this seal, noted elsewhere, must be in the chain"},
    [OPT_CALENDAR] = {"calendar", 0, "NAME", false, false, "calendar of the configuration, or always"},
    [OPT_FROM] = {"from", 0, "TIME", false, false, "when it starts; without offset: in that zone"},
    [OPT_ADD] = {"add", 0, "DURATION", false, false, "open, unpaused time to add: 4h, 90min, 1h30min"},
    [OPT_PAUSE] = {"pause", 0, "FROM/TO", false, true, "time that does not count; may be given again"},
    [OPT_MAILBOX] = {"mailbox", 0, "NAME", false, false, "as if it had come in by that mailbox"},
};

const struct ctl_option *ctl_option(enum ctl_option_key key)
{
    return &options[key];
}

#define BIT(key) (1u << ((key) - OPT_COMMON))
#define FILTERS (BIT(OPT_QUEUE) | BIT(OPT_STATE) | BIT(OPT_SEVERITY) | BIT(OPT_OWNER) | BIT(OPT_MINE) | BIT(OPT_SINCE) | BIT(OPT_UNTIL) | BIT(OPT_OVERDUE) | BIT(OPT_CUSTOMER))

#define LOOK "Look"
#define ACT "Act"
#define MAILBOXES "Mailboxes"
#define LETTERS "Letters"
#define ASIDE "Set aside"
#define PEOPLE "People"
#define SECRETS "Secrets"
#define RULES "Rules"
#define CLOCKS "Promised times"
#define CONFIGURATION "Configuration"
#define STORE "Store"
#define MAIL "Single mails"
#define HELP "Help"

#define TICKET_FIELDS                                                                                                                                       \
    "id,kind,state,severity,impact,urgency,queue,owner,subject,requester,requester_name,mailbox,language,opened,updated,closed,due,messages,attachments,"   \
    "letters_waiting,customer,merged_into,reminder"
#define SHOW_FIELDS TICKET_FIELDS ",clocks,tags,fields,links,linked_by,messages_in,messages_out,proof,letters,parties,tag"
#define MESSAGE_FIELDS                                                                                                                                      \
    "id,ticket,direction,time,from,from_name,to,subject,message_id,kind,outcome,reason,proof,proposed,mailbox,folder,uid_validity,uid,size,attachments,"    \
    "text,fresh"
#define VALUE_FIELDS "field,value,time,rule,file,line,source,start,end,matched,because,actor,ruleset,message"
#define EVENT_FIELDS "id,time,ticket,kind,detail,actor"
#define MAILBOX_FIELDS "name,state,last_look,behind,today,next_try,note,paused,backlog,missing,reconciled"
#define LETTER_FIELDS "id,state,kind,ticket,to,reason,tries,created,next,relay,message_id,size"
#define QUARANTINE_FIELDS                                                                                                                                   \
    "id,time,mailbox,folder,uid_validity,uid,outcome,reason,ticket,message,message_id,from,subject,size,sha256,settled"
#define CUSTOMER_FIELDS "name,plan,cc,note,timezone,contacts,open_tickets"
#define SUPPRESS_FIELDS "address,since,until,reason"
#define AGENT_FIELDS "name,display_name,addresses,queues,proof,absent_until,standing_address"
#define RULE_FIELDS "rule,file,line,applied,reached,why"

#define LOOKING "0 64 66 69 75 77"
#define ACTING "0 64 66 69 74 75 77"
#define FILING "0 64 66 78"

static const struct ctl_command commands[] = {
    {LOOK, "", "status", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "the desk on one screen: what waits, what is wrong",
     "Mailboxes with their last look, open tickets, letters that wait, the store,\nand below it whatever needs somebody, with the command to type.", "triagectl status", "",
     LOOKING, run_status},
    {LOOK, "", "health", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "one line for a monitor: is the desk well?",
     "As Nagios plugins say it. Exit 0: well, 1: something to look at, 2: something\nfails or triaged is down, 3: nothing can be said.", "triagectl health", "", "0 1 2 3 64", run_health},
    {LOOK, "", "list", "[WORD...]", 0, CTL_MANY, {ARG_OTHER}, FILTERS, DANGER_NONE, false, "open tickets, the most urgent first",
     "WORDs must occur in the subject. Closed tickets: --state closed or any.", "triagectl list --queue network --overdue\ntriagectl list --json=id,severity,due VPN",
     TICKET_FIELDS, LOOKING, run_list},
    {LOOK, "", "show", "TICKET...", 1, CTL_MANY, {ARG_TICKET}, BIT(OPT_ATTACHMENTS), DANGER_NONE, true, "a ticket: state, people, clocks, fields", "", "triagectl show 1042", SHOW_FIELDS, LOOKING,
     run_show},
    {LOOK, "", "thread", "TICKET", 1, 1, {ARG_TICKET}, 0, DANGER_NONE, true, "the mails of a ticket, oldest first",
     "What each person newly wrote; -v shows quoted text as well.", "triagectl thread 1042", MESSAGE_FIELDS, LOOKING, run_thread},
    {LOOK, "", "why", "TICKET [FIELD] | MESSAGE", 1, 2, {ARG_TICKET, ARG_FIELD}, 0, DANGER_NONE, true, "where a value, or what became of a mail, comes from",
     "For a value: the rule, its file and line, and the text it matched.\nMESSAGE is a Message-ID, or its number as M-97.",
     "triagectl why 1042 severity\ntriagectl why '<5f1@contoso.example>'", VALUE_FIELDS, LOOKING, run_why},
    {LOOK, "", "search", "WORD...", 1, CTL_MANY, {ARG_OTHER}, 0, DANGER_NONE, false, "tickets whose texts or addresses hold all words", "", "triagectl search gateway de-7",
     TICKET_FIELDS, LOOKING, run_search},
    {LOOK, "", "log", "[TICKET | MESSAGE]", 0, 1, {ARG_TICKET}, 0, DANGER_NONE, true, "what happened, in order", "Without a ticket: the newest events of the whole desk.",
     "triagectl log 1042\ntriagectl log -l 10", EVENT_FIELDS, LOOKING, run_log},
    {LOOK, "", "attachment", "TICKET NUMBER", 2, 2, {ARG_TICKET, ARG_OTHER}, 0, DANGER_NONE, false, "an attachment, decoded, into a file",
     "Numbers are those of `triagectl thread`. The name in the mail is never used as\na path. Without -o the octets go to standard output, if that is no terminal.",
     "triagectl attachment 1042 1 -o dump.pcap", "message,name,type,size,octets_base64", "0 64 65 66 69 73 77", run_attachment},

    {ACT, "", "do", "TICKET... VERB [ARGUMENT...]", 2, CTL_MANY, {ARG_TICKET, ARG_DO}, 0, DANGER_MILD, false, "change tickets, as agents do by mail",
     "All tickets are changed or none. The receipt undoes it. A text may come from\nstandard input, as -. What each verb does: man triaged-agent.",
     "triagectl do 1042 assign bob\ntriagectl do 1043 1044 severity B\ntriagectl list -q VPN | triagectl do - close", "ticket,field,old,new", ACTING, run_do},
    {ACT, "", "undo", "RECEIPT", 1, 1, {ARG_OTHER}, 0, DANGER_MILD, false, "take a change back", "", "triagectl undo R-7Q2K", "", ACTING, run_undo},
    {ACT, "", "reconcile", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "do servers, ledger and outbox agree?",
     "Each mailbox is looked at as a whole: what is there and not on record, and what\nit has not heard of. Each decision to answer must have its letter. Exit 1: they\ndo not agree. 75: a mailbox could not be compared.",
     "triagectl reconcile", "", "0 1 64 69 75 77", run_reconcile},
    {ACT, "", "wait", "ready | idle | settled MESSAGE-ID", 1, 2, {ARG_CONDITION, ARG_OTHER}, 0, DANGER_NONE, false, "wait until something is so",
     "ready: every mailbox was looked at. idle: nothing is under way and no letter is\ndue. settled: that mail is on record, its letters have ended. Exit 75: too late.",
     "triagectl wait idle --timeout 60s", "", "0 64 69 75 77", run_wait},

    {MAILBOXES, "mailbox", "list", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "mailboxes and how they are", "", "triagectl mailbox list", MAILBOX_FIELDS, LOOKING,
     run_mailbox_list},
    {MAILBOXES, "mailbox", "show", "NAME", 1, 1, {ARG_MAILBOX}, 0, DANGER_NONE, false, "a mailbox: server, folders, what is done with its mail", "",
     "triagectl mailbox show support", "", LOOKING, run_mailbox_show},
    {MAILBOXES, "mailbox", "test", "NAME", 1, 1, {ARG_MAILBOX}, 0, DANGER_NONE, false, "log in and say what the server offers", "", "triagectl mailbox test support", "",
     "0 1 64 66 69 77", run_mailbox_test},
    {MAILBOXES, "mailbox", "poll", "NAME", 1, 1, {ARG_MAILBOX}, 0, DANGER_NONE, false, "look at once", "", "triagectl mailbox poll support", "", ACTING, run_mailbox_poll},
    {MAILBOXES, "mailbox", "pause", "NAME", 1, 1, {ARG_MAILBOX}, 0, DANGER_MILD, false, "stop looking; mail stays on its server", "It stays paused over a restart.",
     "triagectl mailbox pause partners", "", ACTING, run_mailbox_pause},
    {MAILBOXES, "mailbox", "resume", "NAME", 1, 1, {ARG_MAILBOX}, 0, DANGER_MILD, false, "look again", "", "triagectl mailbox resume partners", "", ACTING, run_mailbox_resume},

    {MAILBOXES, "mailbox", "confirm", "NAME import|answer", 2, 2, {ARG_MAILBOX, ARG_BACKLOG}, 0, DANGER_MODERATE, false, "say what becomes of old messages that wait",
     "Of a mailbox with backlog ask. import: tickets without acknowledgements and\nclocks. answer: as new ones.", "triagectl mailbox confirm support import", "", ACTING, run_mailbox_confirm},

    {LETTERS, "outbox", "list", "", 0, 0, {ARG_NONE}, BIT(OPT_STATE) | BIT(OPT_TICKET), DANGER_NONE, false, "letters that have not left",
     "States: queued deferred unknown held, and with --state: sent failed dropped any.", "triagectl outbox list\ntriagectl outbox list --state any --ticket 1042", LETTER_FIELDS,
     LOOKING, run_outbox_list},
    {LETTERS, "outbox", "show", "LETTER", 1, 1, {ARG_LETTER}, 0, DANGER_NONE, true, "a letter: each recipient's state, and its octets", "", "triagectl outbox show L-9041",
     LETTER_FIELDS ",recipients,octets", LOOKING, run_outbox_show},
    {LETTERS, "outbox", "retry", "LETTER...", 1, CTL_MANY, {ARG_LETTER}, 0, DANGER_MILD, false, "try now", "", "triagectl outbox retry L-9041", "", ACTING, run_outbox_retry},
    {LETTERS, "outbox", "hold", "LETTER...", 1, CTL_MANY, {ARG_LETTER}, 0, DANGER_MILD, false, "keep letters from leaving", "", "triagectl outbox hold L-9041", "", ACTING,
     run_outbox_hold},
    {LETTERS, "outbox", "release", "LETTER...", 1, CTL_MANY, {ARG_LETTER}, 0, DANGER_MILD, false, "let held letters leave", "", "triagectl outbox release L-8870", "", ACTING,
     run_outbox_release},
    {LETTERS, "outbox", "drop", "LETTER...", 1, CTL_MANY, {ARG_LETTER}, 0, DANGER_MODERATE, false, "letters shall never leave", "They stay on record. More than one: a question is asked.",
     "triagectl outbox drop L-8870", "", ACTING, run_outbox_drop},

    {ASIDE, "quarantine", "list", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "mails no reader could understand", "", "triagectl quarantine list", QUARANTINE_FIELDS, LOOKING,
     run_quarantine_list},
    {ASIDE, "quarantine", "show", "NUMBER", 1, 1, {ARG_QUARANTINE}, 0, DANGER_NONE, false, "one of them: where from, why, its ticket", "", "triagectl quarantine show Q-12",
     QUARANTINE_FIELDS, LOOKING, run_quarantine_show},
    {ASIDE, "quarantine", "requeue", "NUMBER...", 1, CTL_MANY, {ARG_QUARANTINE}, 0, DANGER_MODERATE, false, "read them again", "More than one: a question is asked.",
     "triagectl quarantine requeue Q-12", "", ACTING, run_quarantine_requeue},
    {ASIDE, "quarantine", "drop", "NUMBER...", 1, CTL_MANY, {ARG_QUARANTINE}, 0, DANGER_MODERATE, false, "hide them; the octets stay", "More than one: a question is asked.",
     "triagectl quarantine drop Q-12", "", ACTING, run_quarantine_drop},
    {ASIDE, "suppress", "list", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "addresses that get no automatic mail", "", "triagectl suppress list", SUPPRESS_FIELDS, LOOKING,
     run_suppress_list},
    {ASIDE, "suppress", "add", "ADDRESS [REASON...]", 1, CTL_MANY, {ARG_OTHER}, BIT(OPT_UNTIL), DANGER_MILD, false, "write no automatic mail to an address",
     "For good, or with --until for so long or until then.", "triagectl suppress add max@fabrikam.example --until 30d asked for it", SUPPRESS_FIELDS, ACTING, run_suppress_add},
    {ASIDE, "suppress", "drop", "ADDRESS", 1, 1, {ARG_SUPPRESSED}, 0, DANGER_MILD, false, "write to the address again", "", "triagectl suppress drop max@fabrikam.example", "",
     ACTING, run_suppress_drop},

    {PEOPLE, "customer", "list", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "customers, their plans and open tickets", "", "triagectl customer list", CUSTOMER_FIELDS, LOOKING,
     run_customer_list},
    {PEOPLE, "customer", "show", "NAME", 1, 1, {ARG_CUSTOMER}, 0, DANGER_NONE, false, "a customer with contacts and domains", "", "triagectl customer show Contoso",
     "name,plan,cc,note,timezone,contacts,domains", LOOKING, run_customer_show},
    {PEOPLE, "customer", "import", "FILE", 1, 1, {ARG_FILE}, 0, DANGER_MILD, false, "customers from CSV or JSON",
     "CSV: a line of columns (name,plan,cc,note,timezone,address,contact,domain), then\na row a contact or domain. A file with an error changes nothing. What it does\nnot name stays.",
     "triagectl customer import customers.csv --dry-run", "", "0 64 65 66 69 74 75 77", run_customer_import},
    {PEOPLE, "customer", "edit", "NAME SETTING VALUE", 3, 3, {ARG_CUSTOMER, ARG_CUSTOMER_SETTING, ARG_OTHER}, 0, DANGER_MILD, false, "change a customer",
     "Settings: name plan cc note timezone; contact and domain take +VALUE or -VALUE.", "triagectl customer edit Contoso plan premier\ntriagectl customer edit Contoso domain +contoso.example",
     "name,plan,cc,note,timezone,contacts,domains", ACTING, run_customer_edit},
    {PEOPLE, "agent", "list", "", 0, 0, {ARG_NONE}, BIT(OPT_ADDRESSES), DANGER_NONE, false, "agents: addresses, queues, what proves them",
     "With --addresses also where each writes to when no ticket is meant. Such an\naddress is a proof: show it to its agent only. Needs the daemon.",
     "triagectl agent list\ntriagectl agent list --addresses -o name,standing_address", AGENT_FIELDS, "0 64 66 69 75 77 78", run_agent_list},

    {SECRETS, "token", "rotate", "", 0, 0, {ARG_NONE}, 0, DANGER_MILD, false, "make tokens under a new key",
     "Tokens under older keys stay true, but for those of the sixteenth last key.", "triagectl token rotate", "", ACTING, run_token_rotate},
    {SECRETS, "token", "revoke", "", 0, 0, {ARG_NONE}, BIT(OPT_TICKET) | BIT(OPT_AGENT) | BIT(OPT_PARTY) | BIT(OPT_ALL), DANGER_MODERATE, false,
     "let tokens that were given out prove nothing",
     "Rotates, and voids all older tokens: of a ticket, an agent, or a party, on one\nticket or on all; --all: everybody's, after a question. Answers to letters sent\n"
     "before find their ticket no more.",
     "triagectl token revoke --ticket 1042 --party jo@contoso.example\ntriagectl token revoke --agent alice", "", ACTING, run_token_revoke},

    {RULES, "rules", "check", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "load the rules and run their tests", "Needs no daemon.", "triagectl rules check -c ./triaged.conf", "",
     FILING, run_rules_check},
    {RULES, "rules", "test", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "run the rules' own tests", "Exit 1 when a test fails, 78 when the files are wrong.", "triagectl rules test",
     "", "0 1 64 66 78", run_rules_test},
    {RULES, "rules", "explain", "MAIL", 1, 1, {ARG_FILE}, 0, DANGER_NONE, true, "which rules apply to a mail, and why the others do not",
     "Reads the files, needs no daemon. MAIL is a file; - is standard input.", "triagectl rules explain mail.eml", RULE_FIELDS, "0 64 65 66 78", run_rules_explain},
    {RULES, "rules", "why-not", "RULE MAIL", 2, 2, {ARG_RULE, ARG_FILE}, 0, DANGER_NONE, false, "why a rule does not apply to a mail", "Exit 1 when it does apply.",
     "triagectl rules why-not gateway-down mail.eml", RULE_FIELDS, "0 1 64 65 66 78", run_rules_why_not},

    {CLOCKS, "clock", "due", "", 0, CTL_MANY, {ARG_NONE}, BIT(OPT_CALENDAR) | BIT(OPT_FROM) | BIT(OPT_ADD) | BIT(OPT_PAUSE), DANGER_NONE, true,
     "when a promised time is over, and the way to it",
     "The first instant by which the open, unpaused time since --from makes --add.\nNeeds the configuration only. Further pauses may stand behind the first. Exit 1:\nthe calendar never opens for so long.",
     "triagectl clock due --calendar office --from 2026-11-27T16:00+01:00 --add 4h\ntriagectl clock due --calendar office --from \"2026-11-27 16:00\" --add 4h \\\n    --pause 2026-11-30T09:00Z/2026-11-30T10:00Z",
     "", "0 1 64 66 78", run_clock_due},
    {CLOCKS, "clock", "explain", "TICKET", 1, 1, {ARG_TICKET}, 0, DANGER_NONE, true, "the clocks of a ticket, and the way to when each is due", "", "triagectl clock explain 1042",
     "clock,state,seconds,spent,calendar,timezone,from,due,ended,late,pauses,way", LOOKING, run_clock_explain},

    {CONFIGURATION, "config", "check", "[FILE]", 0, 1, {ARG_FILE}, 0, DANGER_NONE, false, "is the configuration right? Says all that is wrong",
     "Reads what the daemon would read, rules and their tests included. Needs no\ndaemon.", "triagectl config check\ntriagectl config check ./triaged.conf", "", FILING,
     run_config_check},
    {CONFIGURATION, "config", "print", "", 0, 0, {ARG_NONE}, BIT(OPT_ALL) | BIT(OPT_ORIGIN), DANGER_NONE, true, "what the files say, in one piece", "Secrets are never in it.",
     "triagectl config print --all --origin", "", FILING, run_config_print},
    {CONFIGURATION, "config", "show", "", 0, 0, {ARG_NONE}, BIT(OPT_ALL) | BIT(OPT_ORIGIN) | BIT(OPT_FILES), DANGER_NONE, true, "what is in force in the daemon",
     "With --files the same as config print.", "triagectl config show --origin", "", "0 64 66 69 77 78", run_config_show},
    {CONFIGURATION, "config", "explain", "[SETTING]", 0, 1, {ARG_SETTING}, 0, DANGER_NONE, true, "a setting: type, default, meaning, example",
     "SETTING is a section, or section and key: mailbox.after.", "triagectl config explain mailbox.after", "section,key,type,default,help,example", "0 64 66",
     run_config_explain},
    {CONFIGURATION, "config", "path", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "files read, in order, and files passed over", "", "triagectl config path", "path,read,why", FILING,
     run_config_path},
    {CONFIGURATION, "", "reload", "", 0, 0, {ARG_NONE}, BIT(OPT_WAIT), DANGER_MILD, false, "let the daemon read its files again",
     "On any error the old configuration stays in force, the errors are shown, and\nthe exit code is 78. It always waits for the end; --wait says so.", "triagectl reload --wait", "",
     "0 64 69 77 78", run_reload},

    {STORE, "store", "verify", "", 0, 0, {ARG_NONE}, BIT(OPT_HEAD), DANGER_NONE, false, "is everything as it was written?",
     "Pages and references, the chain over events and ledger, each mail against its\ndigest, each decision to answer against its letter. Exit 1: something is not.",
     "triagectl store verify\ntriagectl store verify --head 5f0c…", "", "0 1 64 69 74 77", run_store_verify},
    {STORE, "store", "backup", "FOLDER", 1, 1, {ARG_FILE}, 0, DANGER_NONE, false, "a copy of the store, while it works",
     "The copy is opened again and verified. It holds no keys and no secrets: keep\ntoken.keys of the state directory elsewhere.",
     "triagectl store backup /var/backups/triaged-$(date +%F)", "", "0 64 65 69 73 74 77", run_store_backup},
    {STORE, "store", "restore", "FOLDER", 1, 1, {ARG_FILE}, 0, DANGER_MODERATE, false, "put a copy in the store's place",
     "triaged must be stopped. The copy is verified first; the store that is there\ngoes aside. Started from a copy, triaged holds the letters in it and answers\nnothing that came before. --dry-run: verify only.",
     "triagectl store restore /var/backups/triaged-2026-11-25 --dry-run", "", "0 64 65 66 73 74 75 77", run_store_restore},

    {MAIL, "", "parse", "FILE...", 1, CTL_MANY, {ARG_FILE}, BIT(OPT_THREADS), DANGER_NONE, false, "what is understood of a mail",
     "Needs no daemon and no configuration. - is standard input. With --threads: which\nof the files belong together by their headers, as mail clients see it.",
     "triagectl parse --json mail.eml\ntriagectl parse --threads 1.eml 2.eml 3.eml", "", "0 64 66", run_parse},
    {MAIL, "", "explain", "MAIL", 1, 1, {ARG_FILE}, BIT(OPT_MAILBOX), DANGER_NONE, true, "what would become of a mail; changes nothing",
     "Sender and proof, placement, rules, values, and the letter that would leave, on\nthe live store. - is standard input.", "triagectl explain mail.eml", "",
     "0 64 65 66 69 75 77 78", run_explain},
    {MAIL, "", "ingest", "[- | PATH]", 0, 1, {ARG_FILE}, 0, DANGER_MILD, false, "file a mail, an mbox or a Maildir",
     "From an MTA's pipe as well: exit 75 asks it to try again, 65 to bounce.", "triagectl ingest < mail.eml\ntriagectl ingest old.mbox", "outcome,reason,ticket,message",
     "0 64 65 66 75 77", run_ingest},
    {MAIL, "import", "ids", "FILE", 1, 1, {ARG_FILE}, 0, DANGER_MILD, false, "numbers and Message-IDs of an earlier system",
     "CSV: number,message_id,requester,requester_name,subject,state,queue,opened; more\nrows of a number add Message-IDs. Answers to its mails then find their ticket.",
     "triagectl import ids old-desk.csv --dry-run", "", "0 64 65 66 69 74 75 77", run_import_ids},

    {HELP, "", "help", "[COMMAND | TOPIC]", 0, 2, {ARG_TOPIC, ARG_OTHER}, 0, DANGER_NONE, false, "help; topics: options environment exit-codes", "", "triagectl help outbox list", "",
     "0 64", run_help},
    {HELP, "", "version", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "versions of triagectl and its libraries", "", "triagectl version", "", "0", run_version},
    {HELP, "", "completion", "SHELL", 1, 1, {ARG_SHELL}, 0, DANGER_NONE, false, "the completion script for bash, zsh or fish", "", "source <(triagectl completion bash)", "", "0 64",
     run_completion},
    {NULL, "", "__complete", "WORD...", 0, CTL_MANY, {ARG_NONE}, 0, DANGER_NONE, false, "words a shell may complete with", "", "", "", "0", run_complete},
    {NULL, "", "__commands", "", 0, 0, {ARG_NONE}, 0, DANGER_NONE, false, "this table as JSON", "", "", "", "0", run_commands},
};

const struct ctl_command *ctl_commands(size_t *count)
{
    *count = sizeof commands / sizeof *commands;
    return commands;
}

const char *ctl_alias(const char *word)
{
    static const char *const aliases[][2] = {{"ls", "list"}, {"rm", "drop"}};
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(word, aliases[i][0]) == 0)
            return aliases[i][1];
    return word;
}

const struct ctl_command *ctl_find(const char *const *words, size_t count, size_t *used)
{
    for (size_t i = 0; count > 0 && i < sizeof commands / sizeof *commands; i++) {
        const struct ctl_command *c = &commands[i];
        bool bare = c->noun[0] == '\0';
        if (bare && strcmp(c->verb, ctl_alias(words[0])) == 0) {
            *used = 1;
            return c;
        }
        if (!bare && count > 1 && strcmp(c->noun, words[0]) == 0 && strcmp(c->verb, ctl_alias(words[1])) == 0) {
            *used = 2;
            return c;
        }
    }
    return NULL;
}

bool ctl_takes(const struct ctl_command *command, enum ctl_option_key key)
{
    return key < OPT_COMMON || (command->options & BIT(key)) != 0;
}

const struct ctl_command *ctl_nearest(const char *const *words, size_t count)
{
    const struct ctl_command *best = NULL;
    size_t least = 3;
    for (size_t i = 0; count > 0 && i < sizeof commands / sizeof *commands; i++) {
        const struct ctl_command *c = &commands[i];
        if (c->group == NULL)
            continue;
        size_t far = str_distance(str_of(words[0]), str_of(c->noun[0] != '\0' ? c->noun : c->verb));
        if (c->noun[0] != '\0')
            far += count > 1 ? str_distance(str_of(words[1]), str_of(c->verb)) : 2;
        if (far < least) {
            least = far;
            best = c;
        }
    }
    return best;
}
