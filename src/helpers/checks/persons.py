"""Is anybody identifiable: by number, by name, by a small cell, a unique row or a role that one person holds?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from helpers.audit import Audit
from helpers.checks import Evidence, Hit, check
from helpers.message import Place
from helpers.names import Token, given_names, municipalities_in, readable, tokens
from helpers.passages import Passage
from helpers.register import Row
from helpers.words import plural

SMALL_CELL = 4
"""The largest count that is small: Norwegian statistics on persons are published from five upwards."""
MOST_SHOWN = 3
MOST_CELLS = 5
MOST_SURNAMES = 3

_NUMBER = re.compile(
    r"""(?<![0-9])(?<![0-9][.,])                        # no part of a longer or a decimal number
        (?P<day>[0-9]{2})(?P<mark>[ .\u00a0/-]?)(?P<month>[0-9]{2})(?P=mark)(?:19|20)?(?P<year>[0-9]{2})
        (?:[\s/–-]|[ ]?[–-][ ])?(?P<serial>[0-9]{3})\s?(?P<control>[0-9]{2})(?![0-9])""",
    re.VERBOSE,
)
_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_MONTH_SHIFTS = (0, 40, 80)
_D_NUMBER = 40


def is_identity_number(digits: str) -> bool:
    """Whether eleven digits are a Norwegian identity number: a day and month that exist, and both control digits.

    A D-number has 4 added to its first digit; synthetic numbers have 40 or 80 added to the month (the national
    population register's rules for *fødselsnummer* and *d-nummer*).
    """
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit():
        return False
    day, month = int(digits[:2]), int(digits[2:4])
    if not (1 <= day <= 31 or 1 <= day - _D_NUMBER <= 31):
        return False
    if not any(1 <= month - shift <= 12 for shift in _MONTH_SHIFTS):
        return False
    values = [int(digit) for digit in digits]
    return _control(values, _FIRST_WEIGHTS) == values[9] and _control(values, _SECOND_WEIGHTS) == values[10]


def _control(values: Sequence[int], weights: Sequence[int]) -> int:
    """The control digit after these weights, modulo 11; 10 fits no digit."""
    return -sum(value * weight for value, weight in zip(values, weights, strict=False)) % 11


def _identity_numbers(text: str) -> Iterator[tuple[int, str]]:
    """The position of each identity number in a readable text, and the number with its last five digits hidden."""
    for match in _NUMBER.finditer(text):
        born = match["day"] + match["month"] + match["year"]
        if is_identity_number(born + match["serial"] + match["control"]):
            yield match.start(), f"{born}*****"


def _in_cell(cell: str) -> list[str]:
    """The hidden identity numbers of a cell; Excel takes a leading zero from one it was given as a number."""
    text = readable(cell)
    if re.fullmatch(r"[0-9]{10}", text):
        text = f"0{text}"
    return [hidden for _, hidden in _identity_numbers(text)]


def _hide(text: str) -> str:
    """The text with identity numbers hidden, for the place of a message."""
    return ", ".join(_in_cell(text)) or text


@check("fodselsnummer")
def identity_numbers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """An identity number in any cell or text (class 28); the message never repeats it."""
    expected = "Ingen fødselsnumre eller d-numre i arbeidsboken"
    do = "Ta ut nummeret, og bruk et løpenummer. Se også etter kopier av filen."
    if register:
        for row in evidence.audit.rows(register):
            for column, cell in row.cells.items():
                found = _in_cell(cell)
                if found:
                    place = row.place(column)
                    place = replace(place, row=_hide(place.row), column=_hide(place.column))
                    yield Hit(place, _numbers_found(found), expected, do)
        return
    for text in evidence.audit.texts.values():
        content = readable(text.content)
        lines: dict[str, int] = {}
        line, counted = 1, 0
        for start, hidden in _identity_numbers(content):
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


def person_names(text: str) -> Iterator[tuple[int, str]]:
    """The position and wording of each person's name in a readable text: a common given name and a surname.

    Silent on what is named after a person (streets, institutions, projects), on royalty and saints, on authors
    cited with a year, and on ministers and researchers. Initials count as a name only after a word for a person.
    """
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
    for match in _PERSON_WORD.finditer(text):
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


def written(evidence: Evidence, register: str) -> Iterator[Passage]:
    """Everything in words: as ``passages``, and the cells of a matrix."""
    yield from evidence.passages(register)
    if register:
        table = evidence.audit.registers[register]
        for row in table.rows:
            for column in table.wide:
                if row[column]:
                    yield Passage(row.place(column), row[column], "", column)


@check("personnavn")
def names_of_persons(evidence: Evidence, register: str) -> Iterator[Hit]:
    """The name of a person where persons stand by role (class 28); told once for a cell or paragraph."""
    audit = evidence.audit
    team = _team(audit)
    by_role = {column.key for column in audit.schema[register].columns if column.privacy == "role"} if register else ()
    for passage in written(evidence, register):
        if passage.source in by_role or passage.source in AUTHORS.get(register, ()):
            continue
        text = readable(passage.text)
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

    Told once for a table. Silent on staff, on a sample's counts (drawn, so that nobody knows who is in it), on rates,
    and on rounded numbers.
    """
    audit = evidence.audit
    own = audit.params.municipality.name
    found: dict[str, list[tuple[Row, str]]] = {}
    for row in audit.rows(register):
        told = "" if _sampled(audit, row) else (_small(row, own) or _rest(audit, row))
        if told:
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
