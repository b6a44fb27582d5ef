#!/usr/bin/env python3
"""The straight line, on real servers: a customer's mail becomes a ticket and an acknowledgement, and the conversation finds its ticket."""
import contextlib
import email
import re
import sys

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import Servers, compose  # noqa: E402

tap.need_root()


def bare(address):
    return email.utils.parseaddr(str(address))[1]


def opened(desk, servers, customer, subject="VPN gateway de-7 is down", text="Nobody can work. It began at nine.", headers=(), message_id=None):
    """A customer's mail, through Postfix; gives the acknowledgement as it lies in the customer's mailbox."""
    before = len(servers.mails_of(customer))
    servers.send(compose(f"Jo Meier <{customer}>", desk.address, subject, text, message_id, headers), customer, desk.address)
    return servers.wait_mails(customer, before + 1)[-1]


def number_of(ack):
    return int(re.search(r"INC-(\d+)", ack["Subject"])[1])


def reply(desk, servers, sender, to, subject, headers=(), text="It works again on the second line.\nThank you."):
    count = len(desk.ledger())
    servers.send(compose(sender, to, subject, text, None, headers), bare(sender), bare(to))
    return desk.wait_ledger(count + 1)[-1]


def conversation(servers):
    """mail over IMAPS opens a ticket with severity, queue and field; the acknowledgement arrives; replies find the ticket"""
    customer, first_id = servers.new_address("jo", "customer.test"), email.utils.make_msgid(domain="customer.test")
    with Desk(servers) as desk:
        ack = opened(desk, servers, customer, message_id=first_id)
        ticket, = desk.tickets()
        assert (ticket["severity"], ticket["queue"], ticket["state"]) == ("A", "network", "new"), ticket
        assert ticket["requester"] == customer and ticket["subject"] == "VPN gateway de-7 is down", ticket
        why = desk.rows("SELECT * FROM v_provenance WHERE ticket = ?", ticket["id"])
        field, = [row for row in why if row["field"] == "field.gateway"]
        assert (field["value"], field["rule"], field["source"]) == ("de-7", "gateway-down", "subject"), field
        assert field["file"].endswith("desk.rules") and field["line"] == 5 and field["matched"] == "de-7", field
        # The acknowledgement, as the customer has it.
        assert number_of(ack) == ticket["id"], ack["Subject"]
        assert bare(ack["From"]) == desk.address and bare(ack["To"]) == customer, ack.items()
        assert ack["Auto-Submitted"] == "auto-replied" and ack["Return-Path"] == "<>", ack.items()
        assert ack["In-Reply-To"], ack.items()
        assert "gateway" not in ack.as_string().lower() and "nobody can work" not in ack.as_string().lower(), "something of an unproven sender is echoed"
        assert re.fullmatch(re.escape(desk.address).replace("@", r"\+[^@]+@"), bare(ack["Reply-To"])), ack["Reply-To"]
        # 1. by the token in the address alone
        row = reply(desk, servers, customer, ack["Reply-To"], "another line altogether")
        assert (row["outcome"], row["ticket"]) == ("appended", ticket["id"]), row
        # 2. by our token in the Message-ID referred to
        row = reply(desk, servers, customer, desk.address, "Re: VPN gateway de-7 is down", [("In-Reply-To", ack["Message-ID"]), ("References", ack["Message-ID"])])
        assert (row["outcome"], row["ticket"]) == ("appended", ticket["id"]), row
        # 3. by a reference to a mail of their own
        row = reply(desk, servers, customer, desk.address, "Re: VPN gateway de-7 is down", [("References", first_id)])
        assert (row["outcome"], row["ticket"]) == ("appended", ticket["id"]), row
        # 4. by the subject's tag, from a party
        row = reply(desk, servers, customer, desk.address, f"Re: [INC-{ticket['id']}] VPN gateway de-7 is down")
        assert (row["outcome"], row["ticket"]) == ("appended", ticket["id"]), row
        desk.wait_idle()
        assert len(desk.tickets()) == 1 and len(servers.mails_of(customer)) == 1, "one acknowledgement a ticket"
        assert len([m for m in desk.messages(ticket["id"]) if m["direction"] == "in"]) == 5


def strangers(servers):
    """a stranger with a right tag or reference never joins: proposed, and acknowledged like anybody"""
    customer, stranger = servers.new_address("jo", "customer.test"), servers.new_address("max", "elsewhere.test")
    first_id = email.utils.make_msgid(domain="customer.test")
    with Desk(servers) as desk:
        first = number_of(opened(desk, servers, customer, message_id=first_id))
        known = [number for number in (first,)]
        for headers, subject in (((), f"Re: [INC-{first}] VPN gateway de-7 is down"),
                                 ([("In-Reply-To", first_id), ("References", first_id)], "Re: VPN gateway de-7 is down")):
            row = reply(desk, servers, stranger, desk.address, subject, headers)
            assert row["outcome"] == "proposed", row
            answer = servers.wait_mails(stranger, len(known))[-1]
            assert number_of(answer) not in known, answer["Subject"]
            known.append(number_of(answer))
        mails = desk.messages(first)
        assert len([m for m in mails if m["proposed"]]) == 2, mails
        # Indistinguishable from what somebody without any tag is told.
        other = servers.new_address("eve", "elsewhere.test")
        plain = opened(desk, servers, other, "Re: VPN gateway de-7 is down")
        shape = lambda mail: re.sub(r"\d+|[A-Za-z0-9_-]{20,}", "#", mail.get_content())
        assert shape(plain) == shape(servers.mails_of(stranger)[0]), (plain.get_content(), servers.mails_of(stranger)[0].get_content())
        assert len(servers.mails_of(customer)) == 1


