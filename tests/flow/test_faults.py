#!/usr/bin/env python3
"""Every fault a server can have, all at once (SAFETY: IMAP, SMTP): one daemon, a mailbox or a relay for each fault, one healthy mailbox beside them.

A fault that passes costs time and nothing else: each mail has one record and each letter arrives with the octets of its first try. One that stays costs that mailbox alone.
"""
import os
import socket
import struct
import sys
import threading

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from peers import CLOSE, SILENCE, Gone, ImapPeer, SmtpPeer  # noqa: E402
from servers import PASSWORD, Servers, compose  # noqa: E402

tap.need_root()

MEMORY_BOUND = 150  # MB, all processes of the daemon together
TRIES_MAX = 12      # of a server that never works, while the others are served: back-off, not hammering
HELLO = "* OK hello\r\n"


def mail(subject, sender="jo@customer.test"):
    return compose(sender, "desk", subject, "text of " + subject)


# -- what a server does instead of answering; each ends the connection or leaves it to the client

def reset(line):
    line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.sock.close()
    raise Gone


def hang_up(line):
    raise Gone


def then_silent(octets):
    def act(line):
        line.send(octets)
        line.peer.silent()
    return act


def then_gone(octets):
    def act(line):
        line.send(octets)
        raise Gone
    return act


def over_and_over(octets):
    """As fast as it goes, until the client has had enough."""
    def act(line):
        while not line.peer.ended.is_set():
            line.send(octets)
    return act


def drip(line):
    """Two octets a second."""
    while not line.peer.ended.wait(0.5):
        line.send(b"*")


ANYWHERE = {"hangs up": hang_up, "resets": reset, "is silent": then_silent(b""), "drips": drip, "half a line": then_silent(b"* OK and th"), "half a line, gone": then_gone(b"* OK and th"),
            "NUL octets": then_gone(b"\0" * 4096 + b"\r\n"), "8-bit garbage": then_gone(bytes(range(128, 256)) * 40 + b"\r\n"), "a line of 20 MB": then_silent(b"* OK " + b"x" * 20_000_000 + b"\r\n"),
            "a line without end": over_and_over(b"x" * 65536), "escapes": then_gone(b"* \x1b]0;owned\x07\x1b[2J\r\n")}
IMAP_ANYWHERE = {**ANYWHERE, "BYE": then_gone(b"* BYE [UNAVAILABLE] not now\r\n"), "a million parentheses": then_silent(b"* 1 FETCH " + b"(" * 1_000_000 + b"\r\n"),
                 "a literal of 4 GB": then_silent(b"* 1 FETCH (UID 1 BODY[] {4294967295}\r\n"), "a literal of 10^20": then_silent(b"* 1 FETCH (UID 1 BODY[] {100000000000000000000}\r\n"),
                 "unasked replies without end": over_and_over(b"* 3 EXISTS\r\n* 1 RECENT\r\n" * 2000)}
STAGES = {"GREETING": "greeting", "AUTHENTICATE": "login", "SELECT": "selection", "FETCH": "fetch", "STORE": "mark"}


def replied(text):
    def act(line, tag):
        line.send(f"{tag} {text}\r\n")
    return act


def fetched(octets, claim=None, item="BODY[]", uid="1", size=None, end=b")\r\n", before=b""):
    """A FETCH answer that lies: the literal holds octets, the rest of the answer is as told."""
    claim = len(octets) if claim is None else claim
    return before + f'* 1 FETCH (UID {uid} INTERNALDATE "23-Nov-2026 10:00:00 +0000" RFC822.SIZE {len(octets) if size is None else size} {item} {{{claim}}}\r\n'.encode() + octets + end


