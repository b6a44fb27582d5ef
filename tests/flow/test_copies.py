#!/usr/bin/env python3
"""Copies of the store: made while it works, put back, put back by hand: nothing is sent or answered a second time."""
import os
import shutil
import sqlite3
import sys
import time

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import Servers, compose, free_port  # noqa: E402

tap.need_root()


def write(servers, desk, name, subject):
    servers.drop(compose(f"{name}@customer.test", "desk", subject, f"This is about {subject}.\n"), desk.address)


def while_it_works(servers):
    """a copy made while mail comes in is whole, verified, and opens elsewhere; the store itself verifies with a seal noted before"""
    with Desk(servers) as desk:
        for number in range(60):
            write(servers, desk, f"user{number}", f"matter {number}")
        desk.wait_ledger(5)
        folder = desk.path("copy")
        made = desk.ctl("store", "backup", folder)["verify"]
        assert made["good"] and made["ledger"] >= 5, made
        assert os.stat(folder).st_mode & 0o777 == 0o700 and sorted(os.listdir(folder)) == ["triaged.db"], os.listdir(folder)
        assert os.stat(folder + "/triaged.db").st_mode & 0o777 == 0o600
        assert desk.ctl("store", "backup", folder, check=False, as_json=False).returncode == 73
        desk.wait_ledger(60, 60)
        desk.wait_idle(60)
        now = desk.ctl("store", "verify", "--head", made["head"])["verify"]
        assert now["good"] and now["ledger"] == 60 and now["mails"] == 60 and now["head"] != made["head"], now
        other = Desk(servers, address=servers.new_address())
        shutil.copytree(folder, other.path("state"), dirs_exist_ok=True)
        with other:
            assert len(other.ledger()) == made["ledger"]
            assert "started from an old copy" in other.log()


def put_back(servers):
    """put back from a copy: what waited is held, what came since is filed and not answered again, numbers go on above"""
    with Desk(servers) as desk:
        good = desk.relays["default"]
        write(servers, desk, "one", "the first")
        desk.wait_letters("sent")
        desk.relays["default"] = desk.smtp_block("smtp+insecure", port=free_port(), host="127.0.0.1", user=False)
        desk.write_configuration()
        desk.call("Reload")
        write(servers, desk, "two", "the second")
        desk.wait_ledger(2)
        folder = desk.path("copy")
        desk.ctl("store", "backup", folder)
        desk.relays["default"] = good
        desk.write_configuration()
        desk.call("Reload")
        desk.call("OutboxRetry", letters=[row["id"] for row in desk.letters() if row["state"] != "sent"])
        write(servers, desk, "three", "the third")
        desk.wait_ledger(3)
        desk.wait_letters("sent", 3)
        for name in ("one", "two", "three"):
            servers.wait_mails(f"{name}@customer.test")
        running = desk.ctl("store", "restore", folder, "--yes", check=False, as_json=False)
        assert running.returncode == 75 and b"is running" in running.stderr, running
        assert desk.stop() == 0
        before = os.listdir(desk.path("state"))
        assert desk.ctl("store", "restore", folder, "--dry-run", as_json=False).returncode == 0
        assert os.listdir(desk.path("state")) == before
        assert desk.ctl("store", "restore", folder, check=False, as_json=False).returncode == 64, "nobody was asked"
        assert desk.ctl("store", "restore", folder, "--yes", as_json=False).returncode == 0
        kept = [name for name in os.listdir(desk.path("state")) if name.startswith("before-restore-")]
        assert len(kept) == 1 and "triaged.db" in os.listdir(desk.path("state/" + kept[0])), kept
        desk.start()
        desk.wait_log("started from an old copy")
        rows = desk.wait_ledger(3)
        third = [row for row in rows if row["subject"] == "the third"]
        assert len(third) == 1 and third[0]["answer"] == "withheld" and third[0]["backfill"], third
        assert third[0]["ticket"] > 1000, third
        held = [row for row in desk.letters() if row["state"] == "held"]
        assert len(held) == 1 and held[0]["address"] == "two@customer.test" and "from a copy" in held[0]["reply"], desk.letters()
        second = int(time.time())  # servers date mail by the second
        tap.wait_for("the next second", lambda: int(time.time()) > second)
        write(servers, desk, "four", "the fourth")
        servers.wait_mails("four@customer.test")
        desk.wait_idle()
        for name in ("one", "two", "three", "four"):
            assert len(servers.octets_of(f"{name}@customer.test")) == 1, name
        desk.call("OutboxRelease", letters=[held[0]["id"]])
        servers.wait_mails("two@customer.test", 2)
        assert desk.stop() == 0
        desk.start()
        desk.wait_idle()
        assert desk.log().count("started from an old copy") == 1


def put_back_by_hand(servers):
    """an old file copied back by hand is known by what was noted beside it"""
    with Desk(servers) as desk:
        write(servers, desk, "old", "before")
        desk.wait_letters("sent")
        assert desk.stop() == 0
        shutil.copy(desk.path("state/triaged.db"), desk.path("saved"))
        desk.start()
        assert "old copy" not in desk.log()
        write(servers, desk, "new", "after")
        desk.wait_letters("sent", 2)
        servers.wait_mails("new@customer.test")
        assert desk.stop() == 0
        shutil.copy(desk.path("saved"), desk.path("state/triaged.db"))
        desk.start()
        desk.wait_log("started from an old copy")
        rows = desk.wait_ledger(2)
        assert [row["answer"] for row in rows] == ["sent", "withheld"], rows
        desk.wait_idle()
        assert len(servers.octets_of("new@customer.test")) == 1


def damaged(servers):
    """a damaged copy is not put back; a store somebody wrote into says so"""
    with Desk(servers) as desk:
        for number in range(20):
            write(servers, desk, f"user{number}", f"matter {number}")
        desk.wait_ledger(20)
        desk.wait_idle()
        folder = desk.path("copy")
        desk.ctl("store", "backup", folder)
        assert desk.stop() == 0
        size = os.path.getsize(folder + "/triaged.db")
        with open(folder + "/triaged.db", "r+b") as f:
            f.seek(size // 2)
            f.write(os.urandom(20000))
        refused = desk.ctl("store", "restore", folder, "--yes", check=False, as_json=False)
        assert refused.returncode == 65, refused
        assert desk.ctl("store", "verify")["verify"]["good"]
        with sqlite3.connect(desk.path("state/triaged.db")) as db:
            db.execute("UPDATE event SET actor = 'nobody' WHERE id = 3")
        db.close()
        verified = desk.ctl("store", "verify", check=False, as_json=False)
        assert verified.returncode == 1 and b"the chain breaks at seal" in verified.stdout, verified


if __name__ == "__main__":
    tap.run([while_it_works, put_back, put_back_by_hand, damaged], Servers)
