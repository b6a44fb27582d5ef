"""tap: cases as functions, told as TAP. A case fails by raising; what helps to see why follows as comments.

A flow test waits for an event (wait_for); it guesses no time.
"""
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback

TOP_SRCDIR = os.path.abspath(os.environ.get("TOP_SRCDIR") or os.path.join(os.path.dirname(__file__), "..", ".."))
TOP_BUILDDIR = os.path.abspath(os.environ.get("TOP_BUILDDIR") or os.path.join(TOP_SRCDIR, "build"))


class Skip(Exception):
    """This case cannot run here; says why."""


def wait_for(what, probe, seconds=20.0):
    """Asks probe() until it gives something true, and gives that; fails after the deadline with what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}; last answer: {found!r}")
        time.sleep(0.02)


def need_root():
    """Postfix wants root. Without it: again through sudo where that asks nothing, else the whole program is skipped."""
    if os.geteuid() == 0:
        return
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        keep = [f"{name}={os.environ[name]}" for name in ("PATH", "TMPDIR") if name in os.environ]
        os.execvp("sudo", ["sudo", "-n", "env", *keep, f"TOP_SRCDIR={TOP_SRCDIR}", f"TOP_BUILDDIR={TOP_BUILDDIR}",
                           sys.executable, *sys.argv])
    print("1..0 # SKIP needs root or sudo for a private Postfix")
    sys.exit(0)


def sanitized():
    """Was the build under test made with a sanitizer? Then all is slower, its memory says nothing, and there are no jails."""
    try:
        with open(os.path.join(TOP_BUILDDIR, "config.h")) as f:
            return "#define SANITIZED 1" in f.read()
    except FileNotFoundError:
        return False


def need_tracer():
    """For cases that look on by strace(1): where a process may not be traced (ptrace(2)), or the build has a sanitizer, they cannot run."""
    if sanitized():
        raise Skip("a sanitizer and a tracer do not agree")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        raise Skip("no process may be traced here")


def diagnose(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def run(cases, context=contextlib.nullcontext, only=None):
    """Runs cases (functions of one argument, told by the first line of their docstrings) inside context(). `only`: words that choose by name."""
    only = only if only is not None else sys.argv[1:]
    cases = [case for case in cases if not only or any(word in case.__name__ for word in only)]
    print(f"1..{len(cases)}", flush=True)
    failed = 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped all the same
    with context() as given:
        for number, case in enumerate(cases, 1):
            told = (case.__doc__ or case.__name__).strip().splitlines()[0].rstrip(".")
            began = time.monotonic()
            try:
                case(given)
                print(f"ok {number} - {told} # {time.monotonic() - began:.1f} s", flush=True)
            except Skip as why:
                print(f"ok {number} - {told} # SKIP {why}", flush=True)
            except Exception:
                failed += 1
                print(f"not ok {number} - {told}", flush=True)
                diagnose(traceback.format_exc())
    sys.exit(1 if failed else 0)
