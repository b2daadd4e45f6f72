"""What a planted defect is, where it stands, and the material planters build it from: the audit's own facts and nouns.

A planter sees a corrected audit and yields every defect of its kind that it can make there. None knows any check:
the kinds come from the list of defects, the practice of auditors and the inventories of four published reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cached_property
from random import Random

from benchmarks.editing import Add, Cell, Change, Rewrite
from helpers.audit import Audit
from helpers.facts import Fact, FactError, Facts, facts_of
from helpers.message import Place
from helpers.numbers import NumberError, parse_number
from helpers.register import Row
from helpers.words import Words

WORDS = Words("nb")
TEXT_UNITS = 12  # number words up to twelve


@dataclass(frozen=True)
class Spot:
    """A place where a planted defect may be told: sheet or file, row, columns (none: any), line of a text."""

    register: str
    row: str = "*"
    columns: frozenset[str] = frozenset()
    line: int | None = None

    def holds(self, place: Place) -> bool:
        """Whether a message's place is this one."""
        return (
            fnmatchcase(place.register, self.register)
            and self.row in ("*", place.row)
            and (not self.columns or place.column in self.columns)
            and (self.line is None or self.line == place.line)
        )


# The parameters file holds what an auditor knows as the sheets Prosjekt and Problemstillinger.
PARAMETERS = (Spot("params/*"), Spot("Prosjekt"), Spot("Problemstillinger"))


@dataclass(frozen=True)
class Defect:
    """Changes that make one defect, and where it is right to tell of it.

    Attributes:
        spots: the planted cell or line, and the cells where the defect is legitimately mended.
        also: other classes that are equally right.
    """

    changes: tuple[Change, ...]
    spots: tuple[Spot, ...]
    note: str
    also: tuple[int, ...] = ()


Planter = Callable[["Site"], Iterator[Defect]]


@dataclass(frozen=True)
class Kind:
    """One way a class of defect comes about."""

    defect: int
    name: str
    planter: Planter


KINDS: list[Kind] = []


def kind(defect: int, name: str) -> Callable[[Planter], Planter]:
    """Register a planter."""

    def register(planter: Planter) -> Planter:
        KINDS.append(Kind(defect, name, planter))
        return planter

    return register


@dataclass(frozen=True)
class Paragraph:
    """One line of a text that is no heading; ``line`` counts from 1."""

    text: str
    line: int
    section: str
    content: str


@dataclass(frozen=True)
class Share:
    """n of N with words for it: «brukerne i utvalget», «har individuell plan»."""

    n: int
    base: int
    noun: str
    predicate: str
    cite: str
    questions: tuple[str, ...]
    spots: tuple[Spot, ...]

    @property
    def percent(self) -> int:
        return round(100 * self.n / self.base)


_REFERENCE = re.compile(r"\{\{\s*([^{}|]+?)\s*(?:\|\s*([^{}]*?)\s*)?\}\}")


