#!/usr/bin/env python3
"""Transport: every way in, what becomes of the mailbox, and what is never said to a server that has not proved itself."""
import imaplib
import os
import sys
import time

sys.dont_write_bytecode = True
import tap  # noqa: E402
from clocks import Warp  # noqa: E402
from desk import Desk  # noqa: E402
from peers import SILENCE, ImapPeer, SmtpPeer  # noqa: E402
from servers import PASSWORD, Authority, Servers, compose  # noqa: E402

tap.need_root()


def mail(subject="matter", sender="jo@customer.test"):
    return compose(sender, "desk", subject, "text")


def imap_of(servers, address, folder="INBOX"):
    session = imaplib.IMAP4("127.0.0.1", servers.dovecot.imap)
    session.login(address, PASSWORD)
    assert session.select(folder)[0] == "OK"
    return session


def ways_in(servers):
    """implicit TLS, STARTTLS and plaintext on loopback"""
    for scheme, out in (("imaps", "submissions"), ("imap+starttls", "submission+starttls"), ("imap+insecure", "smtp+insecure")):
        address, customer = servers.new_address(), servers.new_address("jo", "customer.test")
        host = "127.0.0.1" if "insecure" in scheme else "localhost"
        desk = Desk(servers, address=address, mailboxes={}, relays={})
        desk.mailboxes["support"] = desk.imap_block(scheme=scheme, host=host)
        desk.relays["default"] = desk.smtp_block(scheme=out, host=host)
        desk.write_configuration()
        with desk:
            servers.drop(compose(customer, address, f"by {scheme}", "text"), address)
            assert desk.wait_ledger(1)[0]["outcome"] == "opened"
            servers.wait_mails(customer)


def never_seen(servers):
    """only BODY.PEEK: the mailbox does not show that it was read, and with keep nothing in it changes"""
    with Desk(servers) as desk:
        for number in range(3):
            servers.drop(mail(f"matter {number}"), desk.address)
        desk.wait_ledger(3)
        desk.wait_idle()
        session = imap_of(servers, desk.address)
        assert session.search(None, "UNSEEN")[1][0].split() == [b"1", b"2", b"3"]
        session.logout()


def after_flag(servers):
    """after flag: keyword set once the record is committed"""
    with Desk(servers, after="flag Filed") as desk:
        servers.drop(mail(), desk.address)
        desk.wait_ledger(1)
        session = imap_of(servers, desk.address)
        tap.wait_for("the keyword", lambda: session.noop() and session.search(None, "KEYWORD", "Filed")[1][0])
        assert session.search(None, "UNSEEN")[1][0]
        session.logout()


def after_move(servers):
    """after move: the message lies in the other folder, and is not read a second time"""
    with Desk(servers, after="move Processed") as desk:
        for number in range(5):
            servers.drop(mail(f"matter {number}"), desk.address)
        desk.wait_ledger(5)
        servers.wait_mails(desk.address, 5, "Processed")
        tap.wait_for("an empty inbox", lambda: not servers.mails_of(desk.address))
        desk.call("MailboxPoll", mailbox="support")
        desk.wait_idle()
        assert len(desk.ledger()) == 5


def after_delete(servers):
    """after delete: gone, but only ours; what another client marked stays"""
    address = servers.new_address()
    servers.drop(mail("before us"), address)
    with Desk(servers, address=address, after="delete", existing="skip") as desk:
        desk.wait_idle()
        session = imap_of(servers, desk.address)
        session.store("1", "+FLAGS", "\\Deleted")
        servers.drop(mail("ours"), desk.address)
        assert desk.wait_ledger(1)[0]["subject"] == "ours"
        tap.wait_for("our message to go", lambda: session.noop() and session.uid("SEARCH", "ALL")[1][0] == b"1")
        session.logout()


def only_copies(servers):
    """after delete and after move: a message that was not fetched whole stays on its server, which has the only copy"""
    big = mail("too big") + b"a line of a mail that is too big for us\r\n" * 10_000
    for after in ("delete", "move Processed"):
        address = servers.new_address()
        for octets in (mail("before"), big, mail("behind")):
            servers.drop(octets, address)
        desk = Desk(servers, address=address, mailboxes={})
        desk.mailboxes["support"] = desk.imap_block(after=after, extra="size-max 256K\n")
        desk.write_configuration()
        with desk:
            desk.wait_ledger(3)
            tap.wait_for("the others to go", lambda: len(servers.mails_of(address)) == 1)
            desk.call("MailboxPoll", mailbox="support")
            desk.wait_idle()
            assert [kept["Subject"] for kept in servers.mails_of(address)] == ["too big"]
            assert len(desk.ledger()) == 3

    def garbles(peer, line, tag, rest):
        if "BODY" not in rest.upper() or 1 not in peer.wanted(rest.partition(" ")[0]):
            return False
        line.send("* 1 FETCH ((((\r\n")
        return True
    with ImapPeer([mail("not to be had"), mail("ours")], on={"FETCH": garbles}) as peer:
        desk = Desk(servers, mailboxes={})
        desk.mailboxes["support"] = desk.imap_block("x@desk.test", "imap+insecure", peer.port, "127.0.0.1", after="delete")
        desk.write_configuration()
        with desk:
            rows = desk.wait_ledger(2)
            assert sorted(row["outcome"] for row in rows) == ["opened", "quarantined"], rows
            tap.wait_for("ours to go", lambda: 2 not in peer.messages)
            desk.wait_idle()
            assert 1 in peer.messages and "\\Deleted" not in peer.flags.get(1, ()), peer.flags


