#!/usr/bin/env python3
"""The desk as a service: readiness, reload, several side by side, as an ordinary user, and what triagectl says of it all."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import RULES, Desk  # noqa: E402
from servers import Servers, compose, make_directory  # noqa: E402

tap.need_root()
NOBODY = 65534


class Manager:
    """The service manager: what it is told, and that it has a watchdog."""

    def __init__(self, patience):
        self.directory, self.patience = make_directory("triaged-notify-"), patience
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(os.path.join(self.directory, "notify"))
        os.chmod(os.path.join(self.directory, "notify"), 0o777)
        self.environment = {"NOTIFY_SOCKET": os.path.join(self.directory, "notify"), "WATCHDOG_USEC": str(patience * 1_000_000)}

    def told(self, *words):
        """Waits until all of them were said."""
        said = ""
        self.socket.settimeout(15)
        while not all(word in said for word in words):
            said += self.socket.recv(4096).decode() + "\n"

    def watchdog_runs_out(self):
        """True when the watchdog's time passes without a sign; False: signs keep coming, for as long as three times of it."""
        last = began = time.monotonic()
        while time.monotonic() < began + 3 * self.patience:
            self.socket.settimeout(max(0.001, last + self.patience - time.monotonic()))
            try:
                if "WATCHDOG=1" in self.socket.recv(4096).decode():
                    last = time.monotonic()
            except TimeoutError:
                return True
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        shutil.rmtree(self.directory)


def notified(servers):
    """tells the service manager when it is ready, how it is, and that it stops"""
    with Manager(2) as manager:
        desk = Desk(servers)
        desk.start(ready=False, environment=manager.environment)
        with desk:
            manager.told("READY=1", "WATCHDOG=1", "STATUS=")
            assert desk.stop() == 0
            manager.told("STOPPING=1")


def stuck(servers):
    """a core that is stuck gives no sign of life, is ended and started again: no mail is lost or double, and no child is left behind"""
    with Manager(1) as manager:
        desk = Desk(servers)
        with desk.start(ready=False, environment=manager.environment):
            manager.told("READY=1")
            assert not manager.watchdog_runs_out(), "a core that is well gives signs"
            servers.drop(compose("jo@customer.test", "desk", "before", "text"), desk.address)
            desk.wait_letters("sent")
            servers.drop(compose("ann@customer.test", "desk", "just then", "text"), desk.address)
            children = [pid for pid, _ in desk.children()]
            desk.process.send_signal(signal.SIGSTOP)
            assert manager.watchdog_runs_out(), "a core that stands still gave signs"
            # What systemd does: WatchdogSignal=, SIGCONT so that it is heard, Restart=.
            desk.process.send_signal(signal.SIGABRT)
            desk.process.send_signal(signal.SIGCONT)
            assert desk.process.wait(10) == -signal.SIGABRT
            tap.wait_for("its children to end", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children))
            desk.start(environment=manager.environment)
            assert sorted(row["subject"] for row in desk.wait_ledger(2)) == ["before", "just then"]
            desk.wait_letters("sent", 2)
            assert len(desk.tickets()) == 2
            assert [len(servers.wait_mails(f"{who}@customer.test")) for who in ("jo", "ann")] == [1, 1]


def reloaded(servers):
    """a broken file at reload: refused with file and line, the old configuration stays; a right one is taken"""
    with Desk(servers) as desk:
        before = desk.call("Status")
        desk.write("rules.d/desk.rules", RULES + "rule broken {\n    when subject ~ /(unclosed/\n}\n")
        answer = desk.call("Reload")
        assert not answer["reloaded"] and "desk.rules:13:" in answer["told"], answer
        after = desk.call("Status")
        assert after["config_hash"] == before["config_hash"] and after["generation"] == before["generation"], after
        servers.drop(compose("jo@customer.test", "desk", "VPN gateway de-7 is down", "text"), desk.address)
        assert desk.wait_ledger(1) and desk.tickets()[0]["queue"] == "network"
        desk.write("rules.d/desk.rules", RULES.replace("queue network; impact high", "queue billing; impact high").replace("=> queue network", "=> queue billing"))
        answer = desk.call("Reload")
        assert answer["reloaded"], answer
        now = desk.call("Status")
        assert now["generation"] > before["generation"] and now["config_hash"] != before["config_hash"]
        servers.drop(compose("jo@customer.test", "desk", "VPN gateway fr-1 is down", "text"), desk.address)
        desk.wait_ledger(2)
        assert desk.tickets()[1]["queue"] == "billing", desk.tickets()
        # The same by signal.
        desk.write("rules.d/desk.rules", RULES)
        desk.process.send_signal(signal.SIGHUP)
        tap.wait_for("SIGHUP to be obeyed", lambda: desk.call("Status")["generation"] > now["generation"])


def test_that_fails(servers):
    """a rule whose own test fails does not load"""
    with Desk(servers) as desk:
        desk.write("rules.d/desk.rules", RULES.replace("severity A, field", "severity B, field"))
        answer = desk.call("Reload")
        assert not answer["reloaded"] and "severity is A, expected B" in answer["told"], answer


