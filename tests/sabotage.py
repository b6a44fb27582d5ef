#!/usr/bin/env python3
"""Takes defences out, one by one, in a copy of the tree, and shows which test fails then. A sabotage that nothing notices is a defence without a test.

    sabotage.py [NAME ...]          (make sabotage)
    sabotage.py --look              (in check: is the code that is to be changed still what stands here?)

Needs a configured build; prints a row for each, fails when one goes unnoticed or when the code to be changed is no longer there.
"""
import os
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.environ.get("TOP_SRCDIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PATIENCE = 90  # s; a test that hangs has noticed

# name: (file, what stands there, what shall stand there, the test program)
SABOTAGES = {
    "the mailbox is told before the commit": (
        "src/core/daemon_commit.c", "    if (write_group(d, group, whole, daemon_now(d), err) && store_commit(d->store, err))\n        return true;\n",
        "    bool wrote = write_group(d, group, whole, daemon_now(d), err);\n    tell_mailboxes(d, group);\n    if (wrote && store_commit(d->store, err))\n        return true;\n", "tests/unit/test_core_commit"),
    "a letter is reported sent before it is": (
        "src/core/courier_relay.c", "    bool alive = r->driver->send(r->session, &letter->letter, letter->arena, &err);\n    report(r, &letter->letter);\n",
        "    for (size_t i = 0; i < letter->letter.recipient_count; i++)\n        letter->letter.recipients[i].delivery = DELIVERY_SENT;\n    report(r, &letter->letter);\n"
        "    bool alive = r->driver->send(r->session, &letter->letter, letter->arena, &err);\n", "tests/flow/test_outbox.py"),
    "the next letter does not wait": ("src/core/courier_relay.c", "    bool noted = r->noted >= r->told;\n", "    bool noted = true;\n", "tests/unit/test_core_courier"),
    "other octets for each try": (
        "src/core/outbox.c", "    letter.recipient_count = due->letter.recipient_count <", "    if (due->tries > 0)\n        letter.octets.n -= 1;\n    letter.recipient_count = due->letter.recipient_count <",
        "tests/unit/test_core_outbox"),
    "no unique key in the ledger": ("src/store/schema.c", "    \" UNIQUE (folder, uid_validity, uid));\"\n", "    \" CHECK (uid_validity >= 0));\"\n", "tests/unit/test_core_intake"),
    "synchronous = OFF": ("src/store/store.c", '"PRAGMA synchronous = FULL;', '"PRAGMA synchronous = OFF;', "tests/flow/test_order.py"),
    "the server's name is not looked at": ("src/net/tls.c", "X509_VERIFY_PARAM_set1_host(param, name, host.n) == 1 && ", "", "tests/unit/test_net_stream"),
    "no deadline": ("src/net/stream.c", "    s->deadline = (s->paused != 0 ? s->paused : clock_monotonic()) + ms;\n", "    s->deadline = INT64_MAX / 2 + ms - ms;\n", "tests/unit/test_net_imap"),
    "no budget of octets": ("src/net/guard.c", "        g->text--;\n", "", "tests/unit/test_net_text"),
    "the reader is not jailed": ("src/core/reader.c", "    return jail_reader(r->setup.memory, err);\n", "    return r->setup.memory > 0 || err == NULL;\n", "tests/flow/test_confinement.py"),
    "core writes anywhere": ("src/core/daemon.c", " && jail_core_files(folders, has_alarms ? 3 : 2, err);", ";", "tests/flow/test_confinement.py"),
    "a copy that is the only one is deleted": ("src/core/daemon_commit.c", " || !is_whole(item)", " || (!is_whole(item) && false)", "tests/flow/test_transport.py"),
}


def copy_tree(folder):
    """The tree as it is tracked, and a build of it."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
        shutil.copy2(os.path.join(TOP, name), os.path.join(folder, name))
    for command in (["autoreconf", "-fi"], ["mkdir", "build"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    subprocess.run(["../configure", "-q"], cwd=os.path.join(folder, "build"), check=True, capture_output=True)
    make(folder)


def make(folder, *targets):
    done = subprocess.run(["make", "-s", "-j2", *targets], cwd=os.path.join(folder, "build"), capture_output=True, text=True)
    return None if done.returncode == 0 else done.stdout + done.stderr


def run(folder, test):
    """What the test says first against it; None: nothing."""
    build = os.path.join(folder, "build")
    if not test.endswith(".py"):
        problem = make(folder, test)
        if problem:
            raise SystemExit(f"{test} does not build:\n{problem}")
    command = [sys.executable, os.path.join(folder, test)] if test.endswith(".py") else [os.path.join(build, test)]
    environment = {**os.environ, "TOP_SRCDIR": folder, "TOP_BUILDDIR": build, "CMOCKA_MESSAGE_OUTPUT": "TAP"}
    try:
        done = subprocess.run(command, cwd=build, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return "it hangs"
    failed = [line for line in done.stdout.splitlines() if line.startswith("not ok")]
    return failed[0] if failed else f"ends with {done.returncode}" if done.returncode else None


def look():
    print(f"1..{len(SABOTAGES)}")
    for number, (name, (file, old, _, _)) in enumerate(SABOTAGES.items(), 1):
        with open(os.path.join(TOP, file)) as f:
            count = f.read().count(old)
        print(f"{'ok' if count == 1 else 'not ok'} {number} - {name}: its place is in {file}")
    return 0


def main():
    if sys.argv[1:] == ["--look"]:
        return look()
    chosen = {name: what for name, what in SABOTAGES.items() if not sys.argv[1:] or any(word in name for word in sys.argv[1:])}
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="triaged-sabotage-") as folder:
        copy_tree(folder)
        for name, (file, old, new, test) in chosen.items():
            path = os.path.join(folder, file)
            with open(path) as f:
                text = f.read()
            if text.count(old) != 1:
                raise SystemExit(f"{name}: {file} holds what is to be changed {text.count(old)} times")
            with open(path, "w") as f:
                f.write(text.replace(old, new))
            problem = make(folder)
            if problem:
                raise SystemExit(f"{name}: does not build:\n{problem}")
            found = run(folder, test)
            unnoticed += found is None
            print(f"{name:44}  {test:32}  {found or 'NOT NOTICED'}", flush=True)
            with open(path, "w") as f:
                f.write(text)
            make(folder)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
