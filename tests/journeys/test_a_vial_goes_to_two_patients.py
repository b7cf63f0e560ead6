"""From a maker's box to two patients and back, with a cocktail of a cocktail on the way."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.access import Actor
from inventory.care import administering, compounding, patients, sessions
from inventory.evidence import audit
from inventory.stock import containers, holds, receiving
from inventory.units import Units, one_site
from models.care import CompoundingRecord
from models.catalogue import Product, Supplier
from models.stock import Container
from models.vocabulary import ContainerKind, HoldKind, RegulatoryClass, Unit, WasteReason


def test_story(units: Units, clinic, pharmacist: Actor, practitioner: Actor, administrator: Actor) -> None:
    scope = one_site(clinic.site_id)

    def stock(session, act):
        supplier = Supplier(name="Maker of Vials")
        product = Product(
            name="Lidocaine 20 mg/mL",
            regulatory_class=RegulatoryClass.MEDICINE_AUTHORISED,
            container_kind=ContainerKind.MULTI_DOSE_VIAL,
            unit=Unit.ML,
            content=Decimal("10"),
            is_preserved=True,
        )
        session.add_all([supplier, product])
        session.flush()
        audit.record(session, act, "catalogue made", product, supplier)
        return supplier.id, product.id

    supplier_id, product_id = units.run(pharmacist, scope, stock)
    delivery_id = units.run(
        pharmacist,
        scope,
        lambda session, act: (
            receiving.receive_delivery(
                session,
                act,
                receiving.ReceiveDelivery(
                    supplier_id,
                    "DN-1",
                    clinic.places.storage,
                    (receiving.ReceiveLine(product_id, "L1", date(2032, 1, 31), 2),),
                ),
            ).id
        ),
    )
    assert delivery_id
    with units.reading() as session:
        codes = list(session.scalars(select(Container.code).order_by(Container.id)))
    assert len(codes) == 2

    def treat(session, act):
        patient = patients.register_patient(session, act, patients.RegisterPatient(patients.Identity("Fictional One")))
        visit = sessions.start_session(session, act, sessions.StartSession(patient.reference))
        record = compounding.compound(
            session,
            act,
            compounding.Compound(
                (compounding.Draw(codes[0], Decimal("2.5")), compounding.Draw(codes[1], Decimal("1"))),
                clinic.places.room,
                visit.id,
                syringes=(Decimal("2"), Decimal("1.4")),
            ),
        )
        return visit.id, record.id

    visit_id, record_id = units.run(practitioner, scope, treat)
    with units.reading() as session:
        record = session.get_one(CompoundingRecord, record_id)
        syringes = list(session.scalars(select(Container.code).where(Container.lot_id == record.lot_id)))
        assert record.beyond_use_at is not None
    units.run(
        practitioner,
        scope,
        lambda session, act: (
            administering.administer(session, act, administering.Administer(visit_id, syringes[0], "full face")).id
        ),
    )
    units.run(
        practitioner,
        scope,
        lambda session, act: (
            containers.discard(session, act, containers.DiscardContainer(syringes[1], WasteReason.RESIDUAL)).id
        ),
    )
    hold_id = units.run(
        pharmacist,
        scope,
        lambda session, act: (
            holds.place_hold(session, act, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=codes[0])).id
        ),
    )
    with pytest.raises(Exception, match="cloudy"):
        units.run(
            practitioner,
            scope,
            lambda session, act: containers.open_container(session, act, containers.OpenContainer(codes[0])).id,
        )
    units.run(
        pharmacist, scope, lambda session, act: holds.lift_hold(session, act, holds.LiftHold(hold_id, "clear")).id
    )
