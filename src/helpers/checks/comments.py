"""Is every comment answered, the ones not followed too?"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check

QUESTION = "spørsmål"
NO_ANSWER_DUE = ("uttalelse", QUESTION)
"""The chief executive's response goes in as it is; our own questions wait for the municipality."""
NOTHING_TO_DO = "ingen endring nødvendig"


@check("innspill-uten-svar")
def unanswered(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A comment without the auditor's answer and without a reason why there is none (RSK 001, *Revisjonsdialogen*)."""
    for row in evidence.audit.rows(register):
        if row["round"] in NO_ANSWER_DUE or not row["text"] or row["outcome"] == NOTHING_TO_DO:
            continue
        if not row["our_answer"] and not row.explained("our_answer"):
            yield Hit(
                row.place("our_answer"),
                f"Innspillet fra {row['from'] or 'ukjent'} er ikke besvart",
                "Et svar, også når innspillet ikke følges",
                "Skriv Vårt svar og Utfall, eller hvorfor svaret mangler.",
            )
