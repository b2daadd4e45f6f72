"""The page for the quality assurer: blocks, messages and facts to one self-contained HTML file."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Any

from markupsafe import Markup

from helpers.audit import Audit
from helpers.blocks import PARTS, ROLES
from helpers.changes import Changes
from helpers.corrections import news_on
from helpers.deferred import called_later, import_jsonschema
from helpers.engine import CHAPTERS
from helpers.facts import Fact, Facts, show_value
from helpers.items import FIGURE, Item, marked
from helpers.marks import changes_model, left, review_data, sparse, unread
from helpers.message import SEVERITIES, Message, deliverable, sentence, unfinished
from helpers.numbers import PERCENT, POINTS, add, show_number
from helpers.params import Question, verdict_words
from helpers.reconcile import STATES, reconcile
from helpers.register import Row
from helpers.render import TEMPLATES, prepare
from helpers.rsk import Point, points
from helpers.runs import name_of, spans
from helpers.sign import signed
from helpers.verdicts import SCALE
from helpers.views import following, verdict
from helpers.words import Words, plural

FIRST_MESSAGES = 15
SHORT_REASON = 60


@dataclass(frozen=True)
class Script:
    """A script as it stands in the page, and the source expression that lets just this one run.

    Attributes:
        hash: ``sha256-...`` for the content security policy.
    """

    text: str
    hash: str


@cache
def script(name: str) -> Script:
    """``review`` or ``comments``, without blank lines and trailing blanks, which ``render`` takes out as well."""
    source = (TEMPLATES / "revisjonsbok" / f"{name}.js").read_text(encoding="utf-8")
    text = "\n".join(line.rstrip() for line in source.split("\n") if line.strip())
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(text, f"sha256-{digest}")


COMPACT = {"sort_keys": True, "ensure_ascii": False, "separators": (",", ":")}
"""How data is written into a page: ``tojson`` escapes what is markup, other letters stand as they are."""


@cache
def _exporter() -> Any:
    """An nbconvert exporter over our own templates; escaping is on."""
    import_jsonschema()
    # What makes Markdown cells into HTML.
    made = ("markdown2html_mistune", "IPythonRenderer", "MarkdownWithMath")
    with called_later("bs4", "BeautifulSoup"), called_later("nbconvert.filters.markdown_mistune", *made):
        from nbconvert.exporters import TemplateExporter

    exporter = TemplateExporter(
        default_preprocessors=[],
        template_name="revisjonsbok",
        extra_template_basedirs=[str(TEMPLATES)],
        extra_template_paths=[str(TEMPLATES)],
    )
    exporter.environment.autoescape = True
    exporter.environment.globals["script"] = script
    exporter.environment.filters.update(css_string=css_string, sparse=sparse)
    exporter.environment.policies["json.dumps_kwargs"] = COMPACT
    prepare(exporter.environment, __file__)
    return exporter


def css_string(text: str) -> Markup:
    """A string of a style sheet that says just this text: all but letters, digits and blanks is escaped."""
    return Markup('"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"')


def warm() -> None:
    """Import nbconvert, and load all templates, beside other work.

    A process forked after this renders its first page as fast as any other; else each would load them again.
    """
    import nbformat

    nbformat.v4.new_notebook()
    environment = _exporter().environment
    for path in TEMPLATES.rglob("*.*"):
        if path.suffix in (".j2", ".css"):
            environment.get_template(path.name)
    script("review")
    Words().decimal(Decimal(1))


class _AsItIs(dict[str, Any]):
    """A model nothing on the way to the template changes: nbconvert, which copies what it is given, copies it not."""

    def __deepcopy__(self, _: object) -> _AsItIs:
        return self


def render(template: str, model: Mapping[str, Any], language: str) -> str:
    """Render ``page`` or ``site`` through nbconvert; the notebook carries the blocks, resources the rest."""
    import nbformat

    exporter = _exporter()
    exporter.template_file = f"{template}.html.j2"
    exporter.environment.globals["w"] = Words(language)
    body, _ = exporter.from_notebook_node(nbformat.v4.new_notebook(), resources={"page": _AsItIs(model)})
    return "\n".join(filter(None, map(str.rstrip, str(body).split("\n")))) + "\n"


def shown_in(blocks: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Fact id to the blocks that show it."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for block in blocks:
        for id in block["facts"]:
            found.setdefault(id, []).append(block)
    return found


def page_model(
    audit: Audit,
    facts: Facts,
    blocks: Sequence[Mapping[str, Any]],
    items: Sequence[Item],
    messages: Sequence[Message],
    said: Said,
    stamp: str,
    *,
    draft: bool,
) -> dict[str, Any]:
    """Everything the template of the internal edition shows.

    Args:
        items: those of the blocks.
        said: what the page says, held against what was handed over before.
        stamp: hash of what the page was made from; stands for the clock.
        draft: the audit is held back, or not yet final.
    """
    moved = unread(audit, items, said.changes)
    news = news_on(audit)

    def about(item: Item) -> dict[str, Any]:
        told = {row.id: _news(row) for id in item.of for row in news.get(id, ())}
        return {"x_changed": item.x in moved, "news": list(told.values())}

    blocks = numbered(audit, marked(blocks, items, about))
    places = shown_in(blocks)
    told = _by_row(messages)
    parts = {name: [block for block in blocks if block["role"] == name] for name in PARTS}
    return {
        "audit": audit.name,
        "title": audit.params.title,
        "municipality": audit.params.municipality.name,
        "case": audit.params.case,
        "firm": audit.params.firm,
        "phase": audit.words(f"phase.{audit.params.phase}"),
        "language": audit.params.language,
        "ground": audit.params.legal_ground,
        "draft": draft,
        "parts": parts,
        "chapters": list(chapters_model(audit, blocks)),
        "questions": [_question(audit, q) for q in audit.params.questions],
        "basis": _basis(audit),
        "unfinished": unfinished(audit.params.phase, messages),
        "quality": quality_model(audit.params.phase, messages),
        "carded": {id for id in facts.by_id if id in places},
        "cards": [_card(audit, facts.by_id[id], places[id], told) for id in facts.by_id if id in places],
        "cited": list(_cited(audit, blocks, facts)),
        "facts": [_line(audit, fact, places) for fact in facts],
        "reconciliation": _reconciliation(audit, facts),
        "points": [_point(audit, point) for point in points(audit)],
        "nr": said.nr,
        "changes": changes_model(audit, said.changes, {block["id"]: block for block in blocks}),
        "left": left(items, audit),
        "signed": [
            {"role": one.signature.role, "name": one.signature.name, "date": one.signature.date, "covers": one.covers}
            for one in signed(audit.journal, said.content)
        ],
        "review": review_data(audit, facts, items, said.changes, messages, said.nr, said.content),
        "stamp": stamp,
        "rsk": audit.params.rsk,
        "version": version("revisjonsbok"),
        "registers": [f"{r.schema.sheet} {len(r)}" for r in audit.registers.values() if len(r)],
    }


@dataclass(frozen=True)
class Said:
    """What an edition says, as a hash of its content, and what changed since the hand-over before it.

    Attributes:
        nr: number of the hand-over the edition is; 0 when it is not handed over.
    """

    content: str
    changes: Changes
    nr: int = 0


def _news(row: Row) -> dict[str, str]:
    """*Ny opplysning* as it is shown beside what was true at the time."""
    return {"date": row["date"], "new": row["new"], "why": row["why"]}


def chapters_model(audit: Audit, blocks: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Chapters that have something to show, each with its questions and their blocks in reading order."""
    number = 0
    for name in CHAPTERS:
        mine = [block for block in blocks if block["chapter"] == name and block["role"] in ROLES]
        if not mine:
            continue
        number += 1
        groups = []
        for group in dict.fromkeys(block["group"] for block in mine):
            question = audit.params.question(group)
            groups.append(
                {
                    "id": group,
                    "label": question.label if question else "",
                    "own": question is not None and question.chapter == name,
                    "text": question.text if question else "",
                    "blocks": [block for block in mine if block["group"] == group],
                }
            )
        yield {
            "id": name,
            "number": number,
            "title": audit.words(f"chapter.{name}"),
            "groups": groups,
            "labels": [question.label for question in audit.params.questions if question.chapter == name],
        }


