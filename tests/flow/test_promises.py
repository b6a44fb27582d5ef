#!/usr/bin/env python3
"""What is promised: the clocks of a ticket follow its severity, its customer's plan, its calendar, answers, waiting and closing; what they say is what `clock due` computes."""
import datetime
import sys
import zoneinfo

sys.dont_write_bytecode = True
import tap  # noqa: E402
from clocks import Warp  # noqa: E402
from desk import RULES, Desk  # noqa: E402
from servers import Servers, compose  # noqa: E402
from talk import Person, bare, text_of  # noqa: E402

tap.need_root()

SEVERITIES = """severity A { respond 1h always; update 2h always; resolve 8h }
severity C { respond 8h in office; update 2d; resolve 5d in office }"""
CALENDARS = """calendar office { hours mon-fri 08:00-17:00 sat 10:00-11:00 }
calendar night { hours mon-sun 22:00-06:00; timezone Asia/Kolkata }
plan premier { calendar night; respond A 15min }
plan basic { severity-cap C }"""


def severities(desk, text):
    """The desk's own two severities are replaced."""
    whole = desk.configuration_text()
    start, end = whole.index("severity A"), whole.index("budget {")
    desk.write("triaged.conf", whole[:start] + text + "\n" + whole[end:])


def clocks(desk, number):
    return {one["clock"]: one for one in desk.ctl("clock", "explain", number)["clocks"]}


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def agrees(desk, one):
    """Is it what somebody computes by hand from what is told of a clock? Told are whole seconds."""
    pauses = [word for p in one["pauses"] for word in ("--pause", f"{p['from']}/{p['to'] or ''}")]
    by_hand = desk.ctl("clock", "due", "--calendar", one["calendar"], "--from", one["from"], "--add", f"{one['seconds']}s", *pauses)["due"]
    return abs((at(one["due"]) - at(by_hand)).total_seconds()) <= 1 + len(pauses)


def settled(desk, number, check):
    """Clocks are computed right behind the change: waits until they are, and looks whether everything agrees."""
    tap.wait_for("the clocks to be computed", lambda: not desk.rows("SELECT 1 FROM due_waiting"))
    found = clocks(desk, number)
    for one in found.values():
        if one["state"] in ("running", "ended"):
            assert agrees(desk, one), one
    row = next(t for t in desk.tickets() if t["id"] == number)
    for name, one in found.items():
        ms = row[name + "_due"]
        told = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if ms else None
        assert told == one["due"], (name, told, one)
    running = [row[name + "_due"] for name, one in found.items() if one["state"] == "running"]
    assert row["due"] == min(running, default=0), (row, found)
    assert {name: one["state"] for name, one in found.items()} == check, found
    return found


