"""Is what was declared left out really left out, and is it known how people were chosen?"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check


@check("utelatt-kilde-brukt")
def excluded_and_used(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A source declared not used that rows rest on all the same (class 20); told once, at the first row.

    Silent where the source never came, or where its absence is itself the finding (*Brukt som* = funn).
    """
    audit = evidence.audit
    for source in audit.rows(register):
        if source["used"] != "Nei" or source["received"] == "Nei" or source["used_as"] == "funn":
            continue
        users = [
            row
            for row in audit.all_rows()
            if row.register in ("evidence", "quantities", "surveys", "assessments", "arrangements")
            and not row["not_used"]
            and any(source.id in row.refs(column) for column in ("source", "confirmed_by", "based_on"))
        ]
        if users:
            first, *others = users
            where = ", ".join(f"{row.schema.sheet} {row.id}" for row in users)
            column = "source" if source.id in first.refs("source") else "confirmed_by"
            yield Hit(
                first.place(column),
                f"{source.id} ({source['title']}) har Brukes = Nei, men er brukt i {where}",
                "En kilde som er holdt utenfor, brukes ikke",
                "Sett Brukes til «Ja, med forbehold», eller ta ut radene.",
                (source.place("used"), *(row.place("source") for row in others)),
            )


@check("brukes-uten-grunn")
def unused_without_reason(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A source that is not used, or used with reservation, without the reason (class 20)."""
    for source in evidence.audit.rows(register):
        if source["used"] not in ("", "Ja") and not source["used_why"]:
            yield Hit(
                source.place("used_why"), f"Brukes = {source['used']} uten at det står hvorfor", "", "Skriv grunnen."
            )