def of_fetch(whole):
    """Faults of the answer to FETCH BODY: what is told, and whether the connection is left in step (True: the tagged OK follows)."""
    cut = {f"a literal cut {told}, by {how.__name__}": (fetched(whole[:at], len(whole), end=b""), how)
           for told, at in (("at once", 0), ("after 1", 1), ("after 100", 100), ("before the last", len(whole) - 1)) for how in (hang_up, reset)}
    return {**cut,
            "a literal longer than told": (fetched(whole + b"more than that\r\n", len(whole)), True), "a literal shorter than told": (fetched(whole, len(whole) + 400, end=b""), True),
            "no literal": (b"* 1 FETCH (UID 1 BODY[] NIL)\r\n", True), "no body": (b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n", True), "nothing": (b"", True),
            "UID 0": (fetched(whole, uid="0"), True), "a UID of 2^32 + 1": (fetched(whole, uid="4294967297"), True), "a UID never asked for": (fetched(whole, uid="77777"), True),
            "a negative UID": (fetched(whole, uid="-1"), True), "the same UID twice": (fetched(whole) + fetched(whole), True), "a wrong RFC822.SIZE": (fetched(whole, size=7), True),
            "an empty literal": (fetched(b"", size=len(whole)), hang_up), "an EXPUNGE in between": (b"* 2 EXPUNGE\r\n* 1 EXISTS\r\n" + fetched(whole), hang_up)}


class Once:
    """Does the act the first `times` times it is reached; then the server is as others."""

    def __init__(self, act, times=1):
        self.act, self.left, self.lock = act, times, threading.Lock()

    def __call__(self, peer, line, tag, rest):
        with self.lock:
            if self.left == 0:
                return False
            self.left -= 1
        self.act(line) if self.act.__code__.co_argcount == 1 else self.act(line, tag)
        return True


def lying(answer, then):
    def act(line, tag):
        line.send(answer)
        if then is not True:
            then(line)
        line.send(f"{tag} OK done\r\n")
    return act


def only_of_bodies(act):
    """Listing by FETCH stays as it is."""
    return lambda peer, line, tag, rest: "BODY" in rest.upper() and act(peer, line, tag, rest)


def selected(exists=2, validity="* OK [UIDVALIDITY 1] ok\r\n", next_uid=3):
    def act(line, tag):
        line.send(f"* {exists} EXISTS\r\n{validity}* OK [UIDNEXT {next_uid}] ok\r\n{tag} OK [READ-WRITE] done\r\n")
    return act


def imap_faults():
    """{what: (messages, on)} of faults that pass."""
    def two(what):
        return [mail(f"{what} one"), mail(f"{what} two")]
    faults = {}
    for stage, told in STAGES.items():
        for name, act in IMAP_ANYWHERE.items():
            faults[f"{told}: {name}"] = (stage, act)
        if stage != "GREETING":
            faults[f"{told}: NO"] = (stage, replied("NO [UNAVAILABLE] busy"))
            faults[f"{told}: BAD"] = (stage, replied("BAD what?"))
            faults[f"{told}: another's tag"] = (stage, lambda line, tag: then_silent(b"zz99 OK done\r\n")(line))
    faults["selection: EXISTS 2^32-1"] = ("SELECT", selected(exists=4294967295))
    faults["selection: EXISTS 10^20"] = ("SELECT", selected(exists=10 ** 20))
    faults["selection: no UIDVALIDITY"] = ("SELECT", selected(validity=""))
    faults["selection: UIDVALIDITY 0"] = ("SELECT", selected(validity="* OK [UIDVALIDITY 0] ok\r\n"))
    faults["selection: UIDNEXT 0"] = ("SELECT", selected(next_uid=0))
    made = {}
    for what, (stage, act) in faults.items():
        once = Once(act)
        made[what] = (two(what), {stage: only_of_bodies(once) if stage == "FETCH" else once})
    for what in of_fetch(mail("x")):
        messages = two("fetch: " + what)
        answer, then = of_fetch(messages[0])[what]
        made["fetch: " + what] = (messages, {"FETCH": only_of_bodies(Once(lying(answer, then)))})
    return made


HOPELESS = {"never answers": {"ACCEPT": SILENCE}, "hangs up at once": {"ACCEPT": CLOSE}, "never greets whole": {"GREETING": lambda peer, line, *_: drip(line)},
            "says BYE for ever": {"GREETING": lambda peer, line, *_: then_gone(b"* BYE gone\r\n")(line)}, "greets for ever": {"GREETING": lambda peer, line, *_: over_and_over(b"* OK hello\r\n" * 5000)(line)},
            "speaks HTTP": {"GREETING": lambda peer, line, *_: then_gone(b"HTTP/1.1 400 Bad Request\r\n\r\n<html>")(line)},
            "refuses the password": {"AUTHENTICATE": lambda peer, line, tag, _: replied("NO [AUTHENTICATIONFAILED] no")(line, tag) or True}, "is silent at login": {"AUTHENTICATE": SILENCE},
            "has no such folder": {"SELECT": lambda peer, line, tag, _: replied("NO [NONEXISTENT] no")(line, tag) or True}, "is silent at selection": {"SELECT": SILENCE},
            "drops each body": {"FETCH": only_of_bodies(lambda peer, line, tag, _: then_gone(fetched(b"", 4000, end=b""))(line))},
            "floods each body": {"FETCH": only_of_bodies(lambda peer, line, tag, _: over_and_over(b"* 9 EXISTS\r\n" * 5000)(line))}}


class Watch:
    """The daemon's memory, looked at all the time: the most that all its processes had together."""

    def __init__(self, desk):
        self.desk, self.most, self.ended = desk, 0, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.ended.wait(0.05):
            total = 0
            for pid in [self.desk.process.pid] + [pid for pid, _ in self.desk.children()]:
                try:
                    with open(f"/proc/{pid}/smaps_rollup") as f:
                        total += next(int(text.split()[1]) for text in f if text.startswith("Pss:"))
                except (OSError, StopIteration):
                    pass
            self.most = max(self.most, total / 1024)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def steadfast(desk):
    """The processes that live as long as the daemon."""
    return sorted(child for child in desk.children() if "reader" not in child[1])


def check_outcome(desk, watch, before):
    assert steadfast(desk) == before, "a process died of it"
    assert watch.most < MEMORY_BOUND or tap.sanitized(), f"{watch.most:.0f} MB"
    assert desk.rows("PRAGMA integrity_check")[0]["integrity_check"] == "ok"
    assert "\x1b" not in desk.log() and "\0" not in desk.log() and PASSWORD not in desk.log()


def healthy(desk, servers, number):
    """A mail in the mailbox beside is on record at once, whatever the others suffer."""
    servers.drop(mail(f"healthy {number}"), desk.address)
    tap.wait_for("the healthy mailbox to be served", lambda: [row for row in desk.ledger() if row["subject"] == f"healthy {number}"], 4)


def imap_block(desk, peer, number):
    return desk.imap_block(f"u{number}@desk.test", "imap+insecure", peer.port, "127.0.0.1", after="flag Filed", extra="timeout 1s\n")


def imap_that_passes(servers):
    """IMAP: faults that pass lose nothing, double nothing, and delay no other mailbox"""
    faults = imap_faults()
    peers = [ImapPeer(messages, on=on) for messages, on in faults.values()]
    desk = Desk(servers)
    desk.mailboxes.update({f"m{n}": imap_block(desk, peer, n) for n, peer in enumerate(peers)})
    desk.write_configuration()
    with desk, Watch(desk) as watch:
        before = steadfast(desk)
        healthy(desk, servers, 0)
        wanted = 2 * len(peers) + 1
        tap.wait_for(f"{wanted} outcomes", lambda: (lambda rows: rows[0]["n"] >= wanted)(desk.rows("SELECT COUNT(*) AS n FROM v_ledger")), 60)
        healthy(desk, servers, 1)
        rows = desk.ledger()
        for number, what in enumerate(faults):
            found = sorted(row["subject"] for row in rows if row["mailbox"] == f"m{number}")
            assert found == [f"{what} one", f"{what} two"], (what, found)
        assert {row["outcome"] for row in rows} == {"opened"} and len(rows) == wanted + 1, rows
        check_outcome(desk, watch, before)
        tap.wait_for("every mailbox to hear of it", lambda: all({u for u, f in peer.flags.items() if "Filed" in f} == {1, 2} for peer in peers), 30)
        tap.diagnose(f"{len(faults)} faults, {watch.most:.0f} MB at most")
    for peer in peers:
        peer.close()


def imap_that_stays(servers):
    """IMAP: servers that never work are tried with back-off, leave no record, and delay no other mailbox"""
    peers = {what: ImapPeer([mail(what)], on=on) for what, on in HOPELESS.items()}
    desk = Desk(servers)
    desk.mailboxes.update({f"m{n}": imap_block(desk, peer, n) for n, peer in enumerate(peers.values())})
    desk.write_configuration()
    with desk, Watch(desk) as watch:
        before = steadfast(desk)
        tap.wait_for("each to be tried twice", lambda: all(peer.connections >= 2 for peer in peers.values()), 60)
        for number in range(3):
            healthy(desk, servers, number)
        assert len(desk.ledger()) == 3, desk.ledger()
        for what, peer in peers.items():
            assert peer.connections <= TRIES_MAX, (what, peer.connections)
        shown = {row["name"]: row for row in desk.ctl("mailbox", "list")["mailboxes"]}
        assert not shown["support"]["note"] and all(shown[f"m{n}"]["note"] for n in range(len(peers))), shown
        check_outcome(desk, watch, before)
        tap.diagnose(f"{len(peers)} servers, {watch.most:.0f} MB at most; tries: {[peer.connections for peer in peers.values()]}")
    for peer in peers.values():
        peer.close()


SMTP_STAGES = {"GREETING": "220", "EHLO": "250", "MAIL": "250", "RCPT": "250", "DATA": "354", "DOT": "250"}


def smtp_faults():
    """{what: (stage, act of a connection)}"""
    faults = {}
    for stage, good in SMTP_STAGES.items():
        of_stage = {name: act for name, act in ANYWHERE.items() if name not in ("half a line", "a line of 20 MB")}
        of_stage["half a reply"] = then_silent(f"{good}-first of two\r\n".encode())
        of_stage["a reply without end"] = over_and_over(f"{good}-more\r\n".encode() * 2000)
        of_stage["4xx"] = lambda line: line.send("451 4.3.0 later\r\n")
        of_stage["421"] = then_gone(b"421 4.3.2 closing\r\n")
        for name, act in of_stage.items():
            faults[f"{stage}: {name}"] = (stage, act)
    return faults


def acted_once(stage, act):
    once = threading.Semaphore(1)

    def reply(peer, line, rest):
        if not once.acquire(blocking=False):
            return None
        act(line)
        return NO_REPLY if stage in ("MAIL", "RCPT", "DATA", "DOT", "EHLO", "GREETING") else None
    return reply


NO_REPLY = "NO_REPLY"


class Relay(SmtpPeer):
    """One that has sent its reply itself when an act did."""

    def reply(self, stage, standard, line, rest):
        act = self.on.get(stage)
        if callable(act) and act(self, line, rest) == NO_REPLY:
            return "4"
        return super().reply(stage, standard, line, rest) if not callable(act) else self.standard(standard, line)

    @staticmethod
    def standard(text, line):
        line.send(text + "\r\n")
        return text


def desk_of_relays(servers, peers):
    """A mailbox in a Maildir for each relay, so that each relay has a letter of its own to carry."""
    desk = Desk(servers, relays={})
    for number, peer in enumerate(peers):
        desk.relays[f"r{number}"] = desk.smtp_block("smtp+insecure", peer.port, "127.0.0.1", extra="timeout 1s\n")
        folder = desk.path(f"in{number}")
        for name in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(folder, name))
        desk.mailboxes[f"m{number}"] = f"url maildir:{folder}; existing process; after keep; poll 1s; relay r{number}\n"
        with open(os.path.join(folder, "new", "1"), "wb") as f:
            f.write(mail(f"letter {number}", f"jo{number}@customer.test"))
    healthy_relay = SmtpPeer()
    desk.relays["well"] = desk.smtp_block("smtp+insecure", healthy_relay.port, "127.0.0.1")
    desk.mailboxes["support"] += "relay well\n"
    desk.write_configuration()
    return desk, healthy_relay


