#!/usr/bin/env python3
"""bench: the desk against the yardstick, on one machine, one after the other.

    bench.py [COUNT] [--runs N]

A private Dovecot holds COUNT generated messages (10,000). The raw client fetches and throws them away; the desk fetches, reads, judges by 20 rules, commits and queues
acknowledgements. Told are ratios, for absolutes belong to the machine: time to all committed against raw (the better of N runs each), CPU a message, memory as PSS.
"""
import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "flow")]
import generate  # noqa: E402
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import MAIL_UID, PASSWORD, Servers, compose  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
WORDS = ["printer", "laptop", "invoice", "licence", "backup", "mailbox", "telephone", "packet loss", "web shop", "session", "maintenance", "technician", "server", "console",
         "restart", "amber", "Drucker", "Rechnung", "Facture"]


def rules(count):
    """Rules as desks have them: a word or two in subject or text, a capture now and then."""
    text = ["rule gateway { when subject ~ /\\bgateway (?<site>[a-z]{2}-\\d+) (?:is down|nicht erreichbar)/i\n set queue network; impact high; urgency high; field site }"]
    for number in range(1, count):
        word = WORDS[number % len(WORDS)] + ("" if number < len(WORDS) else f"[ -]?{number}")
        text.append(f"rule r{number} {{ when subject, text ~ /\\b{word}\\b[^\\n]{{0,40}}\\b(?<n{number}>0x[0-9a-f]{{8}}|\\d{{5,9}})\\b/i\n set queue {'billing' if number % 2 else 'general'}; "
                    f"tag t{number}; field n{number} }}")
    return "\n".join(text) + "\n"


def cpu_of(pids):
    total = 0.0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as f:
                fields = f.read().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15])) / TICK  # its own and its ended children's, user and system
    return total


def pss_of(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    return total / 1024


def family(desk):
    return [desk.process.pid] + [pid for pid, _ in desk.children()]


class Progress:
    """How much is committed; looks on through one connection, so that the looking costs next to nothing of two cores."""

    def __init__(self, path):
        self.path, self.db = path, None

    def committed(self):
        try:
            if self.db is None:
                self.db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=1)
            return self.db.execute("SELECT COALESCE(SUM(count), 0) FROM tally").fetchone()[0]
        except sqlite3.Error:  # not made yet
            self.close()
            return 0

    def close(self):
        if self.db is not None:
            self.db.close()
        self.db = None


