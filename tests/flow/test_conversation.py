#!/usr/bin/env python3
"""Customers and agents, by mail alone, on real servers: the whole story of a ticket, and what each side must never see of the other."""
import email
import email.policy
import re
import sys

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import Servers  # noqa: E402
from talk import Person, bare, text_of, winmail  # noqa: E402

tap.need_root()


def desk_with(servers, *agents, more="", **options):
    blocks = "\n".join(f'agent {a.display.lower()} {{ name "{a.display}"; address {a.address}; queues general network; {extra} }}' for a, extra in agents)
    return Desk(servers, settings=blocks + "\n" + more, **options)


def acted(desk, count):
    """Waits until so many mails are on record, and gives the last."""
    return desk.wait_ledger(count)[-1]


def ticket(desk, number):
    return next(t for t in desk.tickets() if t["id"] == number)


def number_in(mail):
    return int(re.search(r"INC-(\d+)", str(mail["Subject"]))[1])


def states(desk, number):
    return [r["value"] for r in desk.rows("SELECT value FROM v_provenance WHERE ticket = ? AND field = 'state' ORDER BY id", number)]


def story(servers):
    """a whole conversation: two customers' clients, two agents, note, assignment, answer with file and HTML, Cc, close, thanks, reopen, merge, undo"""
    jo = Person(servers, "jo", "fabrikam.test", "gmail", "Jo Meier")
    boss = Person(servers, "boss", "fabrikam.test", "outlook", "Kim Boss")
    alice, bob = Person(servers, "alice", "desk.test", "gmail", "Alice"), Person(servers, "bob", "desk.test", "outlook", "Bob")
    with desk_with(servers, (alice, 'public-name "Alice from Support"'), (bob, "")) as desk:
        # A new ticket: the customer has his number, each agent one mail.
        first = jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Hello,\nnobody can work.\n\nJo", cc=bare(boss.address), files=[("trace.txt", "text/plain", b"hop 1\nhop 2\n")]))
        acted(desk, 1)
        ack = jo.next_mail("the acknowledgement")
        number = number_in(ack)
        news = alice.next_about(f"INC-{number}")
        assert bob.next_about(f"INC-{number}")
        assert "nobody can work" in text_of(news) and f"#cc +{boss.address}" in text_of(news), text_of(news)
        assert [a.get_filename() for a in news.iter_attachments()] == ["trace.txt"], "the customer's file is with the agent"
        assert news["Auto-Submitted"] == "auto-generated" and bare(news["From"]) == desk.address

        assert boss.next_mail("what Jo sent him")["Message-ID"] == first["Message-ID"]

        # A note and an assignment: nothing of it reaches the customer.
        alice.send(alice.reply(news, "#note He has not paid since August, be careful.\n#assign bob\n"))
        acted(desk, 2)
        receipt = alice.next_about("Receipt")
        assert "note kept" in text_of(receipt) and "owner" in text_of(receipt), text_of(receipt)
        assert ticket(desk, number)["owner"] == "bob"

        # The customer's Cc takes part once an agent says so.
        news_bob = bob.inbox()[0]
        bob.send(bob.reply(news_bob, f"#cc +{boss.address}\n"))
        acted(desk, 3)
        bob.next_about("Receipt")

        # An answer with HTML and a file.
        bob.send(bob.reply(news_bob, "Dear Jo,\nplease restart the gateway.\n\n-- \nBob Builder\nsecond floor", files=[("how-to.pdf", "application/pdf", b"%PDF-1.4 restart it\n%%EOF\n")]))
        acted(desk, 4)
        assert jo.address in text_of(bob.next_about("Receipt"))
        answer, copy = jo.next_mail("the answer"), boss.next_mail("his copy")
        assert answer["Message-ID"] == copy["Message-ID"]
        assert bare(answer["From"]) == desk.address and "restart the gateway" in text_of(answer), answer.items()
        assert answer["In-Reply-To"] == first["Message-ID"] and first["Message-ID"] in answer["References"], answer.items()
        assert answer.get_body(("html",)) is not None and "restart the gateway" in answer.get_body(("html",)).get_content()
        assert [a.get_filename() for a in answer.iter_attachments()] == ["how-to.pdf"]
        assert "second floor" not in answer.as_string(), "the agent's own signature stays at home"
        assert answer["Auto-Submitted"] is None, "a person wrote it"
        assert ticket(desk, number)["state"] == "open" and ticket(desk, number)["due"] == 0

        # The customer answers, in his client's way; the owner alone hears of it.
        before = len(alice.inbox())
        jo.send(jo.reply(answer, "It works now."))
        assert acted(desk, 5)["ticket"] == number
        news_bob = bob.next_about("It works now")
        desk.wait_idle()
        assert len(alice.inbox()) == before

        # Close; thanks do not open it; a new sentence does.
        bob.send(bob.reply(news_bob, "#close\n"))
        acted(desk, 6)
        bob.next_about("Receipt")
        assert ticket(desk, number)["state"] == "closed"
        jo.send(jo.reply(answer, "Thank you very much!\n\nJo"))
        acted(desk, 7)
        assert ticket(desk, number)["state"] == "closed", "thanks are no reason to open it"
        boss.send(boss.reply(copy, "It is down again."))
        assert acted(desk, 8)["ticket"] == number
        assert ticket(desk, number)["state"] == "open"
        news_bob = bob.next_about("down again")

        # A second ticket about the same, merged into the first, and that undone.
        jo.pass_over()
        jo.send(jo.new_mail(desk.address, "Gateway", "The light is red."))
        acted(desk, 9)
        second = number_in(jo.next_mail("the second acknowledgement"))
        news_two = bob.next_about(f"INC-{second}")
        bob.send(bob.reply(news_two, f"#merge {number}\n"))
        acted(desk, 10)
        receipt = bob.next_about("Receipt")
        assert ticket(desk, second)["merged_into"] == number and ticket(desk, second)["state"] == "closed", text_of(receipt)
        bob.send(bob.reply(receipt, "#undo\n"))
        acted(desk, 11)
        receipt = bob.next_about("Receipt")
        assert ticket(desk, second)["merged_into"] == 0 and ticket(desk, second)["state"] != "closed", text_of(receipt)

        # What the customers hold, octet by octet.
        desk.wait_idle()
        for person in (jo, boss):
            for _, octets in servers.octets_of(person.address):
                lower = octets.lower()
                decoded = b"\n".join(part.get_payload(decode=True) or b"" for part in email.message_from_bytes(octets, policy=email.policy.default).walk()).lower()
                for secret in (alice.address, bob.address, "paid since august", "second floor"):
                    assert secret.encode() not in lower and secret.encode() not in decoded, (secret, octets)
                assert not re.search(rb"\d+-[as]\d{6,}-\d+-[a-z2-7]{26}", lower + decoded), "an agent's token left the house"
                assert b"10.0." not in lower
        threads = [m for m in jo.inbox() if number_in(m) == number]
        for mail in threads:
            assert first["Message-ID"] in f"{mail['In-Reply-To']} {mail['References']}", mail.items()


