#!/usr/bin/env python3
"""generate: a support desk's mail, invented, the same for the same seed.

    generate.py MAILDIR COUNT [SEED]

The mix follows what support mailboxes hold: short texts, HTML with its alternative, attachments up to 300 KB, quoted replies, several languages and charsets, out-of-office
and list mail, bounces. The mean of many is about 57 KB. The texts are our own.
"""
import base64
import collections
import email.utils
import json
import os
import quopri
import random
import sys

START = 1_790_000_000  # of the first Date; a fixed time, so that runs compare

NAMES = ["Ana Lima", "Bo Berg", "Chen Wei", "Dana Roth", "Emil Novak", "Fatma Aydin", "Gita Rao", "Hugo Marin", "Ines Costa", "Jörg Müller", "Kaja Øst", "Léa Petit",
         "Marek Šimek", "Noor Haddad", "Olga Petrova", "Pablo Ruiz", "Quinn Adler", "Rosa Bianchi", "Søren Holm", "Tariq Aziz", "Ursula Vogt", "Vera Kos", "山田 花子", "李 明"]
COMPANIES = ["contoso", "fabrikam", "northwind", "tailspin", "litware", "adatum", "proseware", "woodgrove", "lucerne", "margie"]
SUBJECTS = {
    "en": ["VPN gateway {site}-{n} is down", "Cannot sign in since this morning", "Printer on floor {n} shows error 0x{hex}", "Invoice {big} seems wrong", "Slow web shop",
           "Mailbox of {name} is full", "Backup job {big} failed", "New laptop for a colleague", "Packet loss between {site} and head office", "Question about licence {big}"],
    "de": ["Gateway {site}-{n} nicht erreichbar", "Anmeldung schlägt fehl", "Rechnung {big} fehlerhaft", "Drucker im {n}. Stock streikt", "Bitte um Rückruf", "Störung Telefonie"],
    "fr": ["Problème d'accès au réseau", "Facture {big} à corriger", "Imprimante bloquée étage {n}", "Serveur très lent depuis hier"],
    "ru": ["Не работает вход в систему", "Ошибка резервного копирования {big}"],
    "ja": ["請求書{big}の件について", "ネットワークに接続できません"],
    "zh": ["无法登录系统", "打印机故障 {n} 楼"],
}
SENTENCES = {
    "en": ["Since about nine o'clock nobody in our office can reach the file server.", "We have already restarted the device twice without success.",
           "The message on the screen says that the session has expired.", "It worked until the maintenance window last night.", "Could you please have a look at it today?",
           "About forty people are affected and orders are piling up.", "The problem comes and goes; it lasts a few minutes each time.", "I attach what we saw on the console.",
           "Our technician can be reached until five.", "There is no rush, next week is fine.", "The light on the second unit stays amber.", "We use the version you installed in spring."],
    "de": ["Seit heute früh kommt bei uns niemand mehr auf den Dateiserver.", "Wir haben das Gerät bereits zweimal neu gestartet.", "Könnten Sie das bitte heute noch prüfen?",
           "Betroffen sind etwa vierzig Plätze, die Aufträge stauen sich.", "Vor der Wartung gestern lief alles einwandfrei.", "Für Rückfragen stehe ich gern zur Verfügung."],
    "fr": ["Depuis ce matin, plus personne n'accède au serveur de fichiers.", "Nous avons déjà redémarré l'appareil à deux reprises.", "Pourriez-vous vérifier aujourd'hui ?",
           "Une quarantaine de postes sont concernés.", "Tout fonctionnait avant l'intervention d'hier."],
    "ru": ["С утра никто не может открыть общий диск.", "Мы уже дважды перезагрузили устройство.", "Посмотрите, пожалуйста, сегодня.", "Вчера до работ всё было в порядке."],
    "ja": ["今朝から誰もファイルサーバーに接続できません。", "装置はすでに二度再起動しました。", "本日中にご確認いただけますか。", "昨夜の保守までは正常でした。"],
    "zh": ["从今天早上开始,没有人能访问文件服务器。", "我们已经重启了两次设备。", "请今天帮忙检查一下。", "昨晚维护之前一切正常。"],
}
CHARSETS = {"en": ["utf-8", "us-ascii", "windows-1252"], "de": ["utf-8", "iso-8859-1", "windows-1252"], "fr": ["utf-8", "iso-8859-15"], "ru": ["utf-8", "koi8-r", "windows-1251"],
            "ja": ["utf-8", "iso-2022-jp", "shift_jis"], "zh": ["utf-8", "gb2312"]}
LANGUAGES = ["en"] * 10 + ["de"] * 5 + ["fr"] * 2 + ["ru", "ja", "zh"]
FILES = [("console.png", "image/png", b"\x89PNG\r\n\x1a\n"), ("protocol.pdf", "application/pdf", b"%PDF-1.5\n"), ("logs.zip", "application/zip", b"PK\x03\x04"),
         ("photo.jpg", "image/jpeg", b"\xff\xd8\xff\xe0"), ("list.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04")]
