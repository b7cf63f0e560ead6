"""How a site works: where it mixes, what waits for release, who checks whom, and by which body of rules.

- A rule pack is adopted by the signature of a responsible person. What was chosen at set-up is in force from the
  start, and stands as not yet signed until somebody does.
- A rule that needs two people is refused where no second person could keep it. A site that is declared
  single-handed gives a reason and a password instead, and its records say so.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import setting_up
from inventory.access import ROLE_PERMISSIONS, Act, Permission
from inventory.errors import RecordChanged
from inventory.evidence import audit
from inventory.evidence.signatures import ConfirmedIdentity, refuse_other_signer, sign
from inventory.people.errors import NoSecondPerson, SingleHandedWithoutRule
from inventory.setting_up import RULE_PACK_VERSIONS, AddSite
from inventory.stock import dating
from models.evidence import Signature
from models.organisation import RulePackAdoption, Site
from models.people import Membership, User
from models.vocabulary import MixingPlace, Role, RulePack, SignatureMeaning

_CHECKING_ROLES = tuple(role for role, held in ROLE_PERMISSIONS.items() if Permission.VERIFY_COMPOUNDING in held)
FEWEST_CHECKERS = 2


@dataclass(frozen=True)
class ChangePolicies:
    """`version` is the site's as it was when the form was shown.

    `least_days_left`: the days to expiry below which what comes in is kept from use; none asks for no days.
    """

    version: int
    mixing_place: MixingPlace
    holds_incoming: bool = False
    demands_second_person: bool = False
    is_single_handed: bool = False
    in_use_caps_beyond_use: bool = False
    least_days_left: int | None = None


@dataclass(frozen=True)
class AdoptRulePack:
    rule_pack: RulePack
    signed: ConfirmedIdentity | None


@dataclass(frozen=True)
class Adoption:
    rule_pack: RulePack
    version: str
    signed_at: datetime
    signed_by: str


@dataclass(frozen=True)
class SiteFacts:
    """`adoptions`: the newest first; the first is in force if it is for the site's present pack and version.

    `checkers`: who may check what another person mixed.
    """

    id: int
    name: str
    time_zone: str
    rule_pack: RulePack
    rule_pack_version: str
    mixing_place: MixingPlace
    holds_incoming: bool
    demands_second_person: bool
    is_single_handed: bool
    in_use_caps_beyond_use: bool
    least_days_left: int | None
    version: int
    adoptions: tuple[Adoption, ...]
    checkers: tuple[str, ...]

    @property
    def is_adopted(self) -> bool:
        """Whether the pack in force stands under a signature."""
        newest = self.adoptions[0] if self.adoptions else None
        return newest is not None and (newest.rule_pack, newest.version) == (self.rule_pack, self.rule_pack_version)

    @property
    def lacks_second_person(self) -> bool:
        return self.demands_second_person and not self.is_single_handed and len(self.checkers) < FEWEST_CHECKERS


def site_facts(session: Session, *, site_id: int) -> SiteFacts:
    site = session.get_one(Site, site_id)
    return SiteFacts(
        id=site.id,
        name=site.name,
        time_zone=site.time_zone,
        rule_pack=site.rule_pack,
        rule_pack_version=site.rule_pack_version,
        mixing_place=site.mixing_place,
        holds_incoming=site.holds_incoming,
        demands_second_person=site.demands_second_person,
        is_single_handed=site.is_single_handed,
        in_use_caps_beyond_use=site.in_use_caps_beyond_use,
        least_days_left=site.least_days_left,
        version=site.version,
        adoptions=_adoptions(session, site_id),
        checkers=checkers_at(session, site_id=site_id),
    )


def checkers_at(session: Session, *, site_id: int) -> tuple[str, ...]:
    """The people who may check a mixture at a site, by name."""
    query = (
        select(User.full_name)
        .where(
            User.is_active,
            User.id.in_(
                select(Membership.user_id).where(Membership.site_id == site_id, Membership.role.in_(_CHECKING_ROLES))
            ),
        )
        .order_by(User.full_name, User.id)
    )
    return tuple(session.scalars(query))


def change_policies(session: Session, act: Act, command: ChangePolicies) -> Site:
    """At the present site. Raises `RecordChanged`, `NoSecondPerson`, `SingleHandedWithoutRule`."""
    act.require(Permission.MANAGE_SITE)
    site = session.get_one(Site, act.site_id)
    if site.version != command.version:
        raise RecordChanged("site", site.name)
    if command.is_single_handed and not command.demands_second_person:
        raise SingleHandedWithoutRule
    checkers = checkers_at(session, site_id=site.id)
    if command.demands_second_person and not command.is_single_handed and len(checkers) < FEWEST_CHECKERS:
        raise NoSecondPerson(checkers or ("nobody",))
    site.mixing_place = command.mixing_place
    site.holds_incoming = command.holds_incoming
    site.demands_second_person = command.demands_second_person
    site.is_single_handed = command.is_single_handed
    site.in_use_caps_beyond_use = command.in_use_caps_beyond_use
    site.least_days_left = dating.checked_days(command.least_days_left)
    audit.record(session, act, "site's rules changed", site)
    return site


def adopt_rule_pack(session: Session, act: Act, command: AdoptRulePack) -> RulePackAdoption:
    """Put the present site under a rule pack in its present version. Raises `NotSigned`, `WrongSigner`.

    What was mixed or opened before keeps the time it was given.
    """
    act.require(Permission.RESPONSIBLE_PERSON)
    refuse_other_signer(act, command.signed, SignatureMeaning.APPROVED)
    site = session.get_one(Site, act.site_id)
    version = RULE_PACK_VERSIONS[command.rule_pack]
    text = f"{site.name} works by the rule pack {command.rule_pack.value}, version {version}."
    signature = sign(session, act, command.signed, SignatureMeaning.APPROVED, site, text)
    site.rule_pack = command.rule_pack
    site.rule_pack_version = version
    adoption = RulePackAdoption(
        site_id=site.id, rule_pack=command.rule_pack, version=version, adopted_at=act.now, signature_id=signature.id
    )
    session.add(adoption)
    audit.record(session, act, "rule pack adopted", site)
    return adoption


def add_site(session: Session, act: Act, command: AddSite) -> Site:
    """Another site of the organisation; who adds it is its first administrator. Raises `SiteNameTaken`."""
    site = setting_up.add_site(session, act, command)
    session.add(Membership(user_id=act.user_id, site_id=site.id, role=Role.ADMINISTRATOR))
    return site


def _adoptions(session: Session, site_id: int) -> tuple[Adoption, ...]:
    query = (
        select(RulePackAdoption.rule_pack, RulePackAdoption.version, Signature.signed_at, Signature.printed_name)
        .join(Signature, Signature.id == RulePackAdoption.signature_id)
        .where(RulePackAdoption.site_id == site_id)
        .order_by(RulePackAdoption.id.desc())
    )
    return tuple(Adoption(*row) for row in session.execute(query))
