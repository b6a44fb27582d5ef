#!/usr/bin/env python3
"""Hostile mail, each message read by triagectl on its own: an answer whatever comes, bounded in time and memory, harmless in what it says.

    test_hostile.py [--full] [--worst N] [NAME...]

Without --full those that hurt by size are shrunk; BIG are tried whole even then (not where a sanitizer slows all). Of each message is asked: exit status 0, one JSON document,
under CPU_MAX seconds and MEMORY_MAX octets; text valid, without NUL and controls; names of files harmless; nothing that moves a terminal, in JSON or for people.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path += [here, os.path.join(here, "..", "..", "flow")]
import mails  # noqa: E402
from tap import TOP_BUILDDIR, sanitized  # noqa: E402

CPU_MAX = 2.0
MEMORY_MAX = 256 * 1024 * 1024
SMALL = 0.02
BIG = ["nest-multipart", "nest-rfc822", "parts-named", "headers", "header-name-10-mb", "line-50-mb", "comments-nested", "groups-nested", "words-open", "uuencode-begins", "html-deep",
       "html-attribute-open", "charset-marks", "quotes-wrote", "report-recipients", "attachment-60-mb"]
NAME_MAX = 255
# What never leaves: C0 but LF and TAB, DEL, C1; and what turns the direction of a terminal's line.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


SLOW = 20 if sanitized() else 1  # what a sanitizer costs; its memory says nothing


def write_case(path, name, scale):
    """In a child: what the octets take of memory shall not be counted for triagectl, which begins as a copy of us."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with open(path, "wb") as f:
                f.write(mails.make(name, scale))
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, f"{name} cannot be made"


def run(arguments):
    """(exit status, stdout, seconds of CPU, octets of memory) of triagectl."""
    def bounded():
        resource.setrlimit(resource.RLIMIT_CPU, (int(CPU_MAX * 5 * SLOW), int(CPU_MAX * 5 * SLOW)))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([os.path.join(TOP_BUILDDIR, "triagectl"), *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=err, preexec_fn=bounded)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        errors = err.read(4000)
        assert process.returncode == 0, f"triagectl {arguments[0]}: ended with {process.returncode}: {errors.decode(errors='replace')}"
        return out.read(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def strings(value, path=""):
    """(path, text) of all strings in a document."""
    if isinstance(value, str):
        yield path, value
    for key, below in (value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()):
        yield from strings(below, f"{path}.{key}")


def check_name(name):
    assert not re.search(r"[/\\]", name) and name not in (".", "..") and not name.startswith(".."), f"name {name!r}"
    assert len(name.encode()) <= NAME_MAX and "\n" not in name and "\t" not in name and not TURNS.search(name), f"name {name!r}"


def check_terminal(octets):
    shown = octets.decode("utf-8")  # raises when it is not valid
    for pattern in (CONTROLS, TURNS):
        found = pattern.search(shown)
        assert not found, f"{found[0]!r} reaches a terminal: {shown[max(0, found.start() - 40):found.end() + 40]!r}"


def check(name, scale, expect, path):
    """Reads one case; gives (seconds, octets). Raises what is wrong."""
    write_case(path, name, scale)
    out, seconds, memory = run(["parse", "--json", path])
    assert seconds < CPU_MAX * SLOW, f"{seconds:.2f} s of CPU"
    assert SLOW > 1 or memory < MEMORY_MAX, f"{memory / 1e6:.0f} MB of memory"
    check_terminal(out)
    m = json.loads(out)
    for where, value in strings(m):
        found = CONTROLS.search(value)
        assert not found, f"{where}: {found[0]!r} in {value[max(0, found.start() - 40):found.end() + 40]!r}"
        value.encode()  # no lone surrogates
    for attachment in m["attachments"]:
        check_name(attachment["name"])
    if expect is not None:
        expect(m)
    if scale < 1 and name not in BIG:
        check_terminal(run(["parse", path])[0])
    return seconds, memory


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--worst", type=int, default=0)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    todo = [case for case in mails.CASES if not options.names or case[0] in options.names]
    wrong, spent = [], []
    print(f"1..{len(todo)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="triaged-hostile-") as folder:
        for number, (name, _, expect) in enumerate(todo, 1):
            scale = 1.0 if options.full or (name in BIG and SLOW == 1) else SMALL
            try:
                spent.append((*check(name, scale, expect, os.path.join(folder, "mail.eml")), name))
                print(f"ok {number} - {name}", flush=True)
            except (AssertionError, ValueError) as why:
                wrong.append(name)
                print(f"not ok {number} - {name}\n# {str(why)[:1000]!r}", flush=True)
    for which, what in ((0, "CPU"), (1, "memory")):
        for cost in sorted(spent, key=lambda s: s[which], reverse=True)[:options.worst]:
            print(f"# {what}: {cost[0]:.2f} s, {cost[1] / 1e6:.0f} MB: {cost[2]}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
