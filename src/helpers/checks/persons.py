"""Is anybody identifiable: by number, by name, by a small cell, a unique row or a role that one person holds?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

from helpers.audit import Audit
from helpers.checks import Evidence, Hit, check
from helpers.checks.samples import finer_than_a_year
from helpers.identity import hidden_in_cell, hide, may_hold_numbers, numbers_in
from helpers.message import Place
from helpers.names import Token, given_names, municipalities_in, readable, tokens
from helpers.passages import Passages, Sentence, read_sentences
from helpers.reading import KEPT
from helpers.register import Row
from helpers.words import plural

SMALL_CELL = 4
"""The largest count that is small: Norwegian statistics on persons are published from five upwards."""
MOST_SHOWN = 3
MOST_CELLS = 5
MOST_SURNAMES = 3


@check("fodselsnummer")
def identity_numbers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """An identity number in any cell or text (class 28); the message never repeats it."""
    expected = "Ingen fødselsnumre eller d-numre i arbeidsboken"
    do = "Ta ut nummeret, og bruk et løpenummer. Se også etter kopier av filen."
    if register:
        rows = evidence.audit.rows(register)
        for row in rows if may_hold_numbers(chain.from_iterable(row.cells.values() for row in rows)) else ():
            for column, cell in row.cells.items():
                found = hidden_in_cell(cell)
                if found:
                    place = row.place(column)
                    place = replace(place, row=hide(place.row), column=hide(place.column))
                    yield Hit(place, _numbers_found(found), expected, do)
        return
    for text in evidence.audit.texts.values():
        content = readable(text.content)
        lines: dict[str, int] = {}
        line, counted = 1, 0
        for start, hidden in numbers_in(content):
            line, counted = line + content.count("\n", counted, start), start
            lines.setdefault(hidden, line)
        for hidden, line in lines.items():
            yield Hit(Place(text.file, hidden, "", line), _numbers_found([hidden]), expected, do)


def _numbers_found(hidden: Sequence[str]) -> str:
    shown = ", ".join(f"«{number}»" for number in hidden[:MOST_SHOWN])
    more = f" og {len(hidden) - MOST_SHOWN} til" if len(hidden) > MOST_SHOWN else ""
    return f"{shown}{more} har gyldige kontrollsifre, og er et fødselsnummer eller d-nummer"


# Words that make of a name something else than a person: what follows it, what it ends with, what stands before it.
_NAMED_AFTER = re.compile(
    r"(?:gate|gata|gt|vei|veg|veien|vegen|torg|allé|park|bygget|huset|senter|senteret|legesenter|sykehus|sjukehus"
    r"|skole|skule|ungdomsskole|barnehage|kirke|kyrkje|stiftelse|legat|fond|pris|institutt|klinikk|hospital|prosjektet"
    r"|modellen|metoden|programmet|regjering|as|ans)s?",
    re.IGNORECASE,
)
_NAME_OF_A_THING = (
    *("gate", "gata", "veien", "vegen", "huset", "senter", "senteret", "skole", "skolen", "skule", "skulen"),
    *("barnehage", "hjemmet", "heimen", "stiftelsen", "utvalget", "prosjektet", "modellen", "metoden", "klinikk"),
    *("klinikken", "fondet", "loven", "lova", "parken", "sykehus", "sykehuset"),
)
_NO_SURNAMES = frozenset(("meo", "mayen"))
"""Marte Meo is a method and Jan Mayen an island."""
_NOT_A_PRIVATE_PERSON = re.compile(
    r"(?:kong|kongen|dronning|prins|prinsesse|sankt|st|san|santa|prosjekt|prosjektet|programmet|metoden|tiltaket|tilbudet"
    r"|stiftelsen|foreningen|selskapet|bedriften|skipet|hilsen|helsing|professor|forsker|forskeren|forfatter"
    r"|forfatteren|regjeringen|statsråd|president|[^\W\d_]*minister(?:en)?)",
    re.IGNORECASE,
)
_CITED = re.compile(r"s?,? (?:\((?:19|20)\d\d|et al|m\. ?fl|mfl)")
_SURNAME_AND_NOTHING_ELSE = re.compile(
    r"[^\W\d_]+(?:sen|son|sson|dottir|dotter)s?|(?:Berg|Haugen|Hagen|Bakken|Dahl|Moen|Solberg|Lie|Lund)s?"
)
_PERSON_WORD = re.compile(
    r"\b(?i:[^\W\d_]*(?:bruker|pasient|klient|beboer|elev|mor|far|foreldre|sønn|datter|søster|bror|ektefelle|samboer"
    r"|pårørende|ansatt|leder|medarbeider|saksbehandler|rådgiver|sykepleier|terapeut|lærer|lege|psykolog|konsulent"
    r"|koordinator|kontaktperson|rektor|kommunedirektør|rådmann|kommunalsjef|fru|herr)(?:en|n|a|e|et)?):?[ \u00a0]"
    r"(?P<name>(?:(?:[A-ZÆØÅ]\.[ \u00a0-]?){1,3}|N\.?N\.?[ \u00a0])[A-ZÆØÅ][a-zæøåéö]+(?:-[A-ZÆØÅ][a-zæøåéö]+)*)"
)


_INITIAL = re.compile("[ \u00a0](?:[A-ZÆØÅ]\\.|NN)")
"""What every name of `_PERSON_WORD` begins with."""
_CAPITAL = "[A-ZÀ-ÖØ-Þ\u0100-\uffff]"
_NAME_SIGN = re.compile(
    rf"(?<![^\W\d_])(?<![^\W\d_][-'’]){_CAPITAL}(?:(?P<initial>(?<=[ \u00a0].)\.|(?<=[ \u00a0]N)N)"
    rf"|[^\W\d_]*+(?:[-'’][^\W\d_]++)*+(?=[ \u00a0\n]{_CAPITAL}))"
)
"""A capitalised word before another, or an initial: in every text with a name."""


def may_hold_names(text: str) -> bool:
    """Whether a readable text can hold a person's name: a given name before a capitalised word, or an initial."""
    names = given_names()
    return any(match["initial"] or match[0].split("-")[0].casefold() in names for match in _NAME_SIGN.finditer(text))


