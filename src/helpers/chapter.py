"""All that a notebook imports: open a chapter, and display it block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers import tables, views
from helpers.audit import Audit, load_audit
from helpers.blocks import Block, Kind, facts_in
from helpers.facts import Facts, facts_of
from helpers.folder import find_root
from helpers.params import Question, TableSpec, verdict_words
from helpers.prose import Paragraph, read_prose
from helpers.register import Row
from helpers.runs import Run
from helpers.slices import handed, take_slice

SPEC_REGISTER = {"tall": "quantities", "undersøkelser": "surveys", "ordninger": "arrangements"}
OPEN_ROWS = 5
SHOWN = ("criteria", "evidence", "quantities", "surveys", "arrangements", "samples", "measures")


@dataclass(frozen=True)
class Chapter:
    """One chapter of one audit: its slice, the facts, and a verb for every block."""

    name: str
    audit: Audit
    facts: Facts
    show: Callable[[Block], None]

    # What every question gets.

    def questions(self) -> None:
        """The audit questions of the chapter; a chapter without one says so."""
        title = self._word("heading.question")
        for question in self._own():
            said = {"label": question.label, "kind": question.kind, "place": question.place}
            self._block("question", "text", question, title, {"paragraphs": [_paragraph(question.text)], **said})
        if not self._own():
            others = ", ".join(question.label for question in self._groups())
            text = self._word("label.no_own_question")
            if others:
                text = f"{text} {self._word('label.belongs_to')} {others}."
            said = {"label": "", "kind": "", "place": ""}
            self._block("question", "text", None, title, {"paragraphs": [_paragraph(text)], **said})

    def criteria(self) -> None:
        """The criteria of each question, with modality and sources; a shared one under each of its questions."""
        for question in self._groups():
            home = self._mine("criteria", question)
            shared = [row for row in self.audit.rows("criteria") if question.id in row.refs("questions")[1:]]
            rows = [*home, *(row for row in shared if question.chapter == self.name)]
            if rows:
                shown = [views.criterion(self.audit, row, home=row in home) for row in rows]
                self._block("criteria", "matrix", question, self._word("heading.criteria"), {"criteria": shown})

    def evidence_text(self) -> None:
        """*Datagrunnlag*: the auditor's text on what was found."""
        self._prose("text", "Datagrunnlag", self._word("heading.evidence"))

    def exhibits(self) -> None:
        """Counts of case files, then the tables and charts the parameters name, in their order."""
        for question in self._groups():
            for sample in self._mine("samples", question):
                if counted := tables.sample_table(self.audit, self.facts, sample):
                    self._block(f"sample-{sample.id}", "table", question, sample["what"], counted, role="exhibit")
            lost = []
            for spec in self.audit.params.tables:
                rows = [row for row in self._mine(SPEC_REGISTER[spec.register], question) if row["table"] == spec.id]
                if rows and spec.register != "ordninger" and not any(row["value"] for row in rows):
                    lost.append((spec, rows))
                elif rows:
                    self._exhibit(question, spec, rows)
            if lost:
                shown = tables.lost_table(self.audit, lost)
                self._block("lost", "table", question, self._word("heading.lost"), shown, role="exhibit")

    def statements(self) -> None:
        """What was told, documented and verified: who says what, n of N where it was asked of several."""
        for question in self._groups():
            rows = self._mine("evidence", question)
            groups = [
                {
                    "theme": theme,
                    "items": [views.statement(self.audit, self.facts, r) for r in rows if r["theme"] == theme],
                }
                for theme in dict.fromkeys(row["theme"] for row in rows)
            ]
            if groups:
                self._block("statements", "statement", question, self._word("heading.statements"), {"groups": groups})

    def figures(self) -> None:
        """Numbers of no table, arrangements of no table, and what was computed; long lists are folded."""
        for question in self._groups():
            loose = [row for register in ("quantities", "surveys") for row in self._mine(register, question)]
            loose = [row for row in loose if not self._in_table(row)]
            plans = [row for row in self._mine("arrangements", question) if not self._in_table(row)]
            measures = self._mine("measures", question)
            if loose:
                shown = tables.figure_table(self.audit, self.facts, loose)
                self._folded("figures", question, self._word("heading.figures"), shown)
            if plans:
                shown = tables.arrangement_table(self.audit, plans)
                self._folded("arrangements", question, self._sheet("arrangements"), shown)
            if measures:
                shown = tables.measure_table(self.audit, self.facts, measures)
                title = self._word("heading.measures")  # how the workbook counts is the house's
                self._folded("measures", question, title, shown, audience="internal")

    def assessments(self) -> None:
        """*Vurdering*: the auditor's text, the verdict on each criterion, and the overall one."""
        title = self._word("heading.assessment")
        self._prose("assessment-text", "Vurdering", title, role="assessment")
        for question in self._own():
            rows = self._mine("assessments", question)
            overall = [self._assessment(row) for row in rows if row["level"] == "problemstilling"]
            items = [self._assessment(row) for row in rows if row["level"] != "problemstilling"]
            notes = []
            if not rows:
                notes.append(self._word("label.no_assessment"))
            if question.kind == "beskrivende":
                notes.append(self._word("label.descriptive"))
            if any(row["rebuilt"] for row in (*items, *overall)):
                notes.append(self._word("label.no_scale"))
            data = {"assessments": items, "overall": overall, "note": " ".join(notes)}
            self._block("assessment", "matrix", question, self._word("heading.by_criterion"), data)

    def follows(self) -> None:
        """The recommendations that follow from the assessments of each question, with the answer given."""
        for question in self._own():
            assessed = {row.id for row in self._mine("assessments", question)}
            rows = views.following(self.audit, assessed)
            self._recommendations("follows", question, self._word("heading.follows"), rows)

    # Method.

    def background(self) -> None:
        """Why the audit was ordered: purpose, scope, milestones and the background text."""
        params, title = self.audit.params, self._word("chapter.background")
        opening = [_paragraph(text.strip()) for text in (params.purpose, params.scope) if text.strip()]
        self._text("background", title, "background", opening)
        lines = [tables.line(one.what, one.date or one.missing, one.case, one.place) for one in params.milestones]
        if lines:
            keys = ("milestone", "date", "case_no", "place")
            heads = [self._word(f"label.{key}") for key in keys]
            title = self._word("heading.milestones")
            self._block("milestones", "table", None, title, tables.table(heads, lines, keys=keys), role="background")

    def method_text(self) -> None:
        """How the audit was done, in the auditor's words."""
        self._text("method", self._word("heading.how"), "text")

    def interviews(self) -> None:
        """Interviews, meetings and written answers by role; then those planned or asked and not held."""
        held = [row for row in self.audit.rows("interviews") if not row["not_held"]]
        columns = ("roles", "unit", "form", "date", "persons", "approved", "chosen_by")
        self._register("interviews", held, columns, self._word("heading.interviews"))
        self._not_held("planned", "figures")

    def samples(self) -> None:
        """Samples: population, how and by whom they were drawn; and the control points."""
        columns = ("what", "population", "as_of", "draw", "rule", "drawn_by", "size", "stratum")
        self._register("samples", self.audit.rows("samples"), columns, self._word("heading.samples"))
        points = ("text", "kind", "rule", "criteria", "applies_when", "requires", "privacy")
        title = self._word("heading.control_points")
        self._register("control-points", self.audit.rows("control_points"), points, title)

    def scales(self) -> None:
        """The verdict words, and when which quantifier is used."""
        own = self.audit.params.verdict_words
        scale = [views.verdict(self.audit, key) for key in verdict_words(self.audit.params) if key in own or not own]
        note = "" if own else self._word("label.no_scale")
        title = self._word("heading.verdict_scale")
        self._block("verdicts", "matrix", None, title, {"scale": scale, "note": note}, role="figures")
        limits, words = self.audit.params.thresholds, self.audit.words.terms("quantifiers")
        rules = {
            "begge": "n = N = 2", "alle": "n = N ≥ 3", "ingen": "n = 0",
            "nesten_alle": f"≥ {limits.almost_all} %, N ≥ {limits.almost_all_from}",
            "de_fleste": f"≥ 2/3, N ≥ {limits.most_from}", "flertallet": f"> 1/2, N ≥ {limits.most_from}",
            "halvparten": "n = N/2",
            "om_lag_halvparten": f"{50 - limits.half_margin}–{50 + limits.half_margin} %, N ≥ {limits.half_from}",
            "et_mindretall": f"< 1/2, N ≥ {limits.most_from}",
            "enkelte": f"≤ {limits.few_percent} %, N ≥ {limits.few_from}",
        }  # fmt: skip
        lines = [tables.line(words[key], rule) for key, rule in rules.items()]
        lines.append(tables.line("%", f"N ≥ {limits.percent_from}"))
        title = self._word("heading.thresholds")
        self._block("thresholds", "table", None, title, tables.table((title, "n, N"), lines), role="figures")

    def sources(self) -> None:
        """Every source that is used, by type; then what was asked for and not received."""
        kinds = self.audit.schema["sources"].by_key["type"].allowed
        rows = sorted(
            self.audit.rows("sources"), key=lambda row: kinds.index(row["type"]) if row["type"] in kinds else -1
        )
        used = [row for row in rows if row["received"] != "Nei"]
        lacking = [row for row in rows if row["received"] == "Nei"]
        columns = ("title", "type", "issuer", "date", "paragraph", "valid_to", "used", "used_why")
        self._register("sources", used, columns, self._word("heading.sources"), role="sources")
        asked, title = ("title", "issuer", "requested", "used_why"), self._word("heading.not_received")
        self._register("not-received", lacking, asked, title, role="not_received")
        self._not_held("not-held", "not_received")

    # Conclusion.

    def summary(self) -> None:
        """The summary, first on the page."""
        self._text("summary", self._word("heading.summary"), "summary", otherwise=self._word("label.no_summary"))

    def conclusions(self) -> None:
        """The conclusion text, and the overall verdict on each question."""
        self._text("conclusion", self._word("heading.answers"), "text")
        overall = [
            {**self._assessment(row), "label": ", ".join(question.label for question in self.audit.questions_of(row))}
            for row in self.audit.rows("assessments")
            if row["level"] == "problemstilling"
        ]
        if overall:
            data = {"assessments": [], "overall": overall, "note": ""}
            self._block("verdict", "matrix", None, self._word("heading.overall"), data, role="assessment")

    def recommendations(self) -> None:
        """All recommendations with what they follow from and the answer."""
        rows = self.audit.rows("recommendations")
        self._recommendations("recommendations", None, self._word("heading.recommendations"), rows)

    def response(self) -> None:
        """The chief executive's response as it came, line by line; rows of one sender and date are one answer."""
        said: list[Paragraph] = []
        sender = ""
        for row in (row for row in self.audit.rows("comments") if row["round"] == "uttalelse"):
            if (by := " ".join(filter(None, (row["from"], row["date"])))) != sender:
                said.append(Paragraph(kind="h3", line=0, runs=[Run(t=by)]))
                sender = by
            lines = [line.strip() for line in row["text"].splitlines() if line.strip()]
            said += [_paragraph(line) for line in lines]
            if not lines:
                said.append(Paragraph(kind="p", line=0, runs=[Run(t=row.reason("text"), s="missing")]))
        data = {"paragraphs": said or [_paragraph(self._word("label.no_response"))]}
        self._block("response", "text", None, self._word("heading.response"), data, role="follows")

    def matrix(self) -> None:
        """From criterion to recommendation: each link of the chain, with its verdict."""
        links = [link for q in self.audit.params.questions for link in views.chain(self.audit, self.facts, q)]
        self._block("matrix", "matrix", None, self._word("heading.matrix"), {"chain": links})

    def corrections(self) -> None:
        """Corrections and comments, also those that were not followed."""
        columns = ("round", "from", "date", "about", "text", "our_answer", "outcome")
        self._register("comments", self.audit.rows("comments"), columns, self._sheet("comments"), role="changes")
        columns = ("date", "kind", "about", "old", "new", "why", "who")
        self._register(
            "corrections", self.audit.rows("corrections"), columns, self._sheet("corrections"), role="changes"
        )

    # Which rows are whose.

    def _own(self) -> list[Question]:
        return [question for question in self.audit.params.questions if question.chapter == self.name]

    def _groups(self) -> list[Question]:
        """The chapter's own questions, then those whose rows were moved here."""
        others = [question for question in self.audit.params.questions if question.chapter != self.name]
        return self._own() + [q for q in others if any(self._mine(register, q) for register in SHOWN)]

    def _mine(self, register: str, question: Question) -> Sequence[Row]:
        """Rows of a question that this chapter shows."""
        return self._homes.get((register, question.id), ())

    @cached_property
    def _homes(self) -> Mapping[tuple[str, str], Sequence[Row]]:
        """The rows this chapter shows, by register and question: each row in one chapter, under one question."""
        own = {question.id for question in self._own()}
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.audit.all_rows():
            named = row.refs("questions")
            if named and self.audit.chapter_of(row) == self.name:
                home = next((id for id in named if id in own), named[0])
                found.setdefault((row.register, home), []).append(row)
        return found

    def _in_table(self, row: Row) -> bool:
        specs = self.audit.params.tables
        return any(spec.id == row["table"] and SPEC_REGISTER[spec.register] == row.register for spec in specs)

    # Building blocks.

    def _word(self, key: str) -> str:
        return self.audit.words(key)

    def _sheet(self, register: str) -> str:
        return self.audit.schema[register].sheet

    def _assessment(self, row: Row) -> dict[str, Any]:
        return views.assessment(self.audit, self.facts, row)

    def _block(self, name: str, kind: Kind, question: Question | None, title: str, data: dict[str, Any],
               role: str = "", audience: str = "all") -> None:  # fmt: skip
        group = question.id if question else ""
        id = "-".join(part for part in (self.name, group, name) if part).replace("_", "-")
        language = self.audit.words.language
        shown = facts_in(data)
        self.show(Block(id, kind, role or name, self.name, group, title, data, shown, audience, language=language))

    def _prose(self, name: str, section: str, title: str, role: str = "") -> None:
        for question in self._own():
            text = self.audit.texts.get(question.id)
            paragraphs = read_prose(self.audit, self.facts, text).section(section) if text else []
            if paragraphs:
                self._block(name, "text", question, title, {"paragraphs": paragraphs}, role=role)

    def _text(self, name: str, title: str, role: str, before: Sequence[Paragraph] = (), otherwise: str = "") -> None:
        text = self.audit.texts.get(name)
        paragraphs = [*before, *(read_prose(self.audit, self.facts, text).all if text else ())]
        if not paragraphs and otherwise:
            paragraphs = [_paragraph(otherwise)]
        if paragraphs:
            self._block(name, "text", None, title, {"paragraphs": paragraphs}, role=role)

    def _recommendations(self, name: str, question: Question | None, title: str, rows: Sequence[Row]) -> None:
        note = "" if rows else self._word("label.no_recommendations")
        shown = [views.recommendation(self.audit, row) for row in rows]
        data = {"recommendations": shown, "note": note, "home": question is None}
        self._block(name, "matrix", question, title, data, role="follows")

    def _exhibit(self, question: Question, spec: TableSpec, rows: Sequence[Row]) -> None:
        if spec.register == "ordninger":
            data = tables.arrangement_table(self.audit, rows)
        else:
            data = tables.number_table(self.audit, self.facts, rows)
        drawn = views.chart(self.audit, self.facts, spec, rows) if spec.figure == "stolper" else None
        if drawn:
            self._block(spec.id, "chart", question, spec.title, {**drawn, "table": data}, role="exhibit")
        else:
            self._block(spec.id, "table", question, spec.title, data, role="exhibit")

    def _folded(self, name: str, question: Question, title: str, shown: tables.Table,
                audience: str = "all") -> None:  # fmt: skip
        data = {**shown, "folded": True} if len(shown["rows"]) > OPEN_ROWS else shown
        self._block(name, "table", question, title, data, role="figures", audience=audience)

    def _register(self, name: str, rows: Sequence[Row], columns: Sequence[str], title: str,
                  role: str = "figures") -> None:  # fmt: skip
        if rows:
            shown = tables.register_table(self.audit, self.facts, rows, columns)
            self._block(name, "table", None, title, shown, role=role)

    def _not_held(self, name: str, role: str) -> None:
        rows = [row for row in self.audit.rows("interviews") if row["not_held"]]
        columns = ("roles", "unit", "form", "date", "not_held")
        self._register(name, rows, columns, self._word("heading.planned"), role=role)


def _paragraph(text: str) -> Paragraph:
    return Paragraph(kind="p", line=0, runs=[Run(t=text)])


def open_chapter(audit: str, chapter: str, root: str | Path | None = None,
                 show: Callable[[Block], None] | None = None) -> Chapter:  # fmt: skip
    """Open one chapter of one audit for a notebook: the slice a run hands it, else taken from the files.

    Args:
        audit: name of the audit, as its file in ``params/``.
        chapter: name of the notebook without ending.
        root: where params/, data/ and expectations/ lie; default: upwards from the working directory.
        show: where blocks go; default: the notebook's output.

    Raises:
        InputError: when the audit cannot be read.
    """
    given = handed(audit, chapter)
    if given is None or root:
        whole = load_audit(Path(root) if root else find_root(Path.cwd()), audit)
        given = take_slice(whole, facts_of(whole), chapter)
    return Chapter(chapter, *given, show or display_block)


def display_block(block: Block) -> None:
    """Display a block as the output of the notebook's cell."""
    from IPython.display import display

    display(block._repr_mimebundle_(), raw=True)  # as it would ask for itself, without a dozen formatters asked first


__all__ = ["Chapter", "display_block", "open_chapter"]
