#!/usr/bin/env python3
"""The generator gives the same mail for the same seed, of the sizes and kinds it promises."""
import email
import hashlib
import os
import sys

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "flow")]
import generate  # noqa: E402
import tap  # noqa: E402


def mails(seed, count):
    mailer = generate.Mailer(seed)
    return [mailer.make() for _ in range(count)]


def repeats(_):
    """the same seed gives the same octets, another seed others"""
    digest = lambda seed: hashlib.sha256(b"".join(octets for _, octets in mails(seed, 300))).hexdigest()
    assert digest(7) == digest(7)
    assert digest(7) != digest(8)


def sizes(_):
    """mean near 57 KB, nothing beyond 330 KB"""
    lengths = [len(octets) for _, octets in mails(1, 3000)]
    assert 53_000 < sum(lengths) / len(lengths) < 61_000, sum(lengths) / len(lengths)
    assert max(lengths) < 330_000, max(lengths)


def kinds(_):
    """every kind occurs, every mail parses, no line is bare or too long"""
    seen = set()
    for kind, octets in mails(3, 600):
        seen.add(kind)
        parsed = email.message_from_bytes(octets)
        assert parsed["Message-ID"] and parsed["From"] and parsed["Date"], octets[:300]
        assert octets.count(b"\n") == octets.count(b"\r\n"), kind
        if kind == "attachment":
            assert any(part.get_filename() and part.get_payload(decode=True) for part in parsed.walk())
    assert seen == {kind for kind, _ in generate.MIX}, seen


tap.run([repeats, sizes, kinds])
