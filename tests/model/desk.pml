/* desk: the promise of sending and receiving, for a machine to check: one mail on its server, the ledger, what the mailbox is told, two letters by one relay, their
 * final dots and the server's 250. Core or courier may be killed, and a connection lost, between any two steps, KILLS times in all.
 *
 * Each step bears the name of the function that does it (core/courier_mailbox.c, daemon_commit.c, outbox.c, courier_relay.c; net/smtp_send.c). What a kill takes is
 * what stands in memory; what a commit wrote stays.
 *
 * Checked: never lost, never doubled; no letter marked sent that its server did not take; at most one copy more for each interruption; and nothing is ever stuck.
 * Variants that are wrong, and that the checker has to refute: SETTLE_BEFORE_COMMIT, SENT_BEFORE_SENDING, NO_AWAIT_NOTE. */
#ifndef KILLS
#define KILLS 3
#endif

/* ---- lasts: on the servers, in the store ---- */
bool on_server = true;   /* the mail lies in the mailbox; settled (after delete) it does not */
byte records = 0;        /* outcomes of it in the ledger; the letters' rows are of the same transaction */
bool sent[2];            /* a letter's state is sent */
byte taken[2];           /* times its server has taken it */

/* ---- in core's memory ---- */
bool in_core = false;    /* the mail is in the inbox, not committed */
bool handed[2];          /* the letter is at the courier: not due */
bool receipt[2];         /* its receipt has come, and is not committed */

/* ---- in courier's memory, and on its connections ---- */
bool learnt = false;     /* core has said what of the folder is on record */
bool known = false;      /* what it said of this mail */
bool waiting[2];         /* in the relay's queue */
bool dotted[2];          /* the final dot has left */
bool took[2];            /* and the server has decided to take it */
bool reporting[2];       /* the 250 was heard, the receipt is on its way to core */
byte told = 0, noted = 0;

byte kills = 0;

#define COPIES ((taken[0] > 1 -> taken[0] - 1 : 0) + (taken[1] > 1 -> taken[1] - 1 : 0))

inline check()
{
    assert(records <= 1);                                     /* never doubled */
    assert(on_server || records == 1);                        /* never lost */
    assert((!sent[0] || taken[0] > 0) && (!sent[1] || taken[1] > 0));
    assert(COPIES <= kills)
}

inline courier_dies()
{
    learnt = false; known = false;
    waiting[0] = false; waiting[1] = false;
    dotted[0] = false; dotted[1] = false;
    took[0] = false; took[1] = false;
    reporting[0] = false; reporting[1] = false;
    told = 0; noted = 0;
    handed[0] = receipt[0]; handed[1] = receipt[1]            /* outbox_recall: what has no receipt yet is due again */
}

inline hand_out(i)
{
    handed[i] = true;
    waiting[i] = true;
#ifdef SENT_BEFORE_SENDING
    sent[i] = true
#endif
}

#ifdef NO_AWAIT_NOTE
#define AWAIT_NOTE true
#else
#define AWAIT_NOTE (noted >= told)
#endif
#define IDLE (!dotted[0] && !dotted[1])                       /* one connection: one transaction at a time */

active proctype desk()
{
    do
    /* courier_mailbox.c */
    :: atomic { !learnt -> learnt = true; known = (records == 1) || in_core; check() }                                   /* learn */
    :: atomic { learnt && !known && on_server && !in_core -> in_core = true; known = true;                               /* hand_over */
#ifdef SETTLE_BEFORE_COMMIT
                on_server = false;
#endif
                check() }
    :: atomic { learnt && records == 1 && on_server -> on_server = false; check() }                                      /* WIRE_RECORDED, settle */
    /* daemon_commit.c */
    :: atomic { in_core -> in_core = false; if :: records == 0 -> records = 1 :: else -> skip fi; check() }              /* commit_group: UNIQUE */
    /* outbox.c, courier_relay.c, smtp_send.c */
    :: atomic { records == 1 && !sent[0] && !handed[0] -> hand_out(0); check() }
    :: atomic { records == 1 && !sent[1] && !handed[1] -> hand_out(1); check() }
    :: atomic { waiting[0] && IDLE && AWAIT_NOTE -> waiting[0] = false; dotted[0] = true; check() }                      /* await_note, write_dot */
    :: atomic { waiting[1] && IDLE && AWAIT_NOTE -> waiting[1] = false; dotted[1] = true; check() }
    :: atomic { dotted[0] && !took[0] -> took[0] = true; taken[0]++; check() }
    :: atomic { dotted[1] && !took[1] -> took[1] = true; taken[1]++; check() }
    :: atomic { took[0] -> dotted[0] = false; took[0] = false; reporting[0] = true; told++; check() }                    /* smtp_hear, report */
    :: atomic { took[1] -> dotted[1] = false; took[1] = false; reporting[1] = true; told++; check() }
    :: atomic { reporting[0] -> reporting[0] = false; receipt[0] = true; check() }                                       /* outbox_take */
    :: atomic { reporting[1] -> reporting[1] = false; receipt[1] = true; check() }
    :: atomic { receipt[0] -> receipt[0] = false; handed[0] = false; sent[0] = true; noted++; check() }                  /* outbox_record, outbox_recorded */
    :: atomic { receipt[1] -> receipt[1] = false; handed[1] = false; sent[1] = true; noted++; check() }
    /* what may happen at any time */
    :: atomic { kills < KILLS -> kills++; courier_dies(); check() }
    :: atomic { kills < KILLS -> kills++; in_core = false; receipt[0] = false; receipt[1] = false; courier_dies(); check() } /* core dies, and its children with it */
    :: atomic { kills < KILLS && dotted[0] -> kills++; dotted[0] = false; took[0] = false; handed[0] = false; check() }    /* the line is lost: unknown, due again */
    :: atomic { kills < KILLS && dotted[1] -> kills++; dotted[1] = false; took[1] = false; handed[1] = false; check() }
    /* all is done: else this waits, and spin says so */
    :: atomic { !on_server && sent[0] && sent[1] && !in_core && !handed[0] && !handed[1] -> check(); break }
    od
}