def person_names(text: str) -> Iterator[tuple[int, str]]:
    """The position and wording of each person's name in a readable text: a common given name and a surname.

    Silent on what is named after a person (streets, institutions, projects), on royalty and saints, on authors
    cited with a year, and on ministers and researchers. Initials count as a name only after a word for a person.
    """
    if not may_hold_names(text):
        return
    run: list[Token] = []
    before = ""
    for token in tokens(text):
        if run and token.joined and token.capitalised:
            run.append(token)
            continue
        yield from _names_in(text, run, before)
        before = run[-1].text if run else before
        if token.capitalised:
            run = [token]
        else:
            run, before = [], token.text
    yield from _names_in(text, run, before)
    for match in _PERSON_WORD.finditer(text) if _INITIAL.search(text) else ():
        yield match.start("name"), match["name"]


def _names_in(text: str, run: Sequence[Token], before: str) -> Iterator[tuple[int, str]]:
    """The names in a run of capitalised words."""
    names = given_names()
    index = 0
    while index < len(run) - 1:
        given = run[index].text.split("-")[0].casefold()
        if given not in names:
            before = run[index].text
            index += 1
            continue
        last = index + 1
        while last + 1 < len(run) and (run[last].initial or run[last].text.split("-")[0].casefold() in names):
            last += 1
        last = _last_surname(text, run, last)
        rest = run[index + 1 : last + 1]
        if _is_person(text, given, rest, before, run[last + 1 : last + 2]):
            yield run[index].start, text[run[index].start : run[last].end].replace("\n", " ")
        before = run[last].text
        index = last + 1


def _last_surname(text: str, run: Sequence[Token], last: int) -> int:
    """Where a name ends that has more than one surname: on the same line, before an institution or another name."""
    for index in range(last + 1, min(last + MOST_SURNAMES, len(run))):
        word = run[index]
        another = word.initial or word.text.split("-")[0].casefold() in given_names()
        if another or text[run[index - 1].end] == "\n" or _NAMED_AFTER.fullmatch(word.text):
            return index - 1
        last = index
    return last


def _is_person(text: str, given: str, rest: Sequence[Token], before: str, following: Sequence[Token]) -> bool:
    names = given_names()
    surname = rest[-1]
    if surname.initial or len(surname.text) == 1:
        return False
    if names[given] and not any(
        _SURNAME_AND_NOTHING_ELSE.fullmatch(token.text) or names.get(token.text.casefold()) is False for token in rest
    ):
        return False
    named = surname.text.casefold()
    if rest[0].text.casefold() in _NO_SURNAMES or _NAMED_AFTER.fullmatch(named) or named.endswith(_NAME_OF_A_THING):
        return False
    if following and _NAMED_AFTER.fullmatch(following[0].text):
        return False
    if _NOT_A_PRIVATE_PERSON.fullmatch(before):
        return False
    tail = text[surname.end : surname.end + 40]
    after = re.match(r"[ \u00a0]([^\W\d_]+)", tail)
    if after and after[1][0].islower() and _NAMED_AFTER.fullmatch(after[1]):
        return False
    return not (tail.startswith("-") or _CITED.match(tail))


def _team(audit: Audit) -> set[str]:
    return {member.name.casefold() for member in audit.params.team if member.name}