@dataclass(frozen=True)
class Site:
    """A corrected audit where defects are planted, and the chance that picks among equal places."""

    audit: Audit
    random: Random = field(compare=False)

    @cached_property
    def facts(self) -> Facts:
        return facts_of(self.audit)

    def rows(self, register: str) -> tuple[Row, ...]:
        return self.audit.rows(register)

    # Places ------------------------------------------------------------------------------------------------------

    def at(self, register: str, row: str = "*", *columns: str) -> Spot:
        """A row's cells, by English keys."""
        schema = self.audit.schema[register]
        return Spot(schema.sheet, row, frozenset(schema.label(column) for column in columns))

    def line(self, paragraph: Paragraph) -> Spot:
        return Spot(self.audit.texts[paragraph.text].file, line=paragraph.line)

    # Texts -------------------------------------------------------------------------------------------------------

    @cached_property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """Every paragraph of every text, one to a line."""
        found = []
        for name, text in self.audit.texts.items():
            section = ""
            for number, content in enumerate(text.content.split("\n"), start=1):
                if content.startswith("# "):
                    section = content[2:].strip().lower()
                elif content.strip() and not content.startswith("#"):
                    found.append(Paragraph(name, number, section, content))
        return tuple(found)

    def section(self, section: str, questions: Sequence[str] = ()) -> list[Paragraph]:
        """Paragraphs of a section of the questions' texts, of any question where those have none."""
        every = [p for p in self.paragraphs if p.section == section]
        return [p for p in every if p.text in questions] or every

    def text(self, *names: str) -> list[Paragraph]:
        return [p for p in self.paragraphs if p.text in names]

    def append(self, paragraph: Paragraph, sentence: str) -> Rewrite:
        """The text with a sentence more at the end of a paragraph."""
        return self.reword(paragraph, f"{paragraph.content} {sentence}")

    def reword(self, paragraph: Paragraph, content: str) -> Rewrite:
        lines = self.audit.texts[paragraph.text].content.split("\n")
        lines[paragraph.line - 1] = content
        return Rewrite(paragraph.text, "\n".join(lines))

    def said(
        self,
        paragraph: Paragraph,
        sentence: str,
        *spots: Spot,
        also: tuple[int, ...] = (),
        changes: tuple[Change, ...] = (),
    ) -> Defect:
        """A sentence at the end of a paragraph."""
        return Defect((self.append(paragraph, sentence), *changes), (self.line(paragraph), *spots), sentence, also)

    def pick(self, paragraphs: Sequence[Paragraph]) -> Paragraph:
        return self.random.choice(paragraphs)

    @cached_property
    def references(self) -> tuple[tuple[Paragraph, re.Match[str], Fact], ...]:
        """Every reference of the texts that names a fact, with the fact."""
        found = []
        for paragraph in self.paragraphs:
            for match in _REFERENCE.finditer(paragraph.content):
                try:
                    found.append((paragraph, match, self.facts.find(match[1])))
                except FactError:
                    continue
        return tuple(found)

    @cached_property
    def referred(self) -> frozenset[str]:
        """Ids of the facts the texts refer to."""
        return frozenset(fact.id for _, _, fact in self.references)

    def retyped(self, paragraph: Paragraph, match: re.Match[str], typed: str, fact: Fact, *also: int) -> Defect:
        """A reference replaced by something typed by hand."""
        before, after = paragraph.content[: match.start()], paragraph.content[match.end() :]
        note = f"…{before[-30:]}{typed}{after[:40]}… (registeret: {match[0]})"
        spots = (self.line(paragraph), self.at(fact.register, fact.row) if fact.row else self.line(paragraph))
        return Defect((self.reword(paragraph, f"{before}{typed}{after}"),), spots, note, also)

    # Registers ---------------------------------------------------------------------------------------------------

    def cell(
        self, row: Row, column: str, value: str, *, told: Sequence[str] = (), spots: Sequence[Spot] = ()
    ) -> Defect:
        """One cell changed; ``told`` are further columns of the row where it may be told."""
        note = f"{row.schema.sheet} {row.id}, {row.schema.label(column)}: «{row[column]}» → «{value}»"
        changes = (Cell(row.register, row.id, column, value),)
        return Defect(changes, (self.at(row.register, row.id, column, *told), *spots), note)

    def copied(self, row: Row, **cells: str) -> Add:
        """A row like another, with some cells of its own."""
        kept = {key: value for key, value in row.cells.items() if not key.startswith("?")}
        return Add(row.register, tuple({**kept, "id": f"{row.id}-ny", **cells}.items()))

    def new(self, register: str, id: str, **cells: str) -> Add:
        """A new row with what every row must have."""
        columns = self.audit.schema[register].by_key
        always = {"questions": self.audit.params.questions[0].id, "place": "linje 1", "origin": "registrert"}
        kept = {key: value for key, value in always.items() if key in columns}
        return Add(register, tuple({"id": id, **kept, **cells}.items()))

    @cached_property
    def held(self) -> tuple[Row, ...]:
        """The interviews that took place."""
        return tuple(row for row in self.rows("interviews") if row["form"].endswith("intervju") and not row["not_held"])

    @cached_property
    def persons(self) -> int | None:
        """Persons interviewed; None when the register does not know them all."""
        numbers = [row.number("persons") for row in self.held]
        return int(sum(number.value for number in numbers if number)) if all(numbers) else None

    @cached_property
    def span(self) -> tuple[int, int]:
        """First and last year of the audit's milestones."""
        span = self.audit.span
        return (span.first.year, span.last.year) if span else (2014, 2014)

    @cached_property
    def source(self) -> Row:
        """A source that is used, for rows that need one."""
        return next(
            row
            for row in self.rows("sources")
            if (row["used"], row["used_as"]) == ("Ja", "grunnlag")
            and row["issuer"]
            and row["type"] in ("plan", "rapport", "rutine", "statistikk")
        )

    def exact(self, row: Row, column: str = "value") -> Decimal | None:
        """The value of a cell that is one exact number."""
        number = row.number(column)
        return number.value if number and number.kind == "exact" and number.high is None else None

    @cached_property
    def quantities(self) -> tuple[tuple[Row, Decimal], ...]:
        """Rows of *Tall* with an exact number."""
        return tuple((row, value) for row in self.rows("quantities") if (value := self.exact(row)) is not None)

    def parts(self, total: Row) -> list[Row]:
        return [row for row in self.rows("quantities") if row["part_of"] == total.id]

    @cached_property
    def sums(self) -> tuple[tuple[Row, Decimal, list[Row]], ...]:
        """Totals that are the sum of their parts, as registered and as they add up."""
        found = []
        for total in self.rows("quantities"):
            parts, value = self.parts(total), self.exact(total)
            values = [self.exact(part) for part in parts]
            sound = len(parts) > 1 and all(part["counts"] in ("", "Ja") for part in parts)
            if total["whole"] != "Ja" or value is None or not sound or None in values:
                continue
            if sum(v for v in values if v is not None) == value:
                found.append((total, value, parts))
        return tuple(found)

    @cached_property
    def shares(self) -> tuple[Share, ...]:
        """Facts of n of N that a sentence can be built of."""
        found = [share for fact in self.facts if (share := self._share(fact))]
        found += [share for row in self.rows("answers") if (share := self._answer(row))]
        held = self.held
        question = (self.audit.params.questions[0].id,)
        if len(held) > 2:
            approved = sum(1 for row in held if row["approved"] == "Ja")
            told = (self.at("interviews"),)
            if all(row["approved"] for row in held):
                found.append(
                    Share(approved, len(held), "referatene", "er godkjent av dem vi intervjuet", "", question, told)
                )
            groups = sum(1 for row in held if row["form"] == "gruppeintervju")
            found.append(
                Share(groups, len(held), "intervjuene", "ble holdt med flere personer samtidig", "", question, told)
            )
            calls = sum(1 for row in held if row["form"] == "telefonintervju")
            found.append(Share(calls, len(held), "intervjuene", "ble gjort på telefon", "", question, told))
        unique = {(share.noun, share.predicate): share for share in found}
        return tuple(unique.values())

    def _share(self, fact: Fact) -> Share | None:
        if fact.n is None or not fact.base or not 3 <= fact.base <= 2000:
            return None
        where, cite = "", ""
        label = fact.label.split(",")[0]
        if fact.register == "measures":
            row = self.audit.row("measures", fact.row)
            if row is None:
                return None
            over = row["over"].split()
            if row["kind"] == "antall" and (len(over) < 2 or row["base_where"]):
                return None
            if row["kind"] == "antall":
                where, cite = " i utvalget", f" [@{over[1]}]"
        elif fact.register == "cases":
            if not fact.id.endswith("-ja") or " " in fact.label.split(")")[0]:
                return None
            text = fact.label.partition(") ")[2].rpartition(":")[0]
            spots = (self.at("cases"), self.at("measures"), self.at("control_points"))
            return (
                Share(fact.n, fact.base, "planene", f"har med punktet «{text}»", "", fact.questions, spots)
                if text
                else None
            )
        elif fact.register != "quantities":
            return None
        words = _words_of(label)
        if words is None:
            return None
        noun, predicate = words
        told = (self.at(fact.register, fact.row), self.at("cases"))
        return Share(fact.n, fact.base, f"{noun}{where}", predicate, cite, fact.questions, told)

    def _answer(self, row: Row) -> Share | None:
        said = [row[key] for key in self.audit.registers["answers"].wide if row[key] in ("Ja", "Nei", "Delvis")]
        about = self.audit.row("evidence", row["evidence"])
        if len(said) < 2 or about is None:
            return None
        text = about["text"].removesuffix(".")
        young = re.match(r"De (?:intervjuede )?unge (.+)", text)
        noun, predicate = ("de unge vi intervjuet", f"{young[1]}") if young else (
            "informantene", f"mener at {self.lower(text)}"
        )  # fmt: skip
        spots = (self.at("answers", row.id), self.at("evidence", about.id))
        cite = f" [@{about.id}]"
        comma = "," if young else ""
        return Share(said.count("Ja"), len(said), noun + comma, predicate, cite, row.refs("questions"), spots)

    def lower(self, text: str) -> str:
        """The sentence as a subordinate clause begins: names keep their capital."""
        first = text.split()[0]
        name = first in (self.audit.params.municipality.name,) or (not first[1:].islower() and len(first) > 1)
        return text if name else text[:1].lower() + text[1:]


