"""All that a notebook imports: open a chapter, and display it block by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.audit import Audit, find_root, load_audit, slice_audit
from helpers.blocks import SCALE, VERDICT_ICONS, Block, Kind, facts_in
from helpers.facts import Facts, facts_of, tally_id
from helpers.params import Question, TableSpec, verdict_words
from helpers.prose import Paragraph, Run, read_prose
from helpers.register import Row
from helpers.tables import arrangement_table, chart_keys, cite_runs, fact_run, footer, name_of, number_table, text_cell

SPEC_REGISTER = {"tall": "quantities", "undersøkelser": "surveys", "ordninger": "arrangements"}


@dataclass(frozen=True)
class Chapter:
    """One chapter of one audit: its slice, the facts the slice reaches, and a verb for every block."""

    name: str
    audit: Audit
    facts: Facts
    show: Callable[[Block], None]

    # -- what every question gets ------------------------------------------------------------------

    def questions(self) -> None:
        """The audit questions of the chapter; a chapter without one says so."""
        own = [question for question in self.audit.params.questions if question.chapter == self.name]
        for question in own:
            self._block(
                "question",
                "text",
                question,
                self._word("heading.question"),
                {
                    "paragraphs": [_paragraph([Run(t=question.text)])],
                    "label": question.label,
                    "kind": question.kind,
                    "place": question.place,
                },
            )
        if not own:
            others = ", ".join(question.label for question in self._groups())
            text = self._word("label.no_own_question")
            if others:
                text = f"{text} {self._word('label.belongs_to')} {others}."
            self._block(
                "question",
                "text",
                None,
                self._word("heading.question"),
                {"paragraphs": [_paragraph([Run(t=text)])], "label": "", "kind": "", "place": ""},
            )

    def criteria(self) -> None:
        """The criteria of each question, with modality and sources."""
        for question in self._groups():
            home = self._mine("criteria", question)
            shared = [row for row in self.audit.rows("criteria") if question.id in row.refs("questions")[1:]]
            rows = home + [row for row in shared if question.chapter == self.name]
            if rows:
                self._block(
                    "criteria",
                    "matrix",
                    question,
                    self._word("heading.criteria"),
                    {"criteria": [{**self._criterion(row), "home": row in home} for row in rows]},
                )

    def evidence_text(self) -> None:
        """*Datagrunnlag*: the auditor's text on what was found."""
        self._prose("text", "Datagrunnlag", self._word("heading.evidence"))

    def exhibits(self) -> None:
        """Tables and charts the parameters name, in their order; control points of case files first."""
        for question in self._groups():
            for sample in self._mine("samples", question):
                self._sample(question, sample)
            for spec in self.audit.params.tables:
                rows = [row for row in self._mine(SPEC_REGISTER[spec.register], question) if row["table"] == spec.id]
                if rows:
                    self._exhibit(question, spec, rows)

    def statements(self) -> None:
        """What was told, documented and verified: who says what, n of N where it was asked of several."""
        for question in self._groups():
            rows = self._mine("evidence", question)
            themes = tuple(dict.fromkeys(row["theme"] for row in rows))
            groups = [
                {"theme": theme, "items": [self._statement(row) for row in rows if row["theme"] == theme]}
                for theme in themes
            ]
            if groups:
                self._block("statements", "statement", question, self._word("heading.statements"), {"groups": groups})

    def figures(self) -> None:
        """Numbers of no table, the arrangements of no table, and what was computed."""
        for question in self._groups():
            loose = [
                row
                for register in ("quantities", "surveys")
                for row in self._mine(register, question)
                if not self._spec(row)
            ]
            if loose:
                self._block("figures", "table", question, self._word("heading.figures"), self._figure_list(loose))
            plans = [row for row in self._mine("arrangements", question) if not self._spec(row)]
            if plans:
                self._block(
                    "arrangements",
                    "table",
                    question,
                    self.audit.schema["arrangements"].sheet,
                    arrangement_table(self.audit, plans),
                    role="figures",
                )
            measures = self._mine("measures", question)
            if measures:
                self._block(
                    "measures",
                    "table",
                    question,
                    self._word("heading.measures"),
                    self._measure_list(measures),
                    role="figures",
                )

    def assessments(self) -> None:
        """*Vurdering*: the auditor's text, the verdict on each criterion, and the overall one."""
        self._prose("assessment-text", "Vurdering", self._word("heading.assessment"), role="assessment")
        for question in self._own():
            rows = self._mine("assessments", question)
            overall = [self._assessment(row) for row in rows if row["level"] == "problemstilling"]
            items = [self._assessment(row) for row in rows if row["level"] != "problemstilling"]
            note = self._word("label.no_scale") if any(row["rebuilt"] for row in (*items, *overall)) else ""
            if not rows:
                note = self._word("label.no_assessment")
            elif question.kind == "beskrivende":
                note = " ".join(part for part in (self._word("label.descriptive"), note) if part)
            self._block(
                "assessment",
                "matrix",
                question,
                self._word("heading.assessment"),
                {"assessments": items, "overall": overall, "note": note},
            )

    def follows(self) -> None:
        """The recommendations that follow from the assessments of each question, with the answer given."""
        for question in self._own():
            ids = {row.id for row in self._mine("assessments", question)}
            rows = [
                row
                for row in self.audit.rows("recommendations")
                if ids & set(row.refs("follows_from")) or question.id in row.refs("questions")
            ]
            data = {
                "recommendations": [self._recommendation(row) for row in rows],
                "note": "" if rows else self._word("label.no_recommendations"),
            }
            self._block("follows", "matrix", question, self._word("heading.follows"), data)

    # -- method ------------------------------------------------------------------------------------

    def background(self) -> None:
        """Why the audit was ordered: purpose, scope, milestones and the background text."""
        params = self.audit.params
        paragraphs = [_paragraph([Run(t=text.strip())]) for text in (params.purpose, params.scope) if text.strip()]
        self._block(
            "background",
            "text",
            None,
            self._word("chapter.background"),
            {"paragraphs": [*paragraphs, *self._text("background")]},
            role="background",
        )
        rows = [
            {
                "cells": [text_cell(m.what), text_cell(m.date or m.missing), text_cell(m.case), text_cell(m.place)],
                "total": False,
                "note": "",
            }
            for m in params.milestones
        ]
        if rows:
            heads = [
                self._word("heading.milestones"),
                self._label("sources", "date"),
                self._word("label.case").capitalize(),
                self._word("label.place"),
            ]
            self._block(
                "milestones",
                "table",
                None,
                self._word("heading.milestones"),
                {"columns": [{"t": head, "num": False} for head in heads], "rows": rows, "footer": []},
                role="background",
            )

    def method_text(self) -> None:
        """How the audit was done, in the auditor's words."""
        self._block(
            "method", "text", None, self._word("chapter.method"), {"paragraphs": self._text("method")}, role="text"
        )

    def interviews(self) -> None:
        """Interviews, meetings and written answers by role; then those planned or asked and not held."""
        columns = ("form", "date", "unit", "roles", "persons", "approved", "chosen_by", "note")
        held = [row for row in self.audit.rows("interviews") if not row["not_held"]]
        planned = [row for row in self.audit.rows("interviews") if row["not_held"]]
        self._register_table("interviews", held, columns, self._word("heading.interviews"), "interviews")
        self._register_table(
            "interviews",
            planned,
            ("form", "date", "unit", "roles", "not_held", "note"),
            self._word("heading.planned"),
            "planned",
        )

    def samples(self) -> None:
        """Samples: population, how and by whom they were drawn."""
        columns = ("what", "population", "as_of", "draw", "rule", "drawn_by", "size", "stratum", "note")
        self._register_table(
            "samples", list(self.audit.rows("samples")), columns, self._word("heading.samples"), "samples"
        )
        points = ("text", "kind", "criteria", "applies_when", "privacy")
        self._register_table(
            "control_points",
            list(self.audit.rows("control_points")),
            points,
            self._word("heading.control_points"),
            "control-points",
        )

    def scales(self) -> None:
        """The verdict words, and when which quantifier is used."""
        used = verdict_words(self.audit.params)
        keys = [key for key in used if key in self.audit.params.verdict_words] or list(used)
        self._block(
            "verdicts",
            "matrix",
            None,
            self._word("heading.verdict_scale"),
            {
                "scale": [self._verdict_of(key) for key in keys],
                "note": "" if self.audit.params.verdict_words else self._word("label.no_scale"),
            },
            role="figures",
        )
        limits = self.audit.params.thresholds
        q = self.audit.words.terms("quantifiers")
        rules = (
            (q["begge"], "n = N = 2"),
            (q["alle"], "n = N ≥ 3"),
            (q["ingen"], "n = 0"),
            (q["nesten_alle"], f"≥ {limits.almost_all} %, N ≥ {limits.almost_all_from}"),
            (q["de_fleste"], f"≥ 2/3, N ≥ {limits.most_from}"),
            (q["flertallet"], f"> 1/2, N ≥ {limits.most_from}"),
            (q["halvparten"], "n = N/2"),
            (q["om_lag_halvparten"], f"{50 - limits.half_margin}–{50 + limits.half_margin} %, N ≥ {limits.half_from}"),
            (q["et_mindretall"], f"< 1/2, N ≥ {limits.most_from}"),
            (q["enkelte"], f"≤ {limits.few_percent} %, N ≥ {limits.few_from}"),
            ("%", f"N ≥ {limits.percent_from}"),
        )
        rows = [{"cells": [text_cell(word), text_cell(rule)], "total": False, "note": ""} for word, rule in rules]
        heads = [{"t": self._word("heading.thresholds"), "num": False}, {"t": "n, N", "num": False}]
        self._block(
            "thresholds",
            "table",
            None,
            self._word("heading.thresholds"),
            {"columns": heads, "rows": rows, "footer": []},
            role="figures",
        )

    def sources(self) -> None:
        """Every source that is used, by type; then what was asked for and not received."""
        words = self.audit.words
        used = [row for row in self.audit.rows("sources") if row["received"] != "Nei"]
        lacking = [row for row in self.audit.rows("sources") if row["received"] == "Nei"]
        used.sort(key=lambda row: row["type"])
        columns = ("title", "type", "issuer", "date", "paragraph", "valid_to", "used", "used_why")
        self._register_table("sources", used, columns, words("heading.sources"), "sources", role="sources")
        asked = ("title", "issuer", "requested", "used_why", "note")
        self._register_table(
            "sources", lacking, asked, words("heading.not_received"), "not-received", role="not_received"
        )
        silent = [row for row in self.audit.rows("interviews") if row["not_held"]]
        self._register_table(
            "interviews",
            silent,
            ("roles", "unit", "form", "date", "not_held"),
            words("heading.planned"),
            "not-held",
            role="not_received",
        )

    # -- conclusion ----------------------------------------------------------------------------------

    def summary(self) -> None:
        """The summary, first on the page."""
        paragraphs = self._text("summary") or [_paragraph([Run(t=self._word("label.no_summary"))])]
        self._block("summary", "text", None, self._word("heading.summary"), {"paragraphs": paragraphs}, role="summary")

    def conclusions(self) -> None:
        """The conclusion text, and the overall verdict on each question."""
        self._block(
            "conclusion",
            "text",
            None,
            self._word("heading.conclusion"),
            {"paragraphs": self._text("conclusion")},
            role="text",
        )
        overall = [
            {**self._assessment(row), "label": ", ".join(q.label for q in self.audit.questions_of(row))}
            for row in self.audit.rows("assessments")
            if row["level"] == "problemstilling"
        ]
        if overall:
            self._block(
                "verdict",
                "matrix",
                None,
                self._word("heading.conclusion"),
                {"assessments": [], "overall": overall, "note": ""},
                role="assessment",
            )

    def recommendations(self) -> None:
        """All recommendations with what they follow from and the answer."""
        rows = [self._recommendation(row) for row in self.audit.rows("recommendations")]
        self._block(
            "recommendations",
            "matrix",
            None,
            self._word("heading.recommendations"),
            {"recommendations": rows, "note": "" if rows else self._word("label.no_recommendations")},
            role="follows",
        )

    def response(self) -> None:
        """The chief executive's response."""
        rows = [row for row in self.audit.rows("comments") if row["round"] == "uttalelse"]
        paragraphs = [
            _paragraph(
                [
                    Run(t=f"{row['from']} ({row['date'] or row['missing']}): ", s="strong"),
                    Run(t=row["text"] or row["missing"]),
                ]
            )
            for row in rows
        ]
        self._block(
            "response",
            "text",
            None,
            self._word("heading.response"),
            {"paragraphs": paragraphs or [_paragraph([Run(t=self._word("label.no_response"))])]},
            role="follows",
        )

    def matrix(self) -> None:
        """From criterion to recommendation: each link of the chain, with its verdict."""
        lines = []
        for question in self.audit.params.questions:
            for row in self._of("criteria", question):
                judged = [a for a in self.audit.rows("assessments") if row.id in a.refs("criteria")]
                advice = [
                    r
                    for r in self.audit.rows("recommendations")
                    if {a.id for a in judged} & set(r.refs("follows_from"))
                ]
                heard = [e for e in self.audit.rows("evidence") if row.id in e.refs("criteria")]
                lines.append(
                    {
                        "question": question.label,
                        "criterion": self._criterion(row),
                        "evidence": cite_runs(self.audit, [e.id for e in heard]),
                        "assessments": [self._assessment(a) for a in judged],
                        "recommendations": [self._recommendation(r) for r in advice],
                        "gap": (row["moved_to"] and f"→ {row['moved_to'].upper()}") or row["dropped"],
                    }
                )
        self._block("matrix", "matrix", None, self._word("heading.matrix"), {"chain": lines}, role="matrix")

    def corrections(self) -> None:
        """Corrections and comments, also those that were not followed."""
        comments = ("round", "from", "date", "about", "text", "our_answer", "outcome")
        self._register_table(
            "comments",
            list(self.audit.rows("comments")),
            comments,
            self.audit.schema["comments"].sheet,
            "comments",
            role="changes",
        )
        rows = list(self.audit.rows("corrections"))
        columns = ("date", "kind", "about", "old", "new", "why", "who")
        self._register_table(
            "corrections", rows, columns, self.audit.schema["corrections"].sheet, "corrections", role="changes"
        )

    # -- building ----------------------------------------------------------------------------------

    def _word(self, key: str) -> str:
        return self.audit.words(key)

    def _label(self, register: str, column: str) -> str:
        return self.audit.schema[register].label(column, self.audit.words.language)

    def _own(self) -> list[Question]:
        return [question for question in self.audit.params.questions if question.chapter == self.name]

    def _groups(self) -> list[Question]:
        """The chapter's own questions, then those whose rows were moved here."""
        own = self._own()
        moved = [
            question
            for question in self.audit.params.questions
            if question not in own
            and any(
                self._mine(register, question)
                for register in ("criteria", "evidence", "quantities", "surveys", "arrangements", "samples", "measures")
            )
        ]
        return own + moved

    def _of(self, register: str, question: Question) -> list[Row]:
        return [row for row in self.audit.rows(register) if question.id in row.refs("questions")[:1]]

    def _mine(self, register: str, question: Question) -> list[Row]:
        """Rows of a question that this chapter shows: each row in one chapter, under one question."""
        rows = []
        for row in self.audit.rows(register):
            own = [
                id for id in row.refs("questions") if (q := self.audit.params.question(id)) and q.chapter == self.name
            ]
            home = (own or list(row.refs("questions")))[:1]
            if home == [question.id] and self.audit.chapter_of(row) == self.name:
                rows.append(row)
        return rows

    def _spec(self, row: Row) -> TableSpec | None:
        return next(
            (
                spec
                for spec in self.audit.params.tables
                if spec.id == row["table"] and SPEC_REGISTER[spec.register] == row.register
            ),
            None,
        )

    def _block(
        self, name: str, kind: Kind, question: Question | None, title: str, data: dict[str, Any], role: str = ""
    ) -> None:
        group = question.id if question else ""
        id = "-".join(part for part in (self.name, group, name) if part)
        self.show(
            Block(
                id=id.replace("_", "-"),
                kind=kind,
                role=role or name,
                chapter=self.name,
                group=group,
                title=title,
                data=data,
                facts=facts_in(data),
                language=self.audit.words.language,
            )
        )

    def _prose(self, name: str, section: str, title: str, role: str = "") -> None:
        for question in self._own():
            text = self.audit.texts.get(question.id)
            paragraphs = read_prose(self.audit, self.facts, text).section(section) if text else []
            if paragraphs:
                self._block(name, "text", question, title, {"paragraphs": paragraphs}, role=role)

    def _text(self, name: str) -> list[Paragraph]:
        text = self.audit.texts.get(name)
        return read_prose(self.audit, self.facts, text).all if text else []

    def _criterion(self, row: Row) -> dict[str, Any]:
        return {
            "id": row.id,
            "text": row["text"],
            "modality": row["modality"],
            "sources": cite_runs(self.audit, row.refs("source")),
            "home": True,
            "paragraph": row["paragraph"],
            "parent": row["parent"],
            "logic": row["logic"],
            "missing": row["missing"],
            "moved": row["moved_to"].upper(),
            "dropped": row["dropped"],
            "place": row["place"],
        }

    def _who(self, ids: Sequence[str]) -> list[Run]:
        """Who says it: roles for interviews, titles for sources."""
        runs = []
        for id in ids:
            row = self.audit.cited(id)
            if row is None:
                continue
            runs.append(Run(t=name_of(row), c=id))
        return runs

    def _statement(self, row: Row) -> dict[str, Any]:
        asked = next((answer for answer in self.audit.rows("answers") if answer["evidence"] == row.id), None)
        share: list[Run] = []
        if asked:
            fact = self.facts.by_id[f"answers.{asked.id}"]
            share = [Run(t=f"{fact.n} {self._word('label.of')} {fact.base}", f=fact.id)]
        return {
            "id": row.id,
            "text": row["text"],
            "who": self._who(row.refs("source")),
            "known": row["known"],
            "share": share,
            "direction": row["direction"],
            "contradicted": self._against(row),
            "clarification": row["clarification"],
            "place": row["place"],
            "as_of": row["as_of"],
            "note": row["note"],
        }

    def _against(self, row: Row) -> list[dict[str, str]]:
        found = []
        for id in row.refs("contradicted_by"):
            other = self.audit.row("evidence", id) or self.audit.row("quantities", id)
            if other:
                found.append({"id": id, "text": other["text"] or f"{other['what']}: {other['value']} {other['unit']}"})
        return found

    def _verdict_of(self, key: str) -> dict[str, str]:
        word = verdict_words(self.audit.params).get(key, "")
        return {"key": key, "word": word, "icon": VERDICT_ICONS.get(key, "–")}

    def _assessment(self, row: Row) -> dict[str, Any]:
        key = self.audit.verdict(row)
        verdict = (
            self._verdict_of(key) if key else {"key": "", "word": row["verdict"] or row.reason("verdict"), "icon": "–"}
        )
        advice = [r for r in self.audit.rows("recommendations") if row.id in r.refs("follows_from")]
        criterion = self.audit.row("criteria", row["criteria"]) if row["criteria"] else None
        return {
            "id": row.id,
            "criterion": row["criteria"],
            "text": criterion["text"] if criterion else row["level"].capitalize(),
            "verdict": verdict,
            "reason": row["reason"],
            "based_on": self._basis(row),
            "breach": row["breach"],
            "reservation": row["reservation"],
            "no_recommendation": row["no_recommendation"],
            "recommendations": [r["number"] for r in advice],
            "place": row["place"],
            "rebuilt": row["origin"] == "rekonstruert" and key in SCALE and not self.audit.params.verdict_words,
        }

    def _basis(self, row: Row) -> list[Run]:
        runs = []
        for id in row.refs("based_on"):
            fact = (
                self.facts.by_id.get(f"measures.{id}")
                or self.facts.by_id.get(f"quantities.{id}")
                or self.facts.by_id.get(f"surveys.{id}")
            )
            runs.append(Run(t=fact.label, f=fact.id) if fact else Run(t=self.audit.marker(id), c=id, s="cite"))
        return runs

    def _recommendation(self, row: Row) -> dict[str, Any]:
        return {
            "id": row.id,
            "number": row["number"],
            "text": row["text"],
            "addressee": row["addressee"],
            "follows_from": list(row.refs("follows_from")),
            "answer": row["answer"],
            "deadline": row["deadline"],
            "responsible": row["responsible"],
            "decision": row["decision"],
            "place": row["place"],
        }

    def _exhibit(self, question: Question, spec: TableSpec, rows: Sequence[Row]) -> None:
        if spec.register == "ordninger":
            data = arrangement_table(self.audit, rows)
        else:
            data = number_table(self.audit, self.facts, rows)
        data["place"] = spec.place
        if spec.figure == "stolper" and (drawn := self._chart(spec, rows)):
            self._block(spec.id, "chart", question, spec.title, {**drawn, "table": data}, role="exhibit")
        else:
            self._block(spec.id, "table", question, spec.title, data, role="exhibit")

    def _chart(self, spec: TableSpec, rows: Sequence[Row]) -> dict[str, str] | None:
        """Bars for the parts, not the totals; None when no value is left to draw."""
        from helpers.charts import Series, bar_chart

        parts = [row for row in rows if row["whole"] != "Ja" and row.number("value")]
        if not parts:
            return None
        across = any(row["area"] for row in parts)
        keys = [chart_keys(row, across) for row in parts]
        categories = list(dict.fromkeys(category for category, _ in keys))
        series = []
        for name in dict.fromkeys(one for _, one in keys):
            found = {category: row for row, (category, one) in zip(parts, keys, strict=True) if one == name}
            numbers = [row.number("value") if (row := found.get(category)) else None for category in categories]
            texts = [self._bar_text(found.get(category)) for category in categories]
            series.append(Series(name, [float(n.value) if n else None for n in numbers], texts))
        shown = [
            f"{category}: " + ", ".join(f"{one.name} {one.texts[i]}".strip() for one in series if one.texts[i])
            for i, category in enumerate(categories)
        ]
        svg = bar_chart(categories, series, id=f"{self.audit.name}-{spec.id}")
        return {"svg": svg, "alt": f"{spec.title}. {'. '.join(shown)}."}

    def _bar_text(self, row: Row | None) -> str:
        return fact_run(self.audit, self.facts, f"{row.register}.{row.id}")["t"] if row else ""

    def _sample(self, question: Question, sample: Row) -> None:
        """Count per control point: the case rows themselves are shown nowhere."""
        points = [row for row in self.audit.rows("control_points") if sample.id in row.refs("sample")]
        cases = [row for row in self.audit.rows("cases") if row["sample"] == sample.id]
        lines = []
        for point in points:
            if point["kind"] != "ja/nei" or not cases:
                continue
            counts = [
                [fact_run(self.audit, self.facts, tally_id(sample.id, point.id, value))] for value in ("Ja", "Nei")
            ]
            lines.append(
                {
                    "cells": [text_cell(point["text"]), *counts, text_cell(str(len(cases)))],
                    "total": False,
                    "note": point["note"],
                }
            )
        if lines:
            heads = [
                self._word("label.control_point"),
                self._word("label.yes"),
                self._word("label.no"),
                self._word("label.of"),
            ]
            data = {
                "columns": [{"t": head, "num": index > 0} for index, head in enumerate(heads)],
                "rows": lines,
                "footer": footer(self.audit, [sample]),
            }
            self._block(f"sample-{sample.id}", "table", question, sample["what"], data, role="exhibit")

    def _figure_list(self, rows: Sequence[Row]) -> dict[str, Any]:
        language = self.audit.words.language
        schema = self.audit.schema["quantities"]
        body = []
        for row in rows:
            parts = (row["question"] or row["what"], row["group"], row["area"])
            body.append(
                {
                    "cells": [
                        text_cell(", ".join(part for part in parts if part)),
                        [fact_run(self.audit, self.facts, f"{row.register}.{row.id}")],
                        text_cell(row["unit"]),
                        text_cell(row["as_of"] or row["period"]),
                        cite_runs(self.audit, row.refs("source")),
                    ],
                    "total": False,
                    "note": row["note"],
                }
            )
        heads = [schema.label(key, language) for key in ("what", "value", "unit", "as_of", "source")]
        return {
            "columns": [{"t": head, "num": index == 1} for index, head in enumerate(heads)],
            "rows": body,
            "footer": footer(self.audit, rows)[-1:],
        }

    def _measure_list(self, rows: Sequence[Row]) -> dict[str, Any]:
        language = self.audit.words.language
        schema = self.audit.schema["measures"]
        body = [
            {
                "cells": [
                    text_cell(row["label"]),
                    [fact_run(self.audit, self.facts, f"measures.{row.id}")],
                    text_cell(row["unit"]),
                    text_cell(self.facts.by_id[f"measures.{row.id}"].sum),
                ],
                "total": False,
                "note": row["note"],
            }
            for row in rows
        ]
        heads = [
            schema.label("label", language),
            self._label("quantities", "value"),
            schema.label("unit", language),
            self._word("label.computed"),
        ]
        return {
            "columns": [{"t": head, "num": index == 1} for index, head in enumerate(heads)],
            "rows": body,
            "footer": footer(self.audit, rows)[-1:],
        }

    def _register_table(
        self, register: str, rows: Sequence[Row], columns: Sequence[str], title: str, name: str, role: str = "figures"
    ) -> None:
        if not rows:
            return
        schema = self.audit.schema[register]
        used = [column for column in columns if any(row[column] for row in rows)]

        def cell(row: Row, column: str) -> list[Run]:
            about = schema.by_key[column]
            if about.type == "number":
                id = f"{register}.{row.id}.{column}"
                return (
                    [fact_run(self.audit, self.facts, id)] if id in self.facts.by_id else text_cell(row.reason(column))
                )
            if column in ("source", "said_by"):
                return cite_runs(self.audit, row.refs(column))
            return text_cell(row[column])

        body = [
            {
                "cells": [
                    [Run(t=self.audit.marker(row.id), c=row.id, s="cite")]
                    if self.audit.cited(row.id) is row
                    else text_cell(row.id),
                    *(cell(row, column) for column in used),
                ],
                "total": False,
                "note": row["missing"],
            }
            for row in rows
        ]
        heads = [
            schema.label("id", self.audit.words.language),
            *(schema.label(c, self.audit.words.language) for c in used),
        ]
        numeric = [False, *(schema.by_key[column].type == "number" for column in used)]
        data = {
            "columns": [{"t": head, "num": num} for head, num in zip(heads, numeric, strict=True)],
            "rows": body,
            "footer": footer(self.audit, rows)[-1:],
        }
        self._block(name, "table", None, title, data, role=role)


def _paragraph(runs: list[Run]) -> Paragraph:
    return Paragraph(kind="p", line=0, runs=runs)


def open_chapter(
    audit: str, chapter: str, root: str | Path | None = None, show: Callable[[Block], None] | None = None
) -> Chapter:
    """Open one chapter of one audit for a notebook.

    Args:
        audit: name of the audit, as its file in ``params/``.
        chapter: name of the notebook without ending.
        root: where params/, data/ and expectations/ lie; default: upwards from the working directory.
        show: where blocks go; default: the notebook's output.

    Raises:
        InputError: when the audit cannot be read.
    """
    folder = Path(root) if root else find_root(Path.cwd())
    whole = load_audit(folder, audit)
    facts = facts_of(whole)
    return Chapter(chapter, slice_audit(whole, chapter), facts, show or _display)


def _display(block: Block) -> None:
    from IPython.display import display

    display(block)


__all__ = ["Chapter", "open_chapter"]
