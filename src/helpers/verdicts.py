"""The verdict scale: its order, what is negative, and the frame the criteria give an overall verdict.

An overall verdict is judgement, never an average (practice, section 5): the workbook shows the tally and
the frame, and asks for a reason outside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from helpers.audit import Audit
from helpers.register import Row

SCALE = ("oppfylt", "vesentlig", "delvis", "liten", "ikke")
OUTSIDE = ("kan_ikke", "ikke_vurdert", "vurdert_under", "ikke_aktuelt")
NEGATIVE = ("delvis", "liten", "ikke")
ANY_OF = "minst én"


def _judged(audit: Audit, question: str) -> list[tuple[Row, str]]:
    """The criteria of a question with their verdicts on the scale; a «minst én» counts once, as its best part."""
    verdicts = {
        row["criteria"]: audit.verdict(row)
        for row in audit.rows("assessments")
        if row["level"] == "kriterium" and audit.verdict(row) in SCALE
    }
    mine = [
        row
        for row in audit.rows("criteria")
        if question in ((row["moved_to"],) if row["moved_to"] else row.refs("questions")) and not row["dropped"]
    ]
    grouped = {row.id for row in mine if row["logic"] == ANY_OF}
    found = []
    for row in mine:
        if row.id in grouped:
            parts = [verdicts[child.id] for child in mine if child["parent"] == row.id and child.id in verdicts]
            verdict = verdicts.get(row.id) or min(parts, key=SCALE.index, default="")
        else:
            verdict = "" if row["parent"] in grouped else verdicts.get(row.id, "")
        if verdict:
            found.append((row, verdict))
    return found


def tally(audit: Audit, question: str) -> Mapping[str, int]:
    """How many criteria of a question have each verdict of the scale, best first."""
    counts = Counter(verdict for _, verdict in _judged(audit, question))
    return {key: counts[key] for key in SCALE if counts[key]}


def frame(audit: Audit, question: str) -> tuple[str, str, str]:
    """The best and the worst overall verdict the criteria allow, and the rule that says so.

    All alike: that verdict. Any *Ikke* on an essential criterion: at best *Delvis*. Else between the best and
    the worst verdict given.
    """
    judged = _judged(audit, question)
    places = [SCALE.index(verdict) for _, verdict in judged] or [0]
    best, worst, why = min(places), max(places), "mellom beste og dårligste kriterium"
    if best == worst:
        why = "alle kriteriene er like vurdert"
    essential = any(verdict == "ikke" and row["material"] == "Ja" for row, verdict in judged)
    if essential and best < SCALE.index("delvis"):
        best, why = SCALE.index("delvis"), "et vesentlig kriterium er ikke oppfylt"
    return SCALE[best], SCALE[worst], why