_NOUNS = {
    "Brukere": "brukerne", "Kommuner": "kommunene", "Leiligheter": "leilighetene", "Planer": "planene",
    "Individuelle planer": "de individuelle planene", "Vedtak": "vedtakene", "E-poster": "e-postene",
    "Personer": "personene", "kartlagte": "de kartlagte", "Søknader": "søknadene",
}  # fmt: skip
_LABEL = re.compile(rf"(?P<noun>{'|'.join(_NOUNS)})(?P<where> i [A-ZÆØÅ]\w+)? (?P<how>med|uten|som|fra) (?P<rest>.+)")
_AGE = re.compile(r"Andel (?P<age>\d+–\d+ år) av (?:alle )?(?P<noun>kartlagte)(?P<rest>.*)")
_OF = re.compile(r"Andel av (?P<noun>\w+): (?P<rest>.+)")


def _words_of(label: str) -> tuple[str, str] | None:
    """Subject and predicate of a label: «Brukere med individuell plan» to «brukerne», «har individuell plan»."""
    label = re.sub(r"^Andel (?=kartlagte med)", "", label)
    if match := _OF.fullmatch(label):
        return match["noun"], f"gjelder {match['rest']}"
    if match := _AGE.fullmatch(label):
        return f"de {match['noun']}{match['rest']}", f"er {match['age']}"
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    how = {"med": "har ", "uten": "mangler ", "som": "", "fra": "er fra "}[match["how"]]
    return _NOUNS[match["noun"]] + (match["where"] or ""), how + match["rest"]


