"""Rows of the chain as a reader sees them: criteria, statements, assessments, recommendations; and charts."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from helpers.audit import Audit
from helpers.blocks import VERDICT_ICONS
from helpers.facts import Facts
from helpers.params import Question, TableSpec, verdict_words
from helpers.register import Row
from helpers.runs import Run, cite_runs, fact_run, named_runs, text_runs
from helpers.tables import chart_keys
from helpers.verdicts import SCALE

FEWEST_BARS = 3
LONGEST_LINK = 70
NUMBERS = ("measures", "quantities", "surveys")


def criterion(audit: Audit, row: Row, *, home: bool = True) -> dict[str, Any]:
    """A criterion with its sources; ``home`` where links to it lead."""
    return {
        "id": row.id, "home": home, "text": row["text"], "modality": row["modality"],
        "sources": cite_runs(audit, row.refs("source")), "paragraph": row["paragraph"], "parent": row["parent"],
        "logic": row["logic"], "missing": row["missing"], "moved": row["moved_to"].upper(), "dropped": row["dropped"],
        "place": row["place"],
    }  # fmt: skip


def statement(audit: Audit, facts: Facts, row: Row) -> dict[str, Any]:
    """A statement: who says it, how we know, n of N where several were asked, what contradicts it."""
    asked = next((answer for answer in audit.rows("answers") if answer["evidence"] == row.id), None)
    share: list[Run] = []
    if asked:
        fact = facts.by_id[f"answers.{asked.id}"]
        share = [Run(t=audit.words("label.said_by", n=fact.n, base=fact.base), f=fact.id)]
    against = [
        {"id": id, "text": other["text"] or _said(other)}
        for id in row.refs("contradicted_by")
        if (other := audit.row("evidence", id) or audit.row("quantities", id))
    ]
    return {
        "id": row.id, "mark": audit.marker(row.id), "text": row["text"],
        "who": named_runs(audit, row.refs("source")) or text_runs(_lower(row.reason("source"))),
        "known": row["known"], "share": share, "direction": row["direction"], "contradicted": against,
        "clarification": row["clarification"], "place": row["place"], "as_of": row["as_of"], "note": row["note"],
    }  # fmt: skip


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _said(row: Row) -> str:
    value = f"{row['value']} {row['unit']}" if row["value"] else row.reason("value")
    return f"{row['what']}: {value}"


def verdict(audit: Audit, key: str, otherwise: str = "") -> dict[str, str]:
    """A verdict as word, icon and colour key together; ``otherwise`` stands where there is none."""
    return {"key": key, "word": verdict_words(audit.params).get(key, "") or otherwise, "icon": VERDICT_ICONS[key]}


def assessment(audit: Audit, facts: Facts, row: Row) -> dict[str, Any]:
    """An assessment with its verdict, what it rests on and what follows."""
    key = audit.verdict(row)
    judged = audit.row("criteria", row["criteria"]) if row["criteria"] else None
    rebuilt = row["origin"] == "rekonstruert" and key in SCALE and not audit.params.verdict_words
    return {
        "id": row.id, "criterion": row["criteria"], "text": judged["text"] if judged else row["level"].capitalize(),
        "verdict": verdict(audit, key, row["verdict"] or audit.words("label.not_graded")),
        "ungraded": "" if key or row["verdict"] else row.reason("verdict"), "level": row["level"],
        "reason": row["reason"],
        "based_on": list(_basis(audit, facts, row.refs("based_on"))), "breach": row["breach"],
        "reservation": row["reservation"], "outside_frame": row["outside_frame"],
        "no_recommendation": row["no_recommendation"],
        "recommendations": [{"number": one["number"], "to": one.id} for one in following(audit, {row.id})],
        "place": row["place"],
        "rebuilt": audit.words("label.rebuilt") if rebuilt else "",
    }  # fmt: skip


def _basis(audit: Audit, facts: Facts, ids: Sequence[str]) -> Iterator[Run]:
    """Facts by label, with the year where two are called the same; all else by mark."""
    found = [next((f for key in NUMBERS if (f := facts.by_id.get(f"{key}.{id}"))), None) for id in ids]
    labels = [fact.label for fact in found if fact]
    for id, fact in zip(ids, found, strict=True):
        if fact is None:
            yield Run(t=audit.marker(id), c=id, s="cite")
        else:
            dated = labels.count(fact.label) > 1 and fact.as_of
            yield Run(t=f"{fact.label} ({fact.as_of})" if dated else fact.label, f=fact.id)


def following(audit: Audit, assessments: set[str]) -> list[Row]:
    """The recommendations that follow from any of these assessments."""
    return [row for row in audit.rows("recommendations") if assessments & set(row.refs("follows_from"))]


def recommendation(audit: Audit, row: Row) -> dict[str, Any]:
    """A recommendation with what it follows from and the answer given."""
    followed = []
    for id in row.refs("follows_from"):
        found = audit.row("assessments", id)
        judged = audit.row("criteria", found["criteria"]) if found and found["criteria"] else None
        text = judged["text"] if judged else found["reason"] if found else id
        followed.append({"id": id, "text": textwrap.shorten(text, LONGEST_LINK, placeholder="…")})
    return {
        "id": row.id, "number": row["number"], "text": row["text"], "addressee": row["addressee"],
        "follows_from": followed, "answer": row["answer"], "deadline": row["deadline"],
        "responsible": row["responsible"], "decision": row["decision"], "followup": row["followup"],
        "place": row["place"], "unanswered": "" if row["answer"] else row.reason("answer"),
    }  # fmt: skip


def chain(audit: Audit, facts: Facts, question: Question) -> list[dict[str, Any]]:
    """Each criterion of a question with every link of the chain, from its source to the answer given.

    ``gap`` is the reason why a criterion is not followed further; a link that is broken without one is
    shown as broken.
    """
    overall = [
        assessment(audit, facts, row)
        for row in audit.rows("assessments")
        if row["level"] == "problemstilling" and question.id in row.refs("questions")
    ]
    links = []
    for row in audit.rows("criteria"):
        if row.refs("questions")[:1] != (question.id,):
            continue
        judged = [one for one in audit.rows("assessments") if row.id in one.refs("criteria")]
        heard = [
            one for key in ("evidence", "arrangements") for one in audit.rows(key) if row.id in one.refs("criteria")
        ]
        known = Counter(one["known"] for one in heard if one["known"])
        advice = [recommendation(audit, one) for one in following(audit, {one.id for one in judged})]
        links.append({
            "question": question.label, "criterion": criterion(audit, row),
            "evidence": cite_runs(audit, [one.id for one in heard]),
            "known": [f"{count} {word}" for word, count in known.items()],
            "assessments": [assessment(audit, facts, one) for one in judged],
            "overall": overall, "recommendations": advice,
            "gap": f"→ {row['moved_to'].upper()}" if row["moved_to"] else row["dropped"],
            "descriptive": question.kind == "beskrivende",
        })  # fmt: skip
    return links


def chart(audit: Audit, facts: Facts, spec: TableSpec, rows: Sequence[Row]) -> dict[str, str] | None:
    """Bars for the parts, not the totals, a panel for each unit, and their text alternative.

    None when no unit has enough values to draw.
    """
    parts = [row for row in rows if row["whole"] != "Ja" and row.number("value")]
    across = len({row["area"] for row in parts}) > 1
    units = list(dict.fromkeys(row["unit"] for row in parts))
    panels = []
    for number, unit in enumerate(units, start=1):
        same = [row for row in parts if row["unit"] == unit]
        if len(same) >= FEWEST_BARS:
            said = unit if len(units) > 1 else ""
            panels.append(_panel(audit, facts, same, across, said, f"{audit.name}-{spec.id}-{number}"))
    if not panels:
        return None
    return {
        "svg": "\n".join(svg for svg, _ in panels),
        "alt": f"{spec.title}. {'. '.join(said for _, said in panels)}.",
    }


def _panel(audit: Audit, facts: Facts, rows: Sequence[Row], across: bool, unit: str, id: str) -> tuple[str, str]:
    """One chart of rows of one unit, named where there are several, and what it says."""
    from helpers.charts import Series, bar_chart

    keys = [chart_keys(row, across) for row in rows]
    categories = list(dict.fromkeys(category for category, _ in keys))
    series = []
    for name in dict.fromkeys(one for _, one in keys):
        found = {category: row for row, (category, one) in zip(rows, keys, strict=True) if one == name}
        numbers = [row.number("value") if (row := found.get(category)) else None for category in categories]
        texts = [_at_the_end(audit, facts, found.get(category)) for category in categories]
        shown = f"{name} ({unit})" if name and unit else name or rows[0]["unit"].capitalize()
        series.append(Series(shown, [float(number.value) if number else None for number in numbers], texts))
    said = [
        f"{category}: " + ", ".join(f"{one.name} {one.texts[index]}".strip() for one in series if one.texts[index])
        for index, category in enumerate(categories)
    ]
    return bar_chart(categories, series, id=id), ". ".join(said)


def _at_the_end(audit: Audit, facts: Facts, row: Row | None) -> str:
    return fact_run(audit, facts, f"{row.register}.{row.id}")["t"] if row else ""
