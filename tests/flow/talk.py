"""talk: people with mail programs. Each writes as the client he is said to use: its headers, its way of quoting, its HTML; each finds his mail in his own mailbox."""
import base64
import email.utils
import html
import os
import re
import struct
from email.message import EmailMessage

from tap import wait_for


def winmail(files):
    """A winmail.dat (MS-OXTNEF) with these files in it, [(name, octets)]."""
    def attribute(level, tag, data):
        return bytes([level]) + struct.pack("<II", tag, len(data)) + data + struct.pack("<H", sum(data) & 0xffff)
    out = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
    for name, octets in files:
        out += attribute(2, 0x00069002, struct.pack("<HIHHI", 1, 0xffffffff, 0, 0, 0))
        out += attribute(2, 0x00018010, name.encode() + b"\0") + attribute(2, 0x0006800F, octets)
    return out


def bare(address):
    return email.utils.parseaddr(str(address))[1]


def text_of(mail):
    body = mail.get_body(("plain",))
    return body.get_content().replace("\r", "") if body else ""


class Person:
    """Somebody with a mailbox. client: "gmail", "outlook", "plain" or "phone"."""

    def __init__(self, servers, name, domain, client="plain", display=None):
        self.servers, self.client = servers, client
        self.address = servers.new_address(name, domain)
        self.display = display or name.capitalize()
        self.seen = 0

    def inbox(self):
        return self.servers.mails_of(self.address)

    def next_mail(self, what="a mail", seconds=20):
        """The oldest mail not looked at yet."""
        mails = wait_for(f"{what} for {self.address}", lambda: (lambda m: m if len(m) > self.seen else None)(self.inbox()), seconds)
        self.seen += 1
        return mails[self.seen - 1]

    def next_about(self, word, seconds=20):
        """The next mail whose subject or text holds the word; what comes before it is passed over."""
        for _ in range(20):
            mail = self.next_mail(f"a mail that says {word!r}", seconds)
            if word in str(mail["Subject"]) or word in text_of(mail):
                return mail
        raise AssertionError(f"twenty mails and none says {word!r}")

    def pass_over(self):
        self.seen = len(self.inbox())

    # -- writing

    def new_mail(self, to, subject, text, cc=None, files=(), with_html=False, headers=()):
        mail = EmailMessage()
        mail["From"] = email.utils.formataddr((self.display, self.address))
        mail["To"] = to
        if cc:
            mail["Cc"] = cc
        mail["Subject"] = subject
        mail["Date"] = email.utils.formatdate(localtime=True)
        mail["Message-ID"] = email.utils.make_msgid(domain=self.address.split("@")[1])
        if self.client == "outlook":
            mail["Thread-Topic"] = subject
            mail["Thread-Index"] = base64.b64encode(b"\x01\xdc" + os.urandom(20)).decode()
        for name, value in headers:
            mail[name] = value
        mail.set_content(text)
        if with_html or self.client in ("gmail", "outlook"):
            mail.add_alternative(self.as_html(text), subtype="html")
        for name, kind, octets in files:
            main, sub = kind.split("/")
            mail.add_attachment(octets, maintype=main, subtype=sub, filename=name)
        return mail

    def as_html(self, text, quoted="", wrote=""):
        lines = "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in text.splitlines())
        if not quoted:
            return f'<html><body><div dir="ltr">{lines}</div></body></html>'
        inside = "<br>".join(html.escape(line) for line in quoted.splitlines())
        if self.client == "gmail":
            return (f'<html><body><div dir="ltr">{lines}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{html.escape(wrote)}<br></div>'
                    f'<blockquote class="gmail_quote" style="margin:0 0 0 0.8ex">{inside}</blockquote></div></body></html>')
        return (f'<html><head><style>p.MsoNormal {{ margin:0 }}</style></head><body><div class="WordSection1">{lines}</div>'
                f'<div id="divRplyFwdMsg" dir="ltr"><hr><b>From:</b> somebody<br>{inside}</div></body></html>')

    def reply(self, to_mail, text, cc=None, files=(), quote=True, sender=None, headers=(), subject=None, with_html=None):
        """An answer to a mail of the inbox, to where its Reply-To says."""
        to = str(to_mail["Reply-To"] or to_mail["From"])
        asked = str(to_mail["Subject"])
        mail = EmailMessage()
        mail["From"] = sender or email.utils.formataddr((self.display, self.address))
        mail["To"] = to
        if cc:
            mail["Cc"] = cc
        mail["Subject"] = subject or (asked if asked.lower().startswith("re:") else "Re: " + asked)
        mail["Date"] = email.utils.formatdate(localtime=True)
        mail["Message-ID"] = email.utils.make_msgid(domain=self.address.split("@")[1])
        mail["In-Reply-To"] = to_mail["Message-ID"]
        mail["References"] = " ".join(filter(None, [str(to_mail["References"] or ""), str(to_mail["Message-ID"])]))
        if self.client == "outlook" and to_mail["Thread-Index"]:
            mail["Thread-Index"] = to_mail["Thread-Index"]
            mail["Thread-Topic"] = to_mail["Thread-Topic"]
        for name, value in headers:
            mail[name] = value
        quoted, wrote = text_of(to_mail), f"On Mon, Nov 23, 2026 at 9:12 AM {to_mail['From']} wrote:"
        body = text
        if quote:
            if self.client == "outlook":
                body += f"\n\n________________________________\nFrom: {to_mail['From']}\nSent: Monday, November 23, 2026 9:12 AM\nTo: {self.display}\nSubject: {asked}\n\n{quoted}"
            else:
                body += f"\n\n{wrote}\n" + "".join(f"> {line}\n" for line in quoted.splitlines())
        mail.set_content(body)
        if self.client in ("gmail", "outlook") if with_html is None else with_html:
            mail.add_alternative(self.as_html(text, quoted if quote else "", wrote), subtype="html")
        for name, kind, octets in files:
            main, sub = kind.split("/")
            mail.add_attachment(octets, maintype=main, subtype=sub, filename=name)
        return mail

    def send(self, mail, to=None):
        recipients = [bare(a) for a in (to or [str(mail["To"])] + ([str(mail["Cc"])] if mail["Cc"] else []))]
        octets = re.sub(rb"\r?\n", b"\r\n", mail.as_bytes())
        self.servers.send(octets, self.address, recipients)
        return mail
