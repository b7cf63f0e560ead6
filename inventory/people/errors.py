"""What the door refuses: accounts, roles, passwords, links, tokens and the first set-up."""

from dataclasses import dataclass

from inventory.errors import InvalidInput, Refusal


@dataclass(eq=False)
class AlreadyInitialised(Refusal):
    organisation: str

    says = "This installation already belongs to {organisation}."
    do = "Sign in. Who has no account yet asks an administrator for an invitation."


@dataclass(eq=False)
class WrongSetUpSecret(InvalidInput):
    says = "This is not the set-up secret."
    do = "Copy it from the console where Vialtrace was started; it is new after each start."


@dataclass(eq=False)
class SiteNameTaken(InvalidInput):
    name: str

    says = "There is already a site called {name!r}."
    do = "Choose another name."


@dataclass(eq=False)
class SignInNameTaken(InvalidInput):
    sign_in_name: str

    says = "The sign-in name {sign_in_name!r} is already in use."
    do = "Choose another one. If the person was here before, give the old account a new link."


@dataclass(eq=False)
class PasswordRefused(InvalidInput):
    problem: str

    says = "This password cannot be used: it {problem}."
    do = "Take 10 to 128 characters that nobody would guess; a few words in a row are fine."


@dataclass(eq=False)
class SignInRefused(InvalidInput):
    """Unknown name, wrong password, no password yet or deactivated: one answer for all."""

    says = "Name and password do not fit an account that may sign in."
    do = "Try again. If you forgot the password, an administrator can give you a link to set a new one."


@dataclass(eq=False)
class WrongPassword(InvalidInput):
    says = "The password is not right."
    do = "Try again."


@dataclass(eq=False)
class TooManyAttempts(Refusal):
    """`retry_after` is in seconds."""

    retry_after: int

    says = "There were too many wrong passwords. Sign-in waits {minutes}."
    why = "Waiting keeps others from guessing passwords."
    do = "Wait, then try again. An administrator can give you a link to set a new password."

    @property
    def _spoken(self) -> dict[str, object]:
        minutes = -(-self.retry_after // 60)
        return {"minutes": "1 minute" if minutes == 1 else f"{minutes} minutes"}


@dataclass(eq=False)
class SignInEnded(Refusal):
    says = "Your sign-in has ended."
    do = "Sign in again."


@dataclass(eq=False)
class NoRoleAtSite(Refusal):
    says = "You have no role at this site."
    do = "Ask an administrator of that site for a role."


@dataclass(eq=False)
class NotYourPersons(Refusal):
    """The account also has roles where the administrator has no say."""

    full_name: str
    sites: tuple[str, ...]

    says = "{full_name} also works at {sites}, where you are not an administrator."
    why = "An account belongs to the person at all sites; its password opens all of them."
    do = "Take away the roles at your site, or ask an administrator of the other site."


@dataclass(eq=False)
class LastAdministrator(Refusal):
    full_name: str
    site: str

    says = "{full_name} is the last active administrator of {site}."
    why = "Without an administrator nobody could invite people or give roles there."
    do = "Make somebody else an administrator first."


@dataclass(eq=False)
class AccountInactive(Refusal):
    full_name: str

    says = "The account of {full_name} is deactivated."
    do = "Activate it first."


@dataclass(eq=False)
class NoRolesChosen(InvalidInput):
    says = "No role was chosen."
    do = "Choose at least one role."


@dataclass(eq=False)
class LinkNotValid(Refusal):
    says = "This link does not work (any more)."
    why = "A link works once and for 72 hours, and a newer one replaces it."
    do = "Ask an administrator for a new link."


@dataclass(eq=False)
class LastsTooLong(InvalidInput):
    most_days: int

    says = "A token may be valid for 1 to {most_days} days."
    do = "Choose a shorter time; a new token can be made at any time."


@dataclass(eq=False)
class UnknownScope(InvalidInput):
    scope: str

    says = "A token cannot be given {scope!r}: your roles here do not include it."
    do = "Choose among the permissions that you have."


@dataclass(eq=False)
class DatesTurned(InvalidInput):
    from_on: str
    until_on: str

    says = "The last day {until_on} comes before the first day {from_on}."
    do = "Correct the dates."


@dataclass(eq=False)
class NoSecondPerson(Refusal):
    """Two people are to check each other, and there are not two who may."""

    checkers: tuple[str, ...]

    says = "A second person cannot be demanded here: who may check a mixture is {checkers}."
    why = "Whoever mixes may not check the same mixture, so it takes two people who may check."
    do = "Give another person a role that checks (pharmacist or practitioner), or declare the site single-handed."


@dataclass(eq=False)
class SingleHandedWithoutRule(InvalidInput):
    says = "A site is single-handed only where a second person is demanded."
    do = "Demand a second person too, or untick single-handed."
