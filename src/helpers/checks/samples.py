"""Do samples follow from their own rule, and do control points agree with each other in every case?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from helpers.checks import Evidence, Hit, check
from helpers.conditions import ConditionError, parse_condition
from helpers.dates import DateError, parse_date
from helpers.numbers import NumberError, parse_number
from helpers.passages import read_sentences
from helpers.reading import read_amounts, voice
from helpers.register import Row

_ORDINALS = {
    "andre": 2, "annen": 2, "annet": 2, "tredje": 3, "fjerde": 4, "femte": 5, "sjette": 6, "sjuende": 7, "syvende": 7,
    "sjuande": 7, "åttende": 8, "åttande": 8, "niende": 9, "niande": 9, "tiende": 10, "tiande": 10, "tjuende": 20,
    "tjuande": 20,
}  # fmt: skip
_EVERY = re.compile(
    rf"\b(?:hver|hvert|kvar|kvart)\s+(?:(?P<digits>\d{{1,4}})\.|(?P<word>{'|'.join(_ORDINALS)})\b"
    r"(?!\s+(?:\w+dag|uke|veke|måned|månad|år)\b))",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"(?<!«)\btilfeldig\w*\b(?!\s+start)", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:ikke|ikkje|verken|korkje|i stedet for|i staden for|framfor)\b", re.IGNORECASE)
_DRAWN = re.compile(r"\b(?:utvalg|utval|trukket|trekk|trekt|stikkprøve|valgt|plukket)\w*", re.IGNORECASE)
NOT_RELEVANT = "Ikke relevant"
YES, NO = "Ja", "Nei"
YES_NO = "ja/nei"
_A_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@check("utvalg-mot-saker")
def samples_and_cases(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A sample whose n is not the number of its case rows, or larger than its population (class 10)."""
    for row in evidence.audit.rows(register):
        size, population = row.number("size"), row.number("population")
        cases = [case for case in evidence.audit.rows("cases") if case["sample"] == row.id]
        if size and cases and size.value != len(cases):
            yield Hit(
                row.place("size"),
                f"Utvalget er på {row['size']}, men arket Saker har {len(cases)} rader for det",
                "",
                "Rett n, eller før inn sakene som mangler.",
                (cases[0].place(),),
            )
        if size and population and size.value > population.value:
            yield Hit(
                row.place("size"),
                f"Utvalget ({row['size']}) er større enn populasjonen ({row['population']})",
                "",
                "Rett ett av tallene.",
            )


def interval(rule: str) -> int | None:
    """The k of «hver k.»; None when the rule names none."""
    match = _EVERY.search(rule)
    if not match:
        return None
    return _ORDINALS[match["word"].lower()] if match["word"] else int(match["digits"])


@check("utvalgsregel")
def rules(evidence: Evidence, register: str) -> Iterator[Hit]:
    """An n that does not follow from N and the rule: every k-th of N, or all of N (class 10)."""
    for row in evidence.audit.rows(register):
        size, population, step = row.number("size"), row.number("population"), interval(row["rule"])
        if not size or row["replaced"]:
            continue
        if step and population:
            share = population.value / Decimal(step)
            low, high = share.to_integral_value(ROUND_FLOOR), share.to_integral_value(ROUND_CEILING)
            if not low <= size.value <= high:
                gives = f"{low}" if low == high else f"{low} eller {high}"
                yield Hit(
                    row.place("size"),
                    f"Hver {step}. av {row['population']} gir {gives}, men n er {row['size']}",
                    "Et utvalg som følger av regelen",
                    "Rett n, N eller Regel, eller skriv i Erstattet hva som er lagt til eller tatt ut.",
                )
        product = _strata(row["rule"])
        if product and size.value != product:
            yield Hit(
                row.place("size"),
                f"«{row['rule']}» gir {product}, men n er {row['size']}",
                "Et utvalg som følger av regelen",
                "Rett n eller Regel, eller skriv i Erstattet hva som er lagt til eller tatt ut.",
            )
        if row["draw"] == "alle" and population and size.value != population.value:
            yield Hit(
                row.place("size"),
                f"Trekkemåte er alle, men n er {row['size']} av {row['population']}",
                "n lik N",
                "Rett ett av tallene, eller Trekkemåte.",
            )


