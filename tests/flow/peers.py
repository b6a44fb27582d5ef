"""peers: servers that do what real ones won't. Each keeps every octet a client sent (behind TLS as well), so that a test can prove what was never said.

A peer is told what to do by its arguments: a command's answer is replaced by a function, a stage of SMTP by a reply line or one of the acts below.
"""
import base64
import re
import socket
import ssl
import threading

CLOSE = "close"      # hang up instead of answering
SILENCE = "silence"  # never answer


class Gone(Exception):
    """The connection is over."""


class Line:
    """One connection: lines and literals, recorded."""

    def __init__(self, peer, sock):
        self.peer, self.sock, self.buffer = peer, sock, b""

    def receive(self):
        try:
            data = self.sock.recv(65536)
        except (OSError, ssl.SSLError):
            data = b""
        if not data:
            raise Gone
        with self.peer.lock:
            self.peer.received += data
        self.buffer += data

    def read_line(self):
        while b"\n" not in self.buffer:
            self.receive()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def read(self, count):
        while len(self.buffer) < count:
            self.receive()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def send(self, data):
        try:
            self.sock.sendall(data.encode() if isinstance(data, str) else data)
        except (OSError, ssl.SSLError):
            raise Gone from None

    def start_tls(self, context):
        try:
            self.sock = context.wrap_socket(self.sock, server_side=True)
        except (OSError, ssl.SSLError) as why:
            self.peer.handshakes_failed.append(str(why))
            raise Gone from None
        self.peer.handshakes += 1


class Peer:
    """Listens on loopback; a thread for each connection runs talk(line)."""

    def __init__(self, certificate=None, implicit_tls=False):
        self.lock = threading.Lock()
        self.received = b""        # everything all clients sent, TLS taken off
        self.connections = 0
        self.handshakes = 0
        self.handshakes_failed = []
        self.failures = []
        self.implicit_tls = implicit_tls
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.ended = threading.Event()
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.ended.is_set():
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.sockets.append(sock)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        line = Line(self, sock)
        try:
            if self.implicit_tls:
                line.start_tls(self.context)
            self.talk(line)
        except Gone:
            pass
        except Exception as why:  # of the test itself: shown by close()
            self.failures.append(repr(why))
        finally:
            try:
                line.sock.close()
            except OSError:
                pass

    def silent(self):
        self.ended.wait()
        raise Gone

    def close(self):
        self.ended.set()
        self.listener.close()
        for sock in self.sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        assert not self.failures, self.failures

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def heard(self, words):
        """Was this said by any client, as it is or in base64?"""
        with self.lock:
            octets = self.received
        words = words.encode() if isinstance(words, str) else words
        if words in octets:
            return True
        for run in re.findall(rb"[A-Za-z0-9+/]{8,}={0,2}", octets):
            try:
                if words in base64.b64decode(run + b"=" * (-len(run) % 4)):
                    return True
            except ValueError:
                pass
        return False


