"""Is every comment answered, the ones not followed too?"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check
from helpers.register import Row

QUESTION = "spørsmål"
NO_ANSWER_DUE = ("uttalelse", QUESTION)
"""The chief executive's response goes in as it is; our own questions wait for the municipality."""
SAYS_ENOUGH = ("ingen endring nødvendig", "tatt inn")
"""Outcomes that answer by themselves; what is not followed, or in part, is answered in words."""


def is_answered(row: Row) -> bool:
    """Whether a comment is answered: in words, by an outcome that says enough, or by a reason why not."""
    return bool(row["our_answer"]) or row["outcome"] in SAYS_ENOUGH or row.explained("our_answer")


@check("innspill-uten-svar")
def unanswered(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A comment without the auditor's answer and without a reason why there is none (RSK 001, *Revisjonsdialogen*)."""
    for row in evidence.audit.rows(register):
        if row["round"] not in NO_ANSWER_DUE and row["text"] and not is_answered(row):
            yield Hit(
                row.place("our_answer"),
                f"Innspillet fra {row['from'] or 'ukjent'} er ikke besvart",
                "Et svar, også når innspillet ikke følges",
                "Skriv Vårt svar og Utfall, eller hvorfor svaret mangler.",
            )