def machines(servers):
    """automatic mail gets no answer, and the ledger says why"""
    with Desk(servers) as desk:
        robots = [("noreply@customer.test", (), "no-reply sender"), ("list@customer.test", [("List-Id", "<news.customer.test>"), ("Precedence", "bulk")], "list"),
                  ("away@customer.test", [("Auto-Submitted", "auto-replied")], "auto-replied"), ("quiet@customer.test", [("X-Auto-Response-Suppress", "All")], "suppressed")]
        for sender, headers, _ in robots:
            row = reply(desk, servers, sender, desk.address, "Notice", headers)
            assert row["answer"] != "yes" and row["answer_why"], row
        servers.send(compose("MAILER-DAEMON@customer.test", desk.address, "Undelivered", "no such user"), "", desk.address)
        rows = desk.wait_ledger(len(robots) + 1)
        assert all(row["answer_why"] for row in rows)
        person = servers.new_address("jo", "customer.test")
        opened(desk, servers, person)
        desk.wait_idle()
        assert not [r for r in desk.letters() if r["address"] != person], desk.letters()
        for sender, _, _ in robots:
            assert not servers.mails_of(sender)


def twice(servers):
    """the same octets twice: one ticket, one acknowledgement, both on record"""
    customer = servers.new_address("jo", "customer.test")
    mail = compose(customer, "desk", "invoice 123456", "It is too high.")
    with Desk(servers) as desk:
        servers.drop(mail, desk.address)
        servers.drop(mail, desk.address)
        rows = desk.wait_ledger(2)
        assert sorted(row["outcome"] for row in rows) == ["duplicate", "opened"], rows
        servers.wait_mails(customer)
        desk.wait_idle()
        ticket, = desk.tickets()
        assert (ticket["queue"], ticket["kind"]) == ("billing", "request"), ticket
        assert len(servers.mails_of(customer)) == 1


def same_id_other_octets(servers):
    """the same Message-ID with other octets is a message of its own"""
    customer = servers.new_address("jo", "customer.test")
    with Desk(servers) as desk:
        for text in ("the printer", "the scanner"):
            servers.drop(compose(customer, "desk", text, text, message_id="<one@customer.test>"), desk.address)
        rows = desk.wait_ledger(2)
        assert "duplicate" not in [row["outcome"] for row in rows], rows
        assert len(desk.rows("SELECT id FROM v_message WHERE direction = 'in'")) == 2


def budget(servers):
    """the third acknowledgement within an hour to one address is withheld, and says so"""
    customer = servers.new_address("jo", "customer.test")
    with Desk(servers, budget="recipient 2/h 10/d; global 1000/h") as desk:
        for number in range(3):
            servers.drop(compose(customer, "desk", f"matter {number}", "text"), desk.address)
            desk.wait_ledger(number + 1)
        rows = desk.ledger()
        assert [row["outcome"] for row in rows] == ["opened"] * 3, rows
        assert len(desk.letters()) == 2 and rows[2]["answer"] != rows[0]["answer"] and "budget" in rows[2]["answer_why"], rows[2]
        servers.wait_mails(customer, 2)
        desk.stop()
        desk.start()  # the budget outlives a restart
        servers.drop(compose(customer, "desk", "matter 4", "text"), desk.address)
        row = desk.wait_ledger(4)[3]
        assert "budget" in row["answer_why"], row
        desk.wait_idle()
        assert len(servers.mails_of(customer)) == 2


def breaker(servers):
    """the global breaker: tickets go on, answers stop, the operator is told once"""
    operator = servers.new_address("operator", "customer.test")
    with Desk(servers, budget=f"recipient 20/h; domain 100/h; global 5/h; operator {operator}") as desk:
        for number in range(12):
            servers.drop(compose(f"user{number}@many{number}.test", "desk", f"matter {number}", "text"), desk.address)
        rows = desk.wait_ledger(12)
        assert [row["outcome"] for row in rows] == ["opened"] * 12
        desk.wait_idle()
        letters = desk.letters()
        assert len([r for r in letters if r["kind"] == "ack"]) == 5, [r["kind"] for r in letters]
        assert len(servers.wait_mails(operator)) == 1
        assert all("breaker" in row["answer_why"] for row in rows[5:]), [row["answer_why"] for row in rows]


def own(servers):
    """our own mail come back opens nothing and is answered by nothing"""
    customer = servers.new_address("jo", "customer.test")
    with Desk(servers) as desk:
        opened(desk, servers, customer)
        octets = servers.octets_of(customer)[0][1]
        servers.drop(octets, desk.address)
        row = desk.wait_ledger(2)[1]
        assert row["outcome"] == "own", row
        desk.wait_idle()
        assert len(desk.tickets()) == 1 and len(desk.letters()) == 1


def closed(servers):
    """a reply to a closed ticket opens it again"""
    customer = servers.new_address("jo", "customer.test")
    with Desk(servers) as desk:
        ack = opened(desk, servers, customer)
        desk.call("Do", tickets=[number_of(ack)], words=["close"])
        assert desk.tickets()[0]["state"] == "closed"
        row = reply(desk, servers, customer, ack["Reply-To"], "Re: VPN gateway de-7 is down", text="It is down again.")
        assert row["outcome"] == "appended" and desk.tickets()[0]["state"] != "closed", (row, desk.tickets())


if __name__ == "__main__":
    tap.run([conversation, strangers, machines, twice, same_id_other_octets, budget, breaker, own, closed], Servers)