def private_address(servers):
    """an agent who answers from his private address gains nothing, is told, and nothing is lost"""
    jo, alice = Person(servers, "jo", "fabrikam.test"), Person(servers, "alice", "desk.test", display="Alice")
    private = Person(servers, "alice", "private.test", display="Alice")
    with desk_with(servers, (alice, "")) as desk:
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Help."))
        acted(desk, 1)
        number = number_in(jo.next_mail())
        news = alice.next_mail()
        private.send(private.reply(news, "#close\nDone."))
        row = acted(desk, 2)
        assert row["outcome"] == "proposed", row
        assert ticket(desk, number)["state"] == "new"
        notice = alice.next_about("in your name")
        assert private.address in text_of(notice) and "#close" not in notice.as_string(), text_of(notice)
        desk.wait_idle()
        assert len(jo.inbox()) == 1


def phone(servers):
    """an agent on a phone who deletes the quoted text; one whose program forgets Reply-To"""
    jo, alice = Person(servers, "jo", "fabrikam.test"), Person(servers, "alice", "desk.test", display="Alice")
    with desk_with(servers, (alice, "")) as desk:
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Help."))
        acted(desk, 1)
        jo.next_mail()
        news = alice.next_mail()
        alice.send(alice.reply(news, "On my way.", quote=False))
        acted(desk, 2)
        assert "On my way." in text_of(jo.next_mail())
        del news["Reply-To"]
        mail = alice.reply(news, "I am there.", quote=False)
        assert bare(mail["To"]) == desk.address
        alice.send(mail)
        acted(desk, 3)
        assert "I am there." in text_of(jo.next_mail())


