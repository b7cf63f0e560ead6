"""How the present site works, and further sites."""

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas import ToSign
from blueprints.schemas.saved import SavedSite
from blueprints.schemas.sites import AddSiteSchema, AdoptRulePackSchema, ChangePoliciesSchema, SiteAnswer
from blueprints.signing import signed
from blueprints.unit_of_work import at_site, in_unit
from blueprints.visitor import current_site_id
from inventory import sites
from inventory.access import Act, Permission
from inventory.setting_up import AddSite
from inventory.sites import ChangePolicies, SiteFacts
from inventory.units import ORGANISATION, Answer
from models.organisation import Site

operations = Operations("sites", "Sites", "How a site works: its rule pack, and who checks whom.")


@operations.query("/site", Permission.VIEW_STOCK, SiteAnswer)
def show_site() -> SiteFacts:
    """The site that the token is for."""
    with units().reading() as session:
        return sites.site_facts(session, site_id=current_site_id())


@operations.command("/site/policies", ChangePoliciesSchema, Permission.MANAGE_SITE, SavedSite)
def change_policies(command: ChangePolicies) -> Answer:
    """Say how the site works. `version` is the one that was read; what is left out is off."""
    return at_site(lambda session, act: _saved(sites.change_policies(session, act, command)))


@operations.command("/site/rule-pack", AdoptRulePackSchema, Permission.RESPONSIBLE_PERSON, SavedSite)
def adopt_rule_pack(entered: ToSign) -> Answer:
    """Put the site under a rule pack in its present version. Signed with the password of the token's owner."""
    command = signed(entered)

    def work(session: Session, act: Act) -> Answer:
        return Answer(201, _where(), {"site_id": sites.adopt_rule_pack(session, act, command).site_id})

    return at_site(work)


@operations.command("/sites", AddSiteSchema, Permission.MANAGE_SITE, SavedSite)
def add_site(command: AddSite) -> Answer:
    """Add a site with its first places. Who adds it is its first administrator."""
    return in_unit(ORGANISATION, lambda session, act: _saved(sites.add_site(session, act, command)))


def _saved(site: Site) -> Answer:
    return Answer(201, _where(), {"site_id": site.id})


def _where() -> str:
    return url_for("api_sites.show_site")
