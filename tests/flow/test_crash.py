#!/usr/bin/env python3
"""Crashes: whatever is killed, every message has one outcome, every decision to answer one letter, and copies are identical.

    test_crash.py [--restarts N] [CASE ...]
"""
import argparse
import collections
import os
import random
import signal
import sys
import time

sys.dont_write_bytecode = True
import tap  # noqa: E402
from clocks import Warp  # noqa: E402
from desk import Desk  # noqa: E402
from servers import Servers, compose  # noqa: E402

tap.need_root()
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--restarts", type=int, default=20)
parser.add_argument("only", nargs="*")
options = parser.parse_args()


def fill(servers, address, count, first=0):
    for number in range(first, first + count):
        servers.drop(compose(f"User {number} <user{number}@many{number % 50}.test>", "desk", f"matter {number} of many", f"This is about number {number}.\n" * 20), address)


def check_promise(desk, servers, count):
    """Exactly one outcome a message; acknowledgements at Postfix = decisions, copies identical."""
    rows = desk.ledger()
    assert len(rows) == count, (len(rows), count)
    assert len({(r["mailbox"], r["folder"], r["uid_validity"], r["uid"]) for r in rows}) == count
    assert len({r["sha256"] for r in rows}) == count
    assert len(desk.tickets()) == count
    letters = desk.letters()
    decided = [r for r in rows if r["answer_why"] == "new ticket"]
    assert len(letters) == len(decided) == count, (len(letters), len(decided))
    assert {r["state"] for r in letters} == {"sent"}, collections.Counter(r["state"] for r in letters)
    copies = 0
    for letter in letters:
        arrived = servers.octets_of(letter["address"])
        assert arrived, f"no acknowledgement for {letter['address']}"
        bodies = {octets[octets.index(b"Message-I"):] if b"Message-I" in octets else octets for _, octets in arrived}
        assert len(bodies) == 1, "copies differ"
        copies += len(arrived) - 1
    return copies


