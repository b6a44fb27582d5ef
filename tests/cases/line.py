"""Golden cases of the line: each line/NAME.eml is read (triagectl parse) and judged (triagectl explain) at the small desk in line/desk with an empty store;
what comes out, without what changes from run to run, must be line/NAME.expected to the letter. With ACCEPT=1 the files NAME.expected are written anew."""

import difflib
import email.parser
import json
import os
import shutil
import subprocess
import sys
import tempfile

TOP = os.environ.get("TOP_SRCDIR", ".")
BUILD = os.environ.get("TOP_BUILDDIR", ".")
CASES = os.path.join(TOP, "tests", "cases", "line")
TRIAGECTL = os.path.join(BUILD, "triagectl")
LONG = 400  # characters of a text; more is cut in the middle


def run(*arguments):
    done = subprocess.run([TRIAGECTL, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if done.returncode != 0:
        return None, {"exit": done.returncode}
    return json.loads(done.stdout), None


def shortened(value):
    if isinstance(value, str) and len(value) > LONG:
        return f"{value[:LONG // 2]}[... {len(value) - LONG} characters ...]{value[-LONG // 2:]}"
    if isinstance(value, list):
        return [shortened(one) for one in value]
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    return value


def letter_of(answer):
    letter = answer["letter"]
    if letter is None:
        return None
    head = email.parser.HeaderParser().parsestr(letter["octets"])
    return {"kind": letter["kind"], "from": letter["from"], "to": letter["to"], "relay": letter["relay"], "header_to": head["To"], "subject": head["Subject"],
            "auto_submitted": head["Auto-Submitted"], "in_reply_to": head["In-Reply-To"]}


def stages(told):
    message, verdict, answer = told["message"], told["verdict"], told["answer"]
    rules = [{name: rule[name] for name in ("rule", "why")} for rule in told["rules"] if rule["applied"]]
    values = [f"{v['field']} = {v['value']} ({'rule ' + v['rule'] if v.get('rule') else v.get('because')})" for v in told["values"]]
    return {"kind": message["kind"], "evidence": message["kind_evidence"], "sender": told["sender"],
            "placement": {name: told["placement"][name] for name in ("placed", "ticket", "evidence", "why")}, "rules": rules, "failed": told["failed"],
            "values": values, "verdict": verdict, "answer": {"answer": answer["answer"], "why": answer["why"], "language": answer["language"],
                                                             "letter": letter_of(answer)}}


def desk(folder):
    """The desk, laid out in a folder of its own, with an empty store."""
    shutil.copytree(os.path.join(CASES, "desk"), os.path.join(folder, "desk"))
    home = os.path.join(folder, "desk")
    subprocess.run(["chmod", "-R", "u+w", home], check=True)  # the sources may be read-only
    for box in ("in", "out"):
        for name in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(home, box, name))
    os.mkdir(os.path.join(home, "state"), 0o700)
    subprocess.run([os.path.join(BUILD, "tests", "cases", "empty_store"), os.path.join(home, "state")], check=True)
    return os.path.join(home, "triaged.conf")


def outcome(config, path):
    parsed, failed = run("parse", "--json", path)
    told, refused = run("-c", config, "explain", "--json", "--mailbox", "support", path)
    return {"parse": shortened(parsed) if parsed else failed, "line": shortened(stages(told)) if told else refused}


def main():
    accept = os.environ.get("ACCEPT") == "1"
    names = sorted(name[:-4] for name in os.listdir(CASES) if name.endswith(".eml"))
    print(f"1..{len(names)}")
    with tempfile.TemporaryDirectory(prefix="line-") as folder:
        config = desk(folder)
        for number, name in enumerate(names, 1):
            got = json.dumps(outcome(config, os.path.join(CASES, name + ".eml")), indent=2) + "\n"
            expected = os.path.join(CASES, name + ".expected")
            if accept:
                with open(expected, "w", encoding="ascii") as file:
                    file.write(got)
            try:
                with open(expected, encoding="ascii") as file:
                    wanted = file.read()
            except FileNotFoundError:
                wanted = ""
            print(f"{'ok' if got == wanted else 'not ok'} {number} - {name}")
            if got != wanted:
                for line in difflib.unified_diff(wanted.splitlines(), got.splitlines(), "expected", "got", lineterm=""):
                    print("# " + line)
            sys.stdout.flush()


main()
