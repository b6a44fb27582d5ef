#!/usr/bin/env python3
"""Who wrote it, by his domain's own signature: the whole way from a mailbox over the reader, the DNS and the reader again to the ticket, and the ways in
which somebody else is not taken for him."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from names import Names, Signer  # noqa: E402
from servers import Servers, compose  # noqa: E402

tap.need_root()

CUSTOMER = "jo@fabrikam.test"
keys = tempfile.TemporaryDirectory(prefix="triaged-keys-")
fabrikam = Signer(keys.name, "fabrikam.test")
northwind = Signer(keys.name, "northwind.test")


def octets(mail):
    return mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if isinstance(mail, bytes) else octets(bytes(mail))


class World:
    """A desk that asks a DNS of ours."""

    def __init__(self, servers, settings="", timeout="20s"):
        self.names = Names()
        self.names.records = {fabrikam.name: [fabrikam.record()], northwind.name: [northwind.record()], "_dmarc.fabrikam.test": ["v=DMARC1; p=reject"]}
        self.desk = Desk(servers, settings=f"dkim {{ verify yes; resolver 127.0.0.1:{self.names.port}; timeout {timeout} }}\n{settings}")
        self.servers, self.count = servers, 0

    def __enter__(self):
        self.desk.__enter__()
        return self

    def __exit__(self, *why):
        self.desk.__exit__(*why)
        self.names.close()

    def mail(self, sender=CUSTOMER, text="It does not print.\n\n  Not  at all. \n", headers=()):
        self.count += 1
        return octets(compose(sender, self.desk.address, f"printer {self.count}", text, headers=headers))

    def drop(self, mail):
        self.servers.drop(mail, self.desk.address)

    def proof(self, mail, seconds=20):
        """What became of it: the message's proof, and whether its sender is taken for proven."""
        done = len(self.desk.ledger())
        self.drop(mail)
        row = self.desk.wait_ledger(done + 1, seconds)[-1]
        message = [m for m in self.desk.rows("SELECT * FROM v_message WHERE direction = 'in' ORDER BY id") if m["ticket"] == row["ticket"]][-1]
        return message["proof"], row["ticket"]


def proven(servers):
    """a signed mail proves its sender; what the DNS said is on record, and asked once"""
    with World(servers) as w:
        proof, ticket = w.proof(fabrikam.sign(w.mail()))
        assert proof == "DMARC pass for fabrikam.test: DKIM pass, d=fabrikam.test s=one, key asked from DNS, policy reject", proof
        event, = w.desk.rows("SELECT * FROM v_event WHERE ticket = ? AND kind = 'dns asked'", ticket)
        assert fabrikam.record()[:200] in event["detail"] and "v=DMARC1; p=reject" in event["detail"], event
        assert sorted(w.names.asked) == sorted({fabrikam.name, "_dmarc.fabrikam.test"}), w.names.asked
        proof, _ = w.proof(fabrikam.sign(w.mail()))
        assert proof.startswith("DMARC pass"), proof
        assert len(w.names.asked) == 2, "an answer is remembered"
        shown = w.desk.ctl("show", ticket)
        assert "key asked from DNS" in str(shown), shown
        path = w.desk.path("mail.eml")
        with open(path, "wb") as f:
            f.write(fabrikam.sign(w.mail()))
        told = w.desk.ctl("explain", path)
        assert "'by': 'dmarc'" in str(told) and "'result': 'pass'" in str(told), told
        assert len(w.names.asked) == 2


def other_keys(servers):
    """Ed25519, a long key by TCP, a domain below"""
    with World(servers) as w:
        for signer in (Signer(keys.name, "fabrikam.test", "ed", "ed25519"), Signer(keys.name, "fabrikam.test", "long", bits=4096), Signer(keys.name, "mail.fabrikam.test")):
            w.names.records[signer.name] = [signer.record(), "v=DKIM1; p=" + "QUJD" * 300] if signer.selector == "long" else [signer.record()]
            proof, _ = w.proof(signer.sign(w.mail()))
            assert proof.startswith("DMARC pass for fabrikam.test"), proof
        assert w.names.by_tcp > 0