def kills(servers):
    """SIGKILL of core, courier and readers at random moments: one outcome a message, one letter a decision, identical copies at most"""
    chance = random.Random(os.environ.get("TRIAGED_SEED", "4711"))
    count, rounds = 240, 9
    desk = Desk(servers, existing="process")
    killed = collections.Counter()
    with desk:
        for number in range(rounds):
            fill(servers, desk.address, count // rounds + (count % rounds if number == 0 else 0), len(servers.octets_of(desk.address)))
            goal = len(desk.ledger()) + chance.randrange(1, count // rounds)
            tap.wait_for("some progress", lambda: len(desk.ledger()) >= goal or goal > count, 40)
            victim = ("core", "triaged-courier", "triaged-reader")[number % 3]
            if victim == "core":
                desk.kill()
                desk.start(ready=False)
            elif desk.kill_child(victim) is None:
                continue
            killed[victim] += 1
        assert killed["core"] >= 3 and killed["triaged-courier"] >= 2, killed
        desk.wait_ledger(count, 90)
        # A letter whose reply was lost is sent again after its time; that time is not waited for here.
        def all_sent():
            waiting = [r["id"] for r in desk.letters() if r["state"] in ("unknown", "deferred")]
            if waiting:
                desk.call("OutboxRetry", letters=waiting)
            return all(r["state"] == "sent" for r in desk.letters())
        tap.wait_for("all letters to leave", all_sent, 60)
        desk.wait_idle(60)
        tap.wait_for("the last acknowledgement", lambda: all(servers.octets_of(r["address"]) for r in desk.letters()), 60)
        copies = check_promise(desk, servers, count)
        assert copies <= killed["core"] + killed["triaged-courier"], (copies, killed)
        tap.diagnose(f"killed {dict(killed)}; {copies} identical copies")
        # Started again: nothing new.
        assert desk.stop() == 0
        desk.start()
        desk.wait_idle()
        assert len(desk.ledger()) == count and len(desk.letters()) == count
        assert check_promise(desk, servers, count) == copies


def second_daemon(servers):
    """a second daemon on the same state directory refuses, and the first goes on"""
    with Desk(servers) as desk:
        second = Desk(servers, address=desk.address)
        second.configuration = second.path("triaged.conf")
        second.write("triaged.conf", second.configuration_text().replace(second.path("state"), desk.path("state")))
        second.start(ready=False)
        status = second.process.wait(10)
        assert status != 0, status
        assert "another" in second.log() or "in use" in second.log() or "lock" in second.log(), second.log()
        second.__exit__(None)
        servers.drop(compose("jo@customer.test", "desk", "still there", "text"), desk.address)
        desk.wait_ledger(1)


def deadly(servers):
    """a message that outgrows its readers is filed unread after the third, the one behind it is not kept waiting, and it can be read again with more room"""
    if tap.sanitized():
        raise tap.Skip("a sanitizer needs more address space than any limit leaves")
    address = servers.new_address()
    line = b"forty megabytes of this do not fit into the memory a reader has here\r\n"
    big = b"From: jo@customer.test\r\nSubject: too big\r\nMessage-ID: <big@customer.test>\r\n\r\n" + line * (40_000_000 // len(line))
    servers.drop(compose("a@customer.test", address, "before", "text"), address)
    servers.drop(big, address)
    servers.drop(compose("b@customer.test", address, "behind", "text"), address)
    with Desk(servers, address=address, daemon="readers 1; reader-memory 64M") as desk:
        rows = desk.wait_ledger(3, 60)
        assert [row["outcome"] for row in rows if row["size"] < 1_000_000] == ["opened", "opened"], rows
        set_aside = next(row for row in rows if row["size"] > 1_000_000)
        assert set_aside["outcome"] == "quarantined" and set_aside["ticket"] and "3 tries" in set_aside["reason"], set_aside
        listed = desk.call("QuarantineList")["quarantine"]
        assert len(listed) == 1, listed
        desk.daemon = "readers 1; reader-memory 512M"
        desk.write_configuration()
        desk.call("Reload")
        desk.call("QuarantineRequeue", ids=[listed[0]["id"]])
        tap.wait_for("the message to be read after all", lambda: not desk.call("QuarantineList")["quarantine"], 30)
        assert desk.tickets()[set_aside["ticket"] - 1]["subject"] == "too big", desk.tickets()


def deadly_with_core(servers):
    """core dies while such a message is read: the tries are on record, and go on where they were"""
    if tap.sanitized():
        raise tap.Skip("a sanitizer needs more address space than any limit leaves")
    address = servers.new_address()
    line = b"forty megabytes of this do not fit into the memory a reader has here\r\n"
    servers.drop(b"From: jo@customer.test\r\nSubject: too big\r\nMessage-ID: <big@customer.test>\r\n\r\n" + line * (40_000_000 // len(line)), address)
    with Desk(servers, address=address, daemon="readers 1; reader-memory 64M") as desk:
        desk.wait_log("try=2", 60)
        desk.kill()
        desk.start()
        row = desk.wait_ledger(1, 60)[0]
        assert row["outcome"] == "quarantined" and "3 tries" in row["reason"], row
        assert desk.log().count("a reader died over a message") <= 3, "the count began anew"
        assert not desk.rows("SELECT * FROM attempt")


def stuck_courier(servers):
    """a courier that stands still is ended and started again; nothing is lost or double"""
    if tap.sanitized():
        raise tap.Skip("a sanitizer wants to be loaded first")
    desk = Desk(servers)  # and people whom no other case has answered
    with desk.start(environment=Warp(desk.directory, 20).environment()):
        for number in range(2):
            fill(servers, desk.address, 1, 900 + 2 * number)
            desk.wait_letters("sent", 2 * number + 1)
            [(pid, _)] = desk.children("triaged-courier")
            os.kill(pid, signal.SIGSTOP)
            fill(servers, desk.address, 1, 901 + 2 * number)
            tap.wait_for("it to be ended", lambda: desk.log().count("gives no sign of life") > number, 30)
            desk.wait_letters("sent", 2 * number + 2)
        tap.wait_for("the last acknowledgement", lambda: all(servers.octets_of(r["address"]) for r in desk.letters()))
        assert check_promise(desk, servers, 4) == 0
        assert desk.log().count("gives no sign of life") == 2, "one that is well was ended"


def restarts(servers):
    """many restarts in a row: each is ready within a second, nothing is new, nothing grows"""
    with Desk(servers) as desk:
        fill(servers, desk.address, 3)
        desk.wait_ledger(3)
        desk.wait_idle()

        def started_again():
            assert desk.stop() == 0
            began = time.monotonic()
            desk.start()
            return time.monotonic() - began

        def octets():
            return sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(desk.path("state")) for name in names)
        started_again()
        before = octets()
        took = sorted(started_again() for _ in range(options.restarts))
        tap.diagnose(f"{options.restarts} restarts: {took[len(took) // 2] * 1000:.0f} ms, {took[-1] * 1000:.0f} ms at most; {before} octets of state before, {octets()} behind")
        assert took[len(took) // 2] < 1 and took[-1] < (10 if tap.sanitized() else 3), took[-5:]
        assert octets() <= before + 65536 + 512 * options.restarts  # a start and a stop are told in the record of events
        assert len(desk.ledger()) == 3 and len(desk.letters()) == 3


if __name__ == "__main__":
    tap.run([kills, second_daemon, deadly, deadly_with_core, stuck_courier, restarts], Servers, only=options.only)
