"""Do totals, parts, percentages and counts agree, at the precision they were printed with?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from helpers.checks import Evidence, Hit, check
from helpers.facts import parts_of
from helpers.message import Place
from helpers.numbers import PERCENT, Number, round_like, round_to, show_number
from helpers.reading import content
from helpers.register import Row
from helpers.runs import place_lines
from helpers.schema import fold

UNCERTAIN = "Uavklart"
MOST_UNCERTAIN = 6


@check("total-mot-deler")
def totals(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A declared total that its parts do not make (class 1).

    Parts marked *Uavklart* are tried with and without: the hit names every sum they allow. A total
    with «ca.» agrees with sums that round to it.
    """
    audit = evidence.audit
    words = audit.words
    for total in audit.rows(register):
        number = total.number("value")
        parts = [part for part in parts_of(audit, total) if part["counts"] != "Nei"]
        if total["whole"] != "Ja" or number is None or not parts:
            continue
        sure = [part for part in parts if part["counts"] != UNCERTAIN]
        unsure = [part for part in parts if part["counts"] == UNCERTAIN][:MOST_UNCERTAIN]
        if any(part.number("value") is None for part in sure) and not _exceeds(number, sure):
            continue  # incomplete: another check's business
        base = _sum(sure)
        sums = sorted({base + _sum(chosen) for size in range(len(unsure) + 1) for chosen in combinations(unsure, size)})
        fitting = [value for value in sums if _agrees(number, value)]
        if fitting and not unsure:
            continue
        shown = " + ".join(words.decimal(value.value) for part in sure if (value := part.number("value")))
        touches = tuple(part.place("value") for part in parts)
        if not unsure:
            rows, given = place_lines(parts, words), show_number(number, words)
            found = f"{total['what']}: i alt {given}, men delene i {rows} blir {words.decimal(base)} ({shown})"
            yield Hit(
                total.place("value"),
                found,
                "",
                "Rett tallet, legg til raden som mangler, eller sett Delene utgjør hele = Nei og skriv hvorfor.",
                touches,
                mild=number.kind != "exact",
            )
            continue
        options = ", ".join(words.decimal(value) for value in sums[:-1]) + f" eller {words.decimal(sums[-1])}"
        rows = place_lines(unsure, words)
        fits = " og ".join(words.decimal(value) for value in fitting)
        found = (
            f"{total['what']}: i alt {show_number(number, words)}, men delene blir {options}, "
            f"etter om {rows} regnes med" + (f"; bare {fits} passer" if fitting else "; ingen av dem passer")
        )
        yield Hit(
            total.place("value"),
            found,
            "",
            "Avklar hvilke rader som regnes med, og sett Teller med til Ja eller Nei.",
            tuple(part.place("value") for part in unsure),
            mild=number.kind != "exact",
        )


def _sum(parts: Sequence[Row]) -> Decimal:
    return sum((number.value for part in parts if (number := part.number("value"))), Decimal(0))


def _exceeds(total: Number, parts: Sequence[Row]) -> bool:
    return _sum(parts) > total.value


def _agrees(total: Number, value: Decimal) -> bool:
    """A sum agrees when it is equal, or, under a bound, within what the bound covers."""
    if total.high is not None:
        return total.value <= value <= total.high
    if total.kind == "about":
        return _about(total.value, value)
    return {
        "exact": value == total.value,
        "at most": value <= total.value,
        "less": value < total.value,
        "at least": value >= total.value,
        "more": value > total.value,
    }[total.kind]


def _about(printed: Decimal, value: Decimal) -> bool:
    """«ca. 94» holds 93,5 to 94,5; round numbers (a multiple of ten) hold ± 5 % (practice, section 6)."""
    if printed % 10 == 0:
        return abs(value - printed) * 20 <= abs(printed)
    return abs(value - printed) <= Decimal("0.5").scaleb(int(printed.as_tuple().exponent))


