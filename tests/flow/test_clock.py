#!/usr/bin/env python3
"""The wall clock is set, forwards and backwards, while the daemon runs and while it does not: nothing is sent again, given up, forgotten or held up by it."""
import sys

sys.dont_write_bytecode = True
import tap  # noqa: E402
from clocks import Warp  # noqa: E402
from desk import Desk  # noqa: E402
from peers import SmtpPeer  # noqa: E402
from servers import Servers, compose  # noqa: E402

tap.need_root()

DAY, YEAR = 86400, 365 * 86400
JUMPS = (DAY, -DAY, 10 * YEAR, -10 * YEAR, 0)


def relayed(servers, peer, **settings):
    if tap.sanitized():
        raise tap.Skip("a sanitizer wants to be loaded first")
    desk = Desk(servers, mailboxes={}, relays={}, **settings)
    desk.mailboxes["support"] = desk.imap_block(scheme="imap+insecure", host="127.0.0.1")  # certificates end one day
    desk.relays["default"] = desk.smtp_block("smtp+insecure", peer.port, "127.0.0.1")
    desk.write_configuration()
    return desk


def write_from(desk, sender, subject):
    desk.servers.drop(compose(sender, "desk", subject, "text of " + subject), desk.address)


def set_while_it_runs(servers):
    """the clock is set by a day and by ten years, to and fro, while it runs: mail is filed at once, what waits keeps its time, what was sent is not sent again"""
    with SmtpPeer(on={"RCPT": lambda peer, line, rest: "450 4.2.1 later" if "waits" in rest else None}) as peer:
        desk = relayed(servers, peer, budget="recipient 1000/h; domain 100000/h; global 4/15min")
        warp = Warp(desk.directory)
        with desk.start(environment=warp.environment()):
            write_from(desk, "waits@customer.test", "before")
            tries = desk.wait_letters("deferred")[0]["tries"]
            write_from(desk, "jo@customer.test", "answered")
            desk.wait_letters("sent")
            for number, shift in enumerate(JUMPS, 1):
                warp.shift(shift)
                write_from(desk, f"after{number}@customer.test", f"after jump {number}")
                tap.wait_for("the daemon to see it", lambda: desk.log().count("the clock was set") >= number)
                desk.wait_ledger(2 + number, 5)
            desk.wait_idle()
            # Four answers in all, as the budget says, however often its quarter of an hour seemed to have passed.
            answers = [row["answer"] for row in desk.ledger()]
            assert len(answers) == 2 + len(JUMPS) and answers.count("sent") == 4, answers
            waiting, = [row for row in desk.letters() if row["state"] == "deferred"]
            assert waiting["tries"] == tries, "a letter that waits a minute was tried at once"
            assert not [row for row in desk.letters() if row["state"] == "failed"]
            assert len(peer.letters) == len({octets for _, _, octets in peer.letters}) == 3, "sent again"
            peer.on.clear()
            desk.call("OutboxRetry", letters=[waiting["id"]])
            desk.wait_letters("sent", 4)


def set_while_it_does_not(servers):
    """started again ten years earlier: what waits is tried within a day, and the budgets are not used up for ten years"""
    with SmtpPeer(on={"RCPT": lambda peer, line, rest: "450 4.2.1 later" if "waits" in rest else None}) as peer:
        desk = relayed(servers, peer, budget="recipient 1000/h; domain 100000/h; global 4/15min")
        warp = Warp(desk.directory)
        warp.shift(10 * YEAR)
        with desk.start(environment=warp.environment()):
            write_from(desk, "waits@customer.test", "ahead of time")
            desk.wait_letters("deferred")
            for number in range(3):
                write_from(desk, f"jo{number}@customer.test", f"matter {number}")
            desk.wait_letters("sent", 3)
            assert desk.stop() == 0
            warp.shift(0)
            desk.start(environment=warp.environment())
            write_from(desk, "late@customer.test", "too many")
            assert desk.wait_ledger(5)[-1]["answer"] != "sent", "what was spent counts as spent now"
            waiting, = [row for row in desk.letters() if row["state"] == "deferred"]
            now = desk.ledger()[-1]["at"]
            assert waiting["next_at"] <= now + DAY * 1000, (waiting["next_at"], now)
            assert desk.stop() == 0
            warp.shift(3600)  # to a daemon that was not there it is as if an hour had passed
            desk.start(environment=warp.environment())
            write_from(desk, "later@customer.test", "again")
            assert desk.wait_ledger(6)[-1]["answer"] == "sent"


if __name__ == "__main__":
    tap.run([set_while_it_runs, set_while_it_does_not], Servers)
