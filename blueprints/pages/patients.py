"""Patients: found by anything typed, registered once, asked before treatment. Names never enter an address."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.errors import status_of
from blueprints.forms import Form, again, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.patients import (
    ChangeHealthSchema,
    ChangeIdentitySchema,
    EraseIdentitySchema,
    FindPatientsSchema,
    RecordAnswersFormSchema,
    RegisterPatientSchema,
)
from blueprints.seeing import found_patients, note_accesses, note_look_at
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor
from inventory.access import Act, Permission
from inventory.care import finding, health, patient_facts, patients
from inventory.care.errors import PatientLooksKnown
from inventory.care.patient_facts import PatientFacts
from inventory.care.patients import RegisterPatient
from inventory.errors import PatientErased, RecordChanged, Refusal
from inventory.units import Answer
from models.vocabulary import PatientFlagKind

bp = Blueprint("patients", __name__, url_prefix="/patients")


def _show_search(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    return render_template("patients/list.html", form=refused or blank("find"), found=None, refusal=refusal)


@bp.get("")
@requires(Permission.VIEW_PATIENT)
def show_all() -> ResponseReturnValue:
    """Where a search begins. Nobody is listed unasked."""
    return _show_search()


@bp.post("/search")
@requires(Permission.VIEW_PATIENT)
@shown_again("find", _show_search)
def search() -> ResponseReturnValue:
    text = load_form(FindPatientsSchema())["text"]
    found = found_patients(text)
    return render_template("patients/list.html", form=blank("find", text=text), found=found, refusal=None)


def _show_new(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    return render_template("patients/new.html", form=refused or blank("register"), similar=(), refusal=refusal)


@bp.get("/new")
@requires(Permission.REGISTER_PATIENT)
def new() -> ResponseReturnValue:
    return _show_new()


@bp.post("")
@requires(Permission.REGISTER_PATIENT)
@shown_again("register", _show_new)
def register() -> ResponseReturnValue:
    command: RegisterPatient = load_form(RegisterPatientSchema())

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"reference": patients.register_patient(session, act, command).reference})

    try:
        reference = at_site(work).ids["reference"]
    except PatientLooksKnown as refusal:
        return _show_similar(command, refusal)
    flash("Registered. Ask for allergies and conditions before the first treatment.", "success")
    return redirect(url_for("patients.show", reference=reference), 303)


def _show_similar(command: RegisterPatient, refusal: PatientLooksKnown) -> ResponseReturnValue:
    """The same form again, with those who may be the same person beside it."""
    identity = command.identity
    with units().reading() as session:
        similar = finding.find_similar(
            session, full_name=identity.full_name, born_on=identity.born_on, contact=identity.contact
        )
    note_accesses("list of similar patients", [each.id for each in similar])
    page = render_template("patients/new.html", form=again("register", refusal), similar=similar, refusal=None)
    return make_response(page, status_of(refusal))


def _show(reference: str, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    note_look_at(reference)
    with units().reading() as session:
        facts = patient_facts.patient_facts(session, reference=reference)
    actor = current_actor()
    forms = _forms(facts)
    if refused is not None and not isinstance(refusal, RecordChanged):  # what changed meanwhile is shown as it is
        forms[refused.name] = refused
    return render_template(
        "patients/show.html",
        facts=facts,
        skin_types=range(1, health.LARGEST_SKIN_TYPE + 1),
        can_change=Permission.REGISTER_PATIENT in actor.permissions and facts.erased_at is None,
        forms=forms,
        refusal=refusal,
    )


def _forms(facts: PatientFacts) -> dict[str, Form]:
    identity, known = facts.identity, facts.health.health
    who: dict[str, Any] = {}
    if identity is not None:
        who = {"full_name": identity.full_name, "born_on": identity.born_on, "contact": identity.contact}
    told = {"skin_type": known.skin_type, "history": known.history, "medicines": known.medicines}
    return {
        "identity": _filled("identity", who, facts.identity_version),
        "health": _filled("health", told, facts.health.version),
    }


def _filled(name: str, known: dict[str, Any], version: int | None = None) -> Form:
    return blank(name, version, **{key: value for key, value in known.items() if value is not None})


@bp.get("/<reference>")
@requires(Permission.VIEW_PATIENT)
def show(reference: str) -> ResponseReturnValue:
    return _show(reference)


@bp.post("/<reference>/identity")
@requires(Permission.REGISTER_PATIENT)
@shown_again("identity", _show)
def change_identity(reference: str) -> ResponseReturnValue:
    command = load_form(ChangeIdentitySchema({"reference": reference}))
    at_site(lambda session, act: _saved(reference, patients.change_identity(session, act, command)))
    return _back(reference, "Saved. What stood before is kept.")


def _show_questions(reference: str, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    patient_id = note_look_at(reference, "questions to patient")
    with units().reading() as session:
        patient = patients.get_patient(session, reference)
        identity = patients.find_identity(session, patient_id=patient_id)
        asked = health.flags_of(session, patient_id=patient_id)
    if identity is None:
        raise PatientErased(reference)
    known = {f"has-{flag.kind.value}": "yes" if flag.is_present else "no" for flag in asked}
    notes = {f"note-{flag.kind.value}": flag.note for flag in asked}
    return render_template(
        "patients/ask.html",
        reference=patient.reference,
        full_name=identity.full_name,
        allergies=[kind.value for kind in PatientFlagKind if kind.is_allergy],
        conditions=[kind.value for kind in PatientFlagKind if not kind.is_allergy],
        form=refused or _filled("answers", known | notes),
        refusal=refusal,
    )


@bp.get("/<reference>/answers")
@requires(Permission.REGISTER_PATIENT)
def ask(reference: str) -> ResponseReturnValue:
    return _show_questions(reference)


@bp.post("/<reference>/answers")
@requires(Permission.REGISTER_PATIENT)
@shown_again("answers", _show_questions)
def record_answers(reference: str) -> ResponseReturnValue:
    command = load_form(RecordAnswersFormSchema({"reference": reference}))
    at_site(lambda session, act: _saved(reference, health.record_answers(session, act, command)))
    return _back(reference, "The answers are recorded.")


@bp.post("/<reference>/health")
@requires(Permission.REGISTER_PATIENT)
@shown_again("health", _show)
def change_health(reference: str) -> ResponseReturnValue:
    command = load_form(ChangeHealthSchema({"reference": reference}))
    at_site(lambda session, act: _saved(reference, health.change_health(session, act, command)))
    return _back(reference, "Saved. What stood before is kept.")


def _show_erasure(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    return render_template("patients/erase.html", form=refused or blank("erase"), refusal=refusal)


@bp.route("/erasure", methods=["GET", "POST"])
@requires(Permission.ERASE_IDENTITY)
@shown_again("erase", _show_erasure)
def erase() -> ResponseReturnValue:
    """By reference: who may erase need not be able to see patients."""
    if request.method == "GET":
        return _show_erasure()
    command = load_form(EraseIdentitySchema())
    at_site(lambda session, act: _saved(command.reference, patients.erase_identity(session, act, command)))
    flash("Name, contact and health are erased. What was done stays traceable by the reference.", "success")
    return redirect(url_for("patients.erase"), 303)


def _saved(reference: str, _row: object) -> Answer:
    return Answer(ids={"reference": reference})


def _back(reference: str, sentence: str) -> ResponseReturnValue:
    flash(sentence, "success")
    return redirect(url_for("patients.show", reference=reference), 303)
