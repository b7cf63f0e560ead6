"""Stories of the cupboard, told through the services in one unit: what is received, mixed, given, corrected.

What is told has happened: the services that record the past are used, so that no rule of use stands in the
way of a history that a trace must still follow.
"""

import itertools
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from inventory.access import Act, Permission
from inventory.care import administering, compounding, patients, sessions
from inventory.evidence.signatures import ConfirmedIdentity
from inventory.stock import containers, corrections, lots, receiving
from inventory.units import EVERYTHING
from models.care import Administration, CompoundingComponent, CompoundingRecord, Patient, TreatmentSession
from models.catalogue import Product, ProductStrength, Substance
from models.stock import Container, Lot, StockEntry, StockMove
from models.vocabulary import (
    ContainerKind,
    IdentifiedBy,
    MovePurpose,
    RegulatoryClass,
    StrengthUnit,
    Tracking,
    Unit,
    WasteReason,
)

FAR = date(2032, 3, 31)
_NUMBERS = itertools.count(1)
SCANNED = IdentifiedBy.OUR_CODE


@dataclass(frozen=True)
class Given:
    """Ids of one administration."""

    session_id: int
    entry_id: int
    move_id: int


class Story:
    def __init__(self, session, act: Act, places) -> None:
        self.session = session
        self.act = act
        self.places = places

    def product(self, name: str, strengths: Mapping[str, str] | None = None, **facts) -> Product:
        settings = {
            "regulatory_class": RegulatoryClass.MEDICINE_AUTHORISED,
            "container_kind": ContainerKind.MULTI_DOSE_VIAL,
            "unit": Unit.ML,
            "content": Decimal(1000),
            "overfill": Decimal(1000),
        } | facts
        product = Product(name=name, **settings)
        self.session.add(product)
        self.session.flush()
        for substance_name, said in (strengths or {}).items():
            number, unit = said.split()
            substance = Substance(name=substance_name)
            self.session.add(substance)
            self.session.flush()
            self.session.add(
                ProductStrength(
                    product_id=product.id,
                    substance_id=substance.id,
                    strength=Decimal(number),
                    strength_unit=StrengthUnit(unit),
                )
            )
        return product

    def pack_product(self, name: str, pieces: int) -> Product:
        return self.product(
            name, unit=Unit.PIECE, tracking=Tracking.PACK, content=Decimal(pieces), container_kind=ContainerKind.KIT
        )

    def vials(self, product: Product, number: str, count: int = 1) -> list[Container]:
        """Containers of a lot that stood in the cupboard."""
        line = receiving.OpeningLine(product.id, number, FAR, count)
        receiving.record_opening_stock(
            self.session, self.act, receiving.RecordOpeningStock(self.places.storage, (line,))
        )
        self.session.flush()
        lot = lots.find_lot(self.session, product_id=product.id, lot_number=number)
        query = select(Container).where(Container.lot_id == lot.id).order_by(Container.id.desc()).limit(count)
        return list(reversed(self.session.scalars(query).all()))

    def vial(self, product: Product, number: str) -> Container:
        return self.vials(product, number)[0]

    def mix(
        self,
        *parts: tuple[Container, str],
        syringes: tuple[str, ...] = (),
        by: IdentifiedBy = SCANNED,
        at: datetime | None = None,
    ) -> tuple[CompoundingRecord, list[Container]]:
        record = compounding.record_past_compounding(
            self.session,
            self.act,
            compounding.Compound(
                draws=tuple(compounding.Draw(source.code, Decimal(amount), by) for source, amount in parts),
                location_id=self.places.storage,
                syringes=tuple(Decimal(amount) for amount in syringes),
                started_at=at,
            ),
        )
        self.session.flush()
        query = select(Container).where(Container.lot_id == record.lot_id).order_by(Container.id)
        return record, list(self.session.scalars(query))

    def patient(self, name: str | None = None) -> Patient:
        """Each by another name, unless said."""
        identity = patients.Identity(name or f"Nadia Example {next(_NUMBERS)}")
        return patients.register_patient(self.session, self.act, patients.RegisterPatient(identity))

    def visit(self, patient: Patient, at: datetime | None = None) -> TreatmentSession:
        visit = sessions.start_session(self.session, self.act, sessions.StartSession(patient.reference, started_at=at))
        self.session.flush()
        return visit

    def give(
        self,
        source: Container,
        patient: Patient,
        amount: str,
        *,
        by: IdentifiedBy = SCANNED,
        at: datetime | None = None,
        visit: TreatmentSession | None = None,
    ) -> Given:
        visit = visit or self.visit(patient, at)
        given = administering.record_past_administration(
            self.session,
            self.act,
            administering.Administer(visit.id, source.code, "scalp", Decimal(amount), identified_by=by, given_at=at),
        )
        self.session.flush()
        move = self.session.get_one(StockMove, given.move_id)
        return Given(visit.id, move.entry_id, move.id)

    def waste(self, source: Container, amount: str) -> None:
        containers.discard(
            self.session,
            self.act,
            containers.DiscardContainer(source.code, WasteReason.RESIDUAL, Decimal(amount)),
        )

    def correct(
        self, entry_id: int, move_id: int, amount: str | None = None, instead: Container | None = None
    ) -> StockEntry:
        """`amount` empty: it never took place. `instead`: it was this container."""
        line = corrections.CorrectedMove(
            move_id, None if amount is None else Decimal(amount), None if instead is None else instead.code
        )
        entry = corrections.correct_entry(
            self.session, self.act, corrections.CorrectEntry(entry_id, (line,), "read again")
        )
        self.session.flush()
        return entry

    def move_to_patient(self, given: Given, patient: Patient) -> int:
        """It was another patient's: the replacing move stands under that patient's session."""
        visit = self.visit(patient)
        old = self.session.get_one(StockMove, given.move_id)
        correction = self.correct(given.entry_id, given.move_id)
        move = StockMove(
            entry=correction,
            container=old.container,
            from_location_id=old.from_location_id,
            to_location_id=old.to_location_id,
            amount=old.amount,
            purpose=old.purpose,
            identified_by=old.identified_by,
        )
        old.container.remaining -= old.amount
        self.session.add(move)
        self.session.flush()
        self.session.add(Administration(session_id=visit.id, move_id=move.id, area="scalp"))
        return visit.id

    def draw_of(self, record: CompoundingRecord, source: Container) -> StockMove:
        """The newest draw from a container into a preparation."""
        query = (
            select(StockMove)
            .join(CompoundingComponent, CompoundingComponent.move_id == StockMove.id)
            .where(CompoundingComponent.record_id == record.id, StockMove.container_id == source.id)
            .order_by(StockMove.id.desc())
        )
        return self.session.scalars(query).first()

    def correct_lot(self, lot: Lot, number: str, *only: Container) -> None:
        identity = ConfirmedIdentity(self.act.user_id, "Paula Pharmacist", self.act.now)
        lots.correct_lot(
            self.session,
            self.act,
            lots.CorrectLot(lot.id, number, FAR, "typed wrong", identity, container_codes=tuple(c.code for c in only)),
        )

    def split(self, pack: Container, pieces: int) -> Container:
        child = containers.split_pack(self.session, self.act, containers.SplitPack(pack.code, Decimal(pieces)))
        self.session.flush()
        return child

    def lose(self, source: Container, amount: str) -> None:
        containers.withdraw_amount(
            self.session,
            self.act,
            containers.WithdrawAmount(source.code, MovePurpose.LOST, "not found", Decimal(amount)),
        )

    def hours_ago(self, hours: float) -> datetime:
        return self.act.now - timedelta(hours=hours)


@pytest.fixture
def tell(units, clinic, actor) -> Callable:
    """`tell(script)`: run a story as one unit at the first site, or `at_other_site`; returns what it returns."""

    def run(script, *, at_other_site: bool = False):
        site_id = clinic.other_site_id if at_other_site else clinic.site_id
        places = clinic.other_places if at_other_site else clinic.places
        person = replace(actor("paula"), site_id=site_id, permissions=frozenset(Permission))
        return units.run(person, EVERYTHING, lambda session, act: script(Story(session, act, places)))

    return run


@pytest.fixture
def count_statements(database) -> Callable:
    """A context that counts the statements sent meanwhile; read `.count` afterwards."""

    @dataclass
    class Statements:
        count: int = 0

    @contextmanager
    def counting():
        statements = Statements()

        def sent(*_):
            statements.count += 1

        event.listen(database.reading_engine, "before_cursor_execute", sent)
        try:
            yield statements
        finally:
            event.remove(database.reading_engine, "before_cursor_execute", sent)

    return counting
