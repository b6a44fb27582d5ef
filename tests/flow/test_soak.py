#!/usr/bin/env python3
"""A day in the life, on a clock that runs faster (warp.c): connections come and go, configurations change, keys rotate, children die; memory and descriptors stay flat.

    test_soak.py [--hours N]

An hour of the desk's time by default; `./bootstrap prove` plays 24.
"""
import argparse
import os
import random
import sys
import time

sys.dont_write_bytecode = True
import tap  # noqa: E402
from clocks import Warp  # noqa: E402
from desk import RULES, Desk  # noqa: E402
from peers import Gone, ImapPeer, SmtpPeer  # noqa: E402
from servers import Servers, compose  # noqa: E402

tap.need_root()
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--hours", type=int, default=1)
options = parser.parse_args()

SPEED = 200
PATIENT = "timeout 10min"  # three seconds of the world's
SAMPLES = 12
GROWTH = 1.2  # of a process's memory, from the first quarter of the time to the last; and so many MB
SLACK = 3.0
CONNECTIONS = 4  # that may be open at one look and not at another


def nervous(chance):
    """A server that hangs up now and then, whatever was asked."""
    def act(peer, line, tag, rest):
        if chance.random() < 0.03:
            raise Gone
        return False
    return {verb: act for verb in ("SELECT", "SEARCH", "FETCH", "NOOP", "IDLE")}


def look(desk):
    """{program: (MB, descriptors, threads)} of what lasts."""
    seen = {}
    for pid, name in [(desk.process.pid, "triaged"), *desk.children("triaged-courier")]:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                memory = next(int(line.split()[1]) for line in f if line.startswith("Pss:")) / 1024
            seen[name] = (memory, len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task")))
        except (OSError, StopIteration):
            pass
    return seen


class Day:
    """What happens on the desk's clock: each thing at its own interval (s), told by a method."""

    def __init__(self, servers, desk, imap, chance):
        self.servers, self.desk, self.imap, self.chance = servers, desk, imap, chance
        self.mails, self.reloads, self.kills = 0, 0, 0
        self.things = {60: self.mail, 700: self.reload, 1500: self.kill_courier, 1900: self.kill_reader, 3100: self.rotate}
        self.due = {interval: interval for interval in self.things}

    def turn(self, now):
        for interval, thing in self.things.items():
            if now >= self.due[interval]:
                self.due[interval] += interval
                thing()

    def mail(self):
        self.mails += 1
        octets = compose(f"user{self.mails}@many{self.mails % 40}.test", "desk", f"matter {self.mails}", f"This is about {self.mails}.\n" * self.chance.randrange(1, 200))
        where = self.mails % 4
        if where == 1:
            with self.imap.lock:
                self.imap.messages[self.mails] = octets
        elif where == 2:
            with open(os.path.join(self.desk.path("box"), "new", str(self.mails)), "wb") as f:
                f.write(octets)
        else:
            self.servers.drop(octets, self.desk.address)

    def reload(self):
        self.reloads += 1
        self.desk.write("rules.d/desk.rules", RULES + f'rule extra-{self.reloads} {{ when subject ~ /matter {self.reloads}/\n tag t{self.reloads} }}\n')
        if self.reloads % 2:
            self.desk.mailboxes["second"] = self.desk.imap_block(self.second).replace("poll 1s", f"poll 60s; {PATIENT}")
        else:
            self.desk.mailboxes.pop("second", None)
        self.desk.write_configuration()
        self.desk.ctl("reload", "--wait", check=False)

    def kill_courier(self):
        self.kills += bool(self.desk.kill_child("triaged-courier"))

    def kill_reader(self):
        self.kills += bool(self.desk.kill_child("triaged-reader"))

    def rotate(self):
        self.desk.ctl("token", "rotate")

    @property
    def second(self):
        return self.servers.second_address


def flat(samples):
    """Of each program: the last quarter against the first."""
    quarter = max(1, len(samples) // 4)
    for name in ("triaged", "triaged-courier"):
        rows = [sample[name] for sample in samples if name in sample]
        first, last = rows[:quarter], rows[-quarter:]
        early, late = sum(row[0] for row in first) / len(first), sum(row[0] for row in last) / len(last)
        tap.diagnose(f"{name}: {early:.1f} MB, later {late:.1f} MB; descriptors {[row[1] for row in rows]}; threads {[row[2] for row in rows]}")
        assert late <= early * GROWTH + SLACK, f"{name} grows: {[round(row[0], 1) for row in rows]}"
        for which in (1, 2):
            assert max(row[which] for row in last) <= max(row[which] for row in rows[:len(rows) // 2 + 1]) + CONNECTIONS, [row[which] for row in rows]


def soak(servers):
    """hours with churn of connections, reloads, rotations, deaths: every mail one outcome, every answer one letter, memory and descriptors flat"""
    if tap.sanitized():
        raise tap.Skip("a sanitizer wants to be loaded first, and its memory says nothing")
    chance = random.Random(os.environ.get("TRIAGED_SEED", "1"))
    servers.second_address = servers.new_address("second")
    imap = ImapPeer(on=nervous(chance))
    relay = SmtpPeer(on={"RCPT": lambda peer, line, rest: "450 4.2.1 later" if chance.random() < 0.1 else None})
    with imap, relay:
        desk = Desk(servers)
        for name in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(desk.path("box"), name))
        desk.mailboxes["support"] = desk.mailboxes["support"].replace("poll 1s", f"poll 60s; {PATIENT}")
        desk.mailboxes["nervous"] = desk.imap_block("n@desk.test", "imap+insecure", imap.port, "127.0.0.1", extra="relay other\n").replace("poll 1s", f"poll 60s; {PATIENT}")
        desk.mailboxes["box"] = f"url maildir:{desk.path('box')}; existing process; after keep; poll 60s\n"
        desk.relays["other"] = desk.smtp_block("smtp+insecure", relay.port, "127.0.0.1", extra=PATIENT + "\n")
        desk.relays["default"] += PATIENT + "\n"
        desk.daemon = "reader-deadline 5min"
        desk.write_configuration()
        warp = Warp(desk.directory, SPEED)
        day, samples = Day(servers, desk, imap, chance), []
        with desk.start(environment=warp.environment()):
            end = options.hours * 3600
            while warp.passed() < end:
                day.turn(warp.passed())
                if warp.passed() * SAMPLES / end > len(samples) + 0.5:
                    samples.append(look(desk))
                time.sleep(0.05)  # the day goes on
            tap.wait_for(f"{day.mails} outcomes", lambda: desk.rows("SELECT COUNT(*) AS n FROM v_ledger")[0]["n"] >= day.mails, 60)
            rows = desk.ledger()
            assert len(rows) == day.mails and {row["outcome"] for row in rows} == {"opened"}, (day.mails, [row for row in rows if row["outcome"] != "opened"])
            assert desk.rows("PRAGMA integrity_check")[0]["integrity_check"] == "ok"
            answers = [row for row in rows if row["answer"] == "sent"]
            tap.wait_for("all letters to leave", lambda: not [row for row in desk.letters() if row["state"] not in ("sent", "deferred")], 60)
            assert len(desk.letters()) == len(answers), (len(desk.letters()), len(answers))
            assert len({octets for _, _, octets in relay.letters}) == len({row["id"] for row in desk.letters() if row["relay"] == "other" and row["state"] == "sent"})
            tap.diagnose(f"{options.hours} hours, {day.mails} mails, {day.reloads} reloads, {day.kills} kills, {imap.connections} connections to the nervous server")
            flat(samples)


if __name__ == "__main__":
    tap.run([soak], Servers, only=[])
