#!/usr/bin/env python3
"""What is promised: the clocks of a ticket follow its severity, its customer's plan, its calendar, answers, waiting and closing; what they say is what `clock due` computes."""
import datetime
import sys
import zoneinfo

sys.dont_write_bytecode = True
import tap  # noqa: E402
from desk import Desk  # noqa: E402
from servers import Servers, compose  # noqa: E402
from talk import Person, text_of  # noqa: E402

tap.need_root()

SEVERITIES = """severity A { respond 1h always; update 2h always; resolve 8h }
severity C { respond 8h in office; update 2d; resolve 5d in office }"""
CALENDARS = """calendar office { hours mon-fri 08:00-17:00 sat 10:00-11:00 }
calendar night { hours mon-sun 22:00-06:00; timezone Asia/Kolkata }
plan premier { calendar night; respond A 15min }"""


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
    desk = Desk(servers, settings=CALENDARS + f'\nagent alice {{ name "Alice"; address {alice.address}; queues general network; timezone Asia/Tokyo }}')
    severities(desk, SEVERITIES)
    with desk:
        desk.call("CustomerImport", customers=[{"name": "fabrikam", "plan": "premier", "domains": ["fabrikam.test"]}])
        jo.send(jo.new_mail(desk.address, "VPN gateway de-7 is down", "Nobody can work."))
        desk.wait_ledger(1)
        found = settled(desk, 1, {"respond": "running", "update": "none", "resolve": "running"})
        assert found["respond"]["seconds"] == 900 and found["respond"]["calendar"] == "night" and found["resolve"]["calendar"] == "night", found
        ack = text_of(jo.next_mail("the acknowledgement"))
        told = at(found["respond"]["due"])
        berlin = told.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%d %H:%M")
        assert berlin in ack, (berlin, ack)
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


if __name__ == "__main__":
    tap.run([followed, none_for_the_past], Servers)
