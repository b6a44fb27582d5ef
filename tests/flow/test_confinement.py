#!/usr/bin/env python3
"""Confinement, seen from outside: what the processes ask of the system while hostile mail goes through them, and where a password is found afterwards."""
import base64
import ctypes
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases", "hostile"))
import mails  # noqa: E402
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from peers import ImapPeer, SmtpPeer  # noqa: E402
from servers import Servers, compose  # noqa: E402

tap.need_root()

SMALL = 0.02  # of the size of the hostile mails: what is asked of the system does not depend on it
OURS = {"triaged", "triaged-courier", "triaged-reader"}
OPENS = {"open", "openat", "openat2", "creat"}
WATCHED = "clone,clone3,fork,vfork,execve,execveat,connect,socket,open,openat,openat2,creat,seccomp,prctl,ptrace,mount,chmod,fchmod,unlink,unlinkat,rename,renameat2,bind,landlock_create_ruleset,landlock_restrict_self"


def kernel_has_landlock():
    """landlock_create_ruleset(2) with LANDLOCK_CREATE_RULESET_VERSION, as the daemon asks it."""
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) >= 2


class Trace:
    """What strace(1) wrote: [(process, call, arguments, result)], a thread counting as its process, and which program each process is."""

    def __init__(self, path):
        lines, begun, maker = [], {}, {}
        self.program = {}
        with open(path, errors="replace") as f:
            for line in f:
                thread, _, rest = line.strip().partition(" ")
                rest = rest.strip()
                if rest.endswith("<unfinished ...>"):
                    begun[thread] = rest[:-len("<unfinished ...>")]
                    continue
                resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", rest)
                if resumed:
                    rest = begun.pop(thread, "") + resumed[1]
                found = re.match(r"(\w+)\((.*)\)\s+= (-?\d+|\?)", rest)
                if not found:
                    continue
                call, arguments, result = found[1], found[2], int(found[3]) if found[3] != "?" else 0
                if "fork" in call or "clone" in call:
                    maker[str(result)] = thread
                if call == "execve" and result == 0:
                    self.program[thread] = os.path.basename(re.match(r'"(.*?)"', arguments)[1])
                lines.append((thread, call, arguments, result))

        def process_of(thread):
            while thread not in self.program and thread in maker:
                thread = maker[thread]
            return thread
        self.calls = [(process_of(thread), *call) for thread, *call in lines]

    def confined(self, program):
        """The calls of that program's processes after their filter was installed, and how many processes were seen so."""
        shut, found = set(), []
        for process, call, arguments, result in self.calls:
            if self.program.get(process) != program:
                continue
            if call == "seccomp" and "SET_MODE_FILTER" in arguments and result == 0 or call == "prctl" and "PR_SET_SECCOMP" in arguments:
                shut.add(process)
            elif process in shut and "clone" not in call:
                found.append((call, arguments, result))
        return found, len(shut)


def confined(servers):
    """readers and courier run under seccomp, without new privileges, and cannot dump core"""
    if tap.sanitized():
        raise tap.Skip("built without jails")
    with Desk(servers) as desk:
        servers.drop(compose("jo@customer.test", "desk", "hello", "text"), desk.address)
        desk.wait_ledger(1)
        names = {name for _, name in desk.children()}
        assert {"triaged-courier", "triaged-reader"} <= names, names
        for pid, name in [(desk.process.pid, "triaged"), *desk.children()]:
            if name not in ("triaged", "triaged-courier", "triaged-reader"):
                continue
            with open(f"/proc/{pid}/status") as f:
                status = f.read()
            assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status, (name, status)
            with open(f"/proc/{pid}/limits") as f:
                core = next(line for line in f if line.startswith("Max core"))
            assert core.split()[4:6] == ["0", "0"], (name, core)
            if name == "triaged-reader":
                links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
                assert not [link for link in links if desk.directory in link and link != desk.log_file], links


def traced(servers):
    """strace over the hostile mails: nothing is executed but ours, nobody is called but the configured servers, no reader opens a file"""
    tap.need_tracer()
    address = servers.new_address()
    count = 0
    for name, _, _ in mails.CASES:
        octets = mails.make(name, SMALL)
        if octets:
            servers.drop(octets, address)
            count += 1
    path = os.path.join(servers.directory, "trace")
    budget = "recipient 100000/h; domain 100000/h; global 100000/h"
    with Desk(servers, address=address, budget=budget, before=("strace", "-f", "-D", "-qq", "-s", "200", "-e", f"trace={WATCHED}", "-e", "signal=none", "-o", path)) as desk:
        tap.wait_for(f"{count} outcomes", lambda: desk.rows("SELECT COUNT(*) AS n FROM v_ledger")[0]["n"] >= count, 120)
        desk.wait_idle()
        assert not [row for row in desk.ledger() if row["outcome"] == "quarantined"]
        desk.stop()
    trace = Trace(path)
    executed = {os.path.basename(re.match(r'"(.*?)"', arguments)[1]) for _, call, arguments, result in trace.calls if call == "execve" and result == 0}
    assert executed == OURS, executed
    assert not [call for call in trace.calls if call[1] in ("execveat", "ptrace", "mount")]
    called = {re.sub(r"^\d+, ", "", arguments) for _, call, arguments, _ in trace.calls if call == "connect"}
    ports = {re.search(r"htons\((\d+)\)", arguments)[1] for arguments in called if "AF_INET" in arguments and "htons(0)" not in arguments}
    # An address family without a port is the C library asking which of a name's addresses can be reached: it sends nothing.
    assert ports == {str(servers.dovecot.imaps), str(servers.postfix.submissions)}, called
    assert not [arguments for arguments in called if "AF_INET" in arguments and "127.0.0.1" not in arguments and "::1" not in arguments], called
    reader, readers = trace.confined("triaged-reader")
    assert readers >= 1 and not [call for call in reader if call[0] in OPENS and call[2] >= 0], reader
    assert not [call for call in reader if call[0] not in OPENS], reader
    courier, couriers = trace.confined("triaged-courier")
    assert couriers == 1 and not [call for call in courier if call[0].startswith("exec") or call[0] in OPENS and re.search("O_WRONLY|O_RDWR|O_CREAT", call[1]) and call[2] >= 0], courier
    landlock = [call for call in trace.calls if trace.program.get(call[0]) == "triaged" and call[1].startswith("landlock") and call[3] >= 0]
    assert "landlock_restrict_self" in [call[1] for call in landlock] or not kernel_has_landlock(), landlock
    core, cores = trace.confined("triaged")
    assert cores == 1 and not [call for call in core if call[0] == "socket" and "AF_INET" in call[1] and call[2] >= 0 or call[0] == "connect" and "AF_INET" in call[1]], core
    assert [call for call in courier if call[0] == "connect"], "the courier's threads were not seen"
    tap.diagnose(f"{count} mails, {len(trace.calls)} calls looked at, {readers} readers; a reader asked in vain for {len(reader)} files")


