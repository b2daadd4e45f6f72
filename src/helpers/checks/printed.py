"""Is every figure of a printed report held against a fact, and every difference explained?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from helpers.checks import Evidence, Hit, check
from helpers.reconcile import DIFFERS, UNKNOWN, Reconciled, reconcile


def _reconciled(evidence: Evidence) -> Sequence[Reconciled]:
    return reconcile(evidence.audit, evidence.facts)


@check("trykt-ukjent-tall")
def unknown_facts(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A printed figure that is held against a fact that does not exist."""
    for one in evidence.once(_reconciled):
        if one.state == UNKNOWN:
            yield Hit(
                one.row.place("fact"),
                f"«{one.row['fact']}» finnes ikke: {one.why}",
                "Et tall fra registrene",
                "Rett navnet.",
            )


@check("trykt-avvik")
def differences(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A printed figure that differs from the workbook without a word on why (class 3)."""
    for one in evidence.once(_reconciled):
        if one.state == DIFFERS and not one.row["why"]:
            yield Hit(
                one.row.place("value"),
                f"{one.row['what']}: trykt {one.row['written']}, arbeidsboken har {one.ours}",
                "Samme tall, eller en forklaring",
                "Rett tallet i registeret, eller skriv i Forklaring hvorfor de er ulike.",
                one.places,
            )
