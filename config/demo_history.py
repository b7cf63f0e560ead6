"""Two weeks at the demo clinic, told through the services on a moved clock.

A delivery a fortnight ago, sessions since, a vial that was opened, one that was dropped, a lot that waits for
release, one that is blocked, a mixture recorded late against a rule: something of everything to look at.
Products are plain names with figures from docs/rules.md and domain tables, marked as examples by the demo itself.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act, Actor
from inventory.care import administering, compounding, patients, sessions
from inventory.care.administering import Administer
from inventory.care.compounding import Compound, Draw
from inventory.catalogue import seeding
from inventory.catalogue.products import AddProduct, add_product
from inventory.catalogue.strengths import SubstanceStrength
from inventory.catalogue.suppliers import AddSupplier, add_supplier
from inventory.clock import MovedClock
from inventory.evidence.signatures import ConfirmedIdentity
from inventory.stock import completeness, containers, holds, places, receiving, release_queue, releasing
from inventory.stock.receiving import ReceiveDelivery, ReceiveLine
from inventory.stock.releasing import AnswerChecks, CheckAnswer, ReleaseLine
from inventory.stock.shelf import OpeningLine, RecordOpeningStock
from inventory.units import EVERYTHING, ORGANISATION, Units, one_site
from models.catalogue import Product
from models.organisation import Location
from models.stock import Container, DeliveryLine, Lot
from models.vocabulary import (
    CheckOutcome,
    ContainerKind,
    HoldKind,
    IngredientClass,
    LocationKind,
    RegulatoryClass,
    SessionEnding,
    StrengthUnit,
    Unit,
    WasteReason,
)

LENGTH = timedelta(days=14)
T = TypeVar("T")

_ML, _MEDICINE = Unit.ML, RegulatoryClass.MEDICINE_AUTHORISED
_AMPOULE, _VIAL = ContainerKind.AMPOULE, ContainerKind.SINGLE_DOSE_VIAL
PRODUCTS = (
    AddProduct(
        "Hyaluronic acid 18 mg/mL, 3 mL vial",
        RegulatoryClass.DEVICE_III,
        _VIAL,
        _ML,
        Decimal(3),
        strengths=(SubstanceStrength("hyaluronic acid", Decimal(18)),),
        ingredient_class=IngredientClass.HYALURONIC_ACID_FREE,
        gtin="09506000134352",
        overfill=Decimal("0.2"),
    ),
    AddProduct(
        "Vitamin C 200 mg/mL, 5 mL ampoule",
        _MEDICINE,
        _AMPOULE,
        _ML,
        Decimal(5),
        strengths=(SubstanceStrength("ascorbic acid", Decimal(200)),),
        ingredient_class=IngredientClass.VITAMIN_C,
        overfill=Decimal("0.3"),
    ),
    AddProduct(
        "Dexpanthenol 250 mg/mL, 2 mL ampoule",
        _MEDICINE,
        _AMPOULE,
        _ML,
        Decimal(2),
        strengths=(SubstanceStrength("dexpanthenol", Decimal(250)),),
    ),
    AddProduct(
        "Lidocaine 20 mg/mL, 20 mL multi-dose vial",
        _MEDICINE,
        ContainerKind.MULTI_DOSE_VIAL,
        _ML,
        Decimal(20),
        strengths=(SubstanceStrength("lidocaine", Decimal(20)),),
        is_preserved=True,
        overfill=Decimal(1),
    ),
    AddProduct(
        "Selenium 40 mcg/mL, 10 mL vial",
        _MEDICINE,
        _VIAL,
        _ML,
        Decimal(10),
        strengths=(SubstanceStrength("selenium", Decimal(40), StrengthUnit.MCG),),
    ),
    AddProduct(
        "Deoxycholic acid 10 mg/mL, 2 mL vial",
        _MEDICINE,
        _VIAL,
        _ML,
        Decimal(2),
        strengths=(SubstanceStrength("deoxycholic acid", Decimal(10)),),
        is_mix_never=True,
    ),
)
_LOTS = ("HA2406", "VC-118", "DX031", "LIDO-77A", "SE0409", "DCA12")
_COUNTS = (24, 30, 30, 6, 8, 10)
_PATIENTS = ("Example One", "Example Two", "Example Three", "Example Four", "Example Five")
_COCKTAIL = ((0, "2"), (1, "1"), (3, "0.5"))  # product and mL: three products, as immediate use allows
_AREAS = ("full face", "neck", "décolleté", "scalp", "hands")


@dataclass
class Story:
    """Who acts at the first site, and the ids that later chapters need."""

    units: Units
    clock: MovedClock
    site_id: int
    administrator: Actor
    pharmacist: Actor
    practitioner: Actor
    signed: Callable[[], ConfirmedIdentity]  # the pharmacist's password, just confirmed

    def told(self, actor: Actor, work: Callable[[Session, Act], T]) -> T:
        """One unit, a few minutes after the last."""
        self.clock.pass_time(timedelta(minutes=7))
        return self.units.run(actor, one_site(self.site_id), work)

    def place(self, kind: LocationKind, *, is_quarantine: bool = False) -> int:
        query = select(Location.id).where(
            Location.site_id == self.site_id, Location.kind == kind, Location.is_quarantine == is_quarantine
        )
        with self.units.reading() as session:
            return session.scalars(query.order_by(Location.id).limit(1)).one()


def tell(story: Story) -> None:
    """From the first delivery to this morning. The clock ends at or before the present."""
    end = story.clock.at + LENGTH
    supplier_id = story.told(
        story.pharmacist, lambda session, act: add_supplier(session, act, AddSupplier("Example Pharma")).id
    )
    story.units.run(story.pharmacist, ORGANISATION, seeding.load)
    product_ids = [_product(story, product) for product in PRODUCTS]
    _first_count(story, product_ids)
    _first_delivery(story, supplier_id, product_ids)
    references = [_patient(story, name) for name in _PATIENTS]
    for day, reference in enumerate(references[:4], start=2):
        _wait_until(story, end - LENGTH + timedelta(days=3 * day - 4))
        _treat(story, product_ids, reference, _AREAS[day % len(_AREAS)])
    _wait_until(story, end - timedelta(days=1, hours=2))
    _mishaps(story, product_ids, references[4])
    _second_delivery(story, supplier_id, product_ids)
    _wait_until(story, end - timedelta(minutes=1))


def _wait_until(story: Story, at: datetime) -> None:
    if at > story.clock.at:
        story.clock.pass_time(at - story.clock.at)


def _product(story: Story, product: AddProduct) -> int:
    """Some of them are in the starting catalogue."""
    with story.units.reading() as session:
        known = session.scalar(select(Product.id).where(Product.name == product.name))
    if known is not None:
        return known
    return story.told(story.pharmacist, lambda session, act: add_product(session, act, product).id)


def _patient(story: Story, name: str) -> str:
    command = patients.RegisterPatient(patients.Identity(name, date(1980, 1, 1), "fictional"))
    return story.told(
        story.practitioner, lambda session, act: patients.register_patient(session, act, command).reference
    )


def _first_count(story: Story, product_ids: list[int]) -> None:
    """What stood on the shelf: some selenium of an old lot, and a vial whose label nobody can read."""
    expiry = story.clock.at.date() + timedelta(days=150)
    lines = (
        OpeningLine(product_ids[4], "SE0371", expiry, 3),
        OpeningLine(product_ids[3], None, None, is_lot_unreadable=True, is_expiry_unreadable=True, can_be_read="LIDO-"),
    )
    command = RecordOpeningStock(story.place(LocationKind.STORAGE), lines)
    story.told(story.pharmacist, lambda session, act: receiving.record_opening_stock(session, act, command).id)
    with story.units.reading() as session:
        place_ids = [place.id for place in places.list_places(session, site_id=story.site_id)]
    for place_id in place_ids:
        done = completeness.DeclarePlaceDone(place_id)
        story.told(story.pharmacist, functools.partial(_declare_done, done))
    story.told(
        story.administrator,
        lambda session, act: completeness.declare_complete(session, act, completeness.DeclareComplete()).id,
    )


def _declare_done(command: completeness.DeclarePlaceDone, session: Session, act: Act) -> int:
    return completeness.declare_place_done(session, act, command).id


def _first_delivery(story: Story, supplier_id: int, product_ids: list[int]) -> None:
    today = story.clock.at.date()
    expiries = [today + timedelta(days=days) for days in (420, 35, 300, 500, 75, 200)]
    lines = tuple(
        ReceiveLine(product_id, lot, expiry, count)
        for product_id, lot, expiry, count in zip(product_ids, _LOTS, expiries, _COUNTS, strict=True)
    )
    command = ReceiveDelivery(supplier_id, "DN-0001", story.place(LocationKind.STORAGE), lines)
    delivery_id = story.told(
        story.pharmacist, lambda session, act: receiving.receive_delivery(session, act, command).id
    )
    with story.units.reading() as session:
        line_ids = list(session.scalars(select(DeliveryLine.id).where(DeliveryLine.delivery_id == delivery_id)))
    for line_id in line_ids:
        _release(story, line_id)


def _release(story: Story, line_id: int) -> None:
    """The checklist is answered, and the responsible person signs."""

    def check(session: Session, act: Act) -> None:
        waiting = release_queue.release_line_facts(session, actor=act.actor, line_id=line_id)
        answers = tuple(CheckAnswer(check.id, CheckOutcome.PASSED) for check in waiting.checks)
        releasing.answer_checks(session, act, AnswerChecks(line_id, answers))

    story.told(story.pharmacist, check)
    signed = story.signed()
    story.told(
        story.pharmacist, lambda session, act: releasing.release_line(session, act, ReleaseLine(line_id, signed)).id
    )


def _second_delivery(story: Story, supplier_id: int, product_ids: list[int]) -> None:
    """It waits for release, and one ampoule of it arrived broken."""
    expiry = story.clock.at.date() + timedelta(days=400)
    lines = (
        ReceiveLine(product_ids[1], "VC-131", expiry, 20, damaged=1),
        ReceiveLine(product_ids[0], "HA2511", expiry, 12),
    )
    command = ReceiveDelivery(supplier_id, "DN-0002", story.place(LocationKind.STORAGE, is_quarantine=True), lines)
    story.told(story.pharmacist, lambda session, act: receiving.receive_delivery(session, act, command).id)


def _next_container(session: Session, product_id: int) -> str:
    """An opened one first, else the next sealed one."""
    query = (
        select(Container.code)
        .join(Lot, Lot.id == Container.lot_id)
        .where(Lot.product_id == product_id, Container.remaining > 0, Lot.lot_number.in_(_LOTS))
        .order_by(Container.opened_at.is_(None), Container.id)
        .limit(1)
    )
    return session.scalars(query).one()


def _treat(story: Story, product_ids: list[int], reference: str, area: str) -> None:
    room_id = story.place(LocationKind.ROOM)

    def mix(session: Session, act: Act) -> tuple[int, str, tuple[str, ...]]:
        visit = sessions.start_session(session, act, sessions.StartSession(reference, room_id=room_id))
        codes = [_next_container(session, product_ids[index]) for index, _ in _COCKTAIL]
        draws = tuple(Draw(code, Decimal(amount)) for code, (_, amount) in zip(codes, _COCKTAIL, strict=True))
        record = compounding.compound(session, act, Compound(draws, room_id, visit.id, syringes=(Decimal("3.4"),)))
        syringe = session.scalars(select(Container.code).where(Container.lot_id == record.lot_id)).one()
        return visit.id, syringe, tuple(codes[:2])

    visit_id, syringe, single_dose = story.told(story.practitioner, mix)

    def give(session: Session, act: Act) -> None:
        command = Administer(visit_id, syringe, area, Decimal("3.1"), technique="nappage", points=40)
        administering.administer(session, act, command)
        for code in (syringe, *single_dose):  # left-overs of single doses serve nobody else
            containers.discard(session, act, containers.DiscardContainer(code, WasteReason.RESIDUAL))
        sessions.end_session(session, act, sessions.EndSession(visit_id, SessionEnding.COMPLETED))

    story.told(story.practitioner, give)


def _mishaps(story: Story, product_ids: list[int], reference: str) -> None:
    """A broken vial, a blocked lot, and a use on paper that broke a rule."""
    story.told(
        story.practitioner,
        lambda session, act: (
            containers.discard(
                session,
                act,
                containers.DiscardContainer(_next_container(session, product_ids[4]), WasteReason.BROKEN),
            ).id
        ),
    )

    def hold(session: Session, act: Act) -> int:
        lot_id = session.scalars(select(Lot.id).where(Lot.lot_number == "DX031")).one()
        return holds.place_hold(
            session, act, holds.PlaceHold(HoldKind.QUALITY, "particles seen in one ampoule", lot_id=lot_id)
        ).id

    story.told(story.pharmacist, hold)
    story.clock.pass_time(timedelta(minutes=7))
    story.units.run(story.practitioner, EVERYTHING, lambda session, act: _late(session, act, product_ids, reference))


def _late(session: Session, act: Act, product_ids: list[int], reference: str) -> None:
    """An ampoule of the blocked lot was given before anybody read the message: recorded, with a deviation."""
    visit = sessions.start_session(session, act, sessions.StartSession(reference))
    given = Administer(visit.id, _next_container(session, product_ids[2]), "hands", Decimal(2))
    administering.record_past_administration(session, act, given)
    sessions.end_session(session, act, sessions.EndSession(visit.id, SessionEnding.COMPLETED))