def packed(servers):
    """an agent whose program sends winmail.dat: the customer gets the files in it, not the package"""
    jo, alice = Person(servers, "jo", "fabrikam.test"), Person(servers, "alice", "desk.test", display="Alice")
    with desk_with(servers, (alice, "")) as desk:
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Help."))
        acted(desk, 1)
        jo.next_mail()
        news = alice.next_mail()
        alice.send(alice.reply(news, "See the plan.", files=[("winmail.dat", "application/ms-tnef", winmail([("plan.txt", b"first this, then that")]))]))
        acted(desk, 2)
        answer = jo.next_mail()
        assert [(a.get_filename(), a.get_payload(decode=True)) for a in answer.iter_attachments()] == [("plan.txt", b"first this, then that")], answer.items()


def leaks(servers):
    """an answer that quotes a note, names a stranger or another ticket waits; #release lets it go; undone answers to a closed ticket"""
    jo, kim = Person(servers, "jo", "fabrikam.test"), Person(servers, "kim", "other.test")
    alice = Person(servers, "alice", "desk.test", display="Alice")
    with desk_with(servers, (alice, "")) as desk:
        kim.send(kim.new_mail(desk.address, "Printer", "It jams."))
        acted(desk, 1)
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Help."))
        acted(desk, 2)
        number = number_in(jo.next_mail())
        kim_number = number_in(kim.next_mail())
        news = alice.next_about(f"INC-{number}")
        alice.send(alice.reply(news, "#note The customer's contract ran out in March, do not promise anything."))
        acted(desk, 3)
        alice.next_about("Receipt")
        count = 3
        for text in ("As I said:\nThe customer's contract ran out in March, do not promise anything.", f"Please ask {kim.address}.", f"It is the same as INC-{kim_number}."):
            alice.send(alice.reply(news, text))
            count += 1
            acted(desk, count)
            assert "HELD" in text_of(alice.next_about("Receipt")), text
        desk.wait_idle()
        assert len(jo.inbox()) == 1, [text_of(m) for m in jo.inbox()]
        held = [r for r in desk.letters() if r["state"] == "held"]
        assert len(held) == 3, held
        alice.send(alice.reply(news, f"Write to me at {alice.address}, please."))
        acted(desk, count + 1)
        answer = jo.next_mail()
        assert alice.address not in answer.as_string() and f"at {desk.address}, please" in text_of(answer), text_of(answer)
        alice.send(alice.reply(news, "#release"))
        acted(desk, count + 2)
        assert len(servers.wait_mails(jo.address, 5)) == 5


def on_behalf(servers):
    """a customer's mail passed on by a proven agent is the customer's ticket; by an unproven one it is held"""
    jo, alice = Person(servers, "jo", "fabrikam.test"), Person(servers, "alice", "desk.test", display="Alice")
    eve = Person(servers, "eve", "evil.test")
    forward = (f"please take care\n\n---------- Forwarded message ---------\nFrom: Jo Meier <{jo.address}>\nDate: Mon, Nov 23, 2026 at 9:12 AM\n"
               f"Subject: Scanner is broken\nTo: {alice.address}\n\n\nThe scanner prints nothing.\nJo\n")
    with desk_with(servers, (alice, "")) as desk:
        standing = next(a for a in desk.ctl("agent", "list", "--addresses")["agents"] if a["name"] == "alice")["standing_address"]
        alice.send(alice.new_mail(standing, "Fwd: Scanner is broken", "#severity B\n" + forward))
        row = acted(desk, 1)
        t, = desk.tickets()
        assert (t["requester"], t["subject"], t["severity"]) == (jo.address, "Scanner is broken", "B"), t
        ack = jo.next_mail("the acknowledgement")
        assert number_in(ack) == t["id"] and alice.address not in ack.as_string()
        assert "opened for" in text_of(alice.next_about("Receipt"))
        # Without a proof: held, and the agent is told.
        forged = eve.new_mail(desk.address, "Fwd: Scanner is broken", forward)
        del forged["From"]
        forged["From"] = f"Alice <{alice.address}>"
        eve.send(forged)
        row = acted(desk, 2)
        assert row["outcome"] == "held", row
        assert "in your name" in alice.next_about("in your name")["Subject"]
        desk.wait_idle()
        assert len(jo.inbox()) == 1


