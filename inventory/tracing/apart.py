"""Uses that were recorded and did not take place so, listed beside a trace.

A use that was reversed and replaced for the same patient, or in the same preparation, is simply corrected:
the trace has what replaced it. The others are listed, so that a correction made in error hides nobody.
"""

from collections import defaultdict

from inventory.tracing.answers import Apart, ApartKind, Use
from inventory.tracing.edges import Edges


def forward(fetched: Edges, standing: Edges) -> tuple[Apart, ...]:
    """Reversed draws and uses of the containers that a trace from a lot reached."""
    return (*_draws(fetched, standing), *_uses(fetched, standing))


def back(fetched: Edges, standing: Edges) -> tuple[Apart, ...]:
    """Reversed uses of the patient or session that a trace started from; its mixtures' own history is theirs."""
    return _uses(fetched, standing)


def _draws(fetched: Edges, standing: Edges) -> tuple[Apart, ...]:
    return tuple(
        Apart(
            kind=ApartKind.RECORDED_IN_ERROR,
            move_id=draw.move_id,
            site_id=fetched.records[draw.record_id].site_id,
            container_id=draw.container_id,
            container_code=fetched.containers[draw.container_id].code,
            amount=draw.amount,
            record_id=draw.record_id,
            record_lot_id=fetched.records[draw.record_id].lot_id,
        )
        for draw in sorted(fetched.reversed_draws)
        if draw.container_id in standing.containers and draw.record_id not in standing.records
    )


def _uses(fetched: Edges, standing: Edges) -> tuple[Apart, ...]:
    replacements = _patients_by_entry(standing)
    found = []
    for use in sorted(fetched.reversed_uses):
        patient_id = fetched.sessions[use.session_id].patient_id
        now = replacements[use.entry_id]
        if patient_id not in now:
            found.append(_use_apart(fetched, use, tuple(sorted(fetched.references[key] for key in now))))
    return tuple(found)


def _patients_by_entry(standing: Edges) -> defaultdict[int, set[int]]:
    """Root entry -> the patients of what now stands in it."""
    patients: defaultdict[int, set[int]] = defaultdict(set)
    for use in standing.uses:
        patients[use.entry_id].add(standing.sessions[use.session_id].patient_id)
    return patients


def _use_apart(fetched: Edges, use: Use, now: tuple[str, ...]) -> Apart:
    visit = fetched.sessions[use.session_id]
    return Apart(
        kind=ApartKind.MOVED_TO_ANOTHER_PATIENT if now else ApartKind.RECORDED_IN_ERROR,
        move_id=use.move_id,
        site_id=visit.site_id,
        container_id=use.container_id,
        container_code=fetched.containers[use.container_id].code,
        amount=use.amount,
        session_id=use.session_id,
        patient_reference=fetched.references[visit.patient_id],
        now_patient_references=now,
    )
