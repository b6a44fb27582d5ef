#!/usr/bin/env python3
"""The outbox against a scripted relay: what is tried again, what is not, and that octets never change."""
import email
import sys

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from peers import CLOSE, SILENCE, SmtpPeer  # noqa: E402
from servers import PASSWORD, Servers, compose  # noqa: E402

tap.need_root()


def desk_with(servers, peer, **arguments):
    desk = Desk(servers, relays={}, **arguments)
    desk.relays["default"] = desk.smtp_block("smtp+insecure", peer.port, "127.0.0.1", extra=arguments.pop("extra", ""))
    desk.write_configuration()
    return desk


def one_mail(desk, sender="jo@customer.test", subject="matter"):
    desk.servers.drop(compose(sender, "desk", subject, "text"), desk.address)



def accepted(servers):
    """an ordinary delivery: null sender, one recipient, EHLO by our own name"""
    with SmtpPeer() as peer, desk_with(servers, peer) as desk:
        one_mail(desk)
        desk.wait_letters("sent")
        (sender, recipients, octets), = peer.letters
        assert sender == "" and recipients == ["jo@customer.test"], (sender, recipients)
        assert "EHLO desk.test" in peer.commands, peer.commands
        assert octets.count(b"\n") == octets.count(b"\r\n") and max(map(len, octets.split(b"\r\n"))) <= 998
        stored, = desk.letters()
        assert octets.decode().find(stored["message_id"]) > 0


def nothing_offered(servers):
    """a relay that offers nothing gets nothing that was not offered"""
    with SmtpPeer(offers=()) as peer, desk_with(servers, peer) as desk:
        one_mail(desk)
        desk.wait_letters("sent")
        assert not [c for c in peer.commands if "BODY=" in c or "SIZE=" in c or "RET=" in c or "NOTIFY=" in c or "SMTPUTF8" in c], peer.commands
        assert all(octet < 128 for octet in peer.letters[0][2])


def refused_for_now(servers):
    """4xx at any stage: deferred with the server's words, and sent with the same octets when asked to retry"""
    for stage in ("MAIL", "RCPT", "DATA", "DOT"):
        with SmtpPeer(on={stage: ["451 4.7.1 greylisted", "354 go on" if stage == "DATA" else "250 2.0.0 fine"]}) as peer, desk_with(servers, peer) as desk:
            one_mail(desk)
            row = desk.wait_letters("deferred")[0]
            assert row["code"] == 451 and row["enhanced"] == "4.7.1" and "greylisted" in row["reply"] and row["tries"] == 1, (stage, row)
            assert not peer.letters
            desk.call("OutboxRetry", letters=[row["id"]])
            row = desk.wait_letters("sent")[0]
            assert row["tries"] == 2 and len(peer.letters) == 1, (stage, row)
            assert len({octets for _, _, octets in peer.attempts}) == 1, "octets changed between tries"


def refused_for_good(servers):
    """5xx: failed at once and visible, never tried again"""
    with SmtpPeer(on={"RCPT": "550 5.1.1 no such user"}) as peer, desk_with(servers, peer) as desk:
        one_mail(desk)
        row = desk.wait_letters("failed")[0]
        assert row["code"] == 550 and row["enhanced"] == "5.1.1" and row["ended_at"], row
        count = len(peer.commands)
        one_mail(desk, "other@customer.test", "another")
        desk.wait_letters("failed", 2)
        assert not [c for c in peer.commands[count:] if "jo@customer.test" in c], peer.commands


def unknown_after_the_dot(servers):
    """no answer after the final dot: unknown, then the same octets once more"""
    with SmtpPeer(on={"DOT": [CLOSE, "250 2.0.0 taken"]}) as peer, desk_with(servers, peer) as desk:
        one_mail(desk)
        row = tap.wait_for("the state unknown", lambda: next((r for r in desk.letters() if r["state"] in ("unknown", "sent")), None))
        if row["state"] == "unknown":
            desk.call("OutboxRetry", letters=[row["id"]])
        desk.wait_letters("sent")
        assert len(peer.attempts) == 2 and len({octets for _, _, octets in peer.attempts}) == 1, len(peer.attempts)
        assert desk.wait_log("unknown")


def dead_relay(servers):
    """a relay that is not there: the letter waits, tickets go on, and it leaves when the relay is back"""
    with SmtpPeer(on={"GREETING": SILENCE}) as peer:
        port = peer.port
        desk = desk_with(servers, peer)
        desk.relays["default"] += "timeout 1s\n"
        desk.write_configuration()
        with desk:
            one_mail(desk)
            desk.wait_ledger(1)
            one_mail(desk, "other@customer.test")
            desk.wait_ledger(2)
            tap.wait_for("the letter to be deferred", lambda: [r for r in desk.letters() if r["state"] in ("deferred", "queued")])
            peer.on.pop("GREETING")
            tap.wait_for("a try", lambda: peer.connections > 0)
            for row in desk.letters():
                desk.call("OutboxRetry", letters=[row["id"]])
            desk.wait_letters("sent", 2, 60)
            assert port == peer.port and len(peer.letters) == 2


def login(servers):
    """a relay with a login gets it only behind TLS; a refused login is no endless hammering and the letter waits"""
    with SmtpPeer(certificate=servers.certificate, implicit_tls=True, offers=("AUTH PLAIN LOGIN", "8BITMIME"),
                  on={"AUTH": ["535 5.7.8 no", "535 5.7.8 no", "235 2.7.0 in"]}) as peer:
        desk = Desk(servers, relays={})
        desk.relays["default"] = desk.smtp_block(port=peer.port)
        desk.write_configuration()
        with desk:
            one_mail(desk)
            desk.wait_log("535")
            assert peer.heard(PASSWORD)
            assert PASSWORD not in desk.log() and PASSWORD not in str(desk.rows("SELECT * FROM v_letter"))
            assert [r["state"] for r in desk.letters()] != ["failed"]


def held(servers):
    """a held letter does not leave; released, it does; a dropped one never"""
    with SmtpPeer(on={"RCPT": ["450 4.2.1 later", "250 ok"]}) as peer, desk_with(servers, peer) as desk:
        one_mail(desk)
        row = desk.wait_letters("deferred")[0]
        desk.call("OutboxHold", letters=[row["id"]])
        assert desk.letters()[0]["state"] == "held"
        desk.call("OutboxRelease", letters=[row["id"]])
        desk.wait_letters("sent")
        assert len(peer.letters) == 1


def injection(servers):
    """line ends in addresses and subjects of hostile mail never become SMTP commands or header fields"""
    with SmtpPeer() as peer, desk_with(servers, peer) as desk:
        hostile = b'From: "x\r\n\tBcc: victim@victim.test" <jo@customer.test>\r\nTo: desk\r\nSubject: =?utf-8?Q?a=0D=0ABcc:_victim@victim.test?=\r\n' \
                  b"Message-ID: <a@b\r\n c>\r\nContent-Type: text/plain\r\n\r\nRCPT TO:<victim@victim.test>\r\n.\r\nMAIL FROM:<x@y>\r\n"
        servers.drop(hostile, desk.address)
        desk.wait_ledger(1)
        desk.wait_idle()
        assert not [c for c in peer.commands if "victim" in c], peer.commands
        for _, recipients, octets in peer.letters:
            assert recipients == ["jo@customer.test"]
            assert email.message_from_bytes(octets)["Bcc"] is None and b"victim" not in octets, octets


if __name__ == "__main__":
    tap.run([accepted, nothing_offered, refused_for_now, refused_for_good, unknown_after_the_dot, dead_relay, login, held, injection],
            lambda: Servers(postfix=False))