def retry_all(desk):
    """What waits is tried again now, as by an operator who will not wait a minute."""
    for letter in sorted({row["id"] for row in desk.letters() if row["state"] in ("deferred", "unknown")}):
        try:
            desk.call("OutboxRetry", letters=[letter])
        except AssertionError as why:  # it has left meanwhile
            assert "NotPossible" in str(why)
    return not [row for row in desk.letters() if row["state"] not in ("sent", "failed")]


def smtp_that_passes(servers):
    """SMTP: faults that pass at each stage: each letter arrives, with the octets of its first try, and no other relay waits"""
    faults = smtp_faults()
    peers = [Relay(on={stage: acted_once(stage, act)}) for stage, act in faults.values()]
    desk, well = desk_of_relays(servers, peers)
    with desk, Watch(desk) as watch:
        before = steadfast(desk)
        healthy(desk, servers, 0)
        tap.wait_for("the letter by the healthy relay", lambda: well.letters, 4)
        desk.wait_ledger(len(peers) + 1)
        tap.wait_for("all letters to arrive", lambda: len(desk.letters()) == len(peers) + 1 and retry_all(desk), 90)
        for what, peer, number in zip(faults, peers, range(len(peers))):
            assert peer.letters, what
            assert len({octets for _, _, octets in peer.attempts}) == 1, f"{what}: octets differ between tries"
            assert {tuple(recipients) for _, recipients, _ in peer.attempts} == {(f"jo{number}@customer.test",)}, what
            assert len(peer.attempts) <= (2 if what.startswith("DOT") else 1), (what, len(peer.attempts))
        assert {row["state"] for row in desk.letters()} == {"sent"}, desk.letters()
        check_outcome(desk, watch, before)
        tap.diagnose(f"{len(faults)} faults, {watch.most:.0f} MB at most")
    for peer in (*peers, well):
        peer.close()


def smtp_refusals(servers):
    """SMTP: 5xx at each stage of a letter: failed at once, visible with the server's words, not tried again"""
    stages = ("MAIL", "RCPT", "DATA", "DOT")
    peers = [SmtpPeer(on={stage: f"554 5.7.1 not this {stage}"}) for stage in stages]
    desk, well = desk_of_relays(servers, peers)
    with desk:
        desk.wait_letters("failed", len(stages))
        desk.wait_idle()
        for stage, peer, row in zip(stages, peers, sorted(desk.letters(), key=lambda row: row["address"])):
            assert row["state"] == "failed" and row["code"] == 554 and f"not this {stage}" in row["reply"] and row["tries"] == 1, row
            assert not peer.letters
    for peer in (*peers, well):
        peer.close()


if __name__ == "__main__":
    tap.run([imap_that_passes, imap_that_stays, smtp_that_passes, smtp_refusals], Servers)