def forms(secret):
    """A secret as it may be found: plain, in base64 at each alignment, in hex."""
    found = [secret.encode(), secret.encode().hex().encode()]
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode()
        found.append(encoded[(before * 8 + 5) // 6:(before + len(secret)) * 8 // 6].encode())
    return found


def everything_written(desk):
    """{what: octets} of all the daemon leaves or shows: log, files, arguments and environment of its processes, what triagectl says."""
    written = {"log": desk.log().encode(errors="replace")}
    for root, _, files in os.walk(desk.path("state")):
        for name in files:
            with open(os.path.join(root, name), "rb") as f:
                written[os.path.join(root, name)] = f.read()
    for pid, name in [(desk.process.pid, "triaged"), *desk.children()]:
        for what in ("cmdline", "environ"):
            with open(f"/proc/{pid}/{what}", "rb") as f:
                written[f"{what} of {name}"] = f.read()
    for command in (["status"], ["mailbox", "list"], ["relay", "list"], ["outbox", "list"], ["log"], ["config", "print"], *[["mailbox", "test", name] for name in desk.mailboxes],
                    *[["mailbox", "show", name] for name in desk.mailboxes]):
        done = desk.ctl(*command, as_json=False, check=False)
        written[" ".join(command)] = done.stdout + done.stderr
    return written


def no_secret_anywhere(servers):
    """planted passwords and tokens, right and wrong, by file, command and repeated by the server: in no log, file, argument, environment, answer; and no core is dumped"""
    planted = {"file": "planted-in-a-file-3141", "command": "planted-by-a-command-2718", "token": "planted-token-1618033", "relay": "planted-for-a-relay-1414"}

    def repeats(peer, line, tag, rest):
        said = rest.partition(" ")[2]
        words = base64.b64decode(said).decode(errors="replace").split("\0")[-1] if said else "?"
        line.send(f"{tag} NO not {said} nor {words}\r\n")
        return True

    def smtp_repeats(peer, line, rest):
        return f"535 5.7.8 not {rest}"
    secure = {"certificate": servers.certificate, "implicit_tls": True}
    with ImapPeer([compose("jo@customer.test", "desk", "in", "text")], **secure) as good, ImapPeer(on={"AUTHENTICATE": repeats}, **secure) as bad, \
            ImapPeer(on={"AUTHENTICATE": repeats}, capabilities="IMAP4rev1 AUTH=XOAUTH2 SASL-IR", **secure) as oauth, \
            SmtpPeer(on={"AUTH": smtp_repeats}, offers=("AUTH PLAIN",), **secure) as relay:
        desk = Desk(servers, mailboxes={}, relays={})
        for name, secret in planted.items():
            desk.write(f"secret-{name}", secret + "\n", 0o600)
        base = {name: desk.imap_block(f"{name}@desk.test", port=peer.port) for name, peer in (("good", good), ("bad", bad), ("oauth", oauth))}
        plain = f"password file {desk.path('password')}"
        desk.mailboxes = {"good": base["good"].replace(plain, f"password file {desk.path('secret-file')}"),
                          "bad": base["bad"].replace(plain, f"password command /bin/cat {desk.path('secret-command')}"),
                          "oauth": base["oauth"].replace(plain, f"oauth2-token file {desk.path('secret-token')}")}
        desk.relays = {"default": desk.smtp_block(port=relay.port).replace(plain, f"password file {desk.path('secret-relay')}")}
        desk.write_configuration()
        with desk:
            desk.wait_ledger(1)
            for name in ("mailbox=bad", "mailbox=oauth", "relay=default"):
                tap.wait_for(f"{name} to be refused", lambda: [line for line in desk.log().splitlines() if name in line and "refused" in line])
            for peer, secret in ((good, "file"), (bad, "command"), (oauth, "token"), (relay, "relay")):
                assert peer.heard(planted[secret]), f"{secret}: the server did not hear it: the case shows nothing"
            for what, octets in everything_written(desk).items():
                for name, secret in planted.items():
                    assert not any(form in octets for form in forms(secret)), f"{what} holds the secret {name}"
            for pid, name in [(desk.process.pid, "triaged"), *desk.children()]:
                with open(f"/proc/{pid}/limits") as f:
                    assert re.search(r"Max core file size\s+0\s+0\s", f.read()), name


if __name__ == "__main__":
    tap.run([confined, traced, no_secret_anywhere], Servers)
