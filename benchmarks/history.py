"""A clinic's history in bulk, row for row in the shape the services write it.

Each treatment is a session with a cocktail of four components, one syringe, given whole: six moves, two
entries, one audit entry. A vial of 10 mL serves about ten draws of 0.5 to 1.5 mL and what is too little for the
next is wasted; fifty vials are a lot. Three probe lots have 50, 500 and 5,000 uses in the middle of the history;
of twenty uses two go through a stock solution, a cocktail of its own.
"""

import hashlib
import itertools
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bulk import Bulk, bulk_writing
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.access import INSTALLATION, Act
from inventory.clock import MovedClock
from inventory.evidence.canonical import canonical
from inventory.people import users
from inventory.people.passwords import HashingCost, Passwords
from inventory.rules.codes import CodeKind, make_code
from inventory.setting_up import AddSite, FirstPerson, SetUpInstallation, add_site, set_up
from inventory.units import ORGANISATION, Units
from models.care import Administration, CompoundingComponent, CompoundingRecord, Patient, PatientKey, TreatmentSession
from models.catalogue import Product, ProductStrength, Substance, Supplier
from models.database import Database
from models.evidence import AuditChain, AuditEntry, AuditSubject
from models.organisation import Location, Site
from models.people import User
from models.stock import Container, Delivery, DeliveryLine, Lot, StockEntry, StockMove
from models.types import instant_text
from models.vocabulary import (
    ContainerKind,
    LocationKind,
    MixingPlace,
    RegulatoryClass,
    Role,
    RulePack,
    StrengthUnit,
    Unit,
)

