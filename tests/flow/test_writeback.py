#!/usr/bin/env python3
"""What a mailbox is told besides what became of its mail: the state of tickets as keywords, and copies of what agents answer."""
import contextlib
import imaplib
import re
import sys

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import PASSWORD, Servers, compose  # noqa: E402

tap.need_root()

STATES = {"$TicketNew", "$TicketOpen", "$TicketPending", "$TicketClosed"}


@contextlib.contextmanager
def client(servers, address):
    """Another mail client of the same mailbox."""
    session = imaplib.IMAP4("127.0.0.1", servers.dovecot.imap)
    session.login(address, PASSWORD)
    try:
        yield session
    finally:
        session.logout()


def shown(servers, address, folder="INBOX"):
    """What another client sees: a set of keywords for each message, oldest first."""
    with client(servers, address) as session:
        if session.select(folder, readonly=True)[0] != "OK":
            return []
        answer = session.uid("FETCH", "1:*", "(FLAGS)")[1]
        return [set(re.search(rb"FLAGS \(([^)]*)\)", line)[1].decode().split()) for line in answer if line]


def wait_shown(servers, address, *wanted):
    """Waits until message i shows exactly the keywords of wanted[i], of those that are ours."""
    def look():
        seen = [{flag for flag in flags if flag.startswith("$Ticket")} for flags in shown(servers, address)]
        return seen == [set(words.split()) for words in wanted]
    tap.wait_for(f"another client to see {wanted}", look)


def keywords(servers):
    """the state and severity of a ticket show as keywords to another client, through close, reopening, a reply and a restart"""
    customer = servers.new_address("jo", "customer.test")
    desk = Desk(servers)
    desk.mailboxes["support"] = desk.imap_block(extra="state-keywords yes")
    desk.write_configuration()
    with desk:
        servers.drop(compose(customer, "desk", "VPN gateway de-7 is down", "text"), desk.address)
        wait_shown(servers, desk.address, "$TicketNew $TicketA")
        number = desk.tickets()[0]["id"]
        desk.ctl("do", number, "close")
        wait_shown(servers, desk.address, "$TicketClosed $TicketA")
        desk.ctl("do", number, "severity", "C")
        wait_shown(servers, desk.address, "$TicketClosed $TicketC")
        # A reply: both messages show what the ticket is now.
        ack = servers.wait_mails(customer)[0]
        servers.send(compose(customer, ack["Reply-To"], "Re: it is down again", "It is down again."), customer, re.sub(r".*<|>.*", "", str(ack["Reply-To"])))
        wait_shown(servers, desk.address, "$TicketOpen $TicketC", "$TicketOpen $TicketC")
        # What another client has set is left alone.
        with client(servers, desk.address) as session:
            session.select("INBOX")
            session.uid("STORE", "1", "+FLAGS", "(\\Flagged Important)")
        desk.ctl("do", number, "pending")
        wait_shown(servers, desk.address, "$TicketPending $TicketC", "$TicketPending $TicketC")
        assert {"\\Flagged", "Important"} <= shown(servers, desk.address)[0]
        # A change while nobody listens: the mailbox is told afterwards.
        servers.dovecot.stop()
        desk.ctl("do", number, "close")
        assert desk.stop() == 0
        servers.dovecot.start()
        desk.start()
        wait_shown(servers, desk.address, "$TicketClosed $TicketC", "$TicketClosed $TicketC")
        tap.wait_for("nothing to wait any more", lambda: not desk.rows("SELECT ticket FROM mark_waiting"))
        assert "does not show" not in desk.log()


def switched_on_later(servers):
    """open tickets show their state as soon as that is asked for; new mail comes in meanwhile"""
    with Desk(servers) as desk:
        for number in range(40):
            servers.drop(compose(f"user{number}@many.test", "desk", f"matter {number}", "text"), desk.address)
        desk.wait_ledger(40)
        assert not any(STATES & flags for flags in shown(servers, desk.address))
        desk.mailboxes["support"] = desk.imap_block(extra="state-keywords yes")
        desk.write_configuration()
        desk.ctl("reload", as_json=False)
        servers.drop(compose("jo@customer.test", "desk", "one more", "text"), desk.address)
        tap.wait_for("all to be marked", lambda: [STATES & flags for flags in shown(servers, desk.address)] == [{"$TicketNew"}] * 41)
        shown_by = desk.ctl("mailbox", "show", "support")["mailbox"]
        assert shown_by["state_keywords"] is True and not shown_by["note"], shown_by


CASES = [keywords, switched_on_later]

if __name__ == "__main__":
    tap.run(CASES, Servers)
