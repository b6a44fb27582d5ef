#!/usr/bin/env python3
"""The crash matrix: a small story is played against scripted servers, once for each system call that writes, syncs, sends, connects, renames or removes; there a process is
killed, or the call fails; and again with allocations that fail. Afterwards everything is as if nothing had been: nothing lost, double, missing or different; one identical copy at most for a kill.

    test_matrix.py [--full] [CASE ...]

A spread of the points by default; all of them with --full (`make crash`), and of the allocations, which are too many, a wider spread.
"""
import argparse
import collections
import email
import email.policy
import errno
import mmap
import os
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from peers import ImapPeer, SmtpPeer  # noqa: E402
from servers import Servers, compose  # noqa: E402
from talk import bare, text_of  # noqa: E402

tap.need_root()
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--full", action="store_true")
parser.add_argument("only", nargs="*")
options = parser.parse_args()

PROGRAMS = ("triaged", "triaged-courier", "triaged-reader")
POINTS = 9  # of each program, without --full
ALLOCATIONS = 300  # of each program, with --full
ERRORS = ("ENOSPC", "EIO", "EROFS", "EDQUOT", "ENOMEM", "EMFILE")
FAILING = 4  # calls in a row, from the chosen one on
STORY_MAX = 90

AGENT = 'agent alice { name "Alice"; address alice@desk.test; queues general }\n'
AUTOMATIC = b"From: robot@customer.test\r\nTo: desk\r\nSubject: I am away\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <away@customer.test>\r\n\r\nBack on Monday.\r\n"
BOUNCE = (b"From: MAILER-DAEMON@customer.test\r\nTo: desk\r\nSubject: Undelivered\r\nMessage-ID: <bounce@customer.test>\r\nContent-Type: multipart/report; report-type=delivery-status; "
          b"boundary=b\r\n\r\n--b\r\n\r\nIt could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.test\r\n\r\n"
          b"Final-Recipient: rfc822; nobody@customer.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n")


class Shim:
    """crash.c and its settings."""

    def __init__(self, directory):
        self.library, self.file = os.path.join(directory, "crash.so"), os.path.join(directory, "crash")
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", os.path.join(tap.TOP_SRCDIR, "tests", "flow", "crash.c"), "-o", self.library, "-ldl"], check=True)

    def set(self, program=0, at=0, error=0, times=1, allocation=0):
        with open(self.file, "wb") as f:
            f.write(struct.pack("=11q", program, at, error, times, 0, 0, 0, allocation, 0, 0, 0))
        os.chmod(self.file, 0o666)
        with open(self.file, "r+b") as f:
            self.memory = mmap.mmap(f.fileno(), 88)

    def counts(self):
        return struct.unpack("=3q", self.memory[32:56])

    def allocations(self):
        return struct.unpack("=3q", self.memory[64:88])

    def environment(self):
        return {"LD_PRELOAD": self.library, "TRIAGED_CRASH": self.file}


class Story:
    """Mails of two people, a robot and a mail system; a customer's reply; an agent's answer."""

    def __init__(self, servers, shim):
        self.shim, self.restarts = shim, 0
        self.imap = ImapPeer([compose("Jo <jo@customer.test>", "desk", "the gate", "The gate is stuck.\nJo"), compose("Ann <ann@customer.test>", "desk", "the lamp", "The lamp is out.\nAnn"),
                              AUTOMATIC, BOUNCE])
        self.smtp = SmtpPeer()
        self.desk = Desk(servers, address="desk@desk.test", mailboxes={}, relays={}, settings=AGENT)
        self.desk.mailboxes["support"] = self.desk.imap_block("x@desk.test", "imap+insecure", self.imap.port, "127.0.0.1", after="flag Filed")
        self.desk.relays["default"] = self.desk.smtp_block("smtp+insecure", self.smtp.port, "127.0.0.1")
        self.desk.write_configuration()

    def tend(self):
        """What the service manager does, and an operator who does not like to wait."""
        if self.desk.running() is False:
            self.desk.process = None
            self.restarts += 1
            self.desk.start(ready=False, environment=self.shim.environment())
        try:
            self.desk.call("MailboxPoll", mailbox="support", seconds=2)
            waiting = sorted({row["id"] for row in self.desk.letters() if row["state"] in ("deferred", "unknown")})
            if waiting:
                self.desk.call("OutboxRetry", letters=waiting, seconds=2)
        except (OSError, AssertionError, ValueError):
            pass  # it is not there just now

    def until(self, what, probe, seconds=STORY_MAX):
        deadline = time.monotonic() + seconds
        while True:
            found = probe()
            if found:
                return found
            assert time.monotonic() < deadline, f"waited in vain for {what}: {[(r['outcome'], r['subject']) for r in self.desk.ledger()]}, {self.desk.log()[-1500:]}"
            self.tend()
            time.sleep(0.02)

    def letter_to(self, address, word):
        for _, recipients, octets in self.smtp.letters:
            mail = email.message_from_bytes(octets, policy=email.policy.default)
            if recipients == [address] and word in str(mail["Subject"]) + text_of(mail):
                return mail
        return None

    def arrive(self, octets):
        with self.imap.lock:
            self.imap.messages[max(self.imap.messages) + 1] = octets

    def play(self):
        self.until("the first mails", lambda: len(self.desk.ledger()) >= 4)
        acknowledged = self.until("Jo's acknowledgement", lambda: self.letter_to("jo@customer.test", "gate") or self.letter_to("jo@customer.test", "INC-"))
        told = self.until("Alice's notification", lambda: self.letter_to("alice@desk.test", "The gate is stuck"))
        self.arrive(compose("Jo <jo@customer.test>", "desk", "Re: the gate", "It is still stuck.\nJo", headers=[("References", str(acknowledged["Message-ID"]))]))
        self.arrive(compose("Alice <alice@desk.test>", bare(told["Reply-To"]), "Re: the gate", "Please push it.\nAlice", headers=[("In-Reply-To", str(told["Message-ID"]))]))
        self.until("all outcomes", lambda: len(self.desk.ledger()) >= 6)
        self.until("Alice's answer at Jo's", lambda: self.letter_to("jo@customer.test", "Please push it"))
        self.until("all letters to leave", lambda: self.desk.letters() and {row["state"] for row in self.desk.letters()} == {"sent"} and len(self.imap.flags) == 6)

    def rests(self):
        try:
            self.desk.call("Wait", condition="idle", timeout_ms=5000)
            return True
        except (OSError, AssertionError, ValueError):
            return False  # the point lay here

    def outcome(self):
        """What there is in the end, without what differs from run to run."""
        rows = self.desk.ledger()
        return {"ledger": sorted((row["uid"], row["outcome"], row["subject"]) for row in rows), "tickets": len(self.desk.tickets()),
                "letters": sorted((row["kind"], row["address"]) for row in self.desk.letters())}

    def copies(self):
        """More copies than one of each letter at the server; they must be the same octets."""
        octets, times = {}, collections.Counter()
        for _, _, letter in self.smtp.letters:
            message_id = email.message_from_bytes(letter)["Message-ID"]
            assert octets.setdefault(message_id, letter) == letter, f"copies of {message_id} differ"
            times[message_id] += 1
        assert set(times) == {f"<{row['message_id']}>" for row in self.desk.letters()}, "a letter is missing at the server"
        return sum(times.values()) - len(times)

    def close(self):
        self.desk.__exit__(None)
        self.imap.close()
        self.smtp.close()


