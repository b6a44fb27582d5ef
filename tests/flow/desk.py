"""desk: a triaged of our own, from the build tree, with its configuration, state and socket in one directory.

Started as an ordinary child, asked by triagectl, read through the store's documented views, and ended by its process id.
"""
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

from servers import PASSWORD, make_directory
from tap import TOP_BUILDDIR, TOP_SRCDIR, wait_for

RULES = r"""
rule gateway-down {
    when  subject, text ~ /\b(?:VPN )?gateway (?<gateway>[a-z]{2}-\d+) (?:is )?(?:down|unreachable)\b/i
    not   from ~ /@monitoring\.example$/
    set   queue network; impact high; urgency high; field gateway
    test  "Subject: VPN gateway de-7 is down" => queue network, severity A, field gateway "de-7"
}
rule invoice {
    when  subject ~ /\binvoice (?<invoice>\d{4,8})\b/i
    set   queue billing; kind request; field invoice
}
"""

# What the sanitizers of a build made with them write into the log, and some lines after it.
REPORT = re.compile(r"(?:.*(?:ERROR|WARNING): \w+Sanitizer|.*: runtime error: ).*(?:\n.*){0,30}")


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def url_user(address):
    return address.replace("%", "%25").replace(":", "%3A").replace("/", "%2F")


def children_of(pid):
    """[(pid, name)] of all descendants, as /proc tells."""
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as f:
                line = f.read()
        except OSError:
            continue
        name, rest = line[line.index("(") + 1:line.rindex(")")], line[line.rindex(")") + 2:].split()
        if rest[0] != "Z":
            parents.setdefault(int(rest[1]), []).append((int(entry), name))
    found, todo = [], [pid]
    while todo:
        below = parents.get(todo.pop(), [])
        found += below
        todo += [child for child, _ in below]
    return found