def _foreign_names(text: str, team: set[str]) -> list[tuple[int, str]]:
    """The names in a text of people who are not of the team; each once."""
    first: dict[str, int] = {}
    for start, name in person_names(text):
        if not any(name.casefold().startswith(member) for member in team):
            first.setdefault(name, start)
    return sorted((start, name) for name, start in first.items())


AUTHORS = {"sources": ("title", "issuer")}
"""Columns where an author's name belongs."""


def written(evidence: Evidence, register: str) -> Passages:
    """Everything in words: as ``passages``, and the cells of a matrix."""
    said = evidence.passages(register)
    wide = set(evidence.audit.registers[register].wide) if register else ()
    return Passages((*said, *(cell for cell in evidence.cells(register) if cell.source in wide))) if wide else said


@check("personnavn")
def names_of_persons(evidence: Evidence, register: str) -> Iterator[Hit]:
    """The name of a person where persons stand by role (class 28); told once for a cell or paragraph."""
    audit = evidence.audit
    team = _team(audit)
    by_role = {column.key for column in audit.schema[register].columns if column.privacy == "role"} if register else ()
    for passage in written(evidence, register).holding(_NAME_SIGN):
        if passage.source in by_role or passage.source in AUTHORS.get(register, ()):
            continue
        text = passage.readable
        found = _foreign_names(text, team)
        if found:
            place = passage.place
            if not register and place.line is not None:
                place = replace(place, line=place.line + text.count("\n", 0, found[0][0]))
            yield _name_hit(place, [name for _, name in found])


def _name_hit(place: Place, names: Sequence[str]) -> Hit:
    shown = " og ".join(f"«{name}»" for name in names[:2])
    more = f" og {len(names) - 2} til" if len(names) > 2 else ""
    return Hit(
        place,
        f"Her står {shown}{more}",
        "Brukere, pårørende, ansatte og informanter står med rolle, ikke navn",
        "Skriv rollen i stedet. Er det navnet på noe annet enn en person, begrunn det i Unntak.",
    )


