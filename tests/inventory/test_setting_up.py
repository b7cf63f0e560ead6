"""The first set-up: what it makes, and that it happens once."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from inventory.access import INSTALLATION
from inventory.errors import InvalidText, NotAllowed
from inventory.people.errors import AlreadyInitialised, SiteNameTaken
from inventory.setting_up import AddSite, FirstPerson, SetUpInstallation, add_site, set_up
from inventory.units import ORGANISATION
from models.catalogue import Product
from models.evidence import AuditChain, AuditEntry
from models.organisation import Installation, Location, Site
from models.people import Membership, User
from models.vocabulary import LocationKind, Role


@pytest.fixture
def command(password_hash):
    return SetUpInstallation(
        organisation="Clinic of the Harbour",
        country="FR",
        site=AddSite("Harbour", "Europe/Paris"),
        administrator=FirstPerson("Ada Administrator", "Ada", password_hash),
    )


def count(units, table):
    with units.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_set_up_makes_the_installation_its_site_its_chains_and_one_administrator(units, command):
    made = set_up(units, INSTALLATION, command)

    with units.reading() as session:
        assert session.get_one(Installation, 1).organisation == "Clinic of the Harbour"
        assert set(session.scalars(select(AuditChain.id))) == {0, made.site_id}
        user = session.get_one(User, made.administrator_id)
        assert (user.sign_in_name, user.is_active) == ("ada", True)
        assert [m.role for m in session.scalars(select(Membership))] == [Role.ADMINISTRATOR]
        assert session.scalars(select(Product).where(Product.is_free_cocktail)).one().unit.value == "mL"


def test_a_site_has_one_of_each_boundary_place_and_places_to_begin_with(units, command):
    made = set_up(units, INSTALLATION, command)

    with units.reading() as session:
        places = list(session.scalars(select(Location).where(Location.site_id == made.site_id)))
    boundary = [place.kind for place in places if not place.kind.is_real]
    assert sorted(boundary) == sorted(kind for kind in LocationKind if not kind.is_real)
    assert [place.kind for place in places if place.is_quarantine] == [LocationKind.STORAGE]
    assert LocationKind.ROOM in {place.kind for place in places}


def test_the_first_set_up_is_in_the_organisations_chain(units, command):
    set_up(units, INSTALLATION, command)

    with units.reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert entry.chain_id == 0
    assert entry.seq == 1
    assert entry.action.startswith("installation set up")
    assert "argon2" not in entry.body


def test_a_second_set_up_is_refused_and_changes_nothing(units, command):
    set_up(units, INSTALLATION, command)
    before = count(units, Site), count(units, User), count(units, AuditEntry)

    with pytest.raises(AlreadyInitialised) as refused:
        set_up(units, INSTALLATION, replace(command, organisation="Somebody else"))

    assert "Clinic of the Harbour" in refused.value.what
    assert (count(units, Site), count(units, User), count(units, AuditEntry)) == before


def test_a_set_up_that_broke_off_can_be_done_again(units, command):
    with pytest.raises(InvalidText):
        set_up(units, INSTALLATION, replace(command, site=AddSite("Harbour", "Mars/Base")))
    assert count(units, Installation) == 0

    set_up(units, INSTALLATION, command)

    assert count(units, Installation) == 1


def test_names_that_cannot_be_read_are_refused(units, command):
    for name in ("", "   ", "a\x00b", "x" * 201, "two\nlines", "\u202eevil", "\ud800"):
        with pytest.raises(InvalidText):
            set_up(units, INSTALLATION, replace(command, organisation=name))
    assert count(units, Installation) == 0


def test_two_sites_may_not_have_one_name(units, clinic):
    with pytest.raises(SiteNameTaken):
        units.run(INSTALLATION, ORGANISATION, lambda s, act: add_site(s, act, AddSite(" Harbour ", "Europe/Paris")).id)


def test_an_administrator_may_add_a_site_and_a_pharmacist_may_not(units, clinic, administrator, pharmacist):
    def add(session, act):
        return add_site(session, act, AddSite("Third", "Europe/Paris")).id

    with pytest.raises(NotAllowed):
        units.run(pharmacist, ORGANISATION, add)
    units.run(administrator, ORGANISATION, add)
    assert count(units, Site) == 3
