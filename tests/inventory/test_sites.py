"""How a site works: its rule pack under a signature, its policies, and two people where two are demanded."""

from datetime import date

import pytest

from inventory import sites
from inventory.errors import NotAllowed, NotSigned, RecordChanged, WrongSigner
from inventory.evidence.signatures import signatures_of
from inventory.people import memberships
from inventory.people.errors import NoSecondPerson, SingleHandedWithoutRule, SiteNameTaken
from inventory.people.users import Deactivate, deactivate, get_user
from inventory.setting_up import AddSite
from inventory.sites import AdoptRulePack, ChangePolicies
from inventory.units import ORGANISATION
from models.vocabulary import MixingPlace, RulePack


@pytest.fixture
def facts(read, clinic):
    return lambda site_id=clinic.site_id: read(sites.site_facts, site_id=site_id)


@pytest.fixture
def responsible(do, clinic, administrator, actor):
    """Paula, who is the responsible person of the site."""
    command = memberships.MakeResponsible(clinic.user_ids["paula"], clinic.site_id, date(2031, 1, 1), None)
    do(administrator, memberships.make_responsible, command, scope=ORGANISATION)
    return actor("paula")


@pytest.fixture
def change(do, administrator, facts):
    def say(by=administrator, version=None, **policies):
        settings = {"mixing_place": MixingPlace.HOOD} | policies
        return do(by, sites.change_policies, ChangePolicies(version or facts().version, **settings))

    return say


@pytest.fixture
def peter_leaves(do, read, clinic, administrator):
    def leave():
        peter = read(get_user, clinic.user_ids["peter"])
        do(administrator, deactivate, Deactivate(peter.id, peter.version, "left"), scope=ORGANISATION)

    return leave


def test_the_pack_chosen_at_set_up_is_in_force_and_not_yet_signed(facts):
    assert (facts().rule_pack, facts().is_adopted, facts().adoptions) == (RulePack.EU_GENERIC, False, ())


def test_a_responsible_person_adopts_a_rule_pack_by_signature(do, responsible, signed, facts, read, clinic, clock):
    do(responsible, sites.adopt_rule_pack, AdoptRulePack(RulePack.US_797, signed("paula")))

    found = facts()
    assert (found.rule_pack, found.rule_pack_version, found.is_adopted) == (RulePack.US_797, "2023", True)
    assert [(each.rule_pack, each.signed_by) for each in found.adoptions] == [(RulePack.US_797, "Paula")]
    (signature,) = read(signatures_of, record_kind="site", record_id=clinic.site_id)
    assert signature.text == "Harbour works by the rule pack us_797, version 2023."
    assert facts(clinic.other_site_id).rule_pack is RulePack.EU_GENERIC


def test_nobody_else_adopts_rules_and_nobody_for_another(do, responsible, administrator, signed, refused):
    with refused(NotAllowed, permission="responsible_person"):
        do(administrator, sites.adopt_rule_pack, AdoptRulePack(RulePack.US_797, signed("ada")))
    with refused(NotSigned, meaning="approved"):
        do(responsible, sites.adopt_rule_pack, AdoptRulePack(RulePack.US_797, None))
    with refused(WrongSigner, problem="the password is that of another person"):
        do(responsible, sites.adopt_rule_pack, AdoptRulePack(RulePack.US_797, signed("ada")))


def test_policies_change_and_a_stale_form_does_not_undo_them(change, facts, refused):
    before = facts().version
    change(holds_incoming=True, in_use_caps_beyond_use=False)
    found = facts()
    assert (found.mixing_place, found.holds_incoming, found.in_use_caps_beyond_use) == (MixingPlace.HOOD, True, False)
    with refused(RecordChanged, kind="site", key="Harbour"):
        change(version=before)


def test_policies_are_the_administrators(change, pharmacist, refused):
    with refused(NotAllowed, permission="manage_site"):
        change(by=pharmacist)


def test_two_people_are_demanded_only_where_there_are_two(change, facts, peter_leaves, refused):
    change(demands_second_person=True)
    assert facts().checkers == ("Paula Pharmacist", "Peter Practitioner")
    assert not facts().lacks_second_person
    change()

    peter_leaves()
    with refused(NoSecondPerson, checkers=("Paula Pharmacist",)):
        change(demands_second_person=True)
    change(demands_second_person=True, is_single_handed=True)
    assert facts().is_single_handed
    with refused(SingleHandedWithoutRule):
        change(is_single_handed=True)


def test_who_leaves_afterwards_is_missed(change, facts, peter_leaves):
    change(demands_second_person=True)
    peter_leaves()
    assert facts().lacks_second_person


def test_who_adds_a_site_is_its_first_administrator(do, administrator, pharmacist, actor, refused):
    command = AddSite("Lighthouse <b>", "Europe/Paris")
    site_id = do(administrator, sites.add_site, command, scope=ORGANISATION)
    assert [role.value for role in actor("ada", site_id).roles] == ["administrator"]
    with refused(SiteNameTaken, name="Lighthouse <b>"):
        do(administrator, sites.add_site, command, scope=ORGANISATION)
    with refused(NotAllowed, permission="manage_site"):
        do(pharmacist, sites.add_site, AddSite("Elsewhere", "Europe/Paris"), scope=ORGANISATION)
