"""How a site works, its rule pack, and further sites."""

from marshmallow import Schema, fields

from blueprints.schemas import Makes, MakesSigned
from blueprints.schemas.values import ChoiceOf, Instant, Line, WholeNumber, YesNo
from inventory.setting_up import AddSite
from inventory.sites import AdoptRulePack, ChangePolicies
from inventory.stock.dating import MOST_DAYS
from models.vocabulary import MixingPlace, RulePack


class ChangePoliciesSchema(Makes):
    """A box that is not ticked is not sent, and means no."""

    command = ChangePolicies

    version = WholeNumber(required=True)
    mixing_place = ChoiceOf(MixingPlace, required=True)
    holds_incoming = YesNo()
    demands_second_person = YesNo()
    is_single_handed = YesNo()
    in_use_caps_beyond_use = YesNo()
    least_days_left = WholeNumber(least=0, most=MOST_DAYS)


class AdoptRulePackSchema(MakesSigned):
    command = AdoptRulePack

    rule_pack = ChoiceOf(RulePack, required=True)


class AddSiteSchema(Makes):
    command = AddSite

    name = Line("Name of the site", required=True)
    time_zone = Line("Time zone", required=True)
    rule_pack = ChoiceOf(RulePack, required=True)
    mixing_place = ChoiceOf(MixingPlace, required=True)
    holds_incoming = YesNo()
    least_days_left = WholeNumber(least=0, most=MOST_DAYS)


class AdoptionAnswer(Schema):
    rule_pack = ChoiceOf(RulePack, required=True)
    version = fields.String(required=True)
    signed_at = Instant(required=True)
    signed_by = fields.String(required=True)


class SiteAnswer(Schema):
    """`is_adopted`: whether the rule pack in force stands under a signature. `checkers` may check what others mixed."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    time_zone = fields.String(required=True)
    rule_pack = ChoiceOf(RulePack, required=True)
    rule_pack_version = fields.String(required=True)
    is_adopted = fields.Boolean(required=True)
    mixing_place = ChoiceOf(MixingPlace, required=True)
    holds_incoming = fields.Boolean(required=True)
    demands_second_person = fields.Boolean(required=True)
    is_single_handed = fields.Boolean(required=True)
    in_use_caps_beyond_use = fields.Boolean(required=True)
    least_days_left = fields.Integer(required=True, allow_none=True)
    version = fields.Integer(required=True)
    adoptions = fields.List(fields.Nested(AdoptionAnswer), required=True)
    checkers = fields.List(fields.String(), required=True)
