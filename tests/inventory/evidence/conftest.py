"""A short history of both sites, written through the services, for what is proven about records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, select, text

from inventory.access import Actor
from inventory.care import administering, compounding, patients, sessions
from inventory.clock import MovedClock
from inventory.evidence import audit
from inventory.evidence.audit import entry_hash
from inventory.evidence.checkpoints import take_checkpoint
from inventory.stock import containers, corrections, holds, receiving
from inventory.units import EVERYTHING, ORGANISATION, Units, one_site
from models import guards
from models.catalogue import Product, Supplier
from models.evidence import AuditEntry
from models.stock import Container, StockEntry, StockMove
from models.tables import Base
from models.vocabulary import ContainerKind, EntryPurpose, HoldKind, RegulatoryClass, SessionEnding, Unit, WasteReason

EXPIRY = date(2032, 6, 30)


@dataclass(frozen=True)
class History:
    product_ids: tuple[int, int]
    supplier_id: int
    vial_codes: tuple[str, ...]
    other_site_codes: tuple[str, ...]
    syringe_code: str
    patient_reference: str
    session_id: int
    checkpointed_at: int  # how many entries chain 0 had before the checkpoint's own


@pytest.fixture
def do(units: Units, clock: MovedClock) -> Callable[..., Any]:
    """`do(actor, service, command)`: one unit at the actor's site, a minute after the last."""

    def run(actor: Actor, service: Callable[..., Any], *arguments: Any, scope: Any = None) -> Any:
        clock.pass_time(timedelta(minutes=1))
        return units.run(
            actor,
            scope or one_site(actor.site_id or 0),
            lambda session, act: _key(service(session, act, *arguments), session),
        )

    return run


def _key(answer: Any, session: Any) -> Any:
    """Rows do not outlive their unit; their ids do."""
    session.flush()
    return getattr(answer, "id", answer)


def _add_catalogue(session: Any, act: Any) -> tuple[tuple[int, int], int]:
    products = [
        Product(
            name=name,
            regulatory_class=RegulatoryClass.MEDICINE_AUTHORISED,
            container_kind=ContainerKind.MULTI_DOSE_VIAL,
            unit=Unit.ML,
            content=Decimal(content),
            is_preserved=True,
            overfill=Decimal("0.5"),
        )
        for name, content in (("Vitamin C 10 %", "5"), ("Hyaluronic acid 1 %", "2.5"))
    ]
    supplier = Supplier(name="Pharma Nord")
    session.add_all([*products, supplier])
    audit.record(session, act, "catalogue filled", *products, supplier)
    return (products[0].id, products[1].id), supplier.id


@pytest.fixture
def history(do, units, clinic, actor, administrator, pharmacist, practitioner) -> History:
    """Deliveries at both sites, a hold placed and lifted, a cocktail given, waste, a correction, a checkpoint."""
    product_ids, supplier_id = do(administrator, _add_catalogue, scope=ORGANISATION)

    def receive(who: Actor, place: int, count: int) -> None:
        lines = tuple(receiving.ReceiveLine(p, f"LOT-{p}", EXPIRY, count) for p in product_ids)
        do(who, receiving.receive_delivery, receiving.ReceiveDelivery(supplier_id, "D-1", place, lines))

    receive(pharmacist, clinic.places.storage, 3)
    stranger = actor("stella")
    receive(stranger, clinic.other_places.storage, 2)
    with units.reading() as session:
        codes = dict(list(session.execute(select(Container.id, Container.code).order_by(Container.id))))
    vials, others = tuple(list(codes.values())[:6]), tuple(list(codes.values())[6:])

    reference = do(practitioner, _register, scope=ORGANISATION)
    session_id = do(practitioner, sessions.start_session, sessions.StartSession(reference))
    hold_id = do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "Cloudy", container_code=vials[1]))
    do(pharmacist, holds.lift_hold, holds.LiftHold(hold_id, "Clear after all"))
    mix = compounding.Compound(
        (compounding.Draw(vials[0], Decimal(2)), compounding.Draw(vials[3], Decimal("1.5"))),
        clinic.places.room,
        session_id,
        syringes=(Decimal("3.4"),),
    )
    do(practitioner, compounding.compound, mix)
    with units.reading() as session:
        syringe = session.scalars(select(Container.code).order_by(Container.id.desc()).limit(1)).one()
    given = administering.Administer(session_id, syringe, "Face", Decimal(3), points=40)
    do(practitioner, administering.administer, given)
    do(practitioner, containers.discard, containers.DiscardContainer(syringe, WasteReason.RESIDUAL))
    do(practitioner, sessions.end_session, sessions.EndSession(session_id, SessionEnding.COMPLETED))
    do(pharmacist, containers.move_container, containers.MoveContainer(vials[2], clinic.places.room))
    do(pharmacist, containers.discard, containers.DiscardContainer(vials[4], WasteReason.BROKEN))
    do(pharmacist, _correct_discard)
    with units.reading() as session:
        before = session.scalars(select(AuditEntry.seq).where(AuditEntry.chain_id == 0)).all()
    do(administrator, take_checkpoint, scope=EVERYTHING)
    return History(product_ids, supplier_id, vials, others, syringe, reference, session_id, len(before))


def _register(session: Any, act: Any) -> str:
    identity = patients.Identity("Maria Muster", date(1980, 2, 29), "maria@example.org")
    return patients.register_patient(session, act, patients.RegisterPatient(identity, "C-77")).reference


def _correct_discard(session: Any, act: Any) -> StockEntry:
    entry = session.scalars(
        select(StockEntry).where(StockEntry.purpose == EntryPurpose.WASTED).order_by(StockEntry.id.desc()).limit(1)
    ).one()
    move = session.scalars(select(StockMove).where(StockMove.entry_id == entry.id)).one()
    command = corrections.CorrectEntry(entry.id, (corrections.CorrectedMove(move.id, Decimal(1)),), "Half was left")
    return corrections.correct_entry(session, act, command)


class Intruder:
    """Somebody with the rights of the tables' owner, who first takes the guards away."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)

    def do(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.begin() as connection:
            self._take_guards_away(connection)
            answer = connection.execute(text(statement), values)
            return list(answer) if answer.returns_rows else []

    def _take_guards_away(self, connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            for name in guards.installed(connection):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            return
        for table in Base.metadata.sorted_tables:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")

    def hash_anew(self, chain: int, first: int) -> None:
        """From entry `first` to the end, and the head, as if it had always been so."""
        previous = bytes(32)
        for seq, body in self.do("SELECT seq, body FROM audit_entry WHERE chain_id = :chain ORDER BY seq", chain=chain):
            previous = entry_hash(previous, body)
            if seq >= first:
                self.do(
                    "UPDATE audit_entry SET hash = :hash WHERE chain_id = :chain AND seq = :seq",
                    hash=previous,
                    chain=chain,
                    seq=seq,
                )
                self.do(
                    "UPDATE audit_checkpoint SET hash = :hash WHERE chain_id = :chain AND seq = :seq",
                    hash=previous,
                    chain=chain,
                    seq=seq,
                )
        self.do("UPDATE audit_chain SET hash = :hash WHERE id = :chain", hash=previous, chain=chain)


@pytest.fixture
def intruder(owner_url: str) -> Iterator[Intruder]:
    found = Intruder(owner_url)
    yield found
    found.engine.dispose()