def played(servers, shim, expected, **point):
    """The story with that point; gives what happened, having checked that nothing is lost, double, missing or different."""
    shim.set(**point)
    story = Story(servers, shim)
    try:
        story.desk.start(ready=False, environment=shim.environment())
        story.play()
        story.until("rest", story.rests)
        found = story.outcome()
        assert expected is None or found == expected, (found, expected)
        copies = story.copies()
        assert copies <= (1 if point else 0), copies  # a courier that cannot be talked to is ended: an interruption, too
        assert all("Filed" in flags for flags in story.imap.flags.values())
        assert story.desk.rows("PRAGMA integrity_check")[0]["integrity_check"] == "ok"
        while story.desk.stop() == -9:  # the point lay in the ending
            story.desk.start(environment=shim.environment())
        return found, shim.counts(), copies
    except BaseException:
        tap.diagnose(f"point: {point}")
        raise
    finally:
        story.close()


def spread(count, full=None):
    """Points 1 to count, or some of them; full: how many with --full, all by default."""
    points = min(count, (full or count) if options.full else POINTS)
    return sorted({1 + (count - 1) * i // max(1, points - 1) for i in range(points)})


class World:
    """The story as it goes when nothing happens, and how many calls it takes."""

    def __enter__(self):
        if tap.sanitized():
            return self
        self.servers = Servers(postfix=False)
        self.shim = Shim(self.servers.directory)
        self.expected, self.counts, copies = played(self.servers, self.shim, None)
        self.allocations = self.shim.allocations()
        assert copies == 0 and len(self.expected["ledger"]) == 6, self.expected
        tap.diagnose(f"the story: {self.expected['letters']}; calls: {dict(zip(PROGRAMS, self.counts))}")
        return self

    def __exit__(self, *why):
        if not tap.sanitized():
            self.servers.__exit__(*why)


def killed(program):
    def case(world):
        if tap.sanitized():
            raise tap.Skip("a sanitizer wants to be loaded first")
        points, copies = spread(world.counts[program]), 0
        for at in points:
            copies += played(world.servers, world.shim, world.expected, program=program, at=at)[2]
        tap.diagnose(f"{PROGRAMS[program]}: killed at {len(points)} of {world.counts[program]} calls; {copies} identical copies")
    case.__doc__ = f"{PROGRAMS[program]} killed at its Nth call: nothing lost, double, missing or different"
    case.__name__ = f"killed_{PROGRAMS[program]}"
    return case


def failing(world):
    """core's calls fail: the store says so and goes on by itself; nothing lost, double, missing or different"""
    if tap.sanitized():
        raise tap.Skip("a sanitizer wants to be loaded first")
    points = [(at, ERRORS[i % len(ERRORS)]) for i, at in enumerate(spread(world.counts[0]))]
    for at, name in points:
        played(world.servers, world.shim, world.expected, program=0, at=at, error=getattr(errno, name), times=FAILING)
    tap.diagnose(f"{len(points)} points, {FAILING} calls in a row each, {', '.join(ERRORS)}")


def out_of_memory(program):
    def case(world):
        if tap.sanitized():
            raise tap.Skip("a sanitizer wants to be loaded first")
        points = spread(world.allocations[program], ALLOCATIONS)
        for at in points:
            played(world.servers, world.shim, world.expected, program=program, allocation=at)
        tap.diagnose(f"{PROGRAMS[program]}: {len(points)} of {world.allocations[program]} allocations")
    case.__doc__ = f"{PROGRAMS[program]} gets no memory at its Nth allocation: nothing lost, double, missing or different"
    case.__name__ = f"out_of_memory_{PROGRAMS[program]}"
    return case


if __name__ == "__main__":
    every = range(len(PROGRAMS))
    tap.run([killed(program) for program in every] + [failing] + [out_of_memory(program) for program in every], World, only=options.only)