@check("rolle-eller-navn")
def names_for_roles(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A name in a column that holds roles (class 28): also one without its surname, or with initials."""
    audit = evidence.audit
    team = _team(audit)
    columns = [column.key for column in audit.schema[register].columns if column.privacy == "role"]
    for row in audit.rows(register):
        for column in columns:
            cell = readable(row[column])
            names = [name for _, name in _foreign_names(cell, team)]
            names = names or [part for part in _parts(cell) if part.casefold() not in team and _bare_name(part)]
            if names:
                yield _name_hit(row.place(column), names)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;\n]", cell) if part.strip()]


def _bare_name(part: str) -> bool:
    """«Kari», «Nordmann, Kari», «Dag Nordmann» and «K. Nordmann», standing alone."""
    names = given_names()
    words = [token for token in tokens(part) if token.text not in ",;"]
    if not words or len(words) > 4 or not all(word.capitalised for word in words):
        return False
    if re.search(r"\d", part) or any(_NAMED_AFTER.fullmatch(word.text) for word in words):
        return False
    known = [names.get(word.text.split("-")[0].casefold()) for word in words]
    if len(words) == 1:
        return known[0] is False
    if "," in part:
        return known[-1] is not None
    return known[0] is not None or (words[0].initial and not words[-1].initial)


@check("unike-saker")
def unique_cases(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Cases unique on what the control points tell about persons (class 28); told once for a sample.

    Names the fewest columns that make them so. The rows themselves go out in no edition.
    """
    audit = evidence.audit
    for sample, rows in _cases_by_sample(audit.rows(register)).items():
        points = [
            point.id
            for point in audit.rows("control_points")
            if sample in point.refs("sample")
            and point["privacy"] in ("person", "helse")
            and point.id in rows[0].letters
        ]
        unique = _unique(rows, points)
        if not points or not unique:
            continue
        for point in list(points):
            fewer = [other for other in points if other != point]
            if fewer and _unique(rows, fewer) == unique:
                points = fewer
        shown = f"{points[0]} leses alene" if len(points) == 1 else f"{_and(points)} leses sammen"
        count = "alle" if unique == len(rows) else f"{unique} av"
        yield Hit(
            rows[0].place(points[0]),
            f"{sample}: {count} {plural(len(rows), 'rad', 'rader')} er unike når {shown}",
            "Radene går ikke ut i noen utgave",
            "Vis antall per kontrollpunkt, og kryss dem ikke.",
            tuple(rows[0].place(point) for point in points[1:]),
        )


def _cases_by_sample(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["sample"], []).append(row)
    return found


def _unique(rows: Sequence[Row], points: Sequence[str]) -> int:
    """How many rows share their values at these points with no other row."""
    counts = Counter(tuple(row[point] for point in points) for row in rows)
    return sum(1 for count in counts.values() if count == 1)


def _and(words: Sequence[str]) -> str:
    return " og ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


_PERSONS = frozenset(
    ("bruker", "brukere", "brukar", "brukarar", "person", "personer", "personar", "pasient", "pasienter", "pasientar",
     "beboer", "beboere", "bebuar", "bebuarar", "barn", "ungdom", "ungdommer", "ungdommar", "unge", "voksne", "vaksne",
     "elev", "elever", "elevar", "pårørende", "sak", "saker", "mottaker", "mottakere", "mottakarar", "tjenestemottaker",
     "tjenestemottakere", "tenestemottakarar", "klient", "klienter", "klientar", "deltaker", "deltakere", "deltakarar")
)  # fmt: skip
_NOT_IN_CARE = re.compile(
    r"ansatt|tilsett|informant|intervju|representant|medlem|stilling|årsverk|leder|leiar|frivillig|erfaringskonsulent"
    r"|styre",
    re.IGNORECASE,
)
_SAMPLE_WORDS = re.compile(
    r"utvalg|utval\b|stikkprøve|trukket|trekt|kontrollert|gjennomgått|mappegjennomgang", re.IGNORECASE
)


@check("sma-celler")
def small_cells(evidence: Evidence, register: str) -> Iterator[Hit]:
    """One to four persons in care in a crossed cell, or all but one to four of a whole (class 28).

    A cell held back is told too, when the total and the other parts give it away. Told once for a table.
    Silent on staff, on a sample's counts (drawn, so that nobody knows who is in it), on rates, and on rounded numbers.
    """
    audit = evidence.audit
    own = audit.params.municipality.name
    found: dict[str, list[tuple[Row, str]]] = {}
    parts: dict[str, list[Row]] = {}
    for row in audit.rows(register):
        if row["part_of"] and row["counts"] != "Nei":
            parts.setdefault(row["part_of"], []).append(row)
    for row in audit.rows(register):
        told = _small(row, own) or _rest(audit, row) or _recovered(audit, row, parts)
        if told and not _sampled(audit, row):
            found.setdefault(row["table"], []).append((row, told))
    titles = {table.id: table.title for table in audit.params.tables}
    for table, cells in found.items():
        where = f"Tabellen «{titles.get(table, table)}»" if table else "Utenom tabellene"
        yield Hit(
            cells[0][0].place("value"),
            f"{where}. {_listed([told for _, told in cells])}",
            f"Ingen celle, og ingen rest, på 1 til {SMALL_CELL} personer",
            f"Slå sammen gruppene, eller skriv «færre enn {SMALL_CELL + 1}» og skjul også tallet som røper resten.",
            tuple(row.place("value") for row, _ in cells[1:]),
        )


def _listed(cells: Sequence[str]) -> str:
    more = f"; og {plural(len(cells) - MOST_CELLS, 'celle', 'celler')} til" if len(cells) > MOST_CELLS else ""
    return "; ".join(cells[:MOST_CELLS]) + more


def _counts_persons(row: Row) -> bool:
    words = row["unit"].casefold().split()
    return (
        "per" not in words
        and any(word in _PERSONS for word in words)
        and not _NOT_IN_CARE.search(f"{row['unit']} {row['what']} {row['group']}")
    )


def _count(row: Row | None) -> int | None:
    """The exact whole number of persons in a row; None when rounded, bounded or of something else."""
    number = row.number("value") if row and _counts_persons(row) else None
    if number is None or number.kind != "exact" or number.high is not None or number.value % 1:
        return None
    return int(number.value)


def _small(row: Row, own: str) -> str:
    count = _count(row)
    crossed = row["group"] or row["part_of"] or row["area"] or own in municipalities_in(row["what"])
    if count is None or not crossed or not 1 <= count <= SMALL_CELL:
        return ""
    return f"{_called(row)}: {count}"


def _rest(audit: Audit, row: Row) -> str:
    """What is left of the whole the row is a part of, when that is few."""
    count = _count(row)
    for column in ("part_of", "base"):
        whole = audit.row("quantities", row[column]) if row[column] else None
        total = _count(whole)
        if count is not None and whole and total is not None and 1 <= total - count <= SMALL_CELL:
            return f"{_called(row)}: {count} av {total}, så resten er {total - count}"
    return ""


def _recovered(audit: Audit, row: Row, parts: Mapping[str, Sequence[Row]]) -> str:
    """A part held back that is few, when the whole and every other part are there to work it out from."""
    number = row.number("value")
    held = not row["value"] or (number is not None and number.kind in ("less", "at most"))
    whole = audit.row("quantities", row["part_of"]) if row["part_of"] else None
    if not held or row["counts"] == "Nei" or not whole or whole["whole"] != "Ja" or not _counts_persons(row):
        return ""
    total = _count(whole)
    others = [_count(part) for part in parts[whole.id] if part is not row]
    known = [count for count in others if count is not None]
    if total is None or not known or len(known) < len(others) or not 1 <= total - sum(known) <= SMALL_CELL:
        return ""
    return f"{_called(row)} er holdt tilbake, men følger av totalen og de andre delene"


def _called(row: Row) -> str:
    group = ", ".join(part for part in (row["group"], row["area"]) if part)
    return f"{row['what']} ({group})" if group else row["what"]


def _sampled(audit: Audit, row: Row) -> bool:
    """Whether a row, or a whole it is a part of, counts what was drawn for a sample or asked in a survey."""
    seen: set[str] = set()
    waiting = [row]
    while waiting:
        current = waiting.pop()
        if current.register in ("samples", "surveys"):
            return True
        if current.id in seen:
            continue
        seen.add(current.id)
        if _SAMPLE_WORDS.search(f"{current['what']} {current['group']} {current['definition']}"):
            return True
        for column, targets in (
            ("counted", ("samples", "surveys")),
            ("base", ("quantities", "samples", "surveys")),
            ("part_of", ("quantities",)),
        ):
            for target in targets:
                other = audit.row(target, current[column]) if current[column] else None
                if other:
                    waiting.append(other)
    return False


_USER = re.compile(
    r"\b(?:bruker|brukar|pasient|beboer|bebuar|tjenestemottaker|klient|pårørende|mor|far|forelder|ektefelle|datter|sønn)"
    r"(?:representant)?(?:en|n)?\b",
    re.IGNORECASE,
)
_STAFF = re.compile(
    r"leder|leiar|ansatt|tilsett|koordinator|konsulent|medarbeid|terapeut|kontakt|ombud|rådgiver|veileder|organisasjon|forening"
    r"|utvalg|kommunen",
    re.IGNORECASE,
)
_HEALTH = re.compile(
    r"diagnos|depresjon|angst|psykose|psykotisk|lidelse|sykdom|sjukdom|selvmord|sjølvmord|selvskad|overdose|rusmid|rusprob"
    r"|avhengig|avrus|innlagt|innlegg|tvang|medisin|legemid|behandling|symptom|traume|spiseforstyrr|adhd|autis|ptsd",
    re.IGNORECASE,
)


@check("unik-rolle")
def unique_roles(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A user, patient or relative who is the only one in the role, tied to a unit or to health (class 28)."""
    audit = evidence.audit
    held = [row for row in audit.rows(register) if not row["not_held"] and row["shown_as"] != "siteres ikke"]
    roles: Counter[tuple[str, str]] = Counter()
    for row in held:
        for role, count in _roles(row):
            roles[role.casefold(), row["unit"].casefold()] += count
    own = {audit.params.municipality.name.casefold(), f"{audit.params.municipality.name} kommune".casefold()}
    for row in held:
        for role, _ in _roles(row):
            if roles[role.casefold(), row["unit"].casefold()] != 1 or not _USER.search(role) or _STAFF.search(role):
                continue
            told = [
                fact
                for fact in audit.rows("evidence")
                if row.id in fact.refs("source") and _HEALTH.search(fact["text"])
            ]
            unit = row["unit"] if row["unit"].casefold() not in own else ""
            if not unit and not told:
                continue
            tied = [f"hører til «{unit}»"] if unit else []
            tied += [f"er kilde til helseopplysninger i {_and([fact.id for fact in told])}"] if told else []
            yield Hit(
                row.place("roles"),
                f"«{role}» er én person, og {_and(tied)}",
                "Ingen bruker eller pårørende kan kjennes igjen på rolle, enhet og helseopplysninger",
                "Skriv enheten videre, gjengi som gruppe sammen med flere, eller sett Gjengis som = siteres ikke.",
                tuple(fact.place("text") for fact in told),
            )
            break


def _roles(row: Row) -> list[tuple[str, int]]:
    """The roles of an interview with how many hold each; none where that cannot be told."""
    parts = [part.strip() for part in row["roles"].split(";") if part.strip()]
    number = row.number("persons")
    if not parts or number is None or number.kind != "exact" or number.high is not None or number.value % 1:
        return []
    if len(parts) == 1:
        return [(parts[0], int(number.value))]
    return [(part, 1) for part in parts] if len(parts) == number.value else []


# Health tied to somebody: what is said of the one who holds a role, and of a handful of users.

_CONDITION = (
    r"(?:depresjon|depressiv|deprimer|\bangst|psykose|psykotisk|schizofren|sjizofren|bipolar|personlighetsforstyrr"
    r"|spiseforstyrr|anoreksi|bulimi|selvskad|sjølvskad|selvmord|sjølvmord|\btraume|ptsd|\badhd\b|\bautis|asperger"
    r"|\bdemens|(?<!be)kreft|\bdiabetes|epilepsi|hepatitt|\bhiv\b|hjerneslag|hjerteinfarkt|hjarteinfarkt|overdose"
    r"|rusavheng|rusmisbruk|rusproblem|ruslid|alkoholproblem|alkoholis|alkoholavheng|alkoholmisbruk|utbren[tnd]"
    r"|utviklingshem|psykiske? (?:lidelse|liding|sykdom|sjukdom|plage|vanske))[^\W\d_]*"
)
_ILLNESS = rf"(?:{_CONDITION}|(?:sykdom|sjukdom|helseproblem|helseplag)[^\W\d_]*|diagnosen\b)"
_SICK_LEAVE = r"(?:(?:langtids)?(?:syke?fravær|sjukefråvær|syke?melding|sjukmelding)(?:er|en|a|et)?\b)"
_DEGREE = (
    r"(?:(?:selv|sjølv|også|òg|lenge|tidligere|tidlegare|nå|no|nylig|nyleg|en|ei|et|ein|eit|egen|eigen|alvorlig|alvorleg"
    r"|kronisk|langvarig|lengre|lang|kjent|påvist|både|mye|mykje|sterk|dyp|djup|sin|si) ){0,3}"
)
_BECAUSE = r"(?:på grunn av|grunnet|grunna|pga\.?|som følge av|som følgje av|etter|med)"
_ILL = re.compile(
    "|".join(
        (
            r"\b(?:er|var|ble|blei|blir|vart|vært|vore|blitt|vorte) (?:[^\W_]+ ){0,5}?"
            r"(?:(?:langtids)?(?:syke?meldt|sjuke?meldt?)|utbren[td]|deprimert|innlagt|alkoholisert|gravid|syk|sjuk|rusavhengig|diagnostisert)\b"
            r"(?! (?:personell|personale|ansatt|medarbeid))",
            r"\b(?:under|i|til) behandling for\b|\b(?:behandles|medisineres|behandlet|medisinert) for\b",
            rf"\b(?:lider|lidd|led|sliter|slit|slet|slitt|strever|plages) (?:av|med) {_DEGREE}{_ILLNESS}",
            rf"\b(?:har|hadde|fikk|fekk|får|fått|hatt) {_DEGREE}(?:{_ILLNESS}|{_SICK_LEAVE})",
            r"\b(?:permisjon|permittert|fravær|fråvær|fraværende|borte|sluttet|slutta|fratrådte|fratrådt|gikk av"
            rf"|redusert stilling)\b[^.;:]{{0,40}}? {_BECAUSE} {_DEGREE}(?:{_ILLNESS}|{_SICK_LEAVE}|helse)",
        )
    ),
    re.IGNORECASE,
)
"""What is said of somebody's own health."""
_OWN_ILLNESS = re.compile(rf"(?<=\ws ){_DEGREE}(?:{_ILLNESS}|{_SICK_LEAVE})", re.IGNORECASE)
"""After a role: «rådmannens sykefravær»."""
_ILLNESS_OF = re.compile(
    rf"\b(?:på grunn av|grunnet|grunna|pga\.?|som følge av|som følgje av) {_DEGREE}(?:{_ILLNESS}|{_SICK_LEAVE})"
    rf" (?:har|var|er|ble|blei|måtte|hos|til) |(?:{_ILLNESS}|{_SICK_LEAVE}) hos ",
    re.IGNORECASE,
)
"""Before a role: «på grunn av sykdom har rådmannen», «sykmelding hos enhetslederen»."""
_SIGN_OF_ILLNESS_OF = re.compile(r"grunn|pga|følg| hos ", re.IGNORECASE)
_LEADING = re.compile(r"(?:(?:den|kommunens|kommunen sin|vår|tidligere|tidlegare|daværende|dåverande) ){0,2}")
_HELD_BY_ONE = re.compile(
    r"\b(?:[^\W\d_]*(?:leder|leiar|direktør|sjef|koordinator|konsulent|rådgiver|rådgjevar|lege|psykolog|sykepleier"
    r"|sjukepleiar|vernepleier|vernepleiar|terapeut|saksbehandler|saksbehandlar|veileder|rettleiar|medarbeider"
    r"|medarbeidar|representant|kontaktperson|ansvarlig|ansvarleg|rektor|inspektør|jordmor|pedagog|lærer|lærar"
    r"|sekretær|ombud|fører|førar|assistent|spesialist"
    r"|arbeider|arbeidar|forvalter|forvaltar|planlegger|planleggar|tildeler|tildelar)(?:en|n|et)?|rådmann(?:en)?|helsesøster(?:en)?)"
    r"(?=s?\b)",
    re.IGNORECASE,
)
_ANY_OF_THEM = re.compile(
    r"\b(?:en|ei|et|ein|eit|én|hver|kvar|enhver|noen|nokon|ingen|annen|annan|alle|flere|mange"
    r"|(?:pasient|bruker|brukar|barn)[^\W\d_]*)(?: [^\W\d_]+)? $",
    re.IGNORECASE,
)
"""«en leder», «hver ny leder», «brukerens koordinator»: nobody can tell which."""
_SUPPOSED = re.compile(r"\b(?:når|hvis|dersom|viss|ved|om|hvor)\b[^.,;:]{0,60}$", re.IGNORECASE)
_SOMEBODY_ELSE = re.compile(
    r"\b(?:bruker|brukar|pasient|klient|beboer|bebuar|barn|ungdom|elev|person|ansatt|tilsett|medarbeid|pårørende"
    r"|innbygg|foreldre|famili|menneske|student|mottaker|mottakar)[^\W_]*|\b(?:dem|de(?! siste| første)|dei(?! siste)"
    r"|noen|nokon|mange|flere|fleire|andre|unge|voksne|vaksne|eldre|når|hvis|dersom|viss|ikke|ikkje|aldri|kan|kunne|bør"
    r"|skal|saken?|saka|saker|søknad(?:en|er)?|klagen?|klager|at(?! (?:hun|han|ho|hen|vedkommende|vedkomande)\b)|som)\b"
    r"|[,;] (?:og|men|mens|fordi|da|siden|slik|så) (?!(?:har|er|var|ble|blei|vart)\b)",
    re.IGNORECASE,
)
"""Between a role and an illness: the illness is another's, or nobody's."""
REACH = 160
"""How far from a role, in characters, what is said of it may stand."""


@check("helse-i-unik-rolle")
def health_of_a_role(evidence: Evidence, register: str) -> Iterator[Hit]:
    """The health of the one person who holds a role (class 28); told once for a sentence.

    The message names the role alone: it travels further than the text. Silent on roles that many hold («en leder»),
    on what is supposed («når lederen er syk»), and on the illness of others than the one who holds the role.
    """
    for passage in evidence.passages(register):
        for sentence in read_sentences(passage):
            role = _role_with_illness(_WHITE.sub(" ", readable(sentence.text)))
            if role:
                yield Hit(
                    sentence.place,
                    f"Setningen sier noe om helsen til «{role}», en rolle som én person har",
                    "Ingen helseopplysning om noen som kan kjennes igjen på rollen",
                    "Ta ut helseopplysningen. Skriv heller hva fraværet eller hendelsen betydde for tjenesten.",
                )


_WHITE = re.compile(r"\s")


@lru_cache(maxsize=KEPT)
def _role_with_illness(text: str) -> str:
    """The role whose holder's health a sentence tells of; empty for none."""
    for said in _ILL.finditer(text):
        low = max(0, said.start() - REACH)
        for role in _HELD_BY_ONE.finditer(text, low, said.end()):
            between = re.sub(r"^,? som ", " ", text[role.end() : said.end()])
            if not _SOMEBODY_ELSE.search(between) and _of_one(text, role.start()):
                return role[0]
    for said in _OWN_ILLNESS.finditer(text):
        head = text[max(0, said.start() - REACH) : said.start()].removesuffix("s ")
        roles = [role for role in _HELD_BY_ONE.finditer(head) if role.end() == len(head)]
        if roles and _of_one(head, roles[0].start()):
            return roles[0][0]
    for said in _ILLNESS_OF.finditer(text) if _SIGN_OF_ILLNESS_OF.search(text) else ():
        lead = _LEADING.match(text, said.end())
        held = _HELD_BY_ONE.match(text, lead.end() if lead else said.end())
        if held and _of_one(text, held.start()):
            return held[0]
    return ""


def _of_one(text: str, start: int) -> bool:
    """Whether a role is spoken of as one certain person's, and as it was, not as it might be."""
    before = text[max(0, start - REACH) : start]
    return not _ANY_OF_THEM.search(before[-40:]) and not _SUPPOSED.search(before)


_FEW = r"(?<![\w.,–§-])(?:[1-4]|én|éin|ett|eitt|to|tre|fire|e[in]n? (?=av\b)|ein (?=av\b))"
_IN_CARE = (
    r"(?:(?:tjeneste|teneste)?(?:bruker|brukar|mottaker|mottakar)|pasient|beboer|bebuar|klient|elev|deltaker|deltakar"
    r"|ungdom|person|barn|gutt|jente|kvinne|søsken|innbygger|innbyggjar)(?:e|en|n|r|et|a|er|ar|m?er|m?ar|ene|ane|ne|mene)?\b"
)
_FEW_AND = re.compile(r"\b(?:[1-4]|éi?n|ei?tt|to|tre|fire|e[in]n?) ", re.IGNORECASE)
"""In every sentence with few in care; asked first, since most sentences have none."""
_FEW_IN_CARE = re.compile(
    rf"{_FEW} (?:(?:av|\d{{1,4}}|[^\W\d_]+e|dei) ){{0,4}}(?:{_IN_CARE}|(?:unge|voksne|vaksne|menn)\b)", re.IGNORECASE
)
"""«tre brukere», «to av de 14 unge pasientene»."""
_OF_THOSE_IN_CARE = re.compile(
    rf"\b(?:av|blant|mellom) (?:(?:\d{{1,4}}|[^\W\d_]+e|dei|alle) ){{0,3}}{_IN_CARE}[^.;:]{{0,80}}? "
    rf"(?:har|hadde|er|var|ble|blei|vart|blir|får|fikk|fekk) (?:(?:bare|kun|berre|minst|til sammen) )?{_FEW} "
    rf"(?:vært|vore|blitt|vorte|hatt|fått|under|i behandling|innlag[td]|tvangs|en|ei|et|ein|alvorlig|{_CONDITION})",
    re.IGNORECASE,
)
"""«Av brukerne under 18 år har tre vært innlagt»."""
_TREATED = re.compile(
    rf"{_CONDITION}|diagnos[^\W\d_]*|\b(?:tvangs)?inn(?:lagt|lagde|leggelse|legging)[^\W\d_]*|\btvang|avrus|legemiddelassistert|\bLAR\b"
    r"|\b(?:under|i|til) behandling for\b",
    re.IGNORECASE,
)
_NOT_COUNTED_IN_CARE = re.compile(
    r"intervju|informant|snakk|samtale[rn]? med|spurt|respond|svart|\bplass(?:er)?\b|kapasitet|rom (?:for|til)",
    re.IGNORECASE,
)
"""Those the auditor met, and places for somebody."""


@check("sma-tall-i-tekst")
def few_in_a_sentence(evidence: Evidence, register: str) -> Iterator[Hit]:
    """One to four users in a sentence about illness or admission (class 28), in digits, words or by reference.

    Silent on a sample's counts, as the check of cells, on informants, and on places («plass til fire»).
    """
    for passage in evidence.passages(register):
        for sentence in read_sentences(passage):
            text = _WHITE.sub(" ", readable(sentence.text))
            told = _few_told(evidence, sentence, text)
            if told and not _SAMPLE_WORDS.search(text) and not _NOT_COUNTED_IN_CARE.search(text):
                yield Hit(
                    sentence.place,
                    f"«{told}» står sammen med en opplysning om helse",
                    f"Ingen opplysning om helse for 1 til {SMALL_CELL} personer",
                    f"Skriv «færre enn {SMALL_CELL + 1}», slå sammen gruppene, eller ta setningen ut.",
                )


def _few_told(evidence: Evidence, sentence: Sentence, text: str) -> str:
    """The few a sentence counts; empty where a reference in it is to the count of a sample."""
    drawn = False
    for _, _, id in sentence.facts:
        fact = evidence.facts.by_id[id]
        row = evidence.audit.row(fact.register, fact.row)
        if row is None or row.register != "quantities":
            continue
        if _sampled(evidence.audit, row):
            drawn = True
            continue
        count = _count(row)
        if count is not None and 1 <= count <= SMALL_CELL and _TREATED.search(f"{text} {row['what']} {row['group']}"):
            return f"{row['what']}: {count}"
    if drawn or not _FEW_AND.search(text) or not _TREATED.search(text):
        return ""
    found = _FEW_IN_CARE.search(text) or _OF_THOSE_IN_CARE.search(text)
    return _short(found[0]) if found else ""


def _short(text: str) -> str:
    return text if len(text) <= REACH else f"{text[: REACH - 1]}…"


# Dates in the register of cases


@check("dato-i-saker")
def dates_of_cases(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A date finer than a year in a case (class 28): a day or month makes a case its person's."""
    audit = evidence.audit
    points = {point.id: point["kind"] for point in audit.rows("control_points")}
    for row in audit.rows(register):
        for column in audit.registers[register].wide:
            text = readable(row[column])
            if column in points and text and finer_than_a_year(text, points[column]):
                yield Hit(
                    row.place(column),
                    f"«{row[column]}» er en dato finere enn et år",
                    "Saker har ingen dato finere enn år",
                    "Skriv bare årstallet.",
                )