def followed(servers):
    """clocks start, end, stand still and are computed anew, as what happens to the ticket says; over a restart and a reload, too"""
    jo, alice = Person(servers, "jo", "fabrikam.test"), Person(servers, "alice", "desk.test", display="Alice")
    rules = RULES + "rule vip {\n    when customer = fabrikam\n    when plan = premier\n    when open = always\n    set tag vip\n}\n"
    desk = Desk(servers, rules=rules, settings=CALENDARS + f'\nagent alice {{ name "Alice"; address {alice.address}; queues general network; timezone Asia/Tokyo }}')
    severities(desk, SEVERITIES)
    with desk:
        desk.call("CustomerImport", customers=[{"name": "fabrikam", "plan": "premier", "timezone": "America/New_York", "domains": ["fabrikam.test"]}])
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Nobody can work."))
        desk.wait_ledger(1)
        found = settled(desk, 1, {"respond": "running", "update": "none", "resolve": "running"})
        assert found["respond"]["seconds"] == 900 and found["respond"]["calendar"] == "night" and found["resolve"]["calendar"] == "night", found
        assert desk.rows("SELECT value FROM v_provenance WHERE ticket = 1 AND field = 'tag'") == [{"value": "vip"}]
        ack = text_of(jo.next_mail("the acknowledgement"))
        told = at(found["respond"]["due"])
        york = told.astimezone(zoneinfo.ZoneInfo("America/New_York")).strftime("%Y-%m-%d %H:%M EST")
        assert york in ack, (york, ack)
        news = alice.next_mail("the notification")
        tokyo = told.astimezone(zoneinfo.ZoneInfo("Asia/Tokyo")).strftime("%Y-%m-%d %H:%M")
        assert f"Respond by   {tokyo} JST" in text_of(news), text_of(news)

        # An agent changes the severity: everything is computed anew from the beginning.
        alice.send(alice.reply(news, "#severity C\n"))
        desk.wait_ledger(2)
        found = settled(desk, 1, {"respond": "running", "update": "none", "resolve": "running"})
        assert found["respond"]["seconds"] == 8 * 3600 and found["respond"]["calendar"] == "office" and found["resolve"]["seconds"] == 5 * 86400, found
        # Waiting for the customer stops nothing before he has had an answer.
        desk.ctl("do", 1, "pending")
        settled(desk, 1, {"respond": "running", "update": "none", "resolve": "running"})
        desk.ctl("do", 1, "reopen")

        # The answer: respond has ended, update begins; then pending holds both.
        alice.send(alice.reply(news, "Please restart it.\n"))
        jo.next_mail("the answer")
        tap.wait_for("the answer to be on record", lambda: clocks(desk, 1)["respond"]["state"] == "ended")
        found = settled(desk, 1, {"respond": "ended", "update": "running", "resolve": "running"})
        assert not found["respond"]["late"] and found["update"]["seconds"] == 2 * 86400 and found["update"]["calendar"] == "night", found
        desk.ctl("do", 1, "pending")
        found = settled(desk, 1, {"respond": "ended", "update": "paused", "resolve": "paused"})
        assert desk.stop() == 0
        desk.start()
        assert settled(desk, 1, {"respond": "ended", "update": "paused", "resolve": "paused"})["resolve"]["due"] is None
        jo.send(jo.new_mail(desk.address, "[INC-1] again", "It did not help."))
        tap.wait_for("it to go on", lambda: desk.tickets()[0]["state"] == "open")
        found = settled(desk, 1, {"respond": "ended", "update": "running", "resolve": "running"})
        assert any(p["to"] for p in found["resolve"]["pauses"]), found

        # His plan's cap: what would be critical is not, and says why.
        desk.call("CustomerImport", customers=[{"name": "litware", "plan": "basic", "domains": ["litware.test"]}])
        kim = Person(servers, "kim", "litware.test")
        kim.send(kim.new_mail(desk.address, "VPN gateway fr-1 is down", "Nobody can work."))
        ack = text_of(kim.next_mail("the acknowledgement"))
        assert desk.tickets()[1]["severity"] == "C" and "cap of plan basic: C instead of A" in ack, (desk.tickets()[1], ack)
        assert "cap of plan basic" in desk.ctl("why", 2, "severity", as_json=False).stdout.decode()
        assert not desk.rows("SELECT 1 FROM v_provenance WHERE ticket = 2 AND field = 'tag'")
        settled(desk, 2, {"respond": "running", "update": "none", "resolve": "running"})

        # Another plan, another configuration: at once, on every open ticket.
        desk.call("CustomerEdit", customer="fabrikam", setting="plan", value="")
        found = settled(desk, 1, {"respond": "ended", "update": "running", "resolve": "running"})
        assert found["update"]["calendar"] == "always", found
        severities(desk, SEVERITIES.replace("resolve 5d in office", "resolve 3d in night"))
        assert desk.call("Reload")["reloaded"]
        tap.wait_for("the new promise", lambda: clocks(desk, 1)["resolve"]["seconds"] == 3 * 86400)
        settled(desk, 1, {"respond": "ended", "update": "running", "resolve": "running"})

        desk.ctl("do", 1, "close")
        found = settled(desk, 1, {"respond": "ended", "update": "paused", "resolve": "ended"})
        assert desk.tickets()[0]["due"] == 0 and not found["resolve"]["late"], found
        assert "met" in desk.ctl("show", 1, as_json=False).stdout.decode()


def none_for_the_past(servers):
    """mail that was there before us has no clock, and gets none by a change or a reload"""
    address = servers.new_address()
    servers.drop(compose("jo@customer.test", address, "VPN gateway de-7 is down", "old"), address)
    desk = Desk(servers, address=address, existing="backfill", settings=CALENDARS)
    severities(desk, SEVERITIES)
    with desk:
        desk.wait_ledger(1)
        settled(desk, 1, {"respond": "none", "update": "none", "resolve": "none"})
        desk.ctl("do", 1, "severity", "C")
        assert desk.call("Reload")["reloaded"]
        settled(desk, 1, {"respond": "none", "update": "none", "resolve": "none"})
        assert desk.tickets()[0]["due"] == 0


