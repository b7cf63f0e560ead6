"""Receives one vial after another until it is killed, and says each one once it is acknowledged.

`keep_receiving.py URL SITE USER PLACE PRODUCT [HOW_MANY]`. Each line on standard input starts a writer in a
process of its own; its number comes first, then a line for each committed unit: the request key and the entry.
"""

import os
import sys
from datetime import UTC, date, datetime

from inventory.access import Actor, Door, Permission
from inventory.clock import MovedClock
from inventory.stock.receiving import OpeningLine, RecordOpeningStock, record_opening_stock
from inventory.units import Answer, RequestKey, Units, one_site
from models.database import Database

NOW = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main() -> None:
    url, *ids = sys.argv[1:]
    for name in sys.stdin:
        child = os.fork()
        if child == 0:
            say(os.getpid())
            receive(url, name.strip(), *map(int, ids))
            os._exit(0)
        os.waitpid(child, 0)
        say("gone")


def receive(
    url: str, name: str, site_id: int, user_id: int, place_id: int, product_id: int, how_many: int = 10_000
) -> None:
    units = Units(Database(url), MovedClock(NOW))
    actor = Actor(user_id, "Paula Pharmacist", site_id, frozenset(Permission), Door.COMMAND_LINE)
    for number in range(how_many):
        key = f"{name}-{number}"
        line = OpeningLine(product_id, f"LOT-{key}", date(2032, 1, 31))
        command = RecordOpeningStock(place_id, (line,))

        def work(session, act, command=command) -> Answer:
            entry = record_opening_stock(session, act, command)
            return Answer(ids={"entry": entry.id})

        answer = units.in_unit(actor, one_site(site_id), RequestKey(user_id, "receive", key, key), work)
        say(key, answer.ids["entry"])


main()
