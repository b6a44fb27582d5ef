#!/usr/bin/env python3
"""What a mailbox is told besides what became of its mail: the state of tickets as keywords, and copies of what agents answer."""
import contextlib
import imaplib
import os
import re
import socket
import sqlite3
import sys
import threading

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import PASSWORD, Servers, compose  # noqa: E402
from talk import Person, text_of  # noqa: E402

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


class Cutter:
    """Between the courier and Dovecot: while `armed`, the server's answer to an APPEND never arrives, and `lost` is set."""

    def __init__(self, port):
        self.port, self.armed, self.lost, self.appends = port, True, threading.Event(), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            state = {"tag": None}
            threading.Thread(target=self.carry, args=(client, server, self.said, state), daemon=True).start()
            threading.Thread(target=self.carry, args=(server, client, self.answered, state), daemon=True).start()

    def said(self, data, state):
        for tag in re.findall(rb"(?m)^(\d+) APPEND ", data):
            self.appends += 1
            state["tag"] = tag
        return True

    def answered(self, data, state):
        if not self.armed or state["tag"] is None or not re.search(rb"(?m)^" + state["tag"] + rb" OK ", data):
            return True
        self.lost.set()
        return False

    def carry(self, source, target, look, state):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if look(data, state):
                    target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()


def as_answer(desk):
    """The acknowledgement that was sent becomes an agent's answer that is still to be sent, in the store of a daemon at rest."""
    name, = [f for f in os.listdir(desk.path("state")) if f.endswith(".db")]
    db = sqlite3.connect(os.path.join(desk.path("state"), name))
    with db:
        db.execute("UPDATE letter SET kind = 'reply'")
        db.execute("UPDATE recipient SET state = 'queued', ended_at = 0, next_at = 0")
    db.close()


def copy_is_put_once(servers, victim):
    customer = servers.new_address("jo", "customer.test")
    cutter = Cutter(servers.dovecot.imap)
    desk = Desk(servers)
    desk.mailboxes["support"] = desk.imap_block(scheme="imap+insecure", port=cutter.address, host="127.0.0.1", extra="sent Sent")
    desk.write_configuration()
    with desk:
        servers.drop(compose(customer, "desk", "invoice 123456", "It is too high."), desk.address)
        servers.wait_mails(customer)
        desk.wait_letters("sent")
        assert not servers.mails_of(desk.address, "Sent"), "an acknowledgement is not an answer"
        assert desk.stop() == 0
        as_answer(desk)
        desk.start()
        tap.wait_for("the answer to the APPEND to be lost", cutter.lost.is_set)
        assert not desk.rows("SELECT letter FROM sent_copy WHERE done_at > 0")
        cutter.armed = False
        if victim == "core":
            desk.kill()
            desk.start(ready=False)
        else:
            assert desk.kill_child("triaged-courier")
        tap.wait_for("the copy to be on record", lambda: desk.rows("SELECT letter FROM sent_copy WHERE done_at > 0"), 40)
        copy, = servers.mails_of(desk.address, "Sent")
        assert copy["Message-ID"] == servers.mails_of(customer)[-1]["Message-ID"], copy.items()
        assert cutter.appends == 1, cutter.appends
        flags, = shown(servers, desk.address, "Sent")
        assert "\\Seen" in flags, flags
        # Started again and again: nothing new.
        for _ in range(2):
            assert desk.stop() == 0
            desk.start()
            desk.wait_idle()
        servers.drop(compose(customer, "desk", "one more", "text"), desk.address)
        desk.wait_ledger(2)
        assert len(servers.mails_of(desk.address, "Sent")) == 1
    cutter.close()


def courier_killed(servers):
    """a copy of what was sent lies in the folder once, though the courier is killed between APPEND and its answer"""
    copy_is_put_once(servers, "courier")


def core_killed(servers):
    """a copy of what was sent lies in the folder once, though the core is killed between APPEND and its answer"""
    copy_is_put_once(servers, "core")


def answers(servers):
    """an agent's answer lies in the folder as the customer has it, and nothing else does; both messages show that the ticket is open"""
    jo, alice = Person(servers, "jo", "fabrikam.test"), Person(servers, "alice", "desk.test")
    desk = Desk(servers, settings=f'agent alice {{ name "Alice"; address {alice.address}; queues general network }}')
    desk.mailboxes["support"] = desk.imap_block(extra="sent \"Sent Items\"; state-keywords yes")
    desk.write_configuration()
    with desk:
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Nobody can work."))
        jo.next_mail("the acknowledgement")
        alice.send(alice.reply(alice.next_mail("the news"), "Please restart the gateway.\n"))
        answer = jo.next_mail("the answer")
        copy = servers.wait_mails(desk.address, 1, "Sent Items")[0]
        assert copy["Message-ID"] == answer["Message-ID"] and "restart the gateway" in text_of(copy), copy.as_string()
        wait_shown(servers, desk.address, "$TicketOpen $TicketA", "$TicketOpen $TicketA")
        desk.wait_idle()
        assert len(servers.mails_of(desk.address, "Sent Items")) == 1
        assert desk.rows("SELECT detail FROM v_event WHERE kind = 'copy put'")


CASES = [keywords, switched_on_later, answers, courier_killed, core_killed]

if __name__ == "__main__":
    tap.run(CASES, Servers)
