"""How the present site works, further sites, working at another of one's, and the word that the clock is right."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.people import SwitchSiteSchema
from blueprints.schemas.sites import AddSiteSchema, AdoptRulePackSchema, ChangePoliciesSchema
from blueprints.signing import signed
from blueprints.unit_of_work import at_site, in_unit
from blueprints.visitor import current_actor, current_site_id, current_visit
from inventory import sites
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.people import sign_ins
from inventory.sites import SiteFacts
from inventory.trusted_clock import confirm_clock as say_it_is_right
from inventory.units import ORGANISATION, Answer
from models.vocabulary import MixingPlace, RulePack

bp = Blueprint("sites", __name__)

_POLICIES = ("holds_incoming", "demands_second_person", "is_single_handed", "in_use_caps_beyond_use")


def _show(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    actor = current_actor()
    with units().reading() as session:
        facts = sites.site_facts(session, site_id=current_site_id())
    forms = {
        "policies": _policies_form(facts),
        "rule-pack": blank("rule-pack", rule_pack=facts.rule_pack.value),
        "site": blank("site", time_zone=facts.time_zone, rule_pack=facts.rule_pack.value),
    }
    if refused is not None:
        forms[refused.name] = refused
    return render_template(
        "sites/show.html",
        facts=facts,
        can_manage=Permission.MANAGE_SITE in actor.permissions,
        can_adopt=Permission.RESPONSIBLE_PERSON in actor.permissions,
        rule_packs=[pack.value for pack in RulePack],
        mixing_places=[place.value for place in MixingPlace],
        forms=forms,
        refusal=refusal,
    )


def _policies_form(facts: SiteFacts) -> Form:
    ticked = {name: "yes" for name in _POLICIES if getattr(facts, name)}
    days = {} if facts.least_days_left is None else {"least_days_left": facts.least_days_left}
    return blank("policies", facts.version, mixing_place=facts.mixing_place.value, **ticked, **days)


@bp.get("/site")
@requires(Permission.VIEW_STOCK)
def show() -> ResponseReturnValue:
    return _show()


@bp.post("/site/policies")
@requires(Permission.MANAGE_SITE)
@shown_again("policies", _show)
def change_policies() -> ResponseReturnValue:
    command = load_form(ChangePoliciesSchema())
    at_site(lambda session, act: Answer(ids={"site_id": sites.change_policies(session, act, command).id}))
    flash("Saved. It holds from now on.", "success")
    return redirect(url_for("sites.show"), 303)


@bp.post("/site/rule-pack")
@requires(Permission.RESPONSIBLE_PERSON)
@shown_again("rule-pack", _show)
def adopt_rule_pack() -> ResponseReturnValue:
    command = signed(load_form(AdoptRulePackSchema()))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"site_id": sites.adopt_rule_pack(session, act, command).site_id})

    at_site(work)
    flash("Signed. What is opened or mixed from now on goes by these rules.", "success")
    return redirect(url_for("sites.show"), 303)


@bp.post("/sites")
@requires(Permission.MANAGE_SITE)
@shown_again("site", _show)
def add_site() -> ResponseReturnValue:
    command = load_form(AddSiteSchema())
    in_unit(ORGANISATION, lambda session, act: Answer(ids={"site_id": sites.add_site(session, act, command).id}))
    flash(f"{command.name} is added. Change to it in the bar above to invite people there.", "success")
    return redirect(url_for("sites.show"), 303)


@bp.post("/site")
@requires(Permission.SIGNED_IN)
def switch() -> ResponseReturnValue:
    site = sign_ins.switch_site(units(), current_visit(), load_form(SwitchSiteSchema())["site_id"])
    flash(f"You now work at {site}.", "success")
    return redirect(url_for("today.show"), 303)


@bp.post("/clock")
@requires(Permission.CONFIRM_CLOCK)
def confirm_clock() -> ResponseReturnValue:
    say_it_is_right(units(), current_actor())
    flash("Noted: the clock is right.", "success")
    return redirect(url_for("today.show"), 303)
