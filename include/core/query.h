/* query: the questions and orders of triagectl, as one table of methods. A method takes parameters (JSON) and gives an answer (JSON). The daemon
 * serves the table over its control socket; triagectl calls the reading ones itself on the store opened read-only when the daemon is down. So there is one
 * implementation of each.
 *
 * On the wire (control.sock): a JSON object and a NUL octet each way, as Varlink has it:
 *   {"method":"io.triaged.Desk.List","parameters":{…}}  →  {"parameters":{…}}  or  {"error":"io.triaged.Desk.NoSuchTicket","parameters":{"text":"…","exit":66}}
 *
 * Every list is {"<plural>":[…],"total":N}; ids are numbers, times RFC 3339 in UTC or null, texts without value null. Parameters in brackets may be left out.
 *
 *   Status          {}                                              {"desk","version","running","since","mailboxes":[…],"tickets":{…},"outbox":{…},"findings":[…],…}
 *   List            {[queue,state,severity,owner,customer,words,since,until,overdue,limit]}   {"tickets":[…],"total"}
 *   Show            {ticket}                                        {"ticket":{…}}
 *   Thread          {ticket}                                        {"messages":[…],"total"}
 *   Why             {ticket,[field]} or {message}                   {"ticket","values":[…],"total"} or {"message":{…}}
 *   Search          {words,[limit]}                                 {"tickets":[…],"total"}
 *   Log             {[ticket],[message],[limit]}                    {"events":[…],"total"}
 *   MailboxList     {}                                              {"mailboxes":[…],"total"}
 *   MailboxShow     {mailbox}                                       {"mailbox":{…}}
 *   OutboxList      {[state,ticket,limit]}                          {"letters":[…],"total"}
 *   OutboxShow      {letter}                                        {"letter":{…}}
 *   QuarantineList  {[limit]}                                       {"quarantine":[…],"total"}
 *   QuarantineShow  {id}                                            {"quarantine":{…}}
 *   ConfigShow      {[all,origin]}                                  {"text","hash","files":[…]}
 *   Attachment      {ticket,number}                                 {"attachment":{…,"octets_base64"}}
 *   AgentList       {[addresses]}                                   {"agents":[…],"total"}                    addresses: with "standing_address"; only the daemon
 *   SuppressList    {[limit]}                                       {"suppressions":[…],"total"}
 *   CustomerList    {[limit]}                                       {"customers":[…],"total"}
 *   CustomerShow    {customer}                                      {"customer":{…,"contacts":[…],"domains":[…]}}
 *   ClockExplain    {ticket}                                        {"ticket","clocks":[{"clock","state","seconds","spent","calendar","timezone","from","due","ended","late",
 *                                                                    "pauses":[…],"way":[{"from","to","seconds"}…]}…],"total"}
 *   Complete        {kind}                                          {"words":[{"word","help"}…],"total"}
 *   Do              {tickets:[…],words:[…],[user,rest,dry_run]}     {"receipt","changes":[…],"total"}         user: who takes the ticket with `take`; rest: the text
 *                                                                                                             of a verb that has none among its words
 *   Undo            {receipt}                                       {"receipt","told"}
 *   OutboxRetry …   {letters:[…]}                                   {"letters":[{"id","state"}…],"total"}     also Hold, Release, Drop
 *   QuarantineRequeue, QuarantineDrop {ids:[…]}                     {"quarantine":[{"id"}…],"total"}
 *   MailboxPoll, MailboxPause, MailboxResume {mailbox}              {"mailbox","state"}
 *   MailboxConfirm  {mailbox,become:"import"|"answer"}              {"mailbox","state"}
 *   CustomerImport  {customers:[{name,[plan,cc,note,timezone,contacts,domains]}],[dry_run]}   {"added","changed","contacts","domains","total"}
 *   CustomerEdit    {customer,setting,value}                        {"customer":{…}}                          setting: name plan cc note timezone contact domain; the last
 *                                                                                                             two with + or - before the value
 *   ImportIds       {tickets:[{number,[subject,requester,requester_name,state,queue,opened,message_ids]}],[dry_run]}   {"imported","known","total"}
 *   SuppressAdd     {address,[until,reason]}                        {"suppression":{…}}                       until: how long ("30d") or a time
 *   SuppressDrop    {address}                                       {"address"}
 *   TokenRotate     {}                                              {"epoch"}
 *   TokenRevoke     {[ticket],[agent or party],[all]}                {"epoch","revoked":[{"purpose","ticket","party"}…],"total"}
 *   Reload          {}                                              {"reloaded":bool,"told":"diagnoses as text"}
 * and answered later, by the daemon:
 *   Ingest          {octets_base64}                                 {"outcome","reason","ticket","message"}   (exit 65: cannot be filed, 75: try again)
 *   Explain         {octets_base64,[mailbox]}                       what explain_line gives
 *   MailboxTest     {mailbox}                                       {"fine":bool,"text":"what the server offers, or what is wrong"}
 *   Reconcile       {[timeout_ms]}                                  {"mailboxes":[{"name","compared","missing","untold","backlog",…}…],"faults":[…],"total"}
 *   Wait            {condition:"ready"|"idle"|"settled",[message_id],[timeout_ms]}   {}   (error "TimedOut", exit 75) */
#ifndef CORE_QUERY_H
#define CORE_QUERY_H

#include "base/err.h"
#include "core/config.h"
#include "store/view.h"

#include <jansson.h>

#define QUERY_PREFIX "io.triaged.Desk."
#define QUERY_REQUEST_MAX (32u * 1024 * 1024) /* an ingested message travels in one */
#define QUERY_ANSWER_MAX (128u * 1024 * 1024) /* an attachment travels in one */

/* What a method may use. daemon is NULL when triagectl answers by itself. */
struct daemon;
struct query_context {
    struct store *store;
    const struct config *config;
    struct daemon *daemon;
    const char *actor; /* "uid 1000" by SO_PEERCRED */
    uint64_t client;   /* for an answer that comes later; 0: none */
    int64_t now;       /* UTC ms; 0: the clock's */
};

/* The answer: *result is a new reference; or an error: name ("NoSuchTicket"), sentence, exit code of sysexits.h. */
struct query_answer {
    json_t *result;
    const char *error;
    char text[ERR_TEXT_MAX];
    int exit;
    bool later; /* the daemon answers when it is done (wait, mailbox test, ingest): it keeps the client */
};

struct query_method {
    const char *name;  /* "List" */
    bool needs_daemon; /* changes something or asks the running processes */
    void (*call)(struct query_context *context, const json_t *parameters, struct query_answer *answer);
};
/* All, for the daemon. */
const struct query_method *query_methods(size_t *count);
const struct query_method *query_method_of(const char *name);
/* The one of that name that only reads (it needs no daemon), or NULL: what triagectl calls by itself. */
const struct query_method *query_look_of(const char *name);

/* Fills an answer's error. */
void query_refuse(struct query_answer *answer, const char *error, int exit_code, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
