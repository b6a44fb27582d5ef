"""names: a scripted DNS server on loopback for TXT records, and mails signed by DKIM.

The signer is independent of the one in mail/: it canonicalises by itself and lets openssl(1) do the mathematics.
"""
import base64
import hashlib
import os
import re
import socket
import struct
import subprocess
import threading


class Names:
    """Answers TXT questions over UDP and TCP from `records`: {name: [text, ...]}; a name in `silent` gets no answer, one in `broken` gets SERVFAIL, one in
    `garbage` octets that are no answer. Every question is remembered in `asked`."""

    def __init__(self):
        self.records, self.silent, self.broken, self.garbage, self.asked, self.by_tcp = {}, set(), set(), set(), [], 0
        self.udp, self.tcp = self.bind()
        self.port = self.udp.getsockname()[1]
        self.running = True
        self.threads = [threading.Thread(target=target, daemon=True) for target in (self.serve_udp, self.serve_tcp)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def bind():
        while True:
            udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(udp.getsockname())
            except OSError:
                udp.close()
                tcp.close()
                continue
            tcp.listen(16)
            return udp, tcp

    def serve_udp(self):
        while self.running:
            try:
                packet, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            answer = self.answer(packet)
            if answer is not None:
                if len(answer) > 1200:  # truncated: come again by TCP
                    answer = answer[:2] + struct.pack(">H", 0x8780) + answer[4:6] + b"\0\0\0\0\0\0" + self.question(packet)[1]
                self.udp.sendto(answer, peer)

    def serve_tcp(self):
        while self.running:
            try:
                peer, _ = self.tcp.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(5)
                try:
                    self.by_tcp += 1
                    size, = struct.unpack(">H", self.read(peer, 2))
                    answer = self.answer(self.read(peer, size))
                    if answer is not None:
                        peer.sendall(struct.pack(">H", len(answer)) + answer)
                        peer.recv(1)
                except (OSError, struct.error):
                    pass

    @staticmethod
    def read(peer, size):
        octets = b""
        while len(octets) < size:
            part = peer.recv(size - len(octets))
            if not part:
                raise OSError("closed")
            octets += part
        return octets

    @staticmethod
    def question(packet):
        at, labels = 12, []
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]])
            at += 1 + packet[at]
        return b".".join(labels).decode().lower(), packet[12:at + 5]

    def answer(self, packet):
        name, question = self.question(packet)
        self.asked.append(name)
        if name in self.silent:
            return None
        if name in self.garbage:
            return packet[:2] + b"\x81\x80" + b"\0\1\0\7\0\0\0\0" + question + b"\xc0\xff" * 9
        texts = self.records.get(name)
        code = 2 if name in self.broken else 0 if texts else 3
        head = packet[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(texts or ()), 0, 0)
        body = b""
        for text in texts or ():
            data = b"".join(bytes([len(piece)]) + piece for piece in (text.encode()[i:i + 255] for i in range(0, len(text), 255)))
            body += b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 300, len(data)) + data
        return head + question + body

    def close(self):
        self.running = False
        self.tcp.shutdown(socket.SHUT_RDWR)
        for s in (self.udp, self.tcp):
            s.close()


class Signer:
    """A domain's key. record() is what its DNS says, sign() puts a DKIM-Signature on top of a mail."""

    def __init__(self, directory, domain, selector="one", kind="rsa", bits=2048):
        self.domain, self.selector, self.kind = domain, selector, kind
        self.file = os.path.join(directory, f"{selector}.{domain}.pem")
        how = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"] if kind == "rsa" else ["-algorithm", "ED25519"]
        subprocess.run(["openssl", "genpkey", *how, "-out", self.file], check=True, capture_output=True)

    @property
    def name(self):
        return f"{self.selector}._domainkey.{self.domain}"

    def record(self, extra=""):
        der = subprocess.run(["openssl", "pkey", "-in", self.file, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        key = der if self.kind == "rsa" else der[-32:]
        return f"v=DKIM1; k={self.kind}; {extra}p={base64.b64encode(key).decode()}"

    def private(self, octets):
        if self.kind == "rsa":
            return subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.file], input=octets, check=True, capture_output=True).stdout
        digest = self.file + ".digest"
        with open(digest, "wb") as f:
            f.write(hashlib.sha256(octets).digest())
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", digest], check=True, capture_output=True).stdout

    def sign(self, mail, names="from:to:subject:date:message-id", extra="", length=False):
        """relaxed/relaxed, over a mail of octets with CRLF."""
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = re.sub(rb"\r\n[ \t]", b" ", head).split(b"\r\n")
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip() for line in body.split(b"\r\n")]
        while lines and not lines[-1]:
            lines.pop()
        canonical = b"".join(line + b"\r\n" for line in lines)
        body_hash = base64.b64encode(hashlib.sha256(canonical).digest()).decode()
        extra += f" l={len(canonical)};" if length else ""
        value = f"v=1; a={self.kind}-sha256; c=relaxed/relaxed; d={self.domain}; s={self.selector};{extra} h={names}; bh={body_hash}; b="
        octets = b""
        for name in names.lower().split(":"):
            at = next((i for i in range(len(fields) - 1, -1, -1) if fields[i].lower().startswith(name.encode() + b":")), None)
            if at is not None:
                octets += self.relaxed(fields.pop(at)) + b"\r\n"
        octets += self.relaxed(b"DKIM-Signature: " + value.encode())
        signature = base64.b64encode(self.private(octets)).decode()
        folded = "\r\n\t".join(signature[i:i + 70] for i in range(0, len(signature), 70))
        return f"DKIM-Signature: {value}{folded}\r\n".encode() + mail

    @staticmethod
    def relaxed(field):
        name, _, value = field.partition(b":")
        return name.lower().strip() + b":" + re.sub(rb"[ \t]+", b" ", value).strip()
