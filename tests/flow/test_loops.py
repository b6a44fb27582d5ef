#!/usr/bin/env python3
"""Machines that answer machines, and floods: mail stops, tickets do not multiply, nothing goes unrecorded."""
import email
import email.policy
import email.utils
import sys
import time

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import Servers, compose  # noqa: E402
from talk import Person, bare  # noqa: E402

tap.need_root()


def two_desks(servers):
    """two of our daemons mailing each other: at most two mails"""
    one = Desk(servers)
    two = Desk(servers)
    with one, two:
        # The first letter comes as from the other desk's address: forged, or a misconfigured form.
        servers.send(compose(f"Contoso <{one.address}>", two.address, "Printer", "It jams."), one.address, two.address)
        one_rows = two.wait_ledger(1)
        assert one_rows, "it is on record"
        one.wait_ledger(1)  # the acknowledgement has arrived at the first desk
        one.wait_idle()
        two.wait_idle()
        mails = len(one.ledger()) + len(two.ledger())
        assert mails <= 2, (one.ledger(), two.ledger())
        assert len(one.letters()) + len(two.letters()) <= 2


class Robot:
    """Answers every mail it gets, to From or to Reply-To, with everything of ours stripped: no reference, no subject of ours, a Message-ID of its own."""

    def __init__(self, servers, to_reply_to):
        self.person, self.servers, self.to_reply_to, self.answered = Person(servers, "robot", "robots.test"), servers, to_reply_to, 0

    def turn(self):
        mails = self.person.inbox()
        for mail in mails[self.answered:]:
            to = bare(mail["Reply-To"] or mail["From"]) if self.to_reply_to else bare(mail["From"])
            octets = compose(self.person.address, to, "Your message", "We have received your message and will see to it.")
            self.servers.send(octets, self.person.address, to)
        new = len(mails) - self.answered
        self.answered = len(mails)
        return new


def robots(servers):
    """a robot that strips every header and answers everything: it stops, with one ticket"""
    for to_reply_to in (True, False):
        with Desk(servers, budget="recipient 2/h 10/d; domain 1000/h; global 1000/h") as desk:
            robot = Robot(servers, to_reply_to)
            servers.send(compose(robot.person.address, desk.address, "Your message", "We have received your message and will see to it."), robot.person.address, desk.address)
            desk.wait_ledger(1)
            for _ in range(20):
                before = len(desk.ledger())
                desk.wait_idle()
                if robot.turn() == 0:
                    break
                desk.wait_ledger(before + 1)
            else:
                raise AssertionError("it goes on for ever")
            desk.wait_idle()
            acks = [r for r in desk.letters() if r["kind"] == "ack"]
            assert len(acks) <= 2 and len(desk.tickets()) == 1, (len(acks), desk.tickets())
            assert all(row["answer_why"] for row in desk.ledger())


def flood(servers):
    """a thousand forged senders: a thousand tickets, answers within the budget, one alarm, and somebody else is served meanwhile"""
    operator = servers.new_address("operator", "desk.test")
    with Desk(servers, budget=f"recipient 2/h 10/d; domain 100000/h; global 30/15min; operator {operator}") as desk:
        for number in range(1000):
            servers.drop(compose(f"user{number}@many{number}.test", desk.address, f"matter {number}", f"text {number}"), desk.address)
        rows = desk.wait_ledger(1000, 120)
        desk.wait_idle(60)
        assert [r["outcome"] for r in rows].count("opened") == 1000
        letters = desk.letters()
        assert len([r for r in letters if r["kind"] == "ack"]) == 30, len(letters)
        assert len([r for r in letters if r["kind"] == "alarm"]) == 1 and len(servers.wait_mails(operator)) == 1
        assert all("breaker" in row["answer_why"] for row in rows[30:])


def one_sender(servers):
    """ten thousand mails of one sender: his budget holds, and others have their tickets within five seconds and their answers"""
    many, others, waits = 2_000 if tap.sanitized() else 10_000, 8, []
    with Desk(servers, budget="recipient 3/h 10/d; domain 100000/h; global 100000/h") as desk:
        for number in range(many):
            servers.drop(compose("eve@loud.test", desk.address, f"matter {number}", f"text {number}"), desk.address)
            if number % (many // others) == many // others - 1:
                who = f"quiet{number}@fabrikam.test"
                began = time.monotonic()
                servers.drop(compose(who, desk.address, f"quiet {number}", "One thing only."), desk.address)
                tap.wait_for("the other's ticket", lambda: desk.rows("SELECT 1 FROM v_ledger WHERE subject = ?", f"quiet {number}"), 30)
                waits.append(time.monotonic() - began)
        tap.wait_for("all outcomes", lambda: desk.rows("SELECT COUNT(*) AS n FROM v_ledger")[0]["n"] == many + others, 120)
        desk.wait_idle(60)
        tap.diagnose(f"{many} mails; the others waited {', '.join(f'{wait:.1f}' for wait in waits)} s")
        assert max(waits) < 5, waits
        letters = desk.letters()
        assert len([row for row in letters if row["address"] == "eve@loud.test"]) == 3, len(letters)
        assert len([row for row in letters if row["address"].startswith("quiet")]) == others


def notifications(servers):
    """an agent who is a machine (another desk) is told, and answers nothing into the ticket"""
    robot_desk = Desk(servers)
    with robot_desk:
        block = f"agent machine {{ address {robot_desk.address}; queues general network }}"
        jo = Person(servers, "jo", "fabrikam.test")
        with Desk(servers, settings=block) as desk:
            jo.send(jo.new_mail(desk.address, "Printer", "It jams."))
            desk.wait_ledger(1)
            jo.next_mail()
            robot_desk.wait_ledger(1)
            robot_desk.wait_idle()
            desk.wait_idle()
            assert len(desk.ledger()) == 1 and len(robot_desk.letters()) == 0, (desk.ledger(), robot_desk.letters())


if __name__ == "__main__":
    tap.run([two_desks, robots, flood, one_sender, notifications], Servers)