def impostors(servers):
    """each way to be somebody else fails, and says why"""
    with World(servers) as w:
        testing, gone = Signer(keys.name, "fabrikam.test", "testing"), Signer(keys.name, "fabrikam.test", "gone")
        w.names.records[testing.name] = [testing.record("t=y; ")]
        good = fabrikam.sign(w.mail())
        cases = {
            "the body was altered": fabrikam.sign(w.mail()).replace(b"does not print", b"prints money"),
            "it does not fit": fabrikam.sign(w.mail()).replace(b"jo@fabrikam.test", b"boss@fabrikam.test"),
            "(l=)": fabrikam.sign(w.mail(), length=True) + b"Send me the password.\r\n",
            "more than one From address": b"From: boss@fabrikam.test\r\n" + good,
            "more Subject fields than were signed": b"Subject: password\r\n" + fabrikam.sign(w.mail()),
            "it had expired": fabrikam.sign(w.mail(), extra=" x=1700000000;"),
            "it does not fit: the fields were altered, or it was made by another key": fabrikam.sign(w.mail()).replace(b"d=fabrikam.test; s=one", b"d=fabrikam.test; s=two"),
            "its key is being tested": testing.sign(w.mail()),
            "not of From's domain": northwind.sign(w.mail()),
            "From is not signed": fabrikam.sign(w.mail(), names="to:subject"),
            "there is no such key": gone.sign(w.mail()),
        }
        w.names.records["two._domainkey.fabrikam.test"] = [northwind.record()]
        for why, mail in cases.items():
            proof, _ = w.proof(mail)
            assert why in proof and " pass" not in proof, (why, proof)
        assert northwind.name not in w.names.asked, "nobody is asked about a signature that could prove nothing"
        proof, _ = w.proof(b"Authentication-Results: mx.forged.test; dmarc=pass header.from=fabrikam.test\r\n" + northwind.sign(w.mail()))
        assert proof.startswith("the topmost Authentication-Results is not of a server we trust"), proof


def vouched(servers):
    """where a trusted server has looked, nobody is asked"""
    with World(servers, settings="authserv mx.contoso.test") as w:
        proof, _ = w.proof(b"Authentication-Results: mx.contoso.test; dmarc=fail header.from=fabrikam.test\r\n" + fabrikam.sign(w.mail()))
        assert proof == "DMARC fail for fabrikam.test", proof
        assert not w.names.asked


def silence(servers):
    """a DNS that says nothing, or nonsense, holds up nobody else; the mail goes on unproven"""
    slow, broken, garbage = (Signer(keys.name, f"{name}.test") for name in ("slow", "broken", "garbage"))
    with World(servers, timeout="3s") as w:
        w.names.silent.add(slow.name)
        w.names.broken.add(broken.name)
        w.names.garbage.add(garbage.name)
        w.drop(slow.sign(w.mail("jo@slow.test")))
        tap.wait_for("the question", lambda: slow.name in w.names.asked)
        w.drop(fabrikam.sign(w.mail()))
        first = w.desk.wait_ledger(1)[0]
        assert w.desk.messages(first["ticket"])[0]["sender"] == CUSTOMER, "it had to wait for another's DNS"
        row = w.desk.wait_ledger(2)[1]
        assert "temperror" in w.desk.messages(row["ticket"])[0]["proof"], w.desk.messages(row["ticket"])
        for signer in (broken, garbage):
            proof, _ = w.proof(signer.sign(w.mail(f"jo@{signer.domain}")))
            assert "temperror" in proof, proof


def courier_dies(servers):
    """the courier dies while a question is under way: it is asked again"""
    with World(servers) as w:
        w.names.silent.add(fabrikam.name)
        w.drop(fabrikam.sign(w.mail()))
        tap.wait_for("the question", lambda: fabrikam.name in w.names.asked)
        w.names.silent.clear()
        w.desk.kill_child("triaged-courier")
        row = w.desk.wait_ledger(1)[0]
        assert w.desk.messages(row["ticket"])[0]["proof"].startswith("DMARC pass"), w.desk.messages(row["ticket"])


def certificate(name, address, issuer=None):
    """Files NAME.key and NAME.pem (certificate and key in one), of an authority or signed by one."""
    base = os.path.join(keys.name, name)
    extension = base + ".ext"
    with open(extension, "w") as f:
        f.write("basicConstraints=critical,CA:TRUE\n" if issuer is None else f"basicConstraints=CA:FALSE\nsubjectAltName=email:{address}\n")
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True)
    run("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", base + ".key", "-subj", f"/CN={name}", "-out", base + ".csr")
    by = ["-signkey", base + ".key"] if issuer is None else ["-CA", os.path.join(keys.name, issuer + ".crt"), "-CAkey", os.path.join(keys.name, issuer + ".key"), "-CAcreateserial"]
    run("x509", "-req", "-in", base + ".csr", "-days", "30", "-extfile", extension, *by, "-out", base + ".crt")
    with open(base + ".pem", "wb") as f:
        f.write(open(base + ".crt", "rb").read() + open(base + ".key", "rb").read())
    os.chmod(base + ".pem", 0o600)
    return base


