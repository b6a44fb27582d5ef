#!/usr/bin/env python3
"""Catching up and being watched: a backlog answers nobody by surprise, server, ledger and outbox are compared, alarms take a second way."""
import os
import random
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from peers import ImapPeer  # noqa: E402
from servers import Servers, compose, free_port  # noqa: E402

tap.need_root()
DAY = 86400
OLD = 130  # more than backlog-count's default


def write(servers, address, number, days=0):
    """A mail that came so many days ago."""
    mail = compose(f"user{number}@customer.test", "desk", f"matter {number}", f"This is about number {number}.\n")
    servers.drop(mail, address, at=time.time() - days * DAY if days else None)


def mailbox(desk, **extra):
    return desk.imap_block(existing=extra.pop("existing", "process"), after=extra.pop("after", "keep"), extra="; ".join(f"{k.replace('_', '-')} {v}" for k, v in extra.items()) + "\n")


def answers(desk):
    return {row["subject"]: row["answer"] for row in desk.ledger()}


def first_start(servers):
    """a full mailbox at the first start: old mail is filed and answered by nobody, new mail is answered"""
    address = servers.new_address()
    for number in range(OLD):
        write(servers, address, number, days=3 + number % 50)
    write(servers, address, OLD)
    with Desk(servers, address=address) as desk:
        desk.wait_ledger(OLD + 1, 60)
        said = answers(desk)
        assert said.pop(f"matter {OLD}") == "sent" and set(said.values()) == {"withheld"}, said
        assert "many old messages at once" in desk.log()
        write(servers, address, OLD + 1)
        desk.wait_ledger(OLD + 2)
        assert answers(desk)[f"matter {OLD + 1}"] == "sent"


def few_old(servers):
    """some old mails are no backlog: they are answered"""
    address = servers.new_address()
    for number in range(20):
        write(servers, address, number, days=2)
    with Desk(servers, address=address) as desk:
        desk.wait_ledger(20)
        assert set(answers(desk).values()) == {"sent"}


def confirmed(servers):
    """with backlog ask, old mail waits for its confirmation, over a restart too; new mail does not wait; then it comes, without answers"""
    address = servers.new_address()
    for number in range(OLD):
        write(servers, address, number, days=9)
    desk = Desk(servers, address=address)
    desk.mailboxes = {"support": mailbox(desk, backlog="ask")}
    desk.write_configuration()
    with desk:
        write(servers, address, 500)
        desk.wait_ledger(1)
        tap.wait_for("the backlog to be seen", lambda: [f for f in desk.call("Status")["findings"] if f["code"] == "backlog"])
        assert len(desk.ledger()) == 1
        assert desk.stop() == 0
        desk.start()
        write(servers, address, 501)
        desk.wait_ledger(2)
        desk.wait_idle()
        agreed = desk.ctl("reconcile")
        assert agreed["mailboxes"][0]["backlog"] == OLD and agreed["total"] == 0, agreed
        assert desk.ctl("mailbox", "confirm", "nobody", "import", check=False, as_json=False).returncode == 66
        desk.ctl("mailbox", "confirm", "support", "import")
        desk.wait_ledger(OLD + 2, 60)
        said = answers(desk)
        assert {said.pop("matter 500"), said.pop("matter 501")} == {"sent"} and set(said.values()) == {"withheld"}, said
        assert not [f for f in desk.call("Status")["findings"] if f["code"] == "backlog"]


def made_anew(servers):
    """a folder made anew, its UIDs shuffled, with new mail among it: nothing double, nothing lost, the new one answered"""
    address = servers.new_address()
    for number in range(40):
        write(servers, address, number)
    with Desk(servers, address=address) as desk:
        desk.wait_ledger(40)
        desk.wait_letters("sent", 40)
        desk.wait_idle()
        assert desk.stop() == 0
        folder = servers.maildir(address)
        mails = sorted(os.path.join(folder, sub, name) for sub in ("new", "cur") for name in os.listdir(os.path.join(folder, sub)))
        kept = [(open(path, "rb").read(), os.stat(path).st_mtime) for path in mails]
        assert len(kept) == 40
        for path in mails:
            os.unlink(path)
        for name in os.listdir(folder):
            if name.startswith("dovecot"):
                os.unlink(os.path.join(folder, name))
        random.Random(7).shuffle(kept)
        before = desk.ledger()[0]["uid_validity"]
        second = int(time.time())  # the folder's new name is a time, and mail is dated by the second
        tap.wait_for("the next second", lambda: int(time.time()) > second + 1)
        for octets, at in kept[:25]:
            servers.drop(octets, address, at=at)
        write(servers, address, 900)
        for octets, at in kept[25:]:
            servers.drop(octets, address, at=at)
        desk.start()
        rows = desk.wait_ledger(81, 60)
        assert rows[-1]["uid_validity"] != before
        new = [row for row in rows if row["subject"] == "matter 900"]
        assert len(new) == 1 and new[0]["answer"] == "sent", new
        assert sum(row["outcome"] == "duplicate" for row in rows) == 40, [row["outcome"] for row in rows]
        assert len(desk.tickets()) == 41 and len(desk.letters()) == 41
        desk.wait_idle()
        assert desk.ctl("reconcile")["total"] == 0


