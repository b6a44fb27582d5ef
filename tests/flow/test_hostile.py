#!/usr/bin/env python3
"""Hostile mail through the whole daemon: no process dies of it, every message has exactly one outcome, and nothing of it moves a terminal or breaks a line of the log.

    test_hostile.py [--full] [--mails FOLDER]

Without --full the messages that hurt by size are shrunk, but for some. --mails delivers the files *.eml of a folder as well.
"""
import argparse
import collections
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases", "hostile"))
import mails  # noqa: E402
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import Servers  # noqa: E402

tap.need_root()
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--full", action="store_true")
parser.add_argument("--mails", default=None)
options = parser.parse_args()

SMALL = 0.02
BIG = [] if tap.sanitized() else ["nest-multipart", "parts-named", "headers", "comments-nested", "words-open", "html-deep", "attachment-60-mb"]
# What no line for people may hold: controls, and what turns the direction of writing.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SHOWN = slice(None) if options.full else slice(None, None, 12)


def deliver(servers, address):
    """All into one mailbox; gives how many."""
    count = 0
    for name, _, _ in mails.CASES:
        octets = mails.make(name, 1.0 if options.full or name in BIG else SMALL)
        if octets:  # a file of no octets is none for the server
            servers.drop(octets, address)
            count += 1
    for path in sorted(glob.glob(os.path.join(options.mails, "*.eml"))) if options.mails else []:
        with open(path, "rb") as f:
            servers.drop(f.read(), address)
        count += 1
    return count


def lasting(desk):
    """The processes that live as long as the daemon; readers may go when idle."""
    return sorted(child for child in desk.children() if "reader" not in child[1])


def check_terminal(what, octets):
    found = UNSAFE.search(octets.decode("utf-8"))
    assert not found, f"{what}: {found[0]!r} in {octets.decode()[max(0, found.start() - 60):found.end() + 60]!r}"


def say_all(desk):
    """Every command that shows something of a mail, over what is on record."""
    tickets = [row["id"] for row in desk.tickets()]
    letters = [row["id"] for row in desk.letters()][:5]
    commands = [["status"], ["list", "-l", "2000"], ["search", "printer", "-l", "2000"], ["log", "-l", "2000"], ["mailbox", "list"], ["mailbox", "show", "support"], ["outbox", "list", "-l", "2000"],
                ["quarantine", "list"], ["show", *tickets[SHOWN]]]
    commands += [[command, ticket] for ticket in tickets[SHOWN] for command in ("thread", "why", "log")]
    commands += [["outbox", "show", letter] for letter in letters]
    for command in commands:
        check_terminal(command[:2], desk.ctl(*command, as_json=False).stdout)
        check_terminal(command[:2] + ["--json"], desk.ctl("--json", *command, as_json=False).stdout)
    tap.diagnose(f"{len(commands)} commands over {len(tickets)} tickets")


def filed(servers):
    """every hostile message has one outcome, and no process of the daemon died over it"""
    address = servers.new_address()
    count = deliver(servers, address)
    with Desk(servers, address=address, budget="recipient 100000/h; domain 100000/h; global 100000/h") as desk:
        before = lasting(desk)
        tap.wait_for(f"{count} outcomes", lambda: (lambda rows: rows and rows[0]["n"] >= count)(desk.rows("SELECT COUNT(*) AS n FROM v_ledger")), 900)
        rows = desk.ledger()
        assert len(rows) == count and len({row["uid"] for row in rows}) == count, len(rows)
        told = collections.Counter(row["outcome"] for row in rows)
        tap.diagnose(f"{count} messages: {dict(told)}")
        assert told["quarantined"] == 0 and not [row for row in rows if not row["outcome"] or not row["reason"]], told
        status = desk.ctl("status")
        assert status["reader_crashes"] == 0, status
        assert lasting(desk) == before, (before, lasting(desk))
        assert desk.rows("PRAGMA integrity_check")[0]["integrity_check"] == "ok"
        for row in desk.rows("SELECT * FROM v_message"):
            for field, value in row.items():
                assert not isinstance(value, str) or "\x00" not in value and not re.search("[\x01-\x08\x0b-\x1f]", value), (row["id"], field)
        say_all(desk)
        for line in desk.log().split("\n"):
            assert not UNSAFE.search(line), line[:300]


if __name__ == "__main__":
    tap.run([filed], Servers, only=[])