def asked_again(servers):
    """a message its server would not give just then is asked for again a minute later, not with the next whole look"""
    if tap.sanitized():
        raise tap.Skip("a sanitizer wants to be loaded first")
    refusals = [True, True]

    def refuses(peer, line, tag, rest):
        if "BODY" not in rest.upper() or 1 not in peer.wanted(rest.partition(" ")[0]) or not refusals:
            return False
        refusals.pop()
        line.send(f"{tag} NO [UNAVAILABLE] later\r\n")
        return True
    with ImapPeer([mail("not just now"), mail("ours")], on={"FETCH": refuses}) as peer:
        desk = Desk(servers, mailboxes={})
        desk.mailboxes["support"] = desk.imap_block("x@desk.test", "imap+insecure", peer.port, "127.0.0.1")
        desk.write_configuration()
        with desk.start(environment=Warp(desk.directory, speed=60).environment()):
            rows = desk.wait_ledger(2)
            assert {row["outcome"] for row in rows} == {"opened"}, rows


def folders(servers):
    """several folders of one mailbox"""
    address = servers.new_address()
    servers.drop(mail("first"), address)
    servers.drop(mail("urgent"), address, "Urgent")
    desk = Desk(servers, address=address, mailboxes={})
    desk.mailboxes["support"] = desk.imap_block(folder="", extra="folders INBOX Urgent\n")
    desk.write_configuration()
    with desk:
        rows = desk.wait_ledger(2)
        assert sorted(row["folder"] for row in rows) == ["INBOX", "Urgent"], rows
        servers.drop(mail("urgent again"), address, "Urgent")
        assert desk.wait_ledger(3)[2]["folder"] == "Urgent"


def skipped(servers):
    """existing skip: what was there before the first look is left alone; backfill: filed without an answer"""
    address = servers.new_address()
    servers.drop(mail("old", "old@customer.test"), address)
    with Desk(servers, address=address, existing="skip") as desk:
        desk.wait_idle()
        assert not desk.ledger()
        servers.drop(mail("new"), address)
        assert desk.wait_ledger(1)[0]["subject"] == "new"
    with Desk(servers, address=address, existing="backfill") as desk:
        rows = desk.wait_ledger(2)
        desk.wait_idle()
        assert not desk.letters() and all(row["answer_why"] for row in rows), rows


def idle(servers):
    """with IDLE a ticket stands within two seconds of the delivery, though polling is rare"""
    desk = Desk(servers, mailboxes={})
    desk.mailboxes["support"] = desk.imap_block().replace("poll 1s", "poll 1h")
    desk.write_configuration()
    with desk:
        for number in range(3):
            began = time.monotonic()
            servers.deliver(mail(f"matter {number}"), desk.address)
            desk.wait_ledger(number + 1, 10)
            assert time.monotonic() - began < 2, f"{time.monotonic() - began:.2f} s"


def one_silent(servers):
    """three mailboxes, one of them on a server that never answers: the other two are not delayed"""
    with ImapPeer(on={"ACCEPT": SILENCE}) as dead:
        one, two = servers.new_address(), servers.new_address()
        desk = Desk(servers, mailboxes={})
        desk.mailboxes = {"one": desk.imap_block(one), "dead": desk.imap_block("x@desk.test", "imap+insecure", dead.port, "127.0.0.1"), "two": desk.imap_block(two)}
        desk.write_configuration()
        desk.start(ready=False)
        with desk:
            began = time.monotonic()
            servers.drop(mail("to one"), one)
            servers.drop(mail("to two"), two)
            rows = desk.wait_ledger(2, 8)
            assert sorted(row["mailbox"] for row in rows) == ["one", "two"], rows
            tap.wait_for("the dead one to be tried", lambda: dead.connections)
            for number in range(3):
                servers.drop(mail(f"again {number}"), one)
                desk.wait_ledger(3 + number, 4)
            assert time.monotonic() - began < 12


