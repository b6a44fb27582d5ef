#!/usr/bin/env python3
"""The order of system calls: when the mailbox is told, and when a final dot leaves, what was written of it has been synced. (A kill cannot show a missing sync; a power cut would.)

One mail at a time, so that nothing else is under way. The log is what counts: what the database file itself has not synced yet, the log still holds.
"""
import os
import re
import sys

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from peers import ImapPeer, SmtpPeer  # noqa: E402
from servers import Servers, compose  # noqa: E402

tap.need_root()

CALLS = "write,writev,pwrite64,pwritev,ftruncate,fsync,fdatasync,sync_file_range,sendto,sendmsg,send"


def events(path):
    """[(call, descriptor's file, arguments)] as they began, syncs as they ended."""
    begun, found = {}, []
    with open(path, errors="replace") as f:
        for line in f:
            thread, _, rest = line.strip().partition(" ")
            rest = rest.strip()
            resumed = re.match(r"<\.\.\. (\w+) resumed>", rest)
            if resumed:
                call, file, arguments = begun.pop(thread, (None, "", ""))
                if call and "sync" in call:
                    found.append((call, file, arguments))
                continue
            call = re.match(r"(\w+)\((\d+)<(.*?)>(.*)", rest)
            if not call:
                continue
            event = (call[1], call[3], call[4])
            if rest.endswith("<unfinished ...>"):
                begun[thread] = event
                if "sync" in call[1]:
                    continue
            found.append(event)
    return found


def check(path, state, tells):
    """Goes through the events; gives how often one of `tells` left. Fails when the log was dirty then."""
    dirty, told, synced = set(), 0, 0
    for call, file, arguments in events(path):
        if file.startswith(state):
            if "sync" in call:
                dirty.discard(file)
                synced += 1
            else:
                dirty.add(file)
        elif any(re.search(word, arguments) for word in tells):
            told += 1
            assert not [name for name in dirty if name.endswith("-wal")], f"unsynced when {arguments[:80]} left: {dirty}"
    assert synced, "no sync was seen: the case shows nothing"
    return told


def traced(servers, after, tells, headers=(), count=4):
    """One mail after the other, and the calls looked at afterwards."""
    tap.need_tracer()
    path = os.path.join(servers.directory, "trace")
    with ImapPeer() as imap, SmtpPeer() as smtp:
        desk = Desk(servers, mailboxes={}, relays={},
                    before=("strace", "-f", "-D", "-qq", "-y", "-s", "120", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", path))
        desk.mailboxes["support"] = desk.imap_block("x@desk.test", "imap+insecure", imap.port, "127.0.0.1", after=after)
        desk.relays["default"] = desk.smtp_block("smtp+insecure", smtp.port, "127.0.0.1")
        desk.write_configuration()
        state = desk.path("state")
        with desk:
            for number in range(1, count + 1):
                with imap.lock:
                    imap.messages[number] = compose(f"jo{number}@customer.test", "desk", f"matter {number}", "text", headers=headers)
                desk.call("MailboxPoll", mailbox="support")
                desk.wait_ledger(number)
                tap.wait_for("all of it", lambda: desk.call("Wait", condition="idle", timeout_ms=10000) or True)
                tap.wait_for("the mailbox to be told", lambda: after == "keep" or len(imap.flags) == number)
                tap.wait_for("the letter to leave", lambda: after != "keep" or len(smtp.letters) == number)
            desk.stop()
    told = check(path, state, tells)
    assert told == count, told


def mailbox_is_told(servers):
    """STORE leaves when the record is synced"""
    # Of automatic mail, that no letter's record is written meanwhile.
    traced(servers, "flag Filed", [r"UID STORE"], headers=[("Auto-Submitted", "auto-generated")])


def letter_leaves(servers):
    """a final dot leaves when its letter is synced"""
    traced(servers, "keep", [r'^, "\\.\\r\\n"', r'^, "\.\\r\\n"'])


if __name__ == "__main__":
    tap.run([mailbox_is_told, letter_leaves], lambda: Servers(postfix=False))