_PER = re.compile(r"per (\d{1,3}(?:[ \u00a0.]?\d{3})+|\d+)\b|\bpromille\b")


def per(unit: str) -> int:
    """What a rate is multiplied with: 100 for per cent, 1 000 for «per 1 000 innbyggere»; 0 for no rate."""
    if unit == PERCENT:
        return 100
    match = _PER.search(unit)
    return int(re.sub(r"\D", "", match[1])) if match and match[1] else 1000 if match else 0


@check("prosent-mot-antall")
def percentages(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A percentage that does not follow from its count and base at the printed precision (class 2)."""
    words = evidence.audit.words
    for row in evidence.audit.rows(register):
        fact = evidence.facts.by_id[f"quantities.{row.id}"]
        factor = per(fact.unit)
        if not factor or not fact.number or fact.n is None or not fact.base or not row["counted"]:
            continue
        share = factor * Decimal(fact.n) / fact.base
        right = round_like(share, fact.number)
        number = fact.number
        if (number.kind == "exact" and right != number.value) or (
            number.kind != "exact" and not _agrees(number, share)
        ):
            truncated = abs(share - number.value) < Decimal(1).scaleb(-number.places) and share > number.value
            exact = words.decimal(round_to(share, 2))
            unit = "%" if factor == 100 else fact.unit
            yield Hit(
                row.place("value"),
                f"Det står {show_number(number, words)} {unit}. {fact.n} av {fact.base} er {exact} {unit}",
                f"{words.decimal(right)} {unit} med samme antall desimaler",
                "Rett prosenten, eller la et måltall regne den ut.",
                mild=truncated or number.kind != "exact",
            )


CHANGE = re.compile(
    r"\b(?:økning|auke|vekst|endring|reduksjon|nedgang|i forhold til|av normen|dekning|budsjett)", re.IGNORECASE
)


@check("del-storre-enn-hele")
def part_above_whole(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A part larger than its whole, or a share above one hundred (class 4)."""
    words = evidence.audit.words
    for row in evidence.audit.rows(register):
        number = row.number("value")
        if number is None:
            continue
        if row["unit"] == PERCENT and number.value > 100 and not CHANGE.search(f"{row['what']} {row['definition']}"):
            yield Hit(
                row.place("value"),
                f"{row['what'] or row['question']}: {show_number(number, words)} % er mer enn hele",
                "Høyst 100 %",
                "Rett tallet, eller skriv i Definisjon at det er en endring.",
            )
        for column in ("part_of", "base"):
            whole = evidence.audit.row("quantities", row[column]) if row[column] else None
            limit = whole.number("value") if whole else None
            if (
                whole
                and limit
                and whole["unit"] == row["unit"]
                and limit.kind == "exact"
                and number.value > limit.value
            ):
                yield Hit(
                    row.place("value"),
                    f"Delen {show_number(number, words)} er større enn {whole['what']}, {show_number(limit, words)}",
                    "",
                    "Rett tallet, eller ta ut henvisningen.",
                    (whole.place("value"),),
                )


@check("total-ufullstendig")
def partial_totals(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A total given over parts of which some have no value (class 5)."""
    for total in evidence.audit.rows(register):
        parts = parts_of(evidence.audit, total)
        lacking = [part for part in parts if part.number("value") is None and part["counts"] != "Nei"]
        if total["whole"] == "Ja" and total.number("value") and lacking:
            names = ", ".join(part["group"] or part["what"] for part in lacking)
            yield Hit(
                total.place("value"),
                f"{total['what']}: totalen er oppgitt, men {len(lacking)} av {len(parts)} deler mangler "
                f"verdi ({names})",
                "",
                "Før inn delene, eller si i teksten at totalen er ufullstendig.",
                tuple(part.place("value") for part in lacking),
            )


@check("svarprosent")
def response_rates(evidence: Evidence, register: str) -> Iterator[Hit]:
    """More answers than were asked for, or more behind one answer than answered at all (class 4)."""
    for row in evidence.audit.rows(register):
        sent, answered, size = row.number("sent"), row.number("answered"), row.number("size")
        if sent and answered and answered.value > sent.value:
            yield Hit(
                row.place("answered"),
                f"Flere har svart ({row['answered']}) enn de som er spurt ({row['sent']})",
                "",
                "Rett ett av tallene.",
            )
        if size and answered and size.value > answered.value:
            yield Hit(
                row.place("size"),
                f"n er {row['size']}, men bare {row['answered']} har svart",
                "",
                "Rett ett av tallene.",
                (row.place("answered"),),
            )


WHEN = {"quantities": "as_of", "surveys": "period"}


@check("to-verdier")
def two_values(evidence: Evidence, register: str) -> Iterator[Hit]:
    """One measure, unit, population and date with two values (class 3); told at the later row.

    Another date, unit, group or definition is another measure.
    """
    words = evidence.audit.words
    seen: dict[tuple[object, ...], list[Row]] = {}
    for row in evidence.audit.rows(register):
        if not row["not_used"] and row.number("value"):
            seen.setdefault(_measure(evidence, register, row), []).append(row)
    if register == "surveys":
        yield from _uneven(evidence)
    for rows in seen.values():
        for index, row in enumerate(rows):
            other = next(
                (one for one in rows[:index] if not _related(one, row) and _differ(one, row, WHEN[register])), None
            )
            number, earlier = row.number("value"), other.number("value") if other else None
            if other and number and earlier:
                label = row["what"] or row["question"]
                yield Hit(
                    row.place("value"),
                    f"{label}: {show_number(number, words)} her og {show_number(earlier, words)} i rad {other.line}, "
                    f"samme mål og tidspunkt",
                    "Én verdi, eller hva som skiller dem",
                    "Rett verdien, eller skriv forskjellen i Definisjon, Gruppe eller Per dato.",
                    (other.place("value"),),
                    mild=not (row[WHEN[register]] and other[WHEN[register]]),
                )


def _related(one: Row, other: Row) -> bool:
    """A total and its part are two numbers, whatever they are called."""
    return one.id == other["part_of"] or other.id == one["part_of"]


def _measure(evidence: Evidence, register: str, row: Row) -> tuple[object, ...]:
    """What two rows share that measure one thing: the words of their names, numbers in them, area and unit.

    The year of a group that only repeats *Per dato* is no name, and the audit's own municipality no area.
    """
    own = fold(evidence.audit.params.municipality.name)
    area = "" if fold(row["area"]) == own else fold(row["area"])
    name = " ".join(row[column] for column in ("survey", "question", "what", "group", "definition"))
    numbers = frozenset(re.findall(r"\d+", name)) - set(re.findall(r"\d{4}", row[WHEN[register]]))
    short = tuple(fold(row[column]) for column in ("group", "definition") if not content(row[column]))
    return register, content(name), numbers, area, fold(row["unit"]), short


def _uneven(evidence: Evidence) -> Iterator[Hit]:
    """One survey, asked of one group, sent to or answered by two numbers."""
    sent: dict[tuple[str, ...], Row] = {}
    for row in evidence.audit.rows("surveys"):
        for column in ("sent", "answered"):
            if not row[column] or row["not_used"]:
                continue
            first = sent.setdefault((column, fold(row["survey"]), fold(row["period"]), fold(row["area"])), row)
            if first[column] != row[column] and fold(first["group"]) == fold(row["group"]):
                yield Hit(
                    row.place(column),
                    f"{row['survey']}: {row.place(column).column} er {row[column]} her og {first[column]} i rad "
                    f"{first.line}",
                    "Samme tall for samme undersøkelse",
                    "Rett ett av tallene.",
                    (first.place(column),),
                )


def _differ(one: Row, other: Row, column: str) -> bool:
    first, second = one.number("value"), other.number("value")
    if first is None or second is None or (first.value, first.high) == (second.value, second.high):
        return False
    bounded = {first.kind, second.kind} - {"exact"}
    if bounded and (_agrees(first, second.value) or _agrees(second, first.value)):
        return False
    when = (one.date(column), other.date(column))
    if when[0] and when[1]:
        return when[0].first <= when[1].last and when[1].first <= when[0].last
    return one[column] == other[column] and (one["definition"], one["table"]) == (other["definition"], other["table"])


SEVERAL = re.compile(r"\b(?:flere|fleire) svar\b", re.IGNORECASE)


@check("deler-over-hundre")
def shares_above_hundred(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Shares of one set that make more than one hundred (class 4); silent on «flere svar mulig».

    A set is the percentages that are parts of one row, or the position shares under one name (one person's posts).
    """
    words = evidence.audit.words
    sets: dict[tuple[str, ...], list[Row]] = {}
    for row in evidence.audit.rows(register):
        number = row.number("value")
        if number is None or row["counts"] == "Nei" or row["whole"] == "Ja":
            continue
        if row["unit"] == PERCENT and row["part_of"]:
            sets.setdefault(("del av", row["part_of"], row["as_of"]), []).append(row)
        elif row["unit"] == POSITION:
            sets.setdefault(("stilling", fold(row["what"]), row["as_of"]), []).append(row)
    for (kind, *_), rows in sets.items():
        total = _sum(rows)
        slack = Decimal(len(rows)) / 2 if kind == "del av" else Decimal(0)
        several = any(SEVERAL.search(f"{row['note']} {row['definition']}") for row in rows)
        if len(rows) > 1 and total > 100 + slack and not several:
            shown = " + ".join(words.decimal(number.value) for row in rows if (number := row.number("value")))
            yield Hit(
                rows[-1].place("value"),
                f"Andelene blir {words.decimal(total)} % ({shown})",
                "Høyst 100 %",
                "Rett tallene, eller skriv «flere svar mulig» i Definisjon.",
                tuple(row.place("value") for row in rows[:-1]),
            )


POSITION = "stillingsprosent"
HEADS = frozenset(
    ("personer", "ansatte", "brukere", "brukarar", "informanter", "pasienter", "barn", "elever", "beboere",
     "husstander", "vedtak", "saker", "henvisninger", "søknader")
)  # fmt: skip


@check("blandede-enheter")
def mixed_units(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Heads, FTE, households or applications added together, or under one heading (class 6).

    Told at the part whose unit is another than its total's, and at the row that breaks a column of a table.
    """
    for total in evidence.audit.rows(register):
        odd = [
            part
            for part in parts_of(evidence.audit, total)
            if total["whole"] == "Ja" and part["counts"] != "Nei" and fold(part["unit"]) != fold(total["unit"])
        ]
        if odd:
            names = ", ".join(f"{part['group'] or part['what']} ({part['unit']})" for part in odd)
            yield Hit(
                odd[0].place("unit"),
                f"{total['what']} teller {total['unit']}, men har med {names}",
                "Samme enhet i delene og totalen",
                "Rett enheten, eller sett Teller med = Nei.",
                (total.place("unit"), *(part.place("unit") for part in odd[1:])),
            )
    columns: dict[tuple[str, str, str], list[Row]] = {}
    for row in evidence.audit.rows(register):
        if row["table"] and row["group"]:
            columns.setdefault((row["table"], fold(row["what"]), fold(row["area"])), []).append(row)
    for rows in columns.values():
        units = Counter(fold(row["unit"]) for row in rows if row["unit"])
        most = units.most_common(1)[0] if len(units) > 1 else ("", 0)
        odd = [
            row
            for row in rows
            if row["unit"] and fold(row["unit"]) not in (most[0], *fold(row["group"]).split("-")) and not row["part_of"]
        ]
        if most[1] > len(rows) / 2 and odd:
            yield Hit(
                odd[0].place("unit"),
                f"{odd[0]['group']} er {odd[0]['unit']}, men de andre under «{odd[0]['what']}» er {most[0]}",
                "Samme enhet under samme overskrift",
                "Rett enheten, eller gi raden et eget navn i Hva.",
                tuple(row.place("unit") for row in odd[1:]),
            )


STAFF = re.compile(r"\b(?:ansatt|tilsett|person|hode|hovud)\w*", re.IGNORECASE)
FTE = "årsverk"
AVERAGE = re.compile(r"gjennomsnitt|snitt\b|median|per ", re.IGNORECASE)


@check("halve-personer")
def half_persons(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Heads and FTE taken for each other (class 6): a count of persons with decimals, or staff counted in FTE.

    Silent where the name of the row says årsverk.
    """
    for row in evidence.audit.rows(register):
        number = row.number("value")
        said = f"{row['what']} {row['definition']}"
        total = evidence.audit.row(register, row["part_of"]) if row["part_of"] else None
        if (total and fold(total["unit"]) != fold(row["unit"])) or AVERAGE.search(said) or FTE in row["group"].lower():
            continue  # told at the total it is added to; or no count; or labelled
        if number and fold(row["unit"]) == FTE and STAFF.search(said) and FTE not in row["what"].lower():
            yield Hit(
                row.place("unit"),
                f"«{row['what']}» er ført i årsverk",
                "personer, eller et navn som sier årsverk",
                "Rett enheten, eller skriv årsverk i Hva.",
            )
        if number and fold(row["unit"]) in HEADS and number.value != number.value.to_integral_value():
            yield Hit(
                row.place("unit"),
                f"{row['value']} {row['unit']} er ikke et helt antall",
                "Et helt tall, eller årsverk",
                "Sett Enhet til årsverk, eller rett tallet.",
                (row.place("value"),),
            )


@check("sum-av-ulike")
def sums_of_unlike(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A measure that adds rows of different units (class 6)."""
    for row in evidence.audit.rows(register):
        fact = evidence.facts.by_id.get(f"measures.{row.id}")
        if row["kind"] == "differanse":
            yield from _unlike_terms(evidence, row)
        if row["kind"] != "sum" or not fact:
            continue
        rows = [one for cell in fact.cells if (one := _row_at(evidence, cell.place))]
        units = dict.fromkeys(one["unit"] for one in rows if one["unit"])
        told = len({one["part_of"] for one in rows}) == 1 and rows[0]["part_of"]  # at the total they are parts of
        if len({fold(unit) for unit in units}) > 1 and not told:
            yield Hit(
                row.place("n_where"),
                f"{row['label']} legger sammen {' og '.join(units)}",
                "Rader med samme enhet",
                "Legg enheten til i Betingelse n.",
                tuple(one.place("unit") for one in rows[:3]),
            )


def _unlike_terms(evidence: Evidence, row: Row) -> Iterator[Hit]:
    """A difference between facts of different units."""
    terms = [
        fact for name in row.refs("operands") if (fact := evidence.facts.by_id.get(evidence.facts.names.get(name, "")))
    ]
    units = list(dict.fromkeys(fact.unit for fact in terms if fact.unit))
    if len({fold(unit) for unit in units}) > 1:
        yield Hit(
            row.place("operands"),
            f"{row['label']} trekker {units[1]} fra {units[0]}",
            "To tall med samme enhet",
            "Rett Tall, eller enheten på en av radene.",
            tuple(cell.place for fact in terms for cell in fact.cells[:1])
            + tuple(one.place("unit") for fact in terms if (one := evidence.audit.row(fact.register, fact.row))),
        )


def _row_at(evidence: Evidence, place: Place) -> Row | None:
    key = evidence.audit.schema.by_name.get(fold(place.register))
    return evidence.audit.row(key, place.row) if key == "quantities" else None