def run_raw(program, servers, address, tls):
    port = servers.dovecot.imaps if tls else servers.dovecot.imap
    done = subprocess.run([program, str(port), "tls" if tls else "plain", address, PASSWORD], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run_desk(servers, address, count, tls, rule_count=20):
    desk = Desk(servers, address=address, mailboxes={}, relays={}, rules=rules(rule_count))
    for sub in ("", "/tmp", "/new", "/cur"):
        os.mkdir(desk.path("out" + sub))
    # Acknowledgements are made and committed; they leave later: sending is another matter, and another server's work.
    desk.relays["default"] = f"url maildir:{desk.path('out')}; per-minute 1\n"
    desk.mailboxes["support"] = desk.imap_block(scheme="imaps" if tls else "imap+insecure", host="localhost" if tls else "127.0.0.1")
    desk.write("triaged.conf", desk.configuration_text().replace("log-level debug", "log-level notice"))
    try:
        began = time.monotonic()
        desk.start(ready=False)
        peak, looks = 0.0, 0
        progress = Progress(desk.path("state/triaged.db"))
        while progress.committed() < count:
            assert desk.running(), desk.log()[-2000:]
            assert time.monotonic() - began < 900, f"{progress.committed()} of {count} after 15 minutes\n{desk.log()[-2000:]}"
            time.sleep(0.05)
            looks += 1
            if looks % 10 == 0:
                peak = max(peak, pss_of(family(desk)))
        seconds = time.monotonic() - began
        progress.close()
        cpu = cpu_of(family(desk))
        outcomes = {row["outcome"]: row["n"] for row in desk.rows("SELECT outcome, COUNT(*) AS n FROM v_ledger GROUP BY outcome")}
        store = sum(os.path.getsize(desk.path(f"state/{f}")) for f in os.listdir(desk.path("state")))
        return {"seconds": seconds, "cpu": cpu, "peak": peak, "outcomes": outcomes, "letters": len(desk.letters()), "store": store}
    finally:
        desk.__exit__(None)


def idle_memory(servers, rule_count):
    """PSS of all processes with one idle TLS mailbox, a mail having been read."""
    desk = Desk(servers, mailboxes={}, relays={}, rules=rules(rule_count))
    for sub in ("", "/tmp", "/new", "/cur"):
        os.mkdir(desk.path("out" + sub))
    desk.relays["default"] = f"url maildir:{desk.path('out')}\n"
    desk.mailboxes["support"] = desk.imap_block()
    desk.write_configuration()
    with desk:
        servers.drop(compose("jo@customer.test", "desk", "hello", "text"), desk.address)
        desk.wait_ledger(1)
        desk.wait_idle()
        return pss_of(family(desk)), {name: round(pss_of([pid]), 1) for pid, name in [(desk.process.pid, "triaged"), *desk.children()]}


def understanding(count=1000):
    """What understanding a mail costs of CPU, beside GMime's parsing and decoding of the same."""
    with tempfile.TemporaryDirectory(prefix="triaged-read-") as folder:
        generate.fill(folder, count)
        return json.loads(subprocess.run([os.path.join(tap.TOP_BUILDDIR, "tests", "bench", "read"), folder], capture_output=True, text=True, check=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    tap.need_root()
    raw = os.path.join(tap.TOP_BUILDDIR, "tests", "bench", "raw")
    subprocess.run(["make", "-s", "-C", tap.TOP_BUILDDIR, "tests/bench/raw", "tests/bench/read"], check=True)
    read = understanding()
    with Servers(postfix=False) as servers:
        address = "bench@desk.test"
        os.makedirs(servers.maildir(address), exist_ok=True)
        os.chown(servers.maildir(address), MAIL_UID, MAIL_UID)
        made = generate.fill(servers.maildir(address), options.count, owner=MAIL_UID, desk=address)
        print(f"{made['count']} messages, {made['octets'] / 1e6:.0f} MB, mean {made['mean'] / 1000:.1f} KB, {made['kinds']}", flush=True)
        run_raw(raw, servers, address, False)  # lets Dovecot write its index
        table = []
        for told, tls in (("plaintext", False), ("TLS", True)):
            raws = [run_raw(raw, servers, address, tls) for _ in range(options.runs)]
            assert raws[0]["messages"] == options.count, raws
            desks = [run_desk(servers, address, options.count, tls) for _ in range(options.runs)]
            best = min(desks, key=lambda d: d["seconds"])
            base = min(r["seconds"] for r in raws)
            table.append((told, base, best))
            print(f"  {told}: raw {[r['seconds'] for r in raws]}, desk {[round(d['seconds'], 2) for d in desks]}, outcomes {best['outcomes']}, letters {best['letters']}", flush=True)
        idle = [(count, *idle_memory(servers, count)) for count in (20, 200)]
    print(f"\n{'':<12}{'raw s':>9}{'desk s':>9}{'ratio':>8}{'msg/s':>8}{'CPU ms/msg':>12}{'peak PSS MB':>13}")
    for told, base, best in table:
        print(f"{told:<12}{base:>9.2f}{best['seconds']:>9.2f}{best['seconds'] / base:>8.2f}{options.count / best['seconds']:>8.0f}{best['cpu'] * 1000 / options.count:>12.2f}"
              f"{best['peak']:>13.1f}")
    for count, total, parts in idle:
        print(f"one idle TLS mailbox, {count} rules: PSS {total:.1f} MB {parts}")
    print(f"understanding a mail: {read['ours_ms']:.3f} ms of CPU, GMime's parsing and decoding {read['theirs_ms']:.3f} ms, ratio {read['ratio']:.2f}")
    print(f"store: {best['store'] / 1e6:.0f} MB for {made['octets'] / 1e6:.0f} MB of mail")


if __name__ == "__main__":
    main()