def escalated(servers):
    """reminders at half, the whole and twice the time: once each, over a restart, to those concerned, several tickets in one mail; take and snooze by answering"""
    if tap.sanitized():
        raise tap.Skip("a sanitizer wants to be loaded first")
    alice, bob = Person(servers, "alice", "desk.test", display="Alice"), Person(servers, "bob", "desk.test", display="Bob")
    agents = "\n".join(f'agent {a.display.lower()} {{ name "{a.display}"; address {a.address}; queues general }}' for a in (alice, bob))
    desk = Desk(servers, settings=agents + "\nroster nights { members bob; since 2026-01-05 09:00 }\nescalation all { at 50 100; to owner }\nescalation late { at 200; to roster nights }")
    severities(desk, "severity A { }\nseverity C { respond 4min always }")
    warp = Warp(desk.directory, 30)
    with desk.start(environment=warp.environment()):
        one, two = Person(servers, "one", "fabrikam.test"), Person(servers, "two", "fabrikam.test")
        for person in (one, two):
            person.send(person.new_mail(desk.address, f"matter of {person.address}", "It is broken."))
        desk.wait_ledger(2)
        # Nobody owns them: both agents, one mail each of both tickets. They came within seconds, so their halves may come in two mails as well.
        tap.wait_for("the first reminders", lambda: len(told(desk)) == 2, 30)
        assert {r["percent"] for r in told(desk)} == {50}, told(desk)
        reminders = [mail for mail in wait_reminders(alice, desk)]
        assert all("50 % of the time" in text_of(mail) and "first answer is due" in text_of(mail) for mail in reminders), [text_of(m) for m in reminders]
        # Over a restart nothing is told again.
        assert desk.stop() == 0
        desk.start(environment=warp.environment())
        assert len(told(desk)) == 2
        # Alice takes the first by answering, to the address of that ticket.
        mail = next(mail for mail in reminders if "INC-1" in text_of(mail))
        lines = text_of(mail).split("INC-1", 1)[1].splitlines()
        home = next((line.split("write to ")[1] for line in lines if "write to " in line), None) or bare(mail["Reply-To"])
        alice.send(alice.new_mail(home, "Re: reminder", "#take\n"))
        tap.wait_for("it to be hers", lambda: desk.tickets()[0]["owner"] == "alice")
        desk.ctl("do", 2, "snooze", "1d")
        tap.wait_for("the whole time of the first", lambda: [r for r in told(desk) if r["percent"] == 100], 30)
        tap.wait_for("the roster's turn", lambda: [r for r in told(desk) if r["percent"] == 200], 30)
        assert {r["ticket"] for r in told(desk) if r["percent"] >= 100} == {1}, "the other one sleeps"
        desk.wait_idle(60)
        for agent in (alice, bob):
            wait_reminders(agent, desk)
        assert any("Overdue" in str(m["Subject"]) and "owner alice" in text_of(m) for m in alice.inbox()), [str(m["Subject"]) for m in alice.inbox()]
        assert any("200 %" in text_of(m) for m in bob.inbox()) and not any("100 %" in text_of(m) for m in bob.inbox())
        assert not any("200 %" in text_of(m) for m in alice.inbox())
        assert len(told(desk)) == 4, told(desk)
        log = desk.call("Log", ticket=1)["events"]
        assert [e for e in log if e["kind"] == "escalated" and "respond 100 % by escalation all: alice" in e["detail"]], log


def told(desk):
    return desk.rows("SELECT ticket, percent, escalation FROM escalated ORDER BY ticket, percent")


def wait_reminders(agent, desk):
    """All reminders that were written to him, once they have arrived."""
    def arrived():
        sent = [r for r in desk.letters() if r["kind"] == "reminder" and r["address"] == agent.address]
        mails = [m for m in agent.inbox() if "% of the time" in text_of(m)]
        return mails if sent and len(mails) == len(sent) else None
    return tap.wait_for("the reminders", arrived)


if __name__ == "__main__":
    tap.run([followed, none_for_the_past, escalated], Servers)
