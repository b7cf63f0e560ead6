"""Signing in and out, the idle lock, throttling, confirming, links and tokens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from inventory.access import INSTALLATION, Permission
from inventory.errors import NotAllowed, RecordNotFound
from inventory.people import invitations, sign_ins, throttling, tokens, users
from inventory.people.errors import (
    LastsTooLong,
    LinkNotValid,
    NoRoleAtSite,
    NoRolesChosen,
    SignInEnded,
    SignInRefused,
    TooManyAttempts,
    UnknownScope,
    WrongPassword,
)
from inventory.people.invitations import Invite, MakeLink, UseLink
from inventory.people.passwords import HashingCost, Passwords
from inventory.people.sign_ins import Credentials, Limits
from inventory.people.tokens import MakeToken, RevokeToken
from inventory.people.users import AddPerson, ChangeRoles, Deactivate
from inventory.units import ORGANISATION
from models.evidence import AuditEntry
from models.people import OneTimeLink, SignIn, SignInAttempt, User
from models.vocabulary import Role

ADDRESS = "192.0.2.7"


@pytest.fixture
def passwords():
    return Passwords(HashingCost(memory_kib=8, passes=1))


@pytest.fixture
def come_in(units, passwords, password, clinic):
    def sign_in(name="paula", word=password, address=ADDRESS):
        return sign_ins.sign_in(units, passwords, Credentials(name, word), address)

    return sign_in


@pytest.fixture
def visit(units):
    def find(token, limits=None):
        with units.reading() as session:
            return sign_ins.find_visit(session, token, units.clock.now(), limits or Limits())

    return find


def count(units, table):
    with units.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_sign_in_is_kept_on_the_server_and_only_as_a_hash(units, come_in, visit, clinic):
    token = come_in(" PAULA ")
    found = visit(token)
    assert (found.sign_in_name, found.site_id, found.is_locked) == ("paula", clinic.site_id, False)
    with units.reading() as session:
        row = session.scalars(select(SignIn)).one()
    assert token.encode() not in row.token_hash
    assert row.address == ADDRESS
    assert visit("another token") is None


STRANGE_NAMES = ("nobody", "", "paula\x00", "\ud800", "x" * 10_000, "<script>", "' OR 1=1 --")


def test_an_unknown_name_and_a_wrong_password_get_one_answer(come_in):
    with pytest.raises(SignInRefused) as wrong:
        come_in("paula", "a wrong guess")
    for name in STRANGE_NAMES:
        with pytest.raises(SignInRefused) as unknown:
            come_in(name)
        assert str(unknown.value) == str(wrong.value)


def test_who_is_deactivated_or_has_no_password_yet_gets_the_same_answer(units, come_in, clinic, administrator):
    def change(session, act):
        users.deactivate(session, act, Deactivate(clinic.user_ids["paula"], 1, "leaves"))
        users.add_person(session, act, AddPerson("New", "new", clinic.site_id, frozenset({Role.AUDITOR})))

    units.run(administrator, ORGANISATION, change)
    for name in ("paula", "new"):
        with pytest.raises(SignInRefused):
            come_in(name)


def test_an_idle_screen_locks_and_the_password_opens_it(units, passwords, password, clock, come_in, visit):
    token = come_in()
    clock.pass_time(timedelta(minutes=14, seconds=59))
    assert not visit(token).is_locked
    clock.pass_time(timedelta(seconds=1))
    assert visit(token).is_locked

    with pytest.raises(WrongPassword):
        sign_ins.unlock(units, passwords, visit(token), "a wrong guess", ADDRESS)
    assert visit(token).is_locked

    sign_ins.unlock(units, passwords, visit(token), password, ADDRESS)
    assert not visit(token).is_locked


def test_working_keeps_the_screen_open_and_is_noted_once_a_minute(units, clock, come_in, visit):
    token = come_in()
    first = visit(token)
    clock.pass_time(timedelta(seconds=59))
    sign_ins.touch(units, visit(token))
    assert visit(token).seen_at == first.seen_at
    clock.pass_time(timedelta(minutes=10))
    sign_ins.touch(units, visit(token))
    clock.pass_time(timedelta(minutes=10))
    assert not visit(token).is_locked


def test_after_twelve_hours_everybody_signs_in_again(units, clock, come_in, visit):
    token = come_in()
    for _ in range(72):
        clock.pass_time(timedelta(minutes=10))
        found = visit(token)
        if found is not None:
            sign_ins.touch(units, found)
    assert visit(token) is None


def test_locking_and_signing_out_hold_at_once(units, passwords, password, come_in, visit):
    token = come_in()
    sign_ins.lock(units, visit(token))
    locked = visit(token)
    assert locked.is_locked
    sign_ins.sign_out(units, locked)
    assert visit(token) is None
    with pytest.raises(SignInEnded):
        sign_ins.unlock(units, passwords, locked, password, ADDRESS)
    with pytest.raises(SignInEnded):
        sign_ins.lock(units, locked)


def test_guessing_one_account_has_to_wait_even_with_the_right_password(units, clock, come_in):
    for _ in range(throttling.MOST_BY_NAME):
        with pytest.raises(SignInRefused):
            come_in("paula", "a wrong guess")
    with pytest.raises(TooManyAttempts) as refused:
        come_in("paula")
    assert refused.value.retry_after == 900
    assert "15 minutes" in refused.value.what
    assert come_in("peter")  # another account from the same address may still come in

    clock.pass_time(timedelta(minutes=14))
    with pytest.raises(TooManyAttempts) as refused:
        come_in("paula")
    assert "1 minute." in refused.value.what
    clock.pass_time(timedelta(minutes=1))
    assert come_in("paula")


def test_the_right_password_starts_the_count_anew(come_in):
    for _ in range(3):
        for _ in range(throttling.MOST_BY_NAME - 1):
            with pytest.raises(SignInRefused):
                come_in("paula", "a wrong guess")
        come_in("paula")


def test_guessing_many_accounts_from_one_address_has_to_wait(units, come_in):
    for number in range(throttling.MOST_BY_ADDRESS):
        with pytest.raises(SignInRefused):
            come_in(f"name{number}", "a wrong guess")
    with pytest.raises(TooManyAttempts):
        come_in("paula")
    assert come_in("paula", address="192.0.2.8")


def test_many_guesses_at_once_do_not_slip_past_the_count(units, come_in):
    def guess(_):
        try:
            come_in("paula", "a wrong guess")
        except SignInRefused:
            return "looked at"
        except TooManyAttempts:
            return "waits"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(40)))
    most = throttling.MOST_BY_NAME + 7  # those already under way when the limit was reached
    assert throttling.MOST_BY_NAME <= answers.count("looked at") <= most


def test_a_typed_name_is_kept_only_as_a_hash_and_not_for_ever(units, clock, come_in):
    with pytest.raises(SignInRefused):
        come_in("my secret password", "paula")
    with units.reading() as session:
        row = session.scalars(select(SignInAttempt)).one()
    assert b"secret" not in row.name_hash
    clock.pass_time(throttling.KEPT_FOR + timedelta(seconds=1))
    come_in("paula")
    assert count(units, SignInAttempt) == 1


def test_the_password_is_kept_at_the_present_cost_after_a_sign_in(units, clinic, password, come_in):
    with units.reading() as session:
        before = session.get_one(User, clinic.user_ids["paula"]).password_hash
    dearer = Passwords(HashingCost(memory_kib=16, passes=1))
    sign_ins.sign_in(units, dearer, Credentials("paula", password), ADDRESS)
    with units.reading() as session:
        after = session.get_one(User, clinic.user_ids["paula"]).password_hash
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert after != before
    assert not dearer.needs_rehash(after)
    assert entry.action == "password hash renewed"
    assert come_in("paula")


def test_a_site_is_switched_only_among_ones_own(units, clinic, come_in, visit, stranger):
    token = come_in()
    with pytest.raises(NoRoleAtSite):
        sign_ins.switch_site(units, visit(token), clinic.other_site_id)
    with units.reading() as session:
        seen = users.roles_version(session, clinic.user_ids["paula"])
    command = ChangeRoles(clinic.user_ids["paula"], {clinic.other_site_id: frozenset({Role.AUDITOR})}, seen)
    units.run(stranger, ORGANISATION, lambda session, act: users.change_roles(session, act, command).id)

    assert sign_ins.switch_site(units, visit(token), clinic.other_site_id) == "Hillside"

    assert visit(token).site_id == clinic.other_site_id
    assert visit(come_in()).site_id == clinic.other_site_id  # the next sign-in begins where the last one was


def test_a_sign_in_at_a_site_one_was_taken_off_ends(units, clinic, come_in, visit, administrator):
    token = come_in()
    with units.reading() as session:
        seen = users.roles_version(session, clinic.user_ids["paula"])
    command = ChangeRoles(clinic.user_ids["paula"], {clinic.site_id: frozenset()}, seen)
    units.run(administrator, ORGANISATION, lambda session, act: users.change_roles(session, act, command).id)
    assert visit(token) is None
    with pytest.raises(NoRoleAtSite):
        come_in()


def test_who_signs_confirms_with_the_password(units, passwords, password, clinic):
    paula = clinic.user_ids["paula"]
    confirmed = sign_ins.confirm_identity(units, passwords, paula, password)
    assert (confirmed.user_id, confirmed.printed_name) == (paula, "Paula Pharmacist")
    for _ in range(throttling.MOST_BY_NAME):
        with pytest.raises(WrongPassword):
            sign_ins.confirm_identity(units, passwords, paula, "a wrong guess")
    with pytest.raises(TooManyAttempts):
        sign_ins.confirm_identity(units, passwords, paula, password)


@pytest.fixture
def invited(units, clinic, administrator):
    secret = tokens.new_secret()
    person = AddPerson("Nora New", "nora", clinic.site_id, frozenset({Role.ASSISTANT}))
    command = Invite(person, tokens.secret_hash(secret))
    units.run(administrator, ORGANISATION, lambda session, act: invitations.invite(session, act, command).id)
    return secret


def use(units, passwords, secret, word="wind in the tall pines"):
    with units.reading() as session:
        owner = invitations.find_owner(session, secret, units.clock.now())
    if owner is None:
        raise LinkNotValid
    command = UseLink(secret, passwords.hash(word))
    units.run(owner.actor, ORGANISATION, lambda session, act: invitations.use_link(session, act, command).id)


def test_an_invitation_sets_the_password_once(units, passwords, invited, come_in):
    with units.reading() as session:
        owner = invitations.find_owner(session, invited, units.clock.now())
        kept = session.scalars(select(OneTimeLink)).one()
        bodies = " ".join(session.scalars(select(AuditEntry.body)))
    assert owner.is_invitation
    assert "Clinic of the Harbour" in owner.names
    assert kept.token_hash == tokens.secret_hash(invited)
    assert invited not in bodies
    assert kept.token_hash.hex() not in bodies

    use(units, passwords, invited)

    assert come_in("nora", "wind in the tall pines")
    with pytest.raises(LinkNotValid):
        use(units, passwords, invited)


def test_a_link_works_for_72_hours(units, passwords, clock, invited):
    clock.pass_time(timedelta(hours=72) - timedelta(seconds=1))
    with units.reading() as session:
        assert invitations.find_owner(session, invited, units.clock.now()) is not None
    clock.pass_time(timedelta(seconds=1))
    with pytest.raises(LinkNotValid):
        use(units, passwords, invited)


def test_a_newer_link_replaces_the_older_and_ends_nothing_until_it_is_used(
    units, passwords, password, clinic, administrator, come_in, visit
):
    token = come_in("paula")
    secrets = [tokens.new_secret(), tokens.new_secret()]
    for secret in secrets:
        command = MakeLink(clinic.user_ids["paula"], tokens.secret_hash(secret))
        units.run(administrator, ORGANISATION, lambda s, act, c=command: invitations.make_link(s, act, c).id)
    with pytest.raises(LinkNotValid):
        use(units, passwords, secrets[0])
    assert visit(token) is not None
    assert come_in("paula")

    use(units, passwords, secrets[1])

    assert visit(token) is None
    with pytest.raises(SignInRefused):
        come_in("paula", password)


def test_a_link_used_twice_at_once_sets_one_password(units, passwords, invited):
    with units.reading() as session:
        owner = invitations.find_owner(session, invited, units.clock.now())

    def try_it(word):
        command = UseLink(invited, passwords.hash(word))
        try:
            units.run(owner.actor, ORGANISATION, lambda session, act: invitations.use_link(session, act, command).id)
        except LinkNotValid:
            return "too late"
        return word

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(try_it, ["first of two words", "second of two words"]))
    assert answers.count("too late") == 1


def test_only_administrators_make_links(units, clinic, pharmacist, stranger):
    command = MakeLink(clinic.user_ids["anna"], tokens.secret_hash("x"))
    with pytest.raises(NotAllowed):
        units.run(pharmacist, ORGANISATION, lambda session, act: invitations.make_link(session, act, command).id)
    with pytest.raises(RecordNotFound):
        units.run(stranger, ORGANISATION, lambda session, act: invitations.make_link(session, act, command).id)


@pytest.fixture
def make_token(units):
    def make(actor, scopes=(Permission.VIEW_STOCK,), days=30):
        secret = tokens.new_api_token()
        command = MakeToken("scanner", frozenset(scopes), days, tokens.secret_hash(secret))
        made = units.run(actor, ORGANISATION, lambda session, act: tokens.make_token(session, act, command).id)
        return secret, made

    return make


def actor_of(units, secret):
    with units.reading() as session:
        return tokens.actor_of_token(session, secret, units.clock.now(), ADDRESS)


def test_a_token_acts_for_its_owner_with_its_scopes_only(units, pharmacist, make_token):
    secret, _ = make_token(pharmacist)
    found = actor_of(units, secret)
    assert (found.user_id, found.site_id) == (pharmacist.user_id, pharmacist.site_id)
    assert found.permissions == {Permission.VIEW_STOCK}
    assert actor_of(units, "vialtrace_nothing") is None


def test_a_token_loses_what_its_owner_loses(units, clinic, administrator, pharmacist, make_token):
    secret, _ = make_token(pharmacist, [Permission.VIEW_STOCK, Permission.RECEIVE_STOCK])
    with units.reading() as session:
        seen = users.roles_version(session, clinic.user_ids["paula"])
    command = ChangeRoles(clinic.user_ids["paula"], {clinic.site_id: frozenset({Role.AUDITOR})}, seen)
    units.run(administrator, ORGANISATION, lambda session, act: users.change_roles(session, act, command).id)
    assert actor_of(units, secret).permissions == {Permission.VIEW_STOCK}


def test_a_token_ends_by_time_and_by_its_owner(units, clock, pharmacist, practitioner, make_token):
    old, _ = make_token(pharmacist, days=1)
    secret, made = make_token(pharmacist)
    clock.pass_time(timedelta(days=1))
    assert actor_of(units, old) is None

    command = RevokeToken(made)
    with pytest.raises(RecordNotFound):
        units.run(practitioner, ORGANISATION, lambda session, act: tokens.revoke_token(session, act, command).id)
    assert actor_of(units, secret) is not None
    for _ in range(2):
        units.run(pharmacist, ORGANISATION, lambda session, act: tokens.revoke_token(session, act, command).id)
    assert actor_of(units, secret) is None


def test_a_token_is_refused_for_too_long_for_nothing_and_for_more_than_one_has(make_token, pharmacist):
    for days in (0, -1, 366):
        with pytest.raises(LastsTooLong):
            make_token(pharmacist, days=days)
    with pytest.raises(NoRolesChosen):
        make_token(pharmacist, [])
    with pytest.raises(UnknownScope):
        make_token(pharmacist, [Permission.MANAGE_USERS])


def test_the_installation_itself_can_have_no_token(make_token, clinic):
    with pytest.raises(NotAllowed):
        make_token(INSTALLATION)