_EACH = re.compile(r"\b(?:fra|frå|i|per) (?:hver|kvar|hvert|kvart)(?: av)?\b", re.IGNORECASE)


def _strata(rule: str) -> Decimal | None:
    """«fire saker fra hver av tre soner» makes twelve; None for another rule."""
    each = _EACH.search(rule)
    amounts = read_amounts(rule)
    before = [one for one in amounts if each and one.end <= each.start()]
    after = [one for one in amounts if each and one.start >= each.end()]
    return before[-1].number.value * after[0].number.value if before and after else None


@check("utvalg-uten-grunnlag")
def undocumented(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A sample without its population, rule or who drew it (class 10); a purposive one needs no rule."""
    for row in evidence.audit.rows(register):
        for column in ("population", "rule", "drawn_by", "as_of"):
            purposive = row["draw"] == "skjønnsmessig" and column in ("population", "rule")
            if not row[column] and not row.explained(column) and not purposive:
                label = row.schema.label(column)
                yield Hit(
                    row.place(column),
                    f"{label} er tom for utvalget «{row['what']}»",
                    "Det som trengs for å vurdere om utvalget sier noe om helheten",
                    "Fyll ut cellen, eller skriv hvorfor den er tom i Mangler fordi.",
                )


@check("trekkemate")
def draws(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A sample called random that was drawn by a step or by choice, in the register or in the text (class 10)."""
    rows = evidence.audit.rows("samples")
    if register:
        for row in rows:
            if row["draw"] == "tilfeldig" and interval(row["rule"]):
                yield Hit(
                    row.place("draw"),
                    f"Trekkemåte er tilfeldig, men regelen er «{row['rule']}»",
                    "systematisk",
                    "Sett Trekkemåte til systematisk, eller rett Regel.",
                )
        return
    if not rows or any(row["draw"] == "tilfeldig" for row in rows):
        return
    for passage in evidence.paragraphs:
        for sentence in read_sentences(passage):
            word = _RANDOM.search(sentence.text)
            denied = word and _DENIED.search(sentence.text[: word.start()])
            if word and not denied and _DRAWN.search(sentence.text) and voice(sentence.text) != "reported":
                yield Hit(
                    sentence.place,
                    f"Utvalget kalles «{word[0]}», men Utvalg har bare {', '.join(sorted({r['draw'] for r in rows}))}",
                    "Samme ord som i Trekkemåte",
                    "Rett teksten, eller Trekkemåte.",
                    tuple(row.place("draw") for row in rows),
                )


@check("kontrollpunkt")
def contradictions(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A case whose control points contradict each other by a rule the register declares (class 11).

    *Gjelder når* says when a point applies: outside it «Ja» and «Nei» are wrong, inside it «Ikke relevant» is.
    *Ja forutsetter* says what must hold where the point is «Ja».
    """
    audit = evidence.audit
    for point in audit.rows("control_points") if audit.rows(register) else ():
        for column in ("applies_when", "requires"):
            if not point[column]:
                continue
            try:
                holds = parse_condition(point[column], audit.registers[register]).test
            except ConditionError as error:
                yield Hit(point.place(column), f"«{point[column]}» kan ikke leses", str(error), "Rett betingelsen.")
                continue
            for case in audit.rows(register):
                if case["sample"] in point.refs("sample") and (why := _broken(point, column, case, holds(case))):
                    yield Hit(
                        case.place(point.id),
                        f"{point['text']} er «{case[point.id] or 'tom'}», men {why} {point[column]}",
                        "Kontrollpunkter som går sammen",
                        "Rett verdien, eller regelen i Kontrollpunkter.",
                        (point.place(column),),
                    )


@check("kontrollpunkt-fremmed")
def of_another_sample(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A value for a control point that belongs to another sample than the case (class 11)."""
    audit = evidence.audit
    points = {point.id: point for point in audit.rows("control_points")}
    for case in audit.rows(register):
        for column in audit.registers[register].wide:
            point = points.get(column)
            if point and case[column] and case["sample"] not in point.refs("sample"):
                yield Hit(
                    case.place(column),
                    f"{point['text']} er ført for {case.id}, men punktet hører til utvalg {point['sample']}",
                    f"Tom celle i utvalg {case['sample']}",
                    "Ta ut verdien, eller legg utvalget til på kontrollpunktet.",
                    (point.place("sample"),),
                )


def _broken(point: Row, column: str, case: Row, applies: bool) -> str:
    value = case[point.id]
    if column == "requires":
        return "det forutsetter at" if value == YES and not applies else ""
    if applies and value in (NOT_RELEVANT, "") and not case["missing"]:
        return "punktet gjelder når"
    return "punktet gjelder bare når" if not applies and value in (YES, NO) else ""


@check("kontrollpunkt-verdi")
def outside_the_scale(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A case's value that is none of its control point's kind: no word of the scale, no number, no year (class 11).

    A date where a year belongs is told with what could make a case its person's.
    """
    audit = evidence.audit
    points = {point.id: point for point in audit.rows("control_points")}
    wide = audit.schema[register].wide
    words = wide.allowed if wide else ()
    for case in audit.rows(register):
        for column in audit.registers[register].wide:
            point = points.get(column)
            if case[column] and (why := _outside(case[column], point["kind"] if point else YES_NO, words)):
                yield Hit(
                    case.place(column),
                    f"«{case[column]}» er ikke en lovlig verdi" + (f" for {point['text']}" if point else ""),
                    why,
                    "Rett verdien, eller Slag i Kontrollpunkter.",
                    (point.place("kind"),) if point else (),
                )


def _outside(value: str, kind: str, words: Sequence[str]) -> str:
    """What a value should have been; empty when it is of its kind."""
    if kind == YES_NO:
        return "" if value in words else f"En av {', '.join(words)}"
    if kind == "år":
        return "" if _A_YEAR.fullmatch(value) or finer_than_a_year(value, kind) else "Et årstall, som 2014"
    try:
        if kind == "tall":
            parse_number(value)
    except NumberError as error:
        return str(error)
    return ""


_WITHIN_A_YEAR = re.compile(
    r"(?<![\d.,])\d{1,2}[./-] ?(?:\d{1,2}[./-] ?)?(?:19|20)\d\d(?!\d)|(?<!\d)(?:19|20)\d\d-\d\d(?:-\d\d)?(?!\d)"
)


def finer_than_a_year(text: str, kind: str) -> bool:
    """Whether a value is, or in a point of words holds, a day, a month or a season of a year."""
    if kind != "år":
        return kind == "tekst" and _WITHIN_A_YEAR.search(text) is not None
    try:
        span = parse_date(text)
    except DateError:
        return _WITHIN_A_YEAR.search(text) is not None
    return (span.first.month, span.first.day, span.last.month, span.last.day) != (1, 1, 12, 31)


@check("kontrollpunkt-uten-regel")
def without_rule(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Points judged Ja or Nei with no rule for what counts as Ja (class 11); told once for a sample.

    A reason is enough where the point belongs to a criterion; with neither there is nothing to judge by.
    """
    for sample in evidence.audit.rows("samples"):
        points = [
            point
            for point in evidence.audit.rows(register)
            if sample.id in point.refs("sample")
            and point["kind"] == "ja/nei"
            and not point["rule"]
            and not (point["criteria"] and point.explained("rule"))
        ]
        if points:
            yield Hit(
                points[0].place("rule"),
                f"{len(points)} kontrollpunkter i utvalget {sample.id} har ingen regel for hva som er Ja",
                "En regel som to revisorer ville brukt likt",
                "Fyll ut Regel, eller skriv i Mangler fordi hvorfor den ikke finnes.",
                tuple(point.place("rule") for point in points[1:]),
            )