class Desk:
    """One daemon. `mailboxes` and `relays` are the blocks of the configuration by name, as text; see imap_block and smtp_block. `before`: the command line that starts it, such
    as a tracer that keeps it as its own process."""

    def __init__(self, servers, address=None, mailboxes=None, relays=None, rules=RULES, settings="", budget="recipient 20/h; domain 100000/h; global 100000/h",
                 daemon="", programs=None, uid=None, existing="process", after="keep", before=()):
        self.servers = servers
        self.address = address or servers.new_address()
        self.directory = make_directory("triaged-desk-")
        self.programs = programs or TOP_BUILDDIR
        self.before = list(before)
        self.uid = uid
        self.process = None
        self.starts = 0
        self.configuration = self.path("triaged.conf")
        self.socket = self.path("control.sock")
        self.log_file = self.path("log")
        self.settings, self.budget, self.daemon = settings, budget, daemon
        self.differs = ()  # words of faults that reconciliation is to find in this case
        os.makedirs(self.path("rules.d"))
        os.mkdir(self.path("state"), 0o700)
        self.write("password", PASSWORD + "\n", 0o600)
        self.mailboxes = mailboxes if mailboxes is not None else {"support": self.imap_block(existing=existing, after=after)}
        self.relays = relays if relays is not None else {"default": self.smtp_block()}
        self.write("rules.d/desk.rules", rules)
        self.write_configuration()
        if uid is not None:
            for root, directories, files in os.walk(self.directory):
                for name in [root] + [os.path.join(root, f) for f in files]:
                    os.chown(name, uid, uid)

    # -- files

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text, mode=0o644):
        with open(os.open(self.path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def imap_block(self, address=None, scheme="imaps", port=None, host="localhost", folder="/INBOX", existing="process", after="keep", ca=None, extra=""):
        dovecot = self.servers.dovecot
        port = port or {"imaps": dovecot.imaps}.get(scheme, dovecot.imap)
        lines = [f"url {scheme}://{url_user(address or self.address)}@{host}:{port}{folder}", f"password file {self.path('password')}",
                 f"existing {existing}", f"after {after}", "poll 1s"]
        if scheme != "imap+insecure":
            lines.append(f"ca-file {ca or self.servers.ca}")
        return "; ".join(lines) + "\n" + extra

    def smtp_block(self, scheme="submissions", port=None, host="localhost", user=True, ca=None, extra=""):
        postfix = self.servers.postfix
        if scheme == "submissions":
            lines = [f"url submissions://{url_user(self.address) + '@' if user else ''}{host}:{port or postfix.submissions}", f"ca-file {ca or self.servers.ca}"]
            if user:
                lines.append(f"password file {self.path('password')}")
        else:
            lines = [f"url {scheme}://{host}:{port or postfix.smtp}"]
            if scheme != "smtp+insecure":
                lines.append(f"ca-file {ca or self.servers.ca}")
        return "; ".join(lines) + "; ehlo desk.test\n" + extra

    def configuration_text(self):
        blocks = [f'desk "Contoso Support" {{ address {self.address}; timezone Europe/Berlin; languages en de; tag INC }}',
                  "queue general { }", "queue network { }", "queue billing { }",
                  'severity A { name Critical; respond 1h; phone "+49 30 555 0100" }', "severity C { name Minimal; respond 8h }",
                  f"budget {{ {self.budget} }}",
                  f"daemon {{ state-directory {self.path('state')}; control-socket {self.socket}; templates {TOP_SRCDIR}/etc/templates; log stderr; log-level debug; {self.daemon} }}",
                  self.settings]
        blocks += [f"mailbox {name} {{\n{text}\n}}" for name, text in self.mailboxes.items()]
        blocks += [f"relay {name} {{\n{text}\n}}" for name, text in self.relays.items()]
        return "\n".join(blocks) + "\n"

    def write_configuration(self):
        self.write("triaged.conf", self.configuration_text())

    # -- life

    def program(self, name):
        return os.path.join(self.programs, name)

    def start(self, ready=True, environment=None):
        assert not self.running()
        self.starts += 1
        become = (lambda: (os.setgroups([]), os.setresgid(self.uid, self.uid, self.uid), os.setresuid(self.uid, self.uid, self.uid))) if self.uid else None
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([*self.before, self.program("triaged"), "-c", self.configuration], cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=become, env={**os.environ, **(environment or {})}, start_new_session=True)
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=15):
        def answered():
            if not self.running():
                raise AssertionError(f"triaged ended with {self.process.returncode}:\n{self.log()[-3000:]}")
            try:
                self.call("Wait", condition="ready", timeout_ms=int(seconds * 1000))
                return True
            except OSError:
                return None  # the socket is not there yet
        wait_for("triaged to be ready", answered, seconds)

    def wait_idle(self, seconds=20):
        """Nothing is being read, filed, sent or settled."""
        self.call("Wait", condition="idle", timeout_ms=int(seconds * 1000), seconds=seconds + 5)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds=10):
        """SIGTERM; gives the exit status; fails when it takes longer."""
        if self.process is None:
            return None
        if self.running():
            self.process.terminate()
        status = self.process.wait(seconds)
        self.process = None
        return status

    def kill(self):
        """SIGKILL for the core; its children must go by themselves."""
        children = [pid for pid, _ in self.children()]
        self.process.kill()
        self.process.wait()
        self.process = None
        wait_for("the children of a killed core to end", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children))

    def children(self, name=None):
        return [(pid, n) for pid, n in children_of(self.process.pid) if name is None or n == name[:15]] if self.running() else []

    def kill_child(self, name):
        """SIGKILL for a child of that program; its process id, or None when none is there."""
        for pid, _ in self.children(name):
            try:
                os.kill(pid, signal.SIGKILL)
                return pid
            except ProcessLookupError:
                pass
        return None

    def __enter__(self):
        if self.process is None:
            self.start()
        return self

    def agree(self):
        """Server, ledger and outbox: what is known to disagree in a case is in `differs`."""
        try:
            faults = self.call("Reconcile", timeout_ms=2000)["faults"]
        except OSError:
            return  # the case ended with a daemon that does not answer
        unknown = [fault for fault in faults if not any(words in fault for words in self.differs)]
        assert not unknown, f"server, ledger and outbox do not agree: {unknown}"

    def __exit__(self, kind, *_):
        try:
            if kind is None and self.running():
                self.agree()
        finally:
            self.end(kind)

    def end(self, kind):
        if kind is not None:
            from tap import diagnose
            diagnose(f"log of the daemon ({self.directory}), its end:")
            diagnose("\n".join(self.log().splitlines()[-60:]))
        if self.process is not None:
            if self.running():
                self.process.terminate()
                try:
                    self.process.wait(10)
                except subprocess.TimeoutExpired:
                    self.process.kill()
            self.process.wait()
            self.process = None
        report = REPORT.search(self.log())
        if not os.environ.get("TRIAGED_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)
        assert not report, f"a sanitizer found something:\n{report[0]}"

    def log(self):
        try:
            with open(self.log_file, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    # -- asking

    def ctl(self, *arguments, as_json=True, check=True, stdin=None, seconds=60):
        """Runs triagectl. Gives its JSON document, or the finished process."""
        command = [self.program("triagectl"), "--config", self.configuration, *(["--json"] if as_json else []), *map(str, arguments)]
        done = subprocess.run(command, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True, timeout=seconds)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout.decode(errors='replace')}{done.stderr.decode(errors='replace')}")
        return done if not as_json else json.loads(done.stdout) if done.stdout.strip() else None

    def call(self, method, seconds=30, **parameters):
        """Asks the daemon over its control socket, as triagectl does: a JSON object and a NUL each way."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(seconds)
            s.connect(self.socket)
            s.sendall(json.dumps({"method": "io.triaged.Desk." + method, "parameters": parameters}).encode() + b"\0")
            answer = b""
            while not answer.endswith(b"\0"):
                part = s.recv(65536)
                if not part:
                    raise ConnectionResetError(f"{method}: the daemon hung up after {answer!r}")
                answer += part
        answer = json.loads(answer[:-1])
        if "error" in answer:
            raise AssertionError(f"{method}: {answer}")
        return answer["parameters"]

    def rows(self, sql, *parameters):
        """Rows of the store's views as dictionaries, read beside the daemon."""
        files = [f for f in os.listdir(self.path("state")) if f.endswith(".db")]
        if not files:
            return []
        for attempt in range(50):
            try:
                db = sqlite3.connect(f"file:{self.path('state')}/{files[0]}?mode=ro", uri=True, timeout=5)
                try:
                    db.row_factory = sqlite3.Row
                    return [dict(row) for row in db.execute(sql, parameters)]
                finally:
                    db.close()
            except sqlite3.OperationalError as why:
                if "no such table" in str(why):
                    return []
                if attempt == 49:
                    raise
                time.sleep(0.02)

    def ledger(self):
        return self.rows("SELECT * FROM v_ledger ORDER BY id")

    def wait_ledger(self, count, seconds=20):
        """Waits until that many outcomes are on record, and gives them."""
        return wait_for(f"{count} outcomes in the ledger", lambda: (lambda rows: rows if len(rows) >= count else None)(self.ledger()), seconds)

    def tickets(self):
        return self.rows("SELECT * FROM v_ticket ORDER BY id")

    def letters(self):
        return self.rows("SELECT * FROM v_letter ORDER BY id, recipient")

    def messages(self, ticket):
        return self.rows("SELECT * FROM v_message WHERE ticket = ? ORDER BY id", ticket)

    def wait_letters(self, state, count=1, seconds=20):
        return wait_for(f"{count} letters in state {state}",
                        lambda: (lambda rows: rows if len(rows) >= count else None)([r for r in self.letters() if r["state"] == state]), seconds)

    def wait_log(self, words, seconds=20):
        return wait_for(f"the log to say {words!r}", lambda: next((line for line in self.log().splitlines() if words in line), None), seconds)