def side_by_side(servers):
    """three desks side by side, each with its own state and socket"""
    desks = [Desk(servers).start() for _ in range(3)]
    try:
        for number, desk in enumerate(desks):
            servers.drop(compose("jo@customer.test", "desk", f"for desk {number}", "text"), desk.address)
        for number, desk in enumerate(desks):
            assert [row["subject"] for row in desk.wait_ledger(1)] == [f"for desk {number}"]
    finally:
        for desk in desks:
            desk.__exit__(None)


def ordinary_user(servers):
    """as an ordinary user, from a folder of its own, with nothing installed"""
    programs = make_directory("triaged-programs-")
    for name in ("triaged", "triaged-courier", "triaged-reader"):
        shutil.copy(os.path.join(tap.TOP_BUILDDIR, name), programs)
    templates = os.path.join(programs, "templates")
    shutil.copytree(os.path.join(tap.TOP_SRCDIR, "etc", "templates"), templates)
    desk = Desk(servers, programs=programs, uid=NOBODY)
    desk.write("triaged.conf", desk.configuration_text().replace(f"{tap.TOP_SRCDIR}/etc/templates", templates))
    with desk:
        servers.drop(compose("jo@customer.test", "desk", "VPN gateway de-7 is down", "text"), desk.address)
        desk.wait_ledger(1)
        desk.wait_letters("sent")
        for pid, name in [(desk.process.pid, "triaged"), *desk.children()]:
            with open(f"/proc/{pid}/status") as f:
                status = f.read()
            assert f"Uid:\t{NOBODY}\t{NOBODY}" in status, (name, status)
        for root, directories, files in os.walk(desk.path("state")):
            for name in files:
                assert os.stat(os.path.join(root, name)).st_mode & 0o077 == 0, name
    shutil.rmtree(programs)


def readable_by_others(servers):
    """a password file that others can read is refused, with the reason and the remedy"""
    desk = Desk(servers)
    os.chmod(desk.path("password"), 0o644)
    desk.start(ready=False)
    with desk:
        assert "every user" in desk.wait_log("error: " + desk.path("password"))
        assert desk.process.wait(10) == 78


def stops(servers):
    """SIGTERM under load ends within ten seconds, and the store is whole"""
    with Desk(servers) as desk:
        for number in range(300):
            servers.drop(compose(f"u{number}@many{number}.test", "desk", f"matter {number}", "text\n" * 200), desk.address)
        desk.wait_ledger(20)
        began = time.monotonic()
        assert desk.stop(10) == 0
        assert time.monotonic() - began < 10
        assert desk.rows("PRAGMA integrity_check")[0]["integrity_check"] == "ok"
        desk.start()
        assert len(desk.wait_ledger(300, 60)) == 300


def looking(servers):
    """triagectl: status, list, show, why while it runs; read only, and said so, when it does not"""
    if not os.path.exists(os.path.join(tap.TOP_BUILDDIR, "triagectl")):
        raise tap.Skip("triagectl is not built")
    with Desk(servers) as desk:
        assert desk.ctl("wait", "ready", "--timeout", "10s", as_json=False).returncode == 0
        servers.drop(compose("jo@customer.test", "desk", "VPN gateway de-7 is down", "text"), desk.address)
        desk.wait_letters("sent")
        assert [t["severity"] for t in desk.ctl("list")["tickets"]] == ["A"]
        number = desk.tickets()[0]["id"]
        why = desk.ctl("why", number, "severity", as_json=False).stdout.decode()
        assert "gateway-down" in why and "desk.rules:" in why and "VPN gateway de-7 is down" in why, why
        why = desk.ctl("why", number, "gateway", as_json=False, check=False).stdout.decode()
        assert "gateway-down" in why and "de-7" in why, why
        running = desk.ctl("show", number)
        assert desk.stop() == 0
        down = desk.ctl("show", number, as_json=False)
        assert b"not running" in down.stderr, down
        assert desk.ctl("show", number) == running or desk.ctl("list")["tickets"]
        refused = desk.ctl("do", number, "close", as_json=False, check=False)
        assert refused.returncode == 69, refused


def reload_by_hand(servers):
    """triagectl reload --wait fails with 78 and shows the place, for systemctl reload to pass on"""
    if not os.path.exists(os.path.join(tap.TOP_BUILDDIR, "triagectl")):
        raise tap.Skip("triagectl is not built")
    with Desk(servers) as desk:
        desk.write("rules.d/desk.rules", "rule broken {\n    when subject ~ /(unclosed/\n}\n")
        done = desk.ctl("reload", "--wait", as_json=False, check=False)
        assert done.returncode == 78 and b"desk.rules:2:" in done.stderr + done.stdout, done
        desk.write("rules.d/desk.rules", RULES)
        assert desk.ctl("reload", "--wait", as_json=False).returncode == 0


def unit_file(servers):
    """systemd-analyze verifies the unit and gives it at most 2.0"""
    unit = os.path.join(tap.TOP_BUILDDIR, "systemd", "triaged.service")
    if not shutil.which("systemd-analyze"):
        raise tap.Skip("no systemd-analyze")
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


if __name__ == "__main__":
    tap.run([notified, stuck, reloaded, test_that_fails, side_by_side, ordinary_user, readable_by_others, stops, looking, reload_by_hand, unit_file], Servers)