def numbered(audit: Audit, blocks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Blocks in reading order, tables and figures numbered through the page."""
    order = [question.id for question in audit.params.questions]
    numbers = {"table": 0, "chart": 0}
    kinds = {"table": "label.table", "chart": "label.figure"}
    found = []
    for block in sorted(blocks, key=lambda b: _reading_order(b, order, audit)):
        if block["role"] == "exhibit":
            numbers[block["kind"]] += 1
            title = f"{audit.words(kinds[block['kind']])} {numbers[block['kind']]}. {block['title']}"
            block = {**block, "title": title}
        found.append(block)
    return found


def _reading_order(block: Mapping[str, Any], order: Sequence[str], audit: Audit) -> tuple[int, bool, int, int]:
    """Chapter, own question before moved ones, question, then the part of the question."""
    question = audit.params.question(block["group"])
    moved = question is not None and question.chapter != block["chapter"]
    role = ROLES.index(block["role"]) if block["role"] in ROLES else len(ROLES)
    return CHAPTERS.index(block["chapter"]), moved, order.index(block["group"]) if question else -1, role


def _question(audit: Audit, question: Question) -> dict[str, Any]:
    """A question on the first screen: verdict, tally over its criteria, recommendations."""
    rows = [row for row in audit.rows("assessments") if question.id in row.refs("questions")[:1]]
    overall = next((row for row in rows if row["level"] == "problemstilling"), None)
    key = audit.verdict(overall) if overall else ""
    words = verdict_words(audit.params)
    criteria = {row.id for row in audit.rows("criteria") if question.id in row.refs("questions")}
    keys = [audit.verdict(row) for row in audit.rows("assessments") if criteria & set(row.refs("criteria"))]
    tally = [f"{keys.count(one)} {words[one].lower()}" for one in dict.fromkeys((*SCALE, *words)) if keys.count(one)]
    advice = [row["number"] for row in following(audit, {row.id for row in rows}) if row["number"]]
    counted = spans(int(number) for number in advice if number.isdecimal())  # ² is a digit, and no number
    return {
        "label": question.label, "text": question.text, "chapter": question.chapter, "id": question.id,
        "verdict": verdict(audit, key, overall.reason("verdict") if overall else ""),
        "criteria": plural(len(criteria), audit.words("label.criterion_word"), audit.words("label.criteria_word")),
        "tally": tally,
        "recommendations": ", ".join(filter(None, (counted, *(one for one in advice if not one.isdecimal())))),
        "breaches": list(dict.fromkeys(row["breach"] for row in rows if row["breach"])),
    }  # fmt: skip


def _basis(audit: Audit) -> list[str]:
    """The basis in one line: interviews, persons, minutes, samples, what was not received."""
    words = audit.words
    held = [row for row in audit.rows("interviews") if not row["not_held"] and row["form"].endswith("intervju")]
    persons = [number for row in held if (number := row.number("persons"))]
    parts = [plural(len(held), "intervju", "intervjuer")]
    if persons:
        known = "label.persons" if len(persons) == len(held) else "label.persons_known"
        parts[0] += f" ({show_number(add(persons), words)} {words(known)})"
    approved = sum(1 for row in held if row["approved"] == "Ja")
    if held and approved == len(held):
        parts.append(words("label.minutes_approved"))
    elif held:
        parts.append(words("label.approved_of", n=approved, base=len(held)))
    drawn = [
        f"{row['size']} {words('label.of')} {row['population']} ({row['draw']})" if row["population"]
        else f"{row['size']} ({row['draw']})"
        for row in audit.rows("samples")
    ]  # fmt: skip
    if drawn:
        parts.append(f"{words('label.samples_word')}: {' · '.join(drawn)}")
    lacking = sum(1 for row in audit.rows("sources") if row["received"] == "Nei")
    lacking += sum(1 for row in audit.rows("interviews") if row["not_held"])
    if lacking:
        parts.append(f"{lacking} {words('heading.not_received').lower()}")
    return parts


def quality_model(phase: str, messages: Sequence[Message]) -> dict[str, Any]:
    """Messages grouped by cause, the open ones before the waived."""
    opened = [message for message in messages if not message.waived]
    counts = {level: sum(1 for message in opened if message.severity == level) for level in SEVERITIES}
    return {
        "deliverable": deliverable(phase, messages),
        "counts": counts,
        "waived_count": len(messages) - len(opened),
        "groups": _grouped(opened),
        "waived": _grouped([m for m in messages if m.waived]),
        "first": FIRST_MESSAGES,
    }


def _grouped(messages: Sequence[Message]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[Message]] = {}
    for message in messages:
        groups.setdefault((message.check, message.severity), []).append(message)
    return [
        {
            "check": check,
            "severity": severity,
            "count": len(items),
            "items": [
                {
                    "id": m.id,
                    "place": str(m.place),
                    "found": sentence(m.found),
                    "expected": sentence(m.expected) if m.expected else "",
                    "do": m.do,
                    "waived": m.waived,
                    "touches": [str(place) for place in m.touches],
                }
                for m in items
            ],
        }
        for (check, severity), items in groups.items()
    ]


def _by_row(messages: Sequence[Message]) -> dict[tuple[str, str], dict[int, Message]]:
    """The messages told at each row (sheet and id), by their numbers."""
    found: dict[tuple[str, str], dict[int, Message]] = {}
    for number, message in enumerate(messages):
        for place in (message.place, *message.touches):
            found.setdefault((place.register, place.row), {})[number] = message
    return found


def _card(
    audit: Audit, fact: Fact, blocks: Sequence[Mapping[str, Any]],
    messages: Mapping[tuple[str, str], Mapping[int, Message]],
) -> dict[str, Any]:  # fmt: skip
    """What opens when one clicks a number.

    Args:
        messages: by row, as `_by_row` gives them.
    """
    words, row = audit.words, audit.row(fact.register, fact.row)
    few = audit.params.thresholds.percent_from
    rows: list[tuple[str, str]] = []
    if fact.sum:
        rows.append((words("label.computed"), fact.sum))
    if fact.base is not None:
        counted = f"{words.decimal(Decimal(fact.n))} {words('label.of')} " if fact.n is not None else ""
        rows.append((words("label.base"), counted + words.decimal(Decimal(fact.base))))
        about_people = {cell.place.register for cell in fact.cells} <= {
            audit.schema[key].sheet for key in ("cases", "answers")
        }
        if fact.base < few and about_people:
            rows.append((words("label.percent"), words("label.no_percent", n=few)))
    if fact.cells:
        rows.append((words("label.as_printed"), _cells(fact)))
    archive = [source["archive"] for id in fact.sources if (source := audit.cited(id)) and source["archive"]]
    more = {
        "unit_word": "" if fact.unit in (PERCENT, POINTS) else fact.unit, "as_of": fact.as_of,
        "definition": fact.definition,
        "missing": fact.missing, "note": fact.note, "origin": fact.origin if fact.origin != "trykt" else "",
        "place": fact.place, "archive": ", ".join(archive),
    }  # fmt: skip
    rows += [(words(f"label.{key}"), text) for key, text in more.items() if text]
    told: dict[int, Message] = {}
    for cell in fact.cells:
        told.update(messages.get((cell.place.register, cell.place.row), {}))
    return {
        "id": fact.id, "x": fact.hash, "k": FIGURE, "label": fact.label,
        "value": show_value(audit, fact) or words("label.not_given"), "rows": rows,
        "sources": [{"id": id, "text": name_of(cited)} for id in fact.sources if (cited := audit.cited(id))],
        "row": _register_row(audit, row) if row else [],
        "shown": [{"id": block["id"], "title": block["title"]} for block in blocks],
        "messages": [{"id": m.id, "text": m.found} for _, m in sorted(told.items())],
    }  # fmt: skip


def _reconciliation(audit: Audit, facts: Facts) -> dict[str, Any]:
    """Every printed figure against its fact, tallied by state; cells of single cases are only counted."""
    found = reconcile(audit, facts)
    lines = [
        {
            "state": one.state, "word": audit.words(f"reconciled.{one.state}"), "what": one.row["what"],
            "written": one.row["written"], "unit": one.row["unit"], "where": one.row["where"],
            "place": one.row["place"], "ours": one.ours, "by": one.by, "why": one.why,
            "fact": one.fact.id if one.fact else "",
        }
        for one in found
        if not one.personal
    ]  # fmt: skip
    return {
        "total": len(found),
        "tally": [
            {"state": state, "word": audit.words(f"reconciled.{state}"), "count": count}
            for state in STATES
            if (count := sum(1 for one in found if one.state == state))
        ],
        "personal": sum(1 for one in found if one.personal),
        "open": sorted(
            (line for line in lines if line["state"] != STATES[0]), key=lambda line: STATES.index(line["state"])
        ),
        "lines": lines,
    }


def _point(audit: Audit, point: Point) -> dict[str, Any]:
    """A point of the standard in the audit's language."""
    return {
        "title": audit.words(f"rsk.{point.key}"), "need": audit.words(f"rsk_need.{point.key}"),
        "met": [{"what": one.what, "when": one.when, "who": one.who} for one in point.met], "lacking": point.lacking,
    }  # fmt: skip


def _cells(fact: Fact) -> str:
    """Every cell a number rests on: an approval of the number is one of these."""
    return " · ".join(f"{cell.place.register} {cell.place.cell}: {cell.written or '(tom)'}" for cell in fact.cells)


def _register_row(audit: Audit, row: Row, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The row as it stands, column by column, the id last; never a row of *Saker*, which is about one person.

    Args:
        without: columns that are told beside it.
    """
    if row.schema.privacy != "none":
        return []
    language = audit.words.language
    shown = []
    for key, value in row.cells.items():
        column = row.schema.by_key.get(key)
        if not value or key == "id" or key in without:
            continue
        if key == "chapter":
            value = audit.words.terms("chapter").get(value, value)
        elif column and "questions" in column.refers_to:
            value = value.upper()
        elif column and column.refers_to:
            value = "; ".join(name_of(found) if (found := audit.cited(id)) else id for id in row.refs(key))
        shown.append((row.schema.label(key, language), value))
    return [*shown, (row.schema.label("id", language), row.id)]


def _cited(audit: Audit, blocks: Sequence[Mapping[str, Any]], facts: Facts) -> Iterator[dict[str, Any]]:
    """Cards of the sources, interviews and statements the page names; what heads a card is not said again in it."""
    ids: dict[str, None] = {}

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "t" in node:  # a run, which holds nothing but strings
                if "c" in node:
                    ids[node["c"]] = None
                return
            ids.update((other["id"], None) for other in node.get("contradicted", ()))
            for value in node.values():
                walk(value)
        elif isinstance(node, (list, tuple)):
            for value in node:
                walk(value)

    for block in blocks:
        walk(block["data"])
    for fact in facts:
        ids.update((id, None) for id in fact.sources)
    for id in sorted(ids):
        row = audit.cited(id) or next(
            (found for key in ("quantities", "arrangements") if (found := audit.row(key, id))), None
        )
        if row:
            title = name_of(row)
            heading = next((key for key, value in row.cells.items() if value == title), "")
            yield {
                "id": id,
                "title": title,
                "sheet": row.schema.sheet,
                "place": row["place"],
                "line": row.line,
                "row": _register_row(audit, row, without=(heading, "place")),
            }


def _line(audit: Audit, fact: Fact, places: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, Any]:
    return {
        "id": fact.id,
        "label": fact.label,
        "value": show_value(audit, fact) if fact.number else "",
        "share": f"{fact.n} {audit.words('label.of')} {fact.base}" if fact.n is not None and fact.base else "",
        "unit": fact.unit,
        "missing": fact.missing,
        "cell": f"{fact.cells[0].place.register} {fact.cells[0].place.cell}" if fact.cells else "",
        "place": fact.place,
        "card": fact.id in places,
    }


def site_model(
    audits: Sequence[Mapping[str, Any]], blocks: Sequence[Mapping[str, Any]], stamp: str, error: str
) -> dict[str, Any]:
    """The model of ``outputs/index.html``: every audit with its state, and the comparison."""
    return {"audits": audits, "blocks": blocks, "stamp": stamp, "error": error, "language": "nb"}


def external_references(html: str) -> list[str]:
    """Addresses a browser would call when it opens the page; there must be none."""
    return re.findall(
        r"""(?:src|href|action)\s*=\s*["'](?!#)(?:https?:)?//[^"']+|url\((?!["']?#)[^)]*\)|@import[^;]+""", html
    )
