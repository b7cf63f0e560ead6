"""What a person without the organisation's view sees of a trace: own site in full, others in figures."""

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

from inventory.tracing.answers import Elsewhere, LotAmount, Trace, TracedContainer, TracedSite, amounts_on_hand


def restricted_to_site(trace: Trace, site_id: int) -> Trace:
    """Other sites show as name, counts and amounts; the lots that are followed stay named."""
    sessions = {key: visit for key, visit in trace.sessions.items() if visit.site_id == site_id}
    records = {key: made for key, made in trace.records.items() if made.site_id == site_id}
    draws = tuple(draw for draw in trace.draws if draw.record_id in records)
    uses = tuple(use for use in trace.uses if use.session_id in sessions)
    touched = {draw.container_id for draw in draws} | {use.container_id for use in uses}
    containers = {key: found for key, found in trace.containers.items() if found.site_id == site_id or key in touched}
    apart = tuple(each for each in trace.apart if each.site_id == site_id)
    named_lots = {*trace.lot_ids, *trace.asked_lot_ids, *(each.record_lot_id for each in apart)}
    named_lots.update(found.lot_id for found in containers.values())
    named_lots.update(made.lot_id for made in records.values())
    patient_ids = {visit.patient_id for visit in sessions.values()}
    return replace(
        trace,
        lots={key: found for key, found in trace.lots.items() if key in named_lots},
        containers=containers,
        records=records,
        sessions=sessions,
        patients={key: found for key, found in trace.patients.items() if key in patient_ids},
        draws=draws,
        uses=uses,
        shares={key: parts for key, parts in trace.shares.items() if key in containers},
        received=tuple(part for part in trace.received if part.session_id in sessions),
        apart=apart,
        elsewhere=tuple(_elsewhere(trace, other) for other in trace.sites if other.id != site_id),
    )


def _elsewhere(trace: Trace, site: TracedSite) -> Elsewhere:
    sessions = [visit for visit in trace.sessions.values() if visit.site_id == site.id]
    containers = [found for found in trace.containers.values() if found.site_id == site.id]
    return Elsewhere(
        site=site.name,
        containers=len(containers),
        preparations=sum(made.site_id == site.id for made in trace.records.values()),
        sessions=len(sessions),
        patients=len({visit.patient_id for visit in sessions}),
        on_hand=_on_hand(trace, containers),
        received=_received(trace, {visit.id for visit in sessions}),
    )


def _on_hand(trace: Trace, containers: list[TracedContainer]) -> tuple[LotAmount, ...]:
    left = amounts_on_hand(containers, trace.shares)
    return tuple(LotAmount(lot_id, left[lot_id]) for lot_id in sorted(left))


def _received(trace: Trace, session_ids: set[int]) -> tuple[LotAmount, ...]:
    sums: defaultdict[int, Fraction] = defaultdict(Fraction)
    for part in trace.received:
        if part.session_id in session_ids:
            sums[part.lot_id] += part.amount
    return tuple(LotAmount(lot_id, sums[lot_id]) for lot_id in sorted(sums))