def compared(servers):
    """what a server has and the ledger has not is found, and so is a decision without its letter"""
    import sqlite3
    with Desk(servers, after="move Done") as desk:
        for number in range(5):
            write(servers, desk.address, number)
        desk.wait_ledger(5)
        desk.wait_idle()
        agreed = desk.ctl("reconcile")
        assert agreed["total"] == 0 and agreed["mailboxes"][0]["compared"], agreed
        assert desk.stop() == 0
        with sqlite3.connect(desk.path("state/triaged.db")) as db:
            db.execute("PRAGMA foreign_keys = OFF")
            db.execute("UPDATE letter SET ledger = NULL WHERE id = 3")
        db.close()
        desk.differs = ("no letter is on record",)
        desk.start()
        found = desk.ctl("reconcile", check=False, as_json=False)
        assert found.returncode == 1 and b"was to be answered, and no letter is on record" in found.stdout, found
        assert [f for f in desk.call("Status")["findings"] if f["code"] == "accounts"]
        assert desk.ctl("health", check=False, as_json=False).returncode == 2


def alarms(servers):
    """a mailbox that is not read: one mail by the other relay, one call of the program, one line in the file, within the window, over a restart too"""
    desk = Desk(servers)
    desk.relays["other"] = desk.smtp_block()
    desk.relays["default"] = desk.smtp_block("smtp+insecure", port=free_port(), host="127.0.0.1", user=False)
    desk.mailboxes["lost"] = desk.imap_block(scheme="imap+insecure", port=free_port(), host="127.0.0.1")
    desk.write("page", f"#!/bin/sh\nprintf '%s|%s|%s|%s\\n' \"$@\" >> {desk.path('paged')}\n", 0o755)
    desk.budget += "; operator operator@customer.test"
    desk.settings = f"alarm {{ relay other; command {desk.path('page')} oncall; file {desk.path('state')}/alarms; after 0s; window 1h }}"
    desk.write_configuration()
    with desk:
        told = tap.wait_for("the alarm's mail", lambda: [m for m in servers.mails_of("operator@customer.test") if "mailbox lost" in m["subject"]])
        assert len(told) == 1
        pages = tap.wait_for("the program to be run", lambda: [line for line in read(desk.path("paged")) if "|mailbox|lost|" in line])
        lines = [line for line in read(desk.path("state/alarms")) if " mailbox lost " in line]
        assert len(pages) == 1 and pages[0].startswith("oncall|mailbox|lost|mailbox lost is ") and len(lines) == 1, (pages, lines)
        assert desk.ctl("health", check=False, as_json=False).returncode == 1
        assert desk.stop() == 0
        desk.start()
        write(servers, desk.address, 1)
        tap.wait_for("a later cause", lambda: [line for line in read(desk.path("state/alarms")) if " relay default " in line], 30)
        assert len([line for line in read(desk.path("state/alarms")) if " mailbox lost " in line]) == 1
        assert len([m for m in servers.mails_of("operator@customer.test") if "mailbox lost" in m["subject"]]) == 1
        assert desk.stop() == 0
        down = desk.ctl("health", check=False, as_json=False)
        assert down.returncode == 2 and b"not running" in down.stdout, down


def fatal_server(servers):
    """a server whose words kill the courier: its mailbox is found and parked, the others are served, and it is read again once it has been mended"""
    if tap.sanitized():
        raise tap.Skip("a sanitizer wants to be loaded first")
    peer = ImapPeer([compose("late@customer.test", "desk", "after all", "text\n")], on={"SELECT": lambda peer, line, tag, rest: line.send("* OK fatal words\r\n")})
    desk = Desk(servers)
    library = desk.path("fatal.so")
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", os.path.join(tap.TOP_SRCDIR, "tests/flow/fatal.c"), "-o", library, "-ldl"], check=True)
    desk.mailboxes["fatal"] = desk.imap_block(scheme="imap+insecure", port=peer.port, host="127.0.0.1")
    desk.write_configuration()
    with peer, desk.start(ready=False, environment={"LD_PRELOAD": library}):
        desk.wait_log("mailbox parked", 40)
        for number in range(5):
            write(servers, desk.address, number)
        desk.wait_ledger(5)
        desk.wait_letters("sent", 5)
        died = desk.log().count("the courier died")
        assert died == 4, died  # three times, then while it was tried alone
        states = {row["name"]: row["state"] for row in desk.call("MailboxList")["mailboxes"]}
        assert states["fatal"] == "parked" and states["support"] != "parked", states
        assert [f for f in desk.call("Status")["findings"] if f["about"] == "fatal" and "died again and again" in f["text"]]
        peer.on = {}
        desk.call("MailboxResume", mailbox="fatal")
        desk.wait_ledger(6)
        assert desk.log().count("the courier died") == died


def read(path):
    try:
        with open(path) as f:
            return f.read().splitlines()
    except FileNotFoundError:
        return []


if __name__ == "__main__":
    tap.run([first_start, few_old, confirmed, made_anew, compared, alarms, fatal_server], Servers)