class ImapPeer(Peer):
    """A small IMAP4rev1 server over a list of messages. on: {"FETCH": function(peer, line, tag, rest) -> True when it answered}, or CLOSE, or SILENCE;
    also "GREETING" and "ACCEPT"."""

    CAPABILITIES = "IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS IDLE"

    def __init__(self, messages=(), on=None, capabilities=CAPABILITIES, uid_validity=1, **tls):
        self.messages = {uid: octets for uid, octets in enumerate(messages, 1)}
        self.flags = {}
        self.on = on or {}
        self.capabilities = capabilities
        self.uid_validity = uid_validity
        self.commands = []
        super().__init__(**tls)

    def act(self, name, line, tag, rest):
        act = self.on.get(name)
        if act == CLOSE:
            raise Gone
        if act == SILENCE:
            self.silent()
        return bool(act and act(self, line, tag, rest))

    def talk(self, line):
        if self.act("ACCEPT", line, "", ""):
            return
        if not self.act("GREETING", line, "", ""):
            line.send(f"* OK [CAPABILITY {self.capabilities}] ready\r\n")
        while True:
            text = line.read_line().decode("utf-8", "replace")
            literal = re.search(r"\{(\d+)(\+?)\}$", text)
            while literal:
                if not literal[2]:
                    line.send("+ go on\r\n")
                text = text[:literal.start()] + line.read(int(literal[1])).decode("utf-8", "replace") + line.read_line().decode("utf-8", "replace")
                literal = re.search(r"\{(\d+)(\+?)\}$", text)
            tag, _, rest = text.partition(" ")
            verb, _, arguments = rest.partition(" ")
            verb = verb.upper()
            if verb == "UID":
                verb, _, arguments = arguments.partition(" ")
                verb = verb.upper()
            self.commands.append(verb)
            if self.act(verb, line, tag, arguments):
                continue
            answer = getattr(self, "do_" + verb.lower(), None)
            if not answer:
                line.send(f"{tag} BAD unknown\r\n")
            else:
                answer(line, tag, arguments)

    def do_capability(self, line, tag, _):
        line.send(f"* CAPABILITY {self.capabilities}\r\n{tag} OK done\r\n")

    def do_noop(self, line, tag, _):
        line.send(f"{tag} OK done\r\n")

    do_check = do_close = do_unselect = do_id = do_enable = do_noop

    def do_login(self, line, tag, _):
        line.send(f"{tag} OK in\r\n")

    def do_authenticate(self, line, tag, arguments):
        if len(arguments.split()) < 2:
            line.send("+ \r\n")
            line.read_line()
        line.send(f"{tag} OK in\r\n")

    def do_starttls(self, line, tag, _):
        line.send(f"{tag} OK begin\r\n")
        line.start_tls(self.context)

    def do_logout(self, line, tag, _):
        line.send(f"* BYE bye\r\n{tag} OK done\r\n")
        raise Gone

    def do_list(self, line, tag, _):
        line.send(f'* LIST () "/" INBOX\r\n{tag} OK done\r\n')

    def do_select(self, line, tag, _):
        line.send(f"* {len(self.messages)} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] ok\r\n"
                  f"* OK [UIDVALIDITY {self.uid_validity}] ok\r\n* OK [UIDNEXT {max(self.messages, default=0) + 1}] ok\r\n{tag} OK [READ-WRITE] done\r\n")

    do_examine = do_select

    def wanted(self, text):
        uids = []
        for part in text.split(","):
            first, _, last = part.partition(":")
            top = max(self.messages, default=0)
            low = top if first == "*" else int(first)
            high = low if not last else top if last == "*" else int(last)
            if low > high:
                low, high = high, low
            uids += [uid for uid in sorted(self.messages) if low <= uid <= high]
        return sorted(set(uids))

    def do_search(self, line, tag, arguments):
        ranges = re.findall(r"(?:^|\s)([\d*][\d:,*]*)(?=\s|$)", re.sub(r"(?i)^UID\s+", "", arguments))
        uids = self.wanted(ranges[0]) if ranges else sorted(self.messages)
        line.send(f"* SEARCH{''.join(' %d' % uid for uid in uids)}\r\n{tag} OK done\r\n")

    def do_fetch(self, line, tag, arguments):
        which, _, items = arguments.partition(" ")
        items = items.upper()
        for number, uid in enumerate(sorted(self.messages), 1):
            if uid not in self.wanted(which):
                continue
            octets = self.messages[uid]
            answer = f"UID {uid}"
            if "FLAGS" in items:
                answer += f" FLAGS ({' '.join(self.flags.get(uid, ()))})"
            if "INTERNALDATE" in items:
                answer += ' INTERNALDATE "23-Nov-2026 10:00:00 +0000"'
            if "RFC822.SIZE" in items:
                answer += f" RFC822.SIZE {len(octets)}"
            body = re.search(r"BODY(?:\.PEEK)?\[(.*?)\](?:<(\d+)\.(\d+)>)?", items)
            if body:
                part = octets if not body[2] else octets[int(body[2]):int(body[2]) + int(body[3])]
                if body[1] == "HEADER":
                    part = octets[:octets.find(b"\r\n\r\n") + 4]
                name = f"BODY[{body[1]}]" + (f"<{body[2]}>" if body[2] else "")
                line.send(f"* {number} FETCH ({answer} {name} {{{len(part)}}}\r\n".encode() + part + b")\r\n")
            else:
                line.send(f"* {number} FETCH ({answer})\r\n")
        line.send(f"{tag} OK done\r\n")

    def do_store(self, line, tag, arguments):
        which, _, rest = arguments.partition(" ")
        for uid in self.wanted(which):
            self.flags.setdefault(uid, set()).update(re.findall(r"[\\$]?\w+", rest.partition("(")[2]))
        line.send(f"{tag} OK done\r\n")

    def do_expunge(self, line, tag, arguments):
        for uid in self.wanted(arguments) if arguments else list(self.messages):
            if "\\Deleted" in self.flags.get(uid, ()):
                self.messages.pop(uid, None)
        line.send(f"{tag} OK done\r\n")

    def do_idle(self, line, tag, _):
        line.send("+ idling\r\n")
        line.read_line()
        line.send(f"{tag} OK done\r\n")