NOW = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
PASSWORD = "rain over the old harbour"  # noqa: S105  # of an invented clinic
SIGN_IN = "petra"
PROBES = (50, 500, 5000)
STREAMS = 4
SCATTER = 0x9E3779B97F4A7C15  # odd, so that no two numbers meet
PRODUCTS = 24
VIALS_A_LOT = 50
VIALS_A_DELIVERY = 5  # of a probe, so that few are left over
ML = 1_000_000  # millionths, as SQLite keeps an amount
CONTENT = 10 * ML
DRAWS = range(ML // 2, 3 * ML // 2 + 1, ML // 20)
MOVES_A_TREATMENT = STREAMS + 2 + 0.84  # and the vials: received, their rest wasted
SHELF_LOTS, SHELF_VIALS = 5, 20
EXPIRY = date(2032, 12, 31)
IN_USE_UNTIL = instant_text(NOW + timedelta(days=28))


@dataclass(frozen=True)
class Places:
    site_id: int
    user_id: int
    product_ids: tuple[int, ...]
    cocktail_id: int
    supplier_id: int
    by_kind: dict[LocationKind, int]


def make_clinic(database: Database) -> Places:
    """The installation, its people, products and places, through the services."""
    units = Units(database, MovedClock(NOW - timedelta(days=6 * 365)))
    password_hash = Passwords(HashingCost(8, 1, 1)).hash(PASSWORD)
    made = set_up(
        units,
        INSTALLATION,
        SetUpInstallation(
            organisation="Clinic of the Harbour",
            country="FR",
            site=AddSite(
                "Harbour", "Europe/Paris", RulePack.EU_GENERIC, MixingPlace.TREATMENT_ROOM, holds_incoming=False
            ),
            administrator=FirstPerson("Ada Administrator", "ada", password_hash),
        ),
    )

    def the_rest(session: Session, act: Act) -> None:
        add_site(session, act, AddSite("Hillside", "Europe/Paris", holds_incoming=False))
        practitioner = users.AddPerson(
            "Petra Practitioner", SIGN_IN, made.site_id, frozenset({Role.PRACTITIONER}), password_hash
        )
        for index in range(PRODUCTS):
            session.add(_product(index))
        session.add(Supplier(name="Supplier of the benchmark"))
        users.add_person(session, act, practitioner)

    units.run(INSTALLATION, ORGANISATION, the_rest)
    return find_clinic(database)


def _product(index: int) -> Product:
    strength = ProductStrength(
        substance=Substance(name=f"Substance {index}"), strength=Decimal(10 + index), strength_unit=StrengthUnit.MG
    )
    return Product(
        name=f"Product {index}",
        regulatory_class=RegulatoryClass.MEDICINE_AUTHORISED,
        container_kind=ContainerKind.MULTI_DOSE_VIAL,
        unit=Unit.ML,
        content=Decimal(CONTENT) / ML,
        is_preserved=True,
        label_in_use_days=28,
        strengths=[strength],
    )


def find_clinic(database: Database) -> Places:
    """The places of a clinic that `make_clinic` made."""
    with database.reader() as session:
        site_id = session.scalars(select(func.min(Site.id))).one()
        user_id = session.scalars(select(User.id).where(User.sign_in_name == SIGN_IN)).one()
        places = session.scalars(select(Location).where(Location.site_id == site_id).order_by(Location.id.desc()))
        products = session.execute(select(Product.id, Product.is_free_cocktail).order_by(Product.id)).all()
        return Places(
            site_id=site_id,
            user_id=user_id,
            product_ids=tuple(key for key, is_cocktail in products if not is_cocktail),
            cocktail_id=next(key for key, is_cocktail in products if is_cocktail),
            supplier_id=session.scalars(select(Supplier.id)).one(),
            by_kind={place.kind: place.id for place in places},
        )


class Vials:
    """A stream of vials of one kind, drawn from one after another; each new one is received as it is needed."""

    def __init__(self, history: "History", product_ids: list[int], lot_number: str) -> None:
        self.history = history
        self.product_ids = itertools.cycle(product_ids)
        self.lot_number = lot_number
        self.lots = 0
        self.sealed: list[int] = []
        self.container_id = 0
        self.left = 0

    def draw(self) -> tuple[int, int]:
        """The container that the next amount comes from, and the amount."""
        amount = self.history.random.choice(DRAWS)
        if self.left < amount:
            if self.left:
                self.history.waste(self.container_id, self.left)
            if not self.sealed:
                self.sealed = self.receive()
            self.container_id = self.sealed.pop(0)
            self.left = CONTENT
        self.left -= amount
        return self.container_id, amount

    def receive(self) -> list[int]:
        self.lots += 1
        number = self.lot_number if self.lots == 1 else f"{self.lot_number}-{self.lots}"
        lot_id = self.history.new_lot(next(self.product_ids), number)
        return self.history.receive(lot_id, VIALS_A_LOT, is_used=True)


class Probe(Vials):
    """All in one lot, however many vials it takes. `solution`: of the newest mixture others are made with."""

    lot_id = 0
    solution: tuple[tuple[int, int], ...] = ()

    def receive(self) -> list[int]:
        self.lot_id = self.lot_id or self.history.new_lot(next(self.product_ids), self.lot_number)
        return self.history.receive(self.lot_id, VIALS_A_DELIVERY, is_used=True)


class History:
    def __init__(self, bulk: Bulk, places: Places, treatments: int, chain: AuditChain) -> None:
        self.places = places
        self.treatments = treatments
        self.bulk = bulk
        self.random = random.Random(3)
        self.patients = max(100, treatments // 8)
        self.ids = {name: itertools.count(1) for name in ("lot", "container", "entry", "move", "record", "delivery")}
        self.session_ids = itertools.count(1)
        self.codes = itertools.count(1)
        self.audit_ids = itertools.count(chain.seq + 1_000)
        self.seq, self.hash = chain.seq, chain.hash
        self.at = ""
        self.moves = 0
        self._open_tables()
        products = places.product_ids
        share = len(products) // STREAMS
        self.streams = [
            Vials(self, list(products[index * share : (index + 1) * share]), f"S{index}") for index in range(STREAMS)
        ]
        self.probes = [Probe(self, [products[0]], f"PROBE-{uses}") for uses in PROBES]

    def _open_tables(self) -> None:
        table = self.bulk.table
        self.lot = table(Lot, "id", "product_id", "lot_number", "expires_on", "is_month_only", "origin")
        self.container = table(
            Container, "id", "code", "lot_id", "location_id", "content", "found", "remaining", "received_at",
            "opened_at", "discard_at", "kept_for_patient_id", "closed_at", "closed_why",
        )  # fmt: skip
        self.delivery = table(Delivery, "id", "site_id", "supplier_id", "reference", "received_at")
        self.line = table(DeliveryLine, "id", "delivery_id", "lot_id", "kind", "containers", "damaged")
        self.entry = table(
            StockEntry, "id", "site_id", "purpose", "occurred_at", "recorded_at", "user_id",
            "delivery_id", "compounding_record_id", "treatment_session_id",
        )  # fmt: skip
        self.move = table(
            StockMove, "id", "entry_id", "container_id", "from_location_id", "to_location_id", "amount", "purpose",
            "identified_by", "waste_reason",
        )  # fmt: skip
        self.patient = table(Patient, "id", "reference", "registered_at")
        self.key = table(PatientKey, "patient_id", "key")
        self.session = table(
            TreatmentSession, "id", "site_id", "patient_id", "practitioner_id", "room_id", "started_at", "ended_at",
            "ending",
        )  # fmt: skip
        self.record = table(
            CompoundingRecord, "id", "site_id", "lot_id", "kind", "lane", "is_sterility_tested", "patient_id",
            "treatment_session_id", "started_at", "beyond_use_at", "binding_limit", "theoretical_amount",
            "yield_amount", "prepared_by_id",
        )  # fmt: skip
        self.component = table(CompoundingComponent, "record_id", "position", "move_id", "entered")
        self.administration = table(Administration, "session_id", "move_id", "area", "technique")
        self.audit = table(AuditEntry, "id", "chain_id", "seq", "at", "user_id", "action", "body", "hash")
        self.subject = table(AuditSubject, "entry_id", "kind", "record_id")

    def code(self, kind: CodeKind) -> str:
        """Scattered like random ones, but each another: among millions of random ones two are the same."""
        number = next(self.codes)
        return make_code(kind, lambda bits: number * SCATTER % (1 << bits))

    def tell(self) -> None:
        for number in range(1, self.patients + 1):
            self.patient(number, self.code(CodeKind.PATIENT), instant_text(NOW - timedelta(days=5 * 365)))
            self.key(number, self.random.randbytes(32))
        self._fill_the_shelf()
        slots = self._probe_slots()
        start = NOW - timedelta(minutes=self.treatments + 60)
        for index in range(self.treatments):
            self.at = instant_text(start + timedelta(minutes=index))
            self.treat(slots.get(index))
            self.bulk.flush_when_full()

    def _fill_the_shelf(self) -> None:
        """Sealed stock of every product, the same however long the history is."""
        self.at = instant_text(NOW - timedelta(days=300))
        for product_id in self.places.product_ids:
            for number in range(SHELF_LOTS):
                self.receive(self.new_lot(product_id, f"SHELF-{number}"), SHELF_VIALS, is_used=False)

    def _probe_slots(self) -> dict[int, tuple[Probe, int]]:
        """Treatment -> the probe it draws from and the number of the use: every third of its time."""
        slots = {}
        for residue, (probe, uses) in enumerate(zip(self.probes, PROBES, strict=True)):
            first = max(0, (self.treatments - 3 * uses) // 2) // 3 * 3 + residue
            for use in range(uses):
                slots[first + 3 * use] = (probe, use)
        return slots

    def new_lot(self, product_id: int, lot_number: str) -> int:
        lot_id = next(self.ids["lot"])
        self.lot(lot_id, product_id, lot_number, EXPIRY.isoformat(), 0, "received")
        return lot_id

    def receive(self, lot_id: int, vials: int, *, is_used: bool) -> list[int]:
        delivery_id, entry_id = next(self.ids["delivery"]), next(self.ids["entry"])
        self.delivery(delivery_id, self.places.site_id, self.places.supplier_id, f"D-{delivery_id}", self.at)
        self.line(delivery_id, delivery_id, lot_id, "bought", vials, 0)
        self._entry(entry_id, "received", delivery_id=delivery_id)
        made = []
        for _ in range(vials):
            container_id = next(self.ids["container"])
            self._container(container_id, lot_id, CONTENT, 0 if is_used else CONTENT)
            self._move(entry_id, container_id, "received", CONTENT)
            made.append(container_id)
        self._audit("delivery received", {"delivery": delivery_id, "lot": lot_id}, entry_id, vials)
        return made

    def waste(self, container_id: int, amount: int) -> None:
        entry_id = next(self.ids["entry"])
        self._entry(entry_id, "wasted")
        self._move(entry_id, container_id, "wasted", amount)
        self._audit("container discarded", {"container": container_id}, entry_id, 1)

    def _container(
        self,
        key: int,
        lot_id: int,
        content: int,
        remaining: int,
        patient_id: int | None = None,
        why: str = "compounded",
    ) -> None:
        used = None if remaining == content else self.at
        closed = None if remaining else used
        self.container(
            key, self.code(CodeKind.CONTAINER), lot_id, self.places.by_kind[LocationKind.STORAGE], content, 0,
            remaining, self.at, used, used and IN_USE_UNTIL, patient_id, closed, closed and why,
        )  # fmt: skip

    def _entry(
        self,
        key: int,
        purpose: str,
        delivery_id: int | None = None,
        record_id: int | None = None,
        session_id: int | None = None,
    ) -> None:
        places = self.places
        self.entry(key, places.site_id, purpose, self.at, self.at, places.user_id, delivery_id, record_id, session_id)

    def _move(self, entry_id: int, container_id: int, purpose: str, amount: int) -> int:
        kinds = self.places.by_kind
        here = kinds[LocationKind.STORAGE]
        sides = {
            "received": (kinds[LocationKind.SUPPLIER], here),
            "prepared": (kinds[LocationKind.COMPOUNDING], here),
            "compounded": (here, kinds[LocationKind.COMPOUNDING]),
            "administered": (here, kinds[LocationKind.PATIENT]),
            "wasted": (here, kinds[LocationKind.WASTE]),
        }
        key = next(self.ids["move"])
        identified_by = "by_hand" if purpose in ("received", "prepared") else "our_code"
        why = "residual" if purpose == "wasted" else None
        self.move(key, entry_id, container_id, *sides[purpose], amount, purpose, identified_by, why)
        self.moves += 1
        return key

    def treat(self, slot: tuple[Probe, int] | None) -> None:
        session_id = next(self.session_ids)
        patient_id = self.random.randrange(self.patients) + 1
        places = self.places
        self.session(
            session_id, places.site_id, patient_id, places.user_id, places.by_kind[LocationKind.ROOM], self.at, self.at,
            "completed",
        )  # fmt: skip
        first = self.streams[0].draw() if slot is None else self._of_probe(*slot)
        drawn = [first, *(stream.draw() for stream in self.streams[1:])]
        whole = sum(amount for _, amount in drawn)
        record_id, syringe, entry_id = self.mix(drawn, session_id, patient_id, left=0)
        given = next(self.ids["entry"])
        self._entry(given, "administered", session_id=session_id)
        move_id = self._move(given, syringe, "administered", whole)
        self.administration(session_id, move_id, "scalp", "nappage")
        about = {"treatment_session": session_id, "patient": patient_id, "compounding_record": record_id}
        self._audit(
            "session started; preparation made; administered; session ended",
            about | {"container": syringe},
            entry_id,
            2 * STREAMS,
        )

    def _of_probe(self, probe: Probe, use: int) -> tuple[int, int]:
        if use % 20 == 0:
            drawn = [probe.draw(), *(stream.draw() for stream in self.streams[1:])]
            given = (ML // 2, 3 * ML // 4)
            left = sum(amount for _, amount in drawn) - sum(given)
            _, solution, entry_id = self.mix(drawn, None, None, left)
            probe.solution = tuple((solution, amount) for amount in given)
            self._audit("preparation made", {"container": solution}, entry_id, STREAMS)
        return probe.solution[use % 20] if use % 20 < len(probe.solution) else probe.draw()

    def mix(
        self, drawn: list[tuple[int, int]], session_id: int | None, patient_id: int | None, left: int
    ) -> tuple[int, int, int]:
        """`left`: what nobody takes out any more. Returns record, syringe and entry."""
        record_id, lot_id, entry_id = next(self.ids["record"]), next(self.ids["lot"]), next(self.ids["entry"])
        syringe, places = next(self.ids["container"]), self.places
        self.lot(lot_id, places.cocktail_id, self.code(CodeKind.RECORD), None, 0, "compounded")
        whole = sum(amount for _, amount in drawn)
        self.record(
            record_id, places.site_id, lot_id, "cocktail", "immediate_use", 0, patient_id, session_id, self.at,
            instant_text(NOW + timedelta(hours=4)), "immediate_use: four hours", whole, whole, places.user_id,
        )  # fmt: skip
        self._entry(entry_id, "compounded", record_id=record_id)
        for position, (container_id, amount) in enumerate(drawn, start=1):
            move_id = self._move(entry_id, container_id, "compounded", amount)
            self.component(record_id, position, move_id, f"{amount / ML:g} mL")
        self._container(syringe, lot_id, whole, left, patient_id, "administered")
        self._move(entry_id, syringe, "prepared", whole)
        return record_id, syringe, entry_id

    def _audit(self, action: str, about: dict[str, int], entry_id: int, moves: int) -> None:
        key = next(self.audit_ids)
        self.seq += 1
        last = self.moves
        body = canonical(
            {
                "v": 1, "unit": f"{key:016x}", "by": [self.places.user_id, "Petra Practitioner", "practitioner"],
                "door": "page 127.0.0.1", "action": action, "chain": self.places.site_id, "seq": self.seq,
                "at": self.at, "made": {kind: {str(record): {"at": self.at}} for kind, record in about.items()},
                "fixed": {"stock_entry": str(entry_id), "stock_move": f"{last - moves + 1}-{last}"},
                "digest": hashlib.sha256(str(key).encode()).hexdigest(),
            }
        )  # fmt: skip
        self.hash = hashlib.sha256(self.hash + body.encode()).digest()
        self.audit(key, self.places.site_id, self.seq, self.at, self.places.user_id, action, body, self.hash)
        for kind, record in about.items():
            self.subject(key, kind, record)


def build(database: Database, moves: int) -> None:
    """Fill a migrated, empty database with a clinic whose ledger has about `moves` moves."""
    places = make_clinic(database)
    with database.reader() as session:
        chain = session.get_one(AuditChain, places.site_id)
    with bulk_writing(database) as bulk:
        history = History(bulk, places, round(moves / MOVES_A_TREATMENT), chain)
        history.tell()
        bulk.flush()
        for stream in (*history.streams, *history.probes):
            _put_back(bulk, stream, "" if database.is_sqlite else "e-6")
    with database.engine.begin() as connection:
        head = AuditChain.__table__.update().where(AuditChain.id == places.site_id)
        connection.execute(head.values(seq=history.seq, hash=history.hash, at=NOW - timedelta(minutes=60)))


def _put_back(bulk: Bulk, stream: Vials, exponent: str) -> None:
    """What the history did not use up is still there."""
    again = "closed_at = NULL, closed_why = NULL"
    if stream.left:
        bulk.sink.run(
            f"UPDATE container SET remaining = {stream.left}{exponent}, {again} WHERE id = {stream.container_id}"
        )
    for container_id in stream.sealed:
        bulk.sink.run(
            f"UPDATE container SET remaining = content, {again}, opened_at = NULL, discard_at = NULL "
            f"WHERE id = {container_id}"
        )
