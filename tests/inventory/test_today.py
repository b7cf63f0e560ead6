"""What the first page knows about the cupboard."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from inventory.stock import containers, receiving
from inventory.stock.needs import stock_needs
from inventory.today import today


@pytest.fixture
def now_there(read, clinic, clock):
    def ask(site_id=None):
        return read(today, site_id=site_id or clinic.site_id, now=clock.at)

    return ask


@pytest.fixture
def needs_there(read, clinic, clock):
    def ask(site_id=None):
        return read(stock_needs, site_id=site_id or clinic.site_id, now=clock.at)

    return ask


def test_opened_vials_are_listed_until_their_time_is_over(do, assistant, vial, now_there, clock):
    assert now_there().opened == []
    do(assistant, containers.open_container, containers.OpenContainer(vial))

    (line,) = now_there().opened
    assert (line.code, line.remaining, line.is_over) == (vial, Decimal(10), False)
    assert now_there().opened_too_long == 0

    clock.pass_time(line.usable_until - clock.at)
    assert (now_there().opened[0].is_near, now_there().opened[0].is_over) == (True, False)
    clock.pass_time(timedelta(seconds=1))
    assert (now_there().opened[0].is_near, now_there().opened[0].is_over) == (False, True)
    assert now_there().opened_too_long == 1


def test_lots_that_expire_within_sixty_days_are_listed_the_first_first(product_id, make_lot, needs_there, clock):
    make_lot(product_id, "LATE", expires_on=date(2031, 5, 2))
    make_lot(product_id, "SOON", expires_on=date(2031, 3, 5))
    make_lot(product_id, "SOMEDAY", expires_on=date(2031, 5, 3))
    assert [each.lot.lot_number for each in needs_there().soonest] == ["SOON", "LATE"]
    assert needs_there().expired_lots == 0
    clock.pass_time(timedelta(days=3))
    assert needs_there().expired_lots == 1
    assert needs_there().soonest[0].lot.states == ("expired",)


def test_a_delivery_that_waits_is_one_line_a_lot_however_many_vials(
    do, pharmacist, clinic, supplier_id, product_id, change_site, now_there
):
    change_site(holds_incoming=True)
    lines = tuple(
        receiving.ReceiveLine(product_id, lot, date(2032, 1, 31), count) for lot, count in (("L1", 5), ("L2", 3))
    )
    do(
        pharmacist,
        receiving.receive_delivery,
        receiving.ReceiveDelivery(supplier_id, "DN-1", clinic.places.storage, lines),
    )
    assert now_there().waiting_for_release == 2
    assert now_there().other_holds == 0


def test_another_sites_cupboard_is_not_shown(do, assistant, product_id, make_lot, vial, now_there, needs_there, clinic):
    make_lot(product_id, "SOON", expires_on=date(2031, 3, 5))
    do(assistant, containers.open_container, containers.OpenContainer(vial))
    there = now_there(clinic.other_site_id)
    assert (there.opened, there.waiting_for_release) == ([], 0)
    assert needs_there(clinic.other_site_id).soonest == []