def word(value: int) -> str:
    """«åtte» for 8, digits above twelve."""
    return WORDS.number_word(Decimal(value)) or WORDS.decimal(Decimal(value))


def shown(value: Decimal) -> str:
    """The value as an auditor writes it in a cell: «1 096», «12,5»."""
    return WORDS.decimal(value).replace("\u00a0", " ")


def one_digit(text: str, random: Random) -> str:
    """The number with one digit changed, the first never to zero."""
    places = [index for index, char in enumerate(text) if char.isdigit()]
    index = random.choice(places)
    low = 1 if index == places[0] and len(places) > 1 else 0
    digit = random.choice([d for d in range(low, 10) if d != int(text[index])])
    return f"{text[:index]}{digit}{text[index + 1 :]}"


def swapped(text: str) -> str | None:
    """The number with its first two different neighbour digits swapped; None where there are none."""
    for index in range(len(text) - 1):
        pair = text[index : index + 2]
        if pair.isdigit() and pair[0] != pair[1] and not (index == 0 and pair[1] == "0"):
            return f"{text[:index]}{pair[1]}{pair[0]}{text[index + 2 :]}"
    return None


def value_of(text: str) -> Decimal | None:
    """The number a cell would be read as."""
    try:
        return parse_number(text).value
    except NumberError:
        return None


def without_reason(row: Row, column: str) -> str:
    """*Mangler fordi* without the part that names a column."""
    label = row.schema.label(column).lower()
    parts = [part.strip() for part in row["missing"].split(";")]
    return "; ".join(part for part in parts if part and not part.lower().startswith(f"{label}:"))


def with_reason(row: Row, column: str, why: str) -> str:
    """*Mangler fordi* with a reason for a column."""
    kept = without_reason(row, column)
    said = f"{row.schema.label(column)}: {why}"
    return f"{kept}; {said}" if kept else said


SYNONYMS = (
    ("samhandling", "samarbeid"), ("samarbeid", "samhandling"), ("legger til rette for", "tilrettelegger for"),
    ("ivaretar", "tar vare på"), ("forteller", "opplyser"), ("vurdere", "ta stilling til"), ("sørge for", "sikre"),
    ("sikrer", "sørger for"), ("blant annet", "for eksempel"), ("styrke", "forbedre"), ("tilbudet", "tjenestetilbudet"),
    ("tilbud", "tjenestetilbud"), ("følger", "etterlever"), ("utredning", "kartlegging"),
    ("mener", "vurderer"), ("oppdatere", "ajourføre"), ("forbedre", "styrke"),
    ("opplæring", "kursing"), ("viser", "dokumenterer"),
)  # fmt: skip


def reworded(text: str) -> str | None:
    """The same sentence with a word or two replaced by another of the same meaning; None where nothing fits."""
    found = text
    brought: list[str] = []
    for old, new in SYNONYMS:
        pattern = rf"\b{old}\b"
        if (
            len(brought) < 2
            and re.search(pattern, found)
            and new not in found
            and not any(old in word for word in brought)
        ):
            found = re.sub(pattern, new, found, count=1)
            brought.append(new)
    return found if brought else None
