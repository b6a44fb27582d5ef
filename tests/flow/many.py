#!/usr/bin/env python3
"""The long proofs: 10,000 generated messages, each with one outcome, acknowledgements at Postfix = decisions; plain, and with 20 kills in between. And a first start on
100,000 messages.

    many.py [--count N] [--kills N] [--backlog N] [--seed S] [--only CASE ...]

Run by `./bootstrap prove`. The budgets are set out of the way, so that every decision to answer shows at Postfix.
"""
import argparse
import collections
import os
import random
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import generate  # noqa: E402
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import MAIL_UID, Servers, compose  # noqa: E402

tap.need_root()
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--count", type=int, default=10_000)
parser.add_argument("--kills", type=int, default=20)
parser.add_argument("--backlog", type=int, default=100_000)
parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
parser.add_argument("--only", nargs="*", default=[])
options = parser.parse_args()
BUDGET = "recipient 100000/h; domain 100000/h; global 100000/h"


def mailbox_with(servers, count, seed):
    address = servers.new_address()
    os.makedirs(servers.maildir(address), exist_ok=True)
    os.chown(servers.maildir(address), MAIL_UID, MAIL_UID)
    tap.diagnose(f"{generate.fill(servers.maildir(address), count, seed, MAIL_UID, address)}")
    return address


def settle(desk, count, seconds):
    tap.wait_for(f"{count} outcomes", lambda: desk.rows("SELECT COUNT(*) AS n FROM v_ledger")[0]["n"] >= count if desk.running() and desk.rows("SELECT 1 FROM v_ledger LIMIT 1") else False,
                 seconds)

    def all_left():
        waiting = [row["id"] for row in desk.rows("SELECT id FROM v_letter WHERE state IN ('unknown', 'deferred') LIMIT 1000")]
        if waiting:
            desk.call("OutboxRetry", letters=waiting)
        time.sleep(0.5)
        return not desk.rows("SELECT 1 FROM v_letter WHERE ended_at = 0 LIMIT 1")
    tap.wait_for("all letters to leave", all_left, seconds)


def arrived_at_postfix(servers, desk, seconds):
    """{Message-ID: number of copies} in all customers' mailboxes; copies of one id must be the same octets."""
    letters = {row["message_id"] for row in desk.letters()}
    addresses = {row["address"] for row in desk.letters()}

    def look():
        found, octets = collections.Counter(), {}
        for address in addresses:
            for _, mail in servers.octets_of(address):
                head, _, body = mail.partition(b"\r\n\r\n") if b"\r\n\r\n" in mail else mail.partition(b"\n\n")
                message_id = re.search(rb"(?im)^Message-ID:\s*<([^>]+)>", head)[1].decode()
                if message_id not in letters:
                    continue
                found[message_id] += 1
                ours = head[head.find(b"Message-I"):] + body
                assert octets.setdefault(message_id, ours) == ours, f"copies of {message_id} differ"
        return found
    return tap.wait_for("every acknowledgement at Postfix", lambda: (lambda found: found if len(found) >= len(letters) else None)(look()), seconds)


def check(servers, desk, count):
    rows = desk.rows("SELECT mailbox, folder, uid_validity, uid, outcome, answer_why FROM v_ledger")
    assert len(rows) == count, len(rows)
    assert len({(r["mailbox"], r["folder"], r["uid_validity"], r["uid"]) for r in rows}) == count
    decided = sum(row["answer_why"] == "new ticket" for row in rows)
    letters = desk.rows("SELECT COUNT(*) AS n FROM v_letter WHERE kind = 'ack'")[0]["n"]
    assert letters == decided, (letters, decided)
    found = arrived_at_postfix(servers, desk, 300)
    assert len(found) == decided, (len(found), decided)
    copies = sum(found.values()) - len(found)
    tap.diagnose(f"{count} outcomes {dict(collections.Counter(r['outcome'] for r in rows))}; {decided} decisions to answer, {len(found)} acknowledgements, {copies} copies")
    assert desk.rows("PRAGMA integrity_check")[0]["integrity_check"] == "ok"
    return copies


def started_again(servers, desk, count):
    before = desk.rows("SELECT (SELECT COUNT(*) FROM v_ledger) AS ledger, (SELECT COUNT(*) FROM v_letter) AS letters, (SELECT COUNT(*) FROM v_ticket) AS tickets")
    assert desk.stop() == 0
    desk.start()
    desk.call("MailboxPoll", mailbox="support")
    desk.wait_idle(60)
    after = desk.rows("SELECT (SELECT COUNT(*) FROM v_ledger) AS ledger, (SELECT COUNT(*) FROM v_letter) AS letters, (SELECT COUNT(*) FROM v_ticket) AS tickets")
    assert before == after, (before, after)


