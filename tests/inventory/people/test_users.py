"""Accounts and roles: who may change them, and what must remain."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from inventory.access import INSTALLATION, Permission
from inventory.errors import InvalidText, NotAllowed, RecordChanged, RecordNotFound
from inventory.people import directory, memberships, sign_ins, tokens, users
from inventory.people.errors import (
    AccountInactive,
    DatesTurned,
    LastAdministrator,
    NoRoleAtSite,
    NoRolesChosen,
    NotYourPersons,
    SignInNameTaken,
)
from inventory.people.memberships import EndResponsibility, MakeResponsible
from inventory.people.passwords import Passwords
from inventory.people.sign_ins import Credentials, Limits
from inventory.people.users import Activate, AddPerson, ChangeRoles, Deactivate, SetPassword
from inventory.units import ORGANISATION
from models.evidence import AuditEntry
from models.organisation import Site
from models.people import User
from models.vocabulary import Role


@pytest.fixture
def change(units):
    """Do one service call in a unit of `actor`; the answer is the id of what it returns."""

    def do(actor, service, command):
        return units.run(actor, ORGANISATION, lambda session, act: service(session, act, command).id)

    return do


@pytest.fixture
def roles_version(units):
    def ask(user_id):
        with units.reading() as session:
            return users.roles_version(session, user_id)

    return ask


@pytest.fixture
def user(units):
    def ask(user_id):
        with units.reading() as session:
            return users.get_user(session, user_id)

    return ask


@pytest.fixture
def second_administrator(change, clinic, administrator, password_hash):
    return change(
        administrator,
        users.add_person,
        AddPerson("Bea Boss", "bea", clinic.site_id, frozenset({Role.ADMINISTRATOR}), password_hash),
    )


def test_an_administrator_adds_a_person_with_roles(change, clinic, administrator, actor, user):
    new = change(
        administrator,
        users.add_person,
        AddPerson(" Nora  New ", "NORA.New", clinic.site_id, frozenset({Role.ASSISTANT, Role.AUDITOR})),
    )
    assert user(new).sign_in_name == "nora.new"
    assert user(new).full_name == "Nora  New"


def test_a_sign_in_name_that_cannot_be_typed_is_refused(change, clinic, administrator):
    for name in ("", "two words", "a\nb", "x" * 101, "\u200bhidden\u202e", "a\x00"):
        with pytest.raises(InvalidText):
            change(administrator, users.add_person, AddPerson("N", name, clinic.site_id, frozenset({Role.AUDITOR})))


def test_two_people_may_not_share_a_sign_in_name_however_it_is_written(change, clinic, administrator):
    with pytest.raises(SignInNameTaken):
        change(administrator, users.add_person, AddPerson("N", "PAULA", clinic.site_id, frozenset({Role.AUDITOR})))


def test_a_person_needs_a_role(change, clinic, administrator):
    with pytest.raises(NoRolesChosen):
        change(administrator, users.add_person, AddPerson("N", "n.n", clinic.site_id, frozenset()))


def test_a_pharmacist_may_not_add_people(change, clinic, pharmacist):
    with pytest.raises(NotAllowed):
        change(pharmacist, users.add_person, AddPerson("N", "n.n", clinic.site_id, frozenset({Role.AUDITOR})))


def test_roles_are_given_only_where_one_is_administrator(change, clinic, administrator, stranger, roles_version):
    with pytest.raises(NoRoleAtSite):
        change(administrator, users.add_person, AddPerson("N", "n.n", clinic.other_site_id, frozenset({Role.AUDITOR})))
    paula = clinic.user_ids["paula"]
    roles = {clinic.site_id: frozenset({Role.ADMINISTRATOR})}
    with pytest.raises(NoRoleAtSite):
        change(stranger, users.change_roles, ChangeRoles(paula, roles, roles_version(paula)))


def test_changed_roles_hold_at_once(change, clinic, administrator, actor, roles_version):
    paula = clinic.user_ids["paula"]
    roles = {clinic.site_id: frozenset({Role.AUDITOR})}

    change(administrator, users.change_roles, ChangeRoles(paula, roles, roles_version(paula)))

    assert actor("paula").roles == (Role.AUDITOR,)
    assert Permission.RECEIVE_STOCK not in actor("paula").permissions


def test_the_second_of_two_tabs_is_told_that_roles_changed(change, clinic, administrator, roles_version):
    paula = clinic.user_ids["paula"]
    seen = roles_version(paula)
    change(administrator, users.change_roles, ChangeRoles(paula, {clinic.site_id: frozenset({Role.AUDITOR})}, seen))

    with pytest.raises(RecordChanged):
        change(administrator, users.change_roles, ChangeRoles(paula, {clinic.site_id: frozenset()}, seen))


def test_the_last_administrator_of_a_site_stays(change, clinic, administrator, roles_version, user):
    ada = clinic.user_ids["ada"]
    with pytest.raises(LastAdministrator) as refused:
        change(
            administrator,
            users.change_roles,
            ChangeRoles(ada, {clinic.site_id: frozenset({Role.PHARMACIST})}, roles_version(ada)),
        )
    assert "Harbour" in refused.value.what
    with pytest.raises(LastAdministrator):
        change(administrator, users.deactivate, Deactivate(ada, user(ada).version, "leaves"))


def test_somebody_invited_who_never_came_is_no_administrator_to_rely_on(change, clinic, administrator, user):
    change(administrator, users.add_person, AddPerson("Bea", "bea", clinic.site_id, frozenset({Role.ADMINISTRATOR})))
    ada = clinic.user_ids["ada"]
    with pytest.raises(LastAdministrator):
        change(administrator, users.deactivate, Deactivate(ada, user(ada).version, "leaves"))


def test_with_a_second_administrator_the_first_may_go(change, clinic, administrator, second_administrator, user, units):
    ada = clinic.user_ids["ada"]
    change(administrator, users.deactivate, Deactivate(ada, user(ada).version, "leaves"))
    assert not user(ada).is_active


def test_deactivation_ends_sign_ins_tokens_and_links(change, clinic, administrator, pharmacist, user, units, password):
    paula = clinic.user_ids["paula"]
    hashing = Passwords()
    cookie = sign_ins.sign_in(units, hashing, Credentials("paula", password), "10.0.0.1")
    secret = tokens.new_api_token()
    made = tokens.MakeToken("scanner", frozenset({Permission.VIEW_STOCK}), 30, tokens.secret_hash(secret))
    change(pharmacist, tokens.make_token, made)

    change(administrator, users.deactivate, Deactivate(paula, user(paula).version, "left the clinic"))

    with units.reading() as session:
        now = units.clock.now()
        assert sign_ins.find_visit(session, cookie, now, Limits()) is None
        assert tokens.actor_of_token(session, secret, now, "10.0.0.1") is None
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.action == "account deactivated"
    assert "left the clinic" in entry.body


def test_a_deactivated_account_can_be_opened_again_and_its_token_stays_ended(
    change, clinic, administrator, pharmacist, user, units
):
    paula = clinic.user_ids["paula"]
    secret = tokens.new_api_token()
    made = tokens.MakeToken("scanner", frozenset({Permission.VIEW_STOCK}), 30, tokens.secret_hash(secret))
    change(pharmacist, tokens.make_token, made)
    change(administrator, users.deactivate, Deactivate(paula, user(paula).version, "holiday"))
    with pytest.raises(AccountInactive):
        change(administrator, users.deactivate, Deactivate(paula, user(paula).version, "again"))

    change(administrator, users.activate, Activate(paula, user(paula).version))

    assert user(paula).is_active
    with units.reading() as session:
        assert tokens.actor_of_token(session, secret, units.clock.now(), "") is None


def test_an_account_of_another_site_is_unknown(change, clinic, administrator):
    with pytest.raises(RecordNotFound):
        change(administrator, users.deactivate, Deactivate(clinic.user_ids["stella"], 1, "no reason"))


def test_an_account_shared_with_another_site_is_not_mine_alone_to_close(
    change, clinic, administrator, stranger, roles_version, user
):
    paula = clinic.user_ids["paula"]
    change(
        stranger,
        users.change_roles,
        ChangeRoles(paula, {clinic.other_site_id: frozenset({Role.PHARMACIST})}, roles_version(paula)),
    )
    with pytest.raises(NotYourPersons) as refused:
        change(administrator, users.deactivate, Deactivate(paula, user(paula).version, "leaves"))
    assert "Hillside" in refused.value.what


def test_the_console_sets_a_password_and_ends_what_was_signed_in(change, clinic, units, password):
    hashing = Passwords()
    cookie = sign_ins.sign_in(units, hashing, Credentials("paula", password), "10.0.0.1")
    new = "another word for harbours"

    change(INSTALLATION, users.set_password, SetPassword(clinic.user_ids["paula"], hashing.hash(new)))

    with units.reading() as session:
        assert sign_ins.find_visit(session, cookie, units.clock.now(), Limits()) is None
        bodies = " ".join(session.scalars(select(AuditEntry.body)))
    assert "argon2" not in bodies
    assert sign_ins.sign_in(units, hashing, Credentials("paula", new), "10.0.0.1")


def test_an_administrator_sees_the_people_of_their_sites_only(units, clinic, administrator, stranger):
    with units.reading() as session:
        mine = {person.sign_in_name for person in directory.people_of(session, administrator)}
        theirs = {person.sign_in_name for person in directory.people_of(session, stranger)}
        everybody = directory.people_of(session, INSTALLATION)
        with pytest.raises(RecordNotFound):
            directory.get_person(session, administrator, clinic.user_ids["stella"], units.clock.now())
    assert mine == {"ada", "paula", "peter", "anna", "otto"}
    assert theirs == {"stella"}
    assert len(everybody) == 6


def test_responsibility_begins_and_ends_by_date(change, clinic, clock, administrator, actor):
    paula = clinic.user_ids["paula"]
    command = MakeResponsible(paula, clinic.site_id, date(2031, 3, 4), date(2031, 3, 5))
    change(administrator, memberships.make_responsible, command)

    seen = []
    for _ in range(4):
        seen.append(Permission.RESPONSIBLE_PERSON in actor("paula").permissions)
        clock.pass_time(timedelta(days=1))
    assert seen == [False, True, True, False]


def test_an_ended_responsibility_is_over_today(change, clinic, administrator, actor):
    paula = clinic.user_ids["paula"]
    made = change(
        administrator, memberships.make_responsible, MakeResponsible(paula, clinic.site_id, date(2031, 3, 1), None)
    )
    assert Permission.RESPONSIBLE_PERSON in actor("paula").permissions

    change(administrator, memberships.end_responsibility, EndResponsibility(made))

    assert Permission.RESPONSIBLE_PERSON not in actor("paula").permissions


def test_responsibility_is_refused_backwards_elsewhere_and_by_others(change, clinic, administrator, pharmacist):
    paula, stella = clinic.user_ids["paula"], clinic.user_ids["stella"]
    first, second = date(2031, 3, 1), date(2031, 3, 2)
    with pytest.raises(DatesTurned):
        change(administrator, memberships.make_responsible, MakeResponsible(paula, clinic.site_id, second, first))
    with pytest.raises(NoRoleAtSite):
        change(administrator, memberships.make_responsible, MakeResponsible(stella, clinic.site_id, first, None))
    with pytest.raises(NotAllowed):
        change(pharmacist, memberships.make_responsible, MakeResponsible(paula, clinic.site_id, first, None))
    with pytest.raises(RecordNotFound):
        change(administrator, memberships.end_responsibility, EndResponsibility(999))


def test_two_administrators_who_close_each_other_at_once_leave_one(
    units, clinic, administrator, second_administrator, actor, user
):
    ada, bea = clinic.user_ids["ada"], second_administrator
    with units.reading() as session:
        site = session.get_one(Site, clinic.site_id)
        bea_actor = memberships.actor_at(
            session, session.get_one(User, bea), site, units.clock.now(), administrator.door
        )

    def close(by, whom):
        try:
            command = Deactivate(whom, 1, "a quarrel")
            units.run(by, ORGANISATION, lambda session, act: users.deactivate(session, act, command).id)
        except LastAdministrator:
            return "refused"
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(close, [administrator, bea_actor], [bea, ada]))
    assert ended == ["closed", "refused"]
    assert sorted([user(ada).is_active, user(bea).is_active]) == [False, True]
