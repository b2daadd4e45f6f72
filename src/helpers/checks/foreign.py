"""Does anything stand here that belongs elsewhere: a leftover of a template, or another municipality's name?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from helpers.checks import Evidence, Hit, check
from helpers.message import Place
from helpers.names import Token, municipalities_in, municipality_at, readable, tokens
from helpers.passages import Passage, Passages
from helpers.reading import KEPT
from helpers.words import plural

MOST_SHOWN = 3
NEAR = 200
"""Characters on either side of «kommune» in which the names it belongs to stand."""

_TO_FILL_IN = (
    r"(?:(?:sett|fyll|skriv|legg|før|velg|bytt)\s+(?:inn|ut|her)\b[^\[\]<>\n]{0,80}"
    r"|(?:navn|namn|kommune|kommunenavn|dato|årstall|årstal|beløp|tittel|stilling|tall|tal|antall|sted|tekst|kilde|kjelde"
    r"|referanse|rolle|enhet|eining)(?:\s+(?:på|for|til|her)\b[^\[\]<>\n]{0,80})?)"
)
_GUIDANCE = (
    r"(?:veiledning|veiledende[ ]tekst|rettleiing|instruks|instruksjon|hjelpetekst|forklaring|merk|nb|husk|tips"
    r"|eksempel|mal|maltekst|utfylling|kommentar|internt|note|guidance|instruction|example)"
)
"""How a template begins what it says to its writer, in brackets."""
_PART_OF_A_TEXT = (
    r"(?:tekst|avsnitt|kapittel|kapitl|setning|mal|veiledning|rettleiing|felt|side|figur|tabell|innholdsfortegnelse"
    r"|innhaldsliste|forside|framside|topptekst|bunntekst|punkt|del|vurdering|beskrivelse|skildring|sammendrag|samandrag"
    r"|konklusjon|innledning|innleiing|faktaboks|boks|eksempel|rubrikk|overskrift|fotnote)[^\W\d_]*"
)
_ORDERS = (
    "slett", "slette", "fjern", "fjerne", "stryk", "erstatt", "oppdater", "oppdatere", "skriv", "skrive", "sett inn",
    "fyll inn", "fyll ut", "legg inn", "lim inn", "beskriv", "omtal", "utdyp", "velg", "vel", "bytt ut", "sjekk",
    "kontroller", "rediger", "tilpass", "ta ut", "ta bort",
)  # fmt: skip
"""What a template tells its writer to do; the auditor tells nobody, but writes what the municipality should do."""
_TO_THE_WRITER = f"(?:{'|'.join(_ORDERS).replace(' ', '[ ]')})"
_TEXTS = tuple(f"{kind}tekst{end}" for kind in ("mal", "hjelpe", "instruks") for end in ("", "en", "ene", "er"))
_BEGINS = r"(?:(?<=[.!?:][ \n])|(?<![^\n]))[ ]{0,3}(?:[-*][ ])?(?:husk[ ](?:å[ ]|at[ ])|merk:[ ]|nb!?:?[ ])?"
_PLACEHOLDER_NAME = (
    r"(?:[^\W\d_]+s[ ](?:navn|namn)|(?:navn|namn)[ ]på[ ][^()\n]{1,60}"
    r"|(?:sett|fyll|skriv|legg|før)[ ]inn\b[^()\n]{0,80})"
)
_LEFTOVER = re.compile(
    rf"""\[\s*{_TO_FILL_IN}\s*\] | \[[A-ZÆØÅ]?[a-zæøå]+(?:namn|navn)\]
      | <{{1,2}}\s*{_TO_FILL_IN}\s*>{{1,2}}
      | \[\s*{_GUIDANCE}\b\s*[:–-][^\[\]\n]{{0,300}} | \[\s*{_TO_THE_WRITER}[ ][^\[\]\n]{{1,300}}\]
      | \(\s*{_PLACEHOLDER_NAME}\s*\)
      | _{{3,}}+ | \?{{3,}}+
      | (?<![^\W_])(?:                                       # where a word begins: most places are within one
          {_BEGINS}{_TO_THE_WRITER}[ ](?:(?:denne|dette|disse|desse|resten[ ]av|hele|heile)[ ]){{1,2}}{_PART_OF_A_TEXT}
          [^.!?\n]{{0,80}}
        | {_BEGINS}{_TO_THE_WRITER}[ ][^.!?:,\n]{{1,80}}[ ]her(?=[.!:]|\s*\Z)
        | x{{2,}}+(?![^\W_])                                 # XX; a Roman twenty is told apart below
        | (?<![\w-])kr\.?[ \u00a0]?x(?![\w-]) | (?<![\w-])x[ \u00a0](?:kroner|kommune)(?![\w-])
        | (?<![\w-])kommunen?[ \u00a0]x(?![\w-])
        | (?<!\w)n\.[ \u00a0]?n\.(?!\w) | (?<!\w)(?:av|ved|med|fra|hos|til|for|frå)[ \u00a0](?-i:NN)(?![ ]?[\w-])
        | (?<!\w)dd[./-]mm(?:[./-](?:å{{2,4}}|y{{2,4}}))?(?!\w) | (?<!\w)åååå(?!\w)
        | (?<!\w)(?:{"|".join(_TEXTS)})(?!\w) | (?<!\w)MERGEFIELD(?!\w)
        | (?-i:(?<![\w-])(?:TODO|TBD|FIXME)(?![\w-]) | (?<!\w)Fyll[ ]inn(?!\w))
        )
      | (?=[lktcef])(?:
          lorem[ ]ipsum
        | (?:klikk|trykk)[ ](?:eller[ ]trykk[ ])?her[ ]for[ ]å[ ](?:skrive[ ]inn|velge[ ]et|angi)
        | click[ ](?:or[ ]tap[ ])?here[ ]to[ ]enter
        | error![ ](?:reference[ ]source|bookmark)[ ]not[ ](?:found|defined)
        | feil![ ](?:fant[ ]ikke|finner[ ]ikke|fann[ ]ikkje|bokmerke)
        )
    """,
    re.VERBOSE | re.IGNORECASE,
)
SIGN = re.compile(rf"\[|<|_|\?\?\?|xx|XX|xX|Xx|\(\s*(?i:{_PLACEHOLDER_NAME})", re.VERBOSE)
SIGN_WORDS = frozenset(
    ("x", "n", "nn", "dd", "åååå", "mergefield", "todo", "tbd", "fixme", "lorem", "klikk", "trykk", "click", "error",
     "feil", *_TEXTS, *(order.split()[0] for order in _ORDERS))
)  # fmt: skip
"""One of these two is in every text that holds a leftover; asked first, since most hold none."""
_COUNTED_IN_ROMAN = re.compile(
    r"(?:kapittel|kap|del|bind|vedlegg|artikkel|art|avsnitt|punkt|nr|tabell|figur|§)\.?\s*$", re.I
)
_ROMAN_TWENTY = re.compile(r"X{2,3}")
VERBATIM = {"waivers": ("found",), "corrections": ("old",), "printed": ("written",)}
"""Columns that repeat what stood somewhere, leftovers included."""


@lru_cache(maxsize=KEPT)
def leftovers(text: str) -> tuple[tuple[int, str], ...]:
    """The position and wording of what a template left behind in a readable text."""
    return tuple(_leftovers(text))


def _leftovers(text: str) -> Iterator[tuple[int, str]]:
    for match in _LEFTOVER.finditer(text):
        before = text[max(0, match.start() - 20) : match.start()]
        if not (_ROMAN_TWENTY.fullmatch(match[0]) and _COUNTED_IN_ROMAN.search(before)):
            yield match.start(), _short(match[0])


def _short(text: str) -> str:
    """The leftover on one line; a long row of one sign is shortened."""
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:37]}…"


@check("plassholder")
def placeholders(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A leftover of a template in a text, register or parameter (class 23), told once for a cell or paragraph."""
    said = _cells(evidence, register) if register else Passages((*evidence.paragraphs, *_params(evidence)))
    for passage in said.holding(SIGN, SIGN_WORDS):
        text = passage.readable
        if left := leftovers(text):
            found: dict[str, int] = {}
            for start, leftover in left:
                found.setdefault(leftover, start)
            place = passage.place
            if not register and place.line is not None:
                place = replace(place, line=place.line + text.count("\n", 0, min(found.values())))
            shown = ", ".join(f"«{part}»" for part in [*found][:MOST_SHOWN])
            more = f" og {len(found) - MOST_SHOWN} til" if len(found) > MOST_SHOWN else ""
            yield Hit(
                place, f"{shown}{more} ser ut som en rest av en mal", "Ferdig tekst", "Fyll inn, eller ta det ut."
            )


def _cells(evidence: Evidence, register: str) -> Passages:
    """Every cell of words but those that repeat what stood elsewhere."""
    cells, verbatim = evidence.cells(register), VERBATIM.get(register, ())
    return Passages(cell for cell in cells if cell.source not in verbatim) if verbatim else cells


def _params(evidence: Evidence) -> Iterator[Passage]:
    """What the parameters say in words."""
    params = evidence.audit.params
    said = {"tittel": params.title, "formål": params.purpose, "avgrensning": params.scope}
    said |= {f"problemstillinger {question.id}": question.text for question in params.questions}
    said |= {f"tabeller {table.id}": table.title for table in params.tables}
    for key, text in said.items():
        yield Passage(Place(f"params/{params.audit}.yaml", key), text, "", key)


OTHERS = {
    "quantities": ("area", "group"),
    "sources": ("title", "issuer"),
    "interviews": ("unit",),
    "arrangements": ("parties", "name"),
    "surveys": ("area", "group"),
}
"""Columns where other municipalities belong: what they name is known to the audit."""

_KOMMUNE = re.compile(r"(?<![\w-])kommun[^\W\d_]*", re.IGNORECASE)
_NAMED_AFTER_IT = frozenset(("kommunen", "kommunene", "kommunane"))
_DEFINITE = (*_NAMED_AFTER_IT, "kommunens", "kommunenes", "kommunanes", "kommunal")
_JOINS = frozenset((",", "og", "eller", "samt"))


def named_municipalities(text: str) -> Iterator[tuple[int, str]]:
    """The position and name of each municipality a readable text calls so.

    «Y kommune», «Y kommunes», «Y kommuneplan», «X, Y og Z kommuner», «kommunen Y», «kommunene X og Y». A name alone
    is no hit: many are also words («Lund», «Time», «Os»).
    """
    for match in _KOMMUNE.finditer(text):
        word = match[0].casefold()
        start, end = match.span()
        if word in _NAMED_AFTER_IT:
            if text[end + 1 : end + 2].isupper():
                yield from ((start, name) for name in _names_after(list(tokens(text[start : end + NEAR]))))
        elif not word.startswith(_DEFINITE):
            before = text[max(0, start - NEAR) : start]
            if before.split()[-1:] and before.split()[-1][0].isupper():
                yield from ((start, name) for name in _names_before(list(tokens(f"{before}{match[0]}"))))


def _names_after(run: list[Token]) -> Iterator[str]:
    index = 1
    while index < len(run) and run[index].joined:
        name, count = municipality_at(run, index)
        if not name:
            return
        yield name
        index += count
        if index >= len(run) or run[index].text not in _JOINS:
            return
        index += 1


def _names_before(run: list[Token]) -> Iterator[str]:
    end = len(run) - 1
    while end > 0 and run[end].joined:
        ends = ((start, municipality_at(run, start)) for start in range(max(0, end - 3), end))
        start, name = next(((start, name) for start, (name, count) in ends if name and start + count == end), (0, ""))
        if not name:
            return
        yield name
        end = start - 1
        if end < 0 or run[end].text not in _JOINS:
            return


@check("fremmed-kommune")
def foreign_municipalities(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«Y kommune», where Y is neither the audit's own nor known to it (class 23); told once for each Y."""
    known = set(evidence.once(_known))
    found: dict[str, list[Place]] = {}
    for passage in evidence.passages(register):
        text = passage.readable
        here: dict[str, int] = {}
        for start, name in named_municipalities(text):
            if name not in known:
                here.setdefault(name, start)
        for name, start in here.items():
            place = passage.place
            if not register and place.line is not None:
                place = replace(place, line=place.line + text.count("\n", 0, start))
            found.setdefault(name, []).append(place)
    for name, places in found.items():
        others = f", og {plural(len(places) - 1, 'sted', 'steder')} til" if len(places) > 1 else ""
        yield Hit(
            places[0],
            f"Her står {name} kommune{others}. Undersøkelsen gjelder {evidence.audit.params.municipality.name}, og "
            f"{name} er ikke nevnt i Kilder, Intervjuer, Tall, Undersøkelser eller Ordninger",
            "",
            "Er det tekst fra en annen rapport, rett navnet. Hører kommunen med, før den inn der den er kilde.",
            tuple(places[1:]),
        )


def _known(evidence: Evidence) -> set[str]:
    """The audit's own municipality, and those its registers and parameters name where others belong."""
    audit = evidence.audit
    params = audit.params
    said = {params.municipality.name, params.firm, params.scope, params.purpose}
    for register, columns in OTHERS.items():
        said.update(row[column] for row in audit.rows(register) for column in columns)
    return {name for text in said for name in municipalities_in(readable(text))}