def plain(servers):
    """every generated message has one outcome, every decision one acknowledgement; started again: nothing new"""
    address = mailbox_with(servers, options.count, options.seed)
    with Desk(servers, address=address, budget=BUDGET).start(ready=False) as desk:
        settle(desk, options.count, 900)
        assert check(servers, desk, options.count) == 0
        started_again(servers, desk, options.count)


def killed(servers):
    """the same with SIGKILL of core, courier and reader at random moments in between"""
    chance = random.Random(options.seed)
    tap.diagnose(f"--seed {options.seed}")
    mailer = generate.Mailer(options.seed + 1)
    with Desk(servers, budget=BUDGET) as desk:
        done, sent = collections.Counter(), 0
        for number in range(options.kills + 1):
            # Mail comes in portions, so that every kill falls among work.
            portion = (options.count - sent) // (options.kills + 1 - number)
            for _ in range(portion):
                servers.drop(mailer.make()[1], desk.address)
            sent += portion
            if number == options.kills:
                break
            goal = sent - chance.randrange(1, portion)
            tap.wait_for(f"outcome {goal}", lambda: desk.rows("SELECT COUNT(*) AS n FROM v_ledger")[0]["n"] >= goal, 300)
            victim = ("core", "triaged-courier", "triaged-reader")[number % 3]
            if victim == "core":
                desk.kill()
                desk.start(ready=False)
            else:
                tap.wait_for(f"a {victim} to kill", lambda: desk.kill_child(victim), 60)
            done[victim] += 1
        tap.diagnose(f"killed {dict(done)}")
        settle(desk, options.count, 900)
        copies = check(servers, desk, options.count)
        assert copies <= done["core"] + done["triaged-courier"], (copies, done)
        started_again(servers, desk, options.count)


def memory(desk):
    """MB (PSS) of core and courier."""
    total = 0
    for pid in [desk.process.pid] + [pid for pid, name in desk.children() if "reader" not in name]:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("Pss:")) / 1024
    return total


def first_start(servers):
    """a mailbox with a hundred thousand old messages: oldest first, resumed where a kill ended it, memory steady, nobody answered; then a new mail is seen at once"""
    address, began = servers.new_address(), time.time() - 400 * 86400
    for number in range(options.backlog):
        servers.drop(compose(f"user{number % 997}@many{number % 97}.test", address, f"matter {number}", f"This is about number {number}.\n" * 8), address, at=began + number * 60)
    with Desk(servers, address=address, budget=BUDGET) as desk:
        desk.mailboxes["support"] = desk.mailboxes["support"].replace("poll 1s", "poll 10min")
        desk.write_configuration()
        desk.call("Reload")
        samples, halves, last = [], options.backlog // 2, -1
        start = time.monotonic()
        while last < options.backlog:
            time.sleep(0.2)
            count = desk.rows("SELECT COUNT(*) AS n FROM v_ledger")[0]["n"]
            if count * 20 // options.backlog > last * 20 // options.backlog:
                samples.append(round(memory(desk), 1))
            last = count
            if count >= halves:
                halves = options.backlog * 2
                desk.kill()
                desk.start()
            assert time.monotonic() - start < 1800, count
        tap.diagnose(f"{options.backlog} messages in {time.monotonic() - start:.0f} s; MB of core and courier at each twentieth: {samples}")
        assert max(samples[len(samples) // 2:]) <= max(samples[2:len(samples) // 2]) * 1.5 + 4, samples
        order = [row["uid"] for row in desk.rows("SELECT uid FROM v_ledger ORDER BY id")]
        assert order == sorted(order) and len(set(order)) == options.backlog
        assert desk.rows("SELECT COUNT(*) AS n FROM v_letter")[0]["n"] == 0
        desk.wait_idle(60)
        servers.send(compose("new@customer.test", address, "just now", "text"), "new@customer.test", address)
        tap.wait_for("the new mail, by IDLE", lambda: desk.rows("SELECT 1 FROM v_ledger WHERE subject = 'just now'"), 10)
        tap.wait_for("its answer", lambda: desk.rows("SELECT 1 FROM v_letter WHERE state = 'sent'"), 10)


if __name__ == "__main__":
    tap.run([plain, killed, first_start], Servers, only=options.only)
