#!/usr/bin/env python3
"""demo: plays a support conversation on loopback and shows each step, with the mails as they lie in the mailboxes.

    demo.py [--stop]

A private Dovecot and Postfix, a certificate authority of its own, one desk; nothing of the system is touched. On a terminal everything is left running to look at.
"""
import email.utils
import os
import subprocess
import sys
import textwrap

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import Servers, compose  # noqa: E402

DESK, JO, MAX, AWAY = "support@contoso.example", "jo@fabrikam.example", "max@elsewhere.example", "away@fabrikam.example"
ALICE = "alice@contoso.example"
AGENTS = f'agent alice {{ name "Alice Ng"; public-name "Alice"; address {ALICE}; queues general network }}'
RULES = r"""rule gateway-down {
    when  subject, text ~ /\b(?:VPN )?gateway (?<gateway>[a-z]{2}-\d+) (?:is )?(?:down|unreachable)\b/i
    set   queue network; impact high; urgency high; field gateway
    test  "Subject: VPN gateway de-7 is down" => queue network, severity A, field gateway "de-7"
}

rule invoice {
    when  subject ~ /\binvoice (?<invoice>\d{4,8})\b/i
    set   queue billing; kind request; field invoice
}
"""
SHOWN = ("From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Return-Path")
bold = (lambda text: f"\033[1m{text}\033[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else (lambda text: text)
steps = 0


def step(text):
    global steps
    steps += 1
    print(f"\n{bold(f'{steps}. {text}')}", flush=True)


def show(text):
    print(textwrap.indent(text.rstrip("\n"), "   | ", lambda line: True), flush=True)


def show_mail(mail, headers=SHOWN):
    lines = [f"{name}: {mail[name]}" for name in headers if mail[name]]
    body = mail.get_body(("plain",))
    show("\n".join(lines) + "\n\n" + body.get_content().replace("\r", ""))


def ask(desk, *arguments, check=True):
    """Runs triagectl as a person would and shows what it prints."""
    print(f"   $ triagectl {' '.join(map(str, arguments))}", flush=True)
    done = desk.ctl(*arguments, as_json=False, check=check)
    show((done.stdout + done.stderr).decode())
    return done


def send(servers, sender, to, subject, text, headers=()):
    octets = compose(sender, to, subject, text, None, headers)
    address = email.utils.parseaddr(sender)[1]
    show_mail(email.message_from_bytes(octets, policy=email.policy.default))
    servers.send(octets, address, email.utils.parseaddr(to)[1])


def play(servers, desk):
    step(f"A desk: mailbox by IMAPS from Dovecot (port {servers.dovecot.imaps}), letters by Postfix (port {servers.postfix.submissions}, TLS, with a login)")
    ask(desk, "config", "check")
    ask(desk, "rules", "test")

    step("A customer writes, through Postfix:")
    send(servers, f"Jo Meier <{JO}>", DESK, "VPN gateway de-7 is down", "Hello,\n\nsince nine o'clock nobody in our Hamburg office can work.\nThe light on the gateway is red.\n\nJo Meier")
    desk.wait_ledger(1)
    ticket = desk.tickets()[0]["id"]
    step("It was fetched, read, judged by the rules and committed; the ticket:")
    ask(desk, "show", ticket)

    step("The acknowledgement, as Postfix delivered it into Jo's mailbox. Nothing that Jo wrote is in it: anybody could have written it.")
    ack = servers.wait_mails(JO)[0]
    show_mail(ack)

    step("Where do severity and field come from?")
    ask(desk, "why", ticket, "severity")
    ask(desk, "why", ticket, "gateway", check=False)

    step("Jo answers the acknowledgement; the reply finds its ticket by the token in the address, whatever the subject says:")
    send(servers, f"Jo Meier <{JO}>", ack["Reply-To"], "Re: your message", "The office in Bremen is affected, too.\n\nJo",
         [("In-Reply-To", ack["Message-ID"]), ("References", ack["Message-ID"])])
    assert desk.wait_ledger(2)[1]["ticket"] == ticket
    ask(desk, "thread", ticket)

    step("Alice works on the network queue. She has a mail of each of these, in her ordinary mail program; this is the second:")
    news = servers.wait_mails(ALICE, 2)[1]
    show_mail(news)

    step("She answers it. The first lines are orders to the desk, the rest is for Jo:")
    count = len(desk.ledger())
    send(servers, f"Alice Ng <{ALICE}>", news["Reply-To"], "Re: " + news["Subject"], "#note Third time this month, the supplier must come.\n#take\n\nHello Jo,\n\nthe gateway restarts now; please try again in five minutes.\n\n-- \nAlice Ng, second floor",
         [("In-Reply-To", news["Message-ID"]), ("References", news["Message-ID"])])
    desk.wait_ledger(count + 1)

    step("What Jo gets: from the desk, in Jo's own thread, without a trace of Alice's address, her note or her signature:")
    show_mail(servers.wait_mails(JO, 2)[1])

    step("And Alice's receipt:")
    show_mail(servers.wait_mails(ALICE, 3)[2], ("From", "To", "Subject"))
    ask(desk, "show", ticket)

    step("A stranger guesses the number. The mail does not join: it is shown as proposed, and answered as any new mail is:")
    send(servers, f"Max <{MAX}>", DESK, f"Re: [INC-{ticket}] VPN gateway de-7 is down", "Please send me the details of this ticket.")
    row = desk.wait_ledger(4)[3]
    show(f"outcome: {row['outcome']}   reason: {row['reason']}")
    show_mail(servers.wait_mails(MAX)[0], ("To", "Subject"))

    step("A machine answers. It is on record, and it is not answered:")
    send(servers, f"Away <{AWAY}>", DESK, "Automatic reply: away until Monday", "I am away.", [("Auto-Submitted", "auto-replied")])
    row = desk.wait_ledger(5)[4]
    show(f"outcome: {row['outcome']}   reason: {row['reason']}   answer: {row['answer_why']}")

    step("The operator closes it by hand; each change has a receipt and can be taken back:")
    done = ask(desk, "do", ticket, "close")
    receipt = next((word for word in done.stdout.decode().replace("\n", " ").split() if word.startswith("R-")), None)
    if receipt:
        ask(desk, "undo", receipt)

    step("The desk on one screen:")
    ask(desk, "status")
    ask(desk, "list")


def leave_running(servers, desk):
    """Writes the shell line's files; what runs, runs on."""
    pids = [desk.process.pid, servers.postfix.master, servers.dovecot.process.pid]
    with open(desk.path("env"), "w") as f:
        f.write(f"export TRIAGED_CONFIG='{desk.configuration}' PATH='{tap.TOP_BUILDDIR}':\"$PATH\"\n")
    with open(desk.path("stop"), "w") as f:
        f.write(f"#!/bin/sh\n# Ends this demo: the desk, Postfix, Dovecot.\nkill {' '.join(map(str, pids))}\nsleep 1\nrm -rf '{servers.directory}' '{desk.directory}'\n")
    os.chmod(desk.path("stop"), 0o755)
    print(f"""
{bold("Everything is running. To look further:")}

   . {desk.path("env")}
   triagectl list

   mail to the desk:    to support@contoso.example, SMTP on 127.0.0.1:{servers.postfix.smtp}
   the mailboxes:       {servers.dovecot.directory}/mail/*/new
   the configuration:   {desk.configuration}
   the log:             {desk.log_file}
   end it:              {"sudo " if os.geteuid() != os.getuid() or "SUDO_USER" in os.environ else ""}{desk.path("stop")}
""")


def main():
    if set(sys.argv[1:]) - {"--stop"}:
        sys.exit(__doc__)
    if os.geteuid() != 0:  # Postfix wants root
        os.execvp("sudo", ["sudo", "env", f"TOP_SRCDIR={tap.TOP_SRCDIR}", f"TOP_BUILDDIR={tap.TOP_BUILDDIR}", sys.executable, *sys.argv])
    stay = sys.stdin.isatty() and sys.stdout.isatty() and "--stop" not in sys.argv
    servers = Servers()
    desk, finished = None, False
    try:
        desk = Desk(servers, address=DESK, rules=RULES, daemon="", settings=AGENTS).start()
        play(servers, desk)
        finished = True
        if stay:
            leave_running(servers, desk)
        else:
            print("\nThe story ends here; servers and desk are stopped. On a terminal, ./bootstrap demo leaves them running to look at.")
    finally:
        if not (stay and finished):
            if desk:
                desk.__exit__(None)
            servers.stop()


if __name__ == "__main__":
    main()