def no_credential(servers):
    """wrong name, unknown authority, expired, not yet valid: no credential is sent, and the log says why"""
    stranger = Authority(os.path.join(servers.directory, "stranger"), "Somebody Else")
    known = servers.authority
    cases = [("wrong name", known.issue(["DNS:other.test"]), "name"), ("unknown authority", stranger.issue(["DNS:localhost"]), "issuer"),
             ("expired", known.issue(["DNS:localhost"], "20200101000000Z", "20210101000000Z"), "expired"),
             ("not yet valid", known.issue(["DNS:localhost"], "20400101000000Z", "20410101000000Z"), "not yet valid")]
    for told, certificate, word in cases:
        for scheme in ("imaps", "imap+starttls"):
            with ImapPeer([mail()], certificate=certificate, implicit_tls=scheme == "imaps", capabilities="IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR") as peer, \
                    SmtpPeer(certificate=certificate, implicit_tls=True) as smtp:
                desk = Desk(servers, mailboxes={}, relays={})
                desk.mailboxes["support"] = desk.imap_block(scheme=scheme, port=peer.port)
                desk.relays["default"] = desk.smtp_block(port=smtp.port)
                desk.write_configuration()
                desk.start(ready=False)
                with desk:
                    tap.wait_for(f"a try ({told})", lambda: peer.connections)
                    line = tap.wait_for(f"the log to name the certificate ({told})",
                                        lambda: next((line for line in desk.log().splitlines() if "certificate" in line and "mailbox=support" in line), None))
                    assert word in line, (told, line)
                    assert not peer.heard(PASSWORD) and b"LOGIN" not in peer.received and b"AUTHENTICATE" not in peer.received, (told, peer.received)
                    assert not smtp.heard(PASSWORD)
                    assert not desk.ledger()
                    assert PASSWORD not in desk.log()


def refused_before_login(servers):
    """STARTTLS withheld, text behind STARTTLS, PREAUTH, LOGINDISABLED: refused before a credential is said"""
    def smuggle(peer, line, tag, rest):
        line.send(f"{tag} OK begin\r\n* OK injected\r\n")
        line.start_tls(peer.context)
        return True

    def preauth(peer, line, tag, rest):
        line.send("* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n")
        return True

    cases = [("withheld", "imap+starttls", dict(capabilities="IMAP4rev1 AUTH=PLAIN")),
             ("injected", "imap+starttls", dict(capabilities="IMAP4rev1 STARTTLS AUTH=PLAIN", on={"STARTTLS": smuggle})),
             ("preauth", "imaps", dict(on={"GREETING": preauth})),
             ("login disabled", "imaps", dict(capabilities="IMAP4rev1 LOGINDISABLED"))]
    for told, scheme, arguments in cases:
        with ImapPeer([mail()], certificate=servers.certificate, implicit_tls=scheme == "imaps", **arguments) as peer:
            desk = Desk(servers, mailboxes={})
            desk.mailboxes["support"] = desk.imap_block(scheme=scheme, port=peer.port)
            desk.write_configuration()
            desk.start(ready=False)
            with desk:
                line = tap.wait_for(f"the log to say why ({told})", lambda: next((line for line in desk.log().splitlines()
                                                                                if "mailbox=support" in line and "warning" in line or "error" in line), None))
                assert not peer.heard(PASSWORD), (told, peer.received)
                assert not desk.ledger(), (told, line)


def wrong_password(servers):
    """a wrong password: said so, not hammered"""
    desk = Desk(servers)
    desk.write("password", "wrong\n", 0o600)
    desk.start(ready=False)
    with desk:
        desk.wait_log("mailbox=support")
        line = desk.log()
        assert "uthentication failed" in line or "login" in line, line
        assert "wrong" not in line.replace("wrong password", ""), line


def dropped_literal(servers):
    """the connection ends inside a literal: nothing of it is stored, and it is fetched whole the next time"""
    whole = mail("cut short")
    cuts = [0, len(whole) - 1]

    def cut(peer, line, tag, rest):
        if "BODY" not in rest.upper() or not cuts:
            return False
        part = whole[:cuts.pop()]
        line.send(f'* 1 FETCH (UID 1 INTERNALDATE "23-Nov-2026 10:00:00 +0000" RFC822.SIZE {len(whole)} BODY[] {{{len(whole)}}}\r\n'.encode() + part)
        from peers import Gone
        raise Gone

    with ImapPeer([whole, mail("behind")], on={"FETCH": cut}) as peer:
        desk = Desk(servers, mailboxes={})
        desk.mailboxes["support"] = desk.imap_block("x@desk.test", "imap+insecure", peer.port, "127.0.0.1")
        desk.write_configuration()
        desk.start(ready=False)
        with desk:
            rows = desk.wait_ledger(2, 60)
            assert sorted(row["subject"] for row in rows) == ["behind", "cut short"], rows
            assert all(row["outcome"] == "opened" for row in rows), rows


if __name__ == "__main__":
    tap.run([ways_in, never_seen, after_flag, after_move, after_delete, only_copies, asked_again, folders, skipped, idle, one_silent, no_credential, refused_before_login, wrong_password,
             dropped_literal], Servers)