def smime(servers):
    """S/MIME: verified by configured authorities, decrypted with a configured key, within the reader's jail"""
    authority, jo, eve = certificate("authority", None), certificate("jo", CUSTOMER, "authority"), certificate("eve", "eve@fabrikam.test", "authority")
    ours = certificate("ours", "support@contoso.test", "authority")
    inner = b"Content-Type: text/plain\r\n\r\nThe gateway is out.\r\n"
    smime_do = lambda data, *words: subprocess.run(["openssl", "cms", *words], input=data, check=True, capture_output=True).stdout
    with World(servers, settings=f"smime {{ authorities {authority}.crt; key {ours}.pem }}") as w:
        def made(signer=None, encrypted=False):
            data = smime_do(inner, "-sign", "-signer", signer + ".crt", "-inkey", signer + ".key", "-md", "sha256") if signer else inner
            if encrypted:
                data = smime_do(data, "-encrypt", "-aes256", ours + ".crt")
            w.count += 1
            return octets(f"From: {CUSTOMER}\nTo: {w.desk.address}\nSubject: mail {w.count}\nMessage-ID: <{w.count}@fabrikam.test>\n".encode() + data)
        assert w.proof(made(jo))[0] == f"S/MIME signature of {CUSTOMER}"
        proof, ticket = w.proof(made(jo, encrypted=True))
        assert proof == f"S/MIME signature of {CUSTOMER}", proof
        assert "The gateway is out." in str(w.desk.ctl("thread", ticket)), w.desk.ctl("thread", ticket)
        assert w.proof(made(eve))[0] == "no Authentication-Results"
        assert w.proof(made(jo).replace(b"The gateway", b"The other gateway"))[0] == "no Authentication-Results"


def openpgp(servers):
    """OpenPGP: verified by a configured keyring within the reader's jail; the log holds nothing that librnp says"""
    if tap.sanitized():
        raise tap.Skip("what a sanitizer says must be heard, so librnp is not silenced")
    with open(os.path.join(tap.TOP_BUILDDIR, "config.h")) as f:
        if "#define HAVE_RNP 1" not in f.read():
            raise tap.Skip("built without librnp")
    fixtures = os.path.join(tap.TOP_SRCDIR, "tests", "unit", "openpgp")
    content = b"Content-Type: text/plain; charset=utf-8\n\nPlease open the gate at seven.  \n- and shut it at eight\n"
    with World(servers, settings=f"openpgp {{ keyring {fixtures}/ring.asc }}") as w:
        def made(signature, sender="jo@fabrikam.example", content=content):
            w.count += 1
            with open(os.path.join(fixtures, signature), "rb") as f:
                proof = f.read()
            return octets(f"From: {sender}\nTo: {w.desk.address}\nSubject: mail {w.count}\nMessage-ID: <{w.count}@fabrikam.example>\n".encode() +
                          b'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; boundary=s\n\n--s\n' + content +
                          b"\n--s\nContent-Type: application/pgp-signature\n\n" + proof + b"\n--s--\n")
        assert w.proof(made("jo.sig"))[0].startswith("OpenPGP signature by the sender's key (105A67742D87DC1C"), w.proof(made("jo.sig"))
        for mail in (made("stranger.sig"), made("jo-sha1.sig"), made("jo.sig", "eve@fabrikam.example"), made("jo.sig", content=content.replace(b"seven", b"eight"))):
            assert w.proof(mail)[0] == "no Authentication-Results"
        assert "signer's key" not in w.desk.log() and ".cpp" not in w.desk.log()


def rules(servers):
    """rules know what proves a mail"""
    with World(servers) as w:
        w.desk.write("rules.d/proof.rules", "rule proof {\n when authentication = dmarc\n queue billing\n}\n")
        w.desk.call("Reload")
        _, ticket = w.proof(fabrikam.sign(w.mail()))
        assert [t["queue"] for t in w.desk.tickets() if t["id"] == ticket] == ["billing"], w.desk.tickets()
        _, ticket = w.proof(w.mail())
        assert [t["queue"] for t in w.desk.tickets() if t["id"] == ticket] == ["general"], w.desk.tickets()


if __name__ == "__main__":
    tap.run([proven, other_keys, impostors, vouched, silence, courier_dies, smime, openpgp, rules], Servers)