def undelivered(servers):
    """an answer that bounces opens the ticket again and tells the agent; a notification that bounces tells the operator, and nothing goes round"""
    jo, alice = Person(servers, "jo", "fabrikam.test"), Person(servers, "alice", "desk.test", display="Alice")
    operator = servers.new_address("operator", "desk.test")
    with desk_with(servers, (alice, ""), budget=f"recipient 20/h; domain 1000/h; global 1000/h; operator {operator}") as desk:
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Help."))
        acted(desk, 1)
        number = number_in(jo.next_mail())
        news = alice.next_mail()
        alice.send(alice.reply(news, "#close\nIt is repaired."))
        acted(desk, 2)
        alice.next_about("Receipt")
        answer = jo.next_mail()
        assert ticket(desk, number)["state"] == "closed"
        assert answer["Return-Path"] and "+" in answer["Return-Path"], answer.items()

        def bounce(of, who, number_of_mails):
            text = (f"Final-Recipient: rfc822; {who}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n")
            octets = ("From: MAILER-DAEMON@mx.test\r\nTo: " + bare(of["Return-Path"]) + "\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
                      "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n"
                      "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n" + text.replace("\n", "\r\n") +
                      f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {of['Message-ID']}\r\n--b--\r\n").encode()
            servers.send(octets, "", bare(of["Return-Path"]))
            return acted(desk, number_of_mails)

        row = bounce(answer, jo.address, 3)
        assert (row["outcome"], row["ticket"]) == ("bounce", number), row
        assert ticket(desk, number)["state"] == "open"
        news = alice.next_about("did not reach")
        before = len(alice.inbox())
        bounce(news, alice.address, 4)
        assert len(servers.wait_mails(operator)) == 1
        bounce(news, alice.address, 5)
        desk.wait_idle()
        assert len(servers.mails_of(operator)) == 1 and len(alice.inbox()) == before, "nothing goes round"


def questions(servers):
    """#help, #list, #show and #search are answered by mail; a stranger who asks them gets nothing but a ticket"""
    jo, alice = Person(servers, "jo", "fabrikam.test"), Person(servers, "alice", "desk.test", display="Alice")
    with desk_with(servers, (alice, "")) as desk:
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Help, the zeppelin is late."))
        acted(desk, 1)
        jo.next_mail()
        news = alice.next_mail()
        for count, (question, word) in enumerate((("#help", "#close"), ("#list", "VPN gateway"), ("#show", "zeppelin"), ("#search zeppelin", "VPN gateway")), 2):
            alice.send(alice.reply(news, question))
            acted(desk, count)
            assert word in text_of(alice.next_about("Receipt")), question
        jo.send(jo.new_mail(desk.address, "list", "#list"))
        assert acted(desk, 6)["outcome"] == "opened"
        desk.wait_idle()
        assert len(jo.inbox()) == 2


def all_or_nothing(servers):
    """a wrong command among right ones: nothing is done, nothing is sent, the agent hears why"""
    jo, alice = Person(servers, "jo", "fabrikam.test"), Person(servers, "alice", "desk.test", display="Alice")
    with desk_with(servers, (alice, "")) as desk:
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Help."))
        acted(desk, 1)
        number = number_in(jo.next_mail())
        news = alice.next_mail()
        alice.send(alice.reply(news, "#take\n#severty B\nWe are on it."))
        acted(desk, 2)
        refusal = text_of(alice.next_about("Receipt"))
        assert "Nothing was done" in refusal and "severity" in refusal, refusal
        desk.wait_idle()
        assert ticket(desk, number)["owner"] == "" and len(jo.inbox()) == 1


if __name__ == "__main__":
    tap.run([story, private_address, phone, packed, leaks, on_behalf, undelivered, questions, all_or_nothing], Servers)