# (kind, how many of 1,000)
MIX = [("text", 425), ("html", 220), ("attachment", 210), ("reply", 85), ("automatic", 40), ("bounce", 20)]


class Mailer:
    """One stream of mails; everything random comes from one generator."""

    def __init__(self, seed=1, desk="support@desk.test"):
        self.random = random.Random(seed)
        self.desk = desk
        self.number = 0
        self.kinds = [kind for kind, weight in MIX for _ in range(weight)]
        # A megabyte of noise as base64 lines: attachments are cuts of it.
        noise = base64.b64encode(self.random.randbytes(57 * 16384)).decode()
        self.lines = [noise[i:i + 76] for i in range(0, len(noise), 76)]
        self.earlier = []

    def paragraph(self, language, sentences):
        return (" " if language not in ("ja", "zh") else "").join(self.random.choice(SENTENCES[language]) for _ in range(sentences))

    def text(self, language, characters):
        blocks, length = [], 0
        if language in ("ru", "ja", "zh"):
            characters //= 3  # each takes two or three octets
        while length < characters:
            block = self.paragraph(language, self.random.randint(2, 6))
            blocks.append(block)
            length += len(block) + 2
        return "\n\n".join(blocks)

    def subject(self, language):
        r = self.random
        return r.choice(SUBJECTS[language]).format(site=r.choice(["de", "fr", "us", "jp"]), n=r.randint(1, 40), hex=f"{r.getrandbits(32):08x}", big=r.randint(10000, 9999999),
                                                   name=r.choice(NAMES[:12]))

    def part(self, text, charset, subtype="plain"):
        """(headers, octets) of a text part in a transfer encoding that suits it."""
        octets = text.replace("\n", "\r\n").encode(charset, "replace")
        if charset == "us-ascii" or charset == "iso-2022-jp":
            encoding = "7bit"
        else:
            encoding = self.random.choice(["8bit", "quoted-printable", "quoted-printable", "base64"])
        if encoding == "quoted-printable":
            octets = quopri.encodestring(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        elif encoding == "base64":
            octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
        return f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n".encode(), octets

    def word(self, text):
        return text if text.isascii() else "=?utf-8?B?" + base64.b64encode(text.encode()[:45].decode("utf-8", "ignore").encode()).decode() + "?="

    def make(self):
        """(kind, octets) of the next mail."""
        r = self.random
        self.number += 1
        kind = r.choice(self.kinds)
        if kind == "reply" and not self.earlier:
            kind = "text"
        language = r.choice(LANGUAGES)
        charset = r.choice(CHARSETS[language])
        name = r.choice(NAMES)
        company = r.choice(COMPANIES)
        address = f"user{r.randrange(4000)}@{company}.example"
        own_id = f"<{self.number}.{r.getrandbits(64):016x}@{company}.example>"
        date = email.utils.formatdate(START + self.number * 37 + r.randrange(30))
        subject = self.subject(language)
        extra = []
        if kind == "automatic":
            subject = r.choice(["Automatic reply: ", "Abwesenheitsnotiz: ", "Out of office: "]) + subject
            extra = r.choice([["Auto-Submitted: auto-replied"], ["Precedence: bulk", "List-Id: <news.example>"], ["X-Autoreply: yes"], ["Auto-Submitted: auto-generated"]])
        if kind == "reply":
            their_id, their_subject = r.choice(self.earlier)
            subject = r.choice(["Re: ", "RE: ", "AW: "]) + their_subject
            extra = [f"In-Reply-To: {their_id}", f"References: {their_id}"]
        if kind == "bounce":
            return kind, self.bounce(company, own_id, date)
        header = [f"Received: from mx{r.randrange(9)}.{company}.example (mx.{company}.example [192.0.2.{r.randrange(250)}])\r\n\tby mail.desk.test with ESMTPS id {r.getrandbits(40):X}"
                  f"\r\n\tfor <{self.desk}>; {date}", f"From: {self.word(name)} <{address}>", f"To: <{self.desk}>", f"Subject: {self.word(subject)}", f"Date: {date}",
                  f"Message-ID: {own_id}", *extra, "MIME-Version: 1.0"]
        octets = "\r\n".join(header).encode() + b"\r\n"
        if kind in ("text", "automatic"):
            lengths = (120, 700) if kind == "automatic" else (150, 6000)
            head, body = self.part(self.text(language, int(r.triangular(*lengths, lengths[0] * 2))), charset)
            octets += head + b"\r\n" + body
        elif kind == "reply":
            said = self.text(language, r.randint(80, 600))
            quoted = "\n".join("> " + line for line in self.text(language, r.randint(400, 9000)).split("\n"))
            head, body = self.part(f"{said}\n\nOn {date}, support wrote:\n{quoted}", charset)
            octets += head + b"\r\n" + body
        elif kind == "html":
            octets += self.alternative(language, charset, r.randint(2000, 28000))
        else:
            octets += self.mixed(language, charset)
        if len(self.earlier) < 500:
            self.earlier.append((own_id, self.word(subject)))
        else:
            self.earlier[r.randrange(500)] = (own_id, self.word(subject))
        return kind, octets if octets.endswith(b"\r\n") else octets + b"\r\n"

    def alternative(self, language, charset, characters):
        text = self.text(language, characters)
        rows = "".join(f"<p class=MsoNormal style='margin:0cm;font-size:11.0pt;font-family:\"Calibri\",sans-serif'><span lang={language}>{block}<o:p></o:p></span></p>\n"
                       for block in text.split("\n\n"))
        html = ("<html><head><style><!-- p.MsoNormal, li.MsoNormal {margin:0cm; font-size:11.0pt} a:link {color:#0563C1} --></style></head><body lang=EN><div class=WordSection1>\n"
                f"{rows}<table border=0><tr><td>{self.random.choice(NAMES)}</td><td><a href=\"https://www.example/\">www.example</a></td></tr></table></div></body></html>\n")
        boundary = f"alt_{self.random.getrandbits(64):x}"
        octets = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode()
        for content, subtype in ((text, "plain"), (html, "html")):
            head, body = self.part(content, charset, subtype)
            octets += f"--{boundary}\r\n".encode() + head + b"\r\n" + body + b"\r\n"
        return octets + f"--{boundary}--\r\n".encode()

    def mixed(self, language, charset):
        r = self.random
        boundary = f"mix_{r.getrandbits(64):x}"
        head, body = self.part(self.text(language, r.randint(150, 2500)), charset)
        octets = [f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'.encode(), head, b"\r\n", body, b"\r\n"]
        left = int(r.triangular(60_000, 300_000, 270_000))
        while left > 0:
            name, kind, magic = r.choice(FILES)
            size = left if left < 60_000 or r.random() < 0.6 else left // 2
            count = max(2, size // 78)
            start = r.randrange(max(1, len(self.lines) - count))
            first = base64.b64encode((magic + bytes(57))[:57]).decode()
            octets.append(f"--{boundary}\r\nContent-Type: {kind}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n"
                          f"Content-Transfer-Encoding: base64\r\n\r\n{first}\r\n".encode())
            octets.append(("\r\n".join(self.lines[start:start + count]) + "\r\n").encode())
            left -= size
        octets.append(f"--{boundary}--\r\n".encode())
        return b"".join(octets)

    def bounce(self, company, own_id, date):
        r = self.random
        boundary = f"dsn_{r.getrandbits(64):x}"
        victim = f"user{r.randrange(4000)}@{company}.example"
        return "\r\n".join([
            "Return-Path: <>", f"From: Mail Delivery System <MAILER-DAEMON@{company}.example>", f"To: <{self.desk}>", "Subject: Undelivered Mail Returned to Sender",
            f"Date: {date}", f"Message-ID: {own_id}", "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
            f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"', "", f"--{boundary}", "Content-Type: text/plain; charset=us-ascii", "",
            "Your message could not be delivered to one recipient.", "", f"<{victim}>: no such user here", "", f"--{boundary}", "Content-Type: message/delivery-status", "",
            f"Reporting-MTA: dns; mx.{company}.example", "", f"Final-Recipient: rfc822; {victim}", "Action: failed", "Status: 5.1.1",
            "Diagnostic-Code: smtp; 550 5.1.1 no such user", "", f"--{boundary}", "Content-Type: text/rfc822-headers", "", f"From: <{self.desk}>", f"To: <{victim}>",
            f"Subject: an earlier letter {r.randrange(10000)}", f"Message-ID: <{r.getrandbits(64):x}@elsewhere.example>", "", f"--{boundary}--", ""]).encode()


def fill(maildir, count, seed=1, owner=None, desk="support@desk.test"):
    """Writes count mails into a Maildir (made when missing); gives {"count", "octets", "kinds"}."""
    mailer = Mailer(seed, desk)
    for sub in ("", "tmp", "new", "cur"):
        os.makedirs(os.path.join(maildir, sub), exist_ok=True)
        if owner is not None:
            os.chown(os.path.join(maildir, sub), owner, owner)
    kinds, octets = collections.Counter(), 0
    for number in range(count):
        kind, mail = mailer.make()
        kinds[kind] += 1
        octets += len(mail)
        path = os.path.join(maildir, "new", f"{START + number}.M{seed:04d}N{number:07d}.bench")
        with open(path, "wb") as f:
            f.write(mail)
        if owner is not None:
            os.chown(path, owner, owner)
    return {"count": count, "octets": octets, "mean": octets // max(count, 1), "kinds": dict(kinds)}


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    print(json.dumps(fill(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)))