class SmtpPeer(Peer):
    """An SMTP server that keeps what it accepted. on: {"EHLO" | "MAIL" | "RCPT" | "DATA" | "DOT" | "AUTH" | "GREETING": reply, or list of replies used one after the other
    (the last for ever), or CLOSE, or SILENCE, or function(peer, line, rest) -> reply}."""

    OFFERS = ("PIPELINING", "SIZE 10240000", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")

    def __init__(self, on=None, offers=OFFERS, **tls):
        self.on = dict(on or {})
        self.offers = offers
        self.letters = []     # accepted: (sender, [recipients], octets)
        self.attempts = []    # came as far as the final dot, whatever the answer
        self.commands = []
        super().__init__(**tls)

    def reply(self, stage, standard, line, rest):
        act = self.on.get(stage, standard)
        if isinstance(act, list):
            act = act.pop(0) if len(act) > 1 else act[0]
        if callable(act):
            act = act(self, line, rest)
        if act == CLOSE:
            raise Gone
        if act == SILENCE:
            self.silent()
        act = standard if act is None else act
        line.send(act + "\r\n")
        return act

    def talk(self, line):
        sender, recipients = None, []
        self.reply("GREETING", "220 peer.test ESMTP", line, "")
        while True:
            text = line.read_line().decode("utf-8", "replace")
            verb, _, rest = text.partition(" ")
            verb = verb.upper()
            self.commands.append(text)
            if verb in ("EHLO", "HELO"):
                offers = ["peer.test", *self.offers]
                self.reply("EHLO", "\r\n".join(f"250{'-' if i < len(offers) - 1 else ' '}{o}" for i, o in enumerate(offers)), line, rest)
            elif verb == "STARTTLS":
                line.send("220 begin\r\n")
                line.start_tls(self.context)
            elif verb == "AUTH":
                if len(rest.split()) < 2:
                    line.send("334 \r\n")
                    line.read_line()
                self.reply("AUTH", "235 2.7.0 in", line, rest)
            elif verb == "MAIL":
                sender, recipients = None, []
                if self.reply("MAIL", "250 2.1.0 ok", line, rest).startswith("2"):
                    sender = re.search(r"<(.*?)>", rest)[1]
            elif verb == "RCPT":
                if sender is None:
                    line.send("503 5.5.1 no sender\r\n")
                elif self.reply("RCPT", "250 2.1.5 ok", line, rest).startswith("2"):
                    recipients.append(re.search(r"<(.*?)>", rest)[1])
            elif verb == "DATA":
                if not recipients:
                    line.send("554 5.5.1 no recipients\r\n")
                    continue
                if not self.reply("DATA", "354 go on", line, rest).startswith("3"):
                    continue
                octets = b""
                while True:
                    part = line.read_line()
                    if part == b".":
                        break
                    octets += (part[1:] if part.startswith(b".") else part) + b"\r\n"
                self.attempts.append((sender, list(recipients), octets))
                if self.reply("DOT", "250 2.0.0 taken", line, rest).startswith("2"):
                    self.letters.append((sender, list(recipients), octets))
            elif verb in ("RSET", "NOOP"):
                line.send("250 2.0.0 ok\r\n")
            elif verb == "QUIT":
                line.send("221 2.0.0 bye\r\n")
                raise Gone
            else:
                line.send("500 5.5.1 unknown\r\n")
