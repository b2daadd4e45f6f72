"""Does one thing stand in one wording, with one modality, wherever it is said?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from helpers.checks import Evidence, Hit, check
from helpers.checks.matching import Nearest, pairs_alike
from helpers.message import Place
from helpers.passages import Sentence, read_sentences
from helpers.reading import content, first_modal, modality, voice
from helpers.register import Row

TWINS, MAYBE, ORDERED = 0.8, 0.5, 0.75
SAME_CRITERION = 0.65
FEWEST_WORDS = 4
LONG = 12


def _twins(rows: Sequence[Row], at_least: float) -> Iterator[tuple[Row, Row]]:
    read = [(row, words) for row in rows if len(words := content(row["text"])) >= FEWEST_WORDS]
    for first, second, alike in pairs_alike([words for _, words in read], MAYBE):
        one, other = read[first][0], read[second][0]
        if alike >= at_least or _in_order(one["text"], other["text"]) >= ORDERED:
            yield one, other


def _same_told(one: Row, other: Row) -> bool:
    """Whether two statements are one: of one source, with the same numbers, quotations and negations."""
    marks = [sorted(re.findall(r"\d+|«[^»]*»|\bikk(?:e|je)\b", row["text"])) for row in (one, other)]
    return one["source"] == other["source"] and marks[0] == marks[1]


def _in_order(one: str, other: str) -> float:
    """How much of two texts is the same words in the same order, 0 to 1."""
    return SequenceMatcher(None, _plain(one).split(), _plain(other).split(), autojunk=False).ratio()


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".?! ")


@check("to-ordlyder")
def two_wordings(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A question, criterion or recommendation that stands in two wordings (class 24).

    Two rows of one register; or, in the texts, a sentence that all but repeats a question or a recommendation.
    A shorter summary is meant to be shorter: only sentences of about the same words are told.
    """
    audit = evidence.audit
    if register:
        for one, other in _twins(audit.rows(register), TWINS):
            if (
                one["parent"] != other.id
                and other["parent"] != one.id
                and (register != "evidence" or _same_told(one, other))
            ):
                yield Hit(
                    other.place("text"),
                    f"«{other['text']}» er nesten det samme som {one.id}: «{one['text']}»"
                    if _plain(one["text"]) != _plain(other["text"])
                    else f"«{other['text']}» står også i {one.id}",
                    "Én rad for hvert kriterium og hver anbefaling",
                    "Slå radene sammen, eller gjør forskjellen tydelig.",
                    (one.place("text"),),
                )
        return
    known = [
        *(("problemstillingen", one.text, Place("Problemstillinger", one.id)) for one in audit.params.questions),
        *(("anbefalingen", row["text"], row.place("text")) for row in audit.rows("recommendations")),
        *(("kriteriet", row["text"], row.place("text")) for row in audit.rows("criteria")),
    ]
    nearest = Nearest([content(text) for _, text, _ in known])
    for passage in evidence.paragraphs:
        for sentence in read_sentences(passage):
            lead = _CITES.match(sentence.text)
            said = sentence.text[lead.end() :] if lead else sentence.text
            number, alike = nearest.to(content(said))
            if alike < (LED if lead else TWINS):
                continue
            name, text, place = known[number]
            if (lead or len(content(text)) >= FEWEST_WORDS) and _plain(text) not in _plain(sentence.text):
                yield Hit(
                    sentence.place,
                    f"«{_short(said)}» er {name} i en annen ordlyd",
                    f"«{_short(text)}»",
                    "Bruk ordlyden i registeret, eller skriv om så det ikke ser ut som et sitat.",
                    (place,),
                )


_CITES = re.compile(
    r"[^:.]{0,60}\b(?:kriteri\w+|revisjonskriteri\w+|problemstilling\w*|anbefal\w*|spørsmål\w*|tilrå\w*)[^:.]{0,60}:\s*",
    re.IGNORECASE,
)
LED = 0.4
"""Where a sentence says that a criterion follows, less alikeness is enough."""


def _short(text: str) -> str:
    clean = " ".join(text.split())
    return clean if len(clean) <= 90 else f"{clean[:87]}…"


@check("gjentatt-avsnitt")
def repeated(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A paragraph that stands twice, the same or nearly so (class 24)."""
    read = [(passage, content(passage.text)) for passage in evidence.paragraphs]
    long = [(passage, words) for passage, words in read if len(words) >= LONG]
    for first, second, _ in pairs_alike([words for _, words in long], TWINS):
        one, other = long[first][0], long[second][0]
        yield Hit(
            other.place,
            f"Avsnittet står også i {one.place.register}, linje {one.place.line}"
            + ("" if _plain(one.text) == _plain(other.text) else ", i en litt annen ordlyd"),
            "Samme sak ett sted",
            "Ta ut det ene, eller skriv det om.",
            (one.place,),
        )


@check("modalitet")
def modalities(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A criterion whose text says another modal word than its column (class 17)."""
    for row in evidence.audit.rows(register):
        said = modality(row["text"])
        if (
            said not in ("er", "kan", row["modality"])
            and row["modality"]
            and row["modality"] not in row["text"].lower()
        ):
            yield Hit(
                row.place("modality"),
                f"Teksten sier «{said}», men Skal/Bør er «{row['modality']}»",
                "Samme ord som i kilden",
                "Rett teksten eller kolonnen.",
                (row.place("text"),),
            )


_IN_TIME = re.compile(r"\b(?:i|innen|fra|før|våren|høsten) (?:løpet av )?(?:19|20)\d\d\b", re.IGNORECASE)


@check("modalitet-glir")
def drifts(evidence: Evidence, register: str) -> Iterator[Hit]:
    """One criterion printed twice with different obligation: «må» here, «bør» there (class 17).

    Two criteria of nearly the same words; or a sentence of the texts, or a reason, that repeats a criterion.
    """
    rows = [row for row in evidence.audit.rows("criteria") if row["text"]]
    if register == "criteria":
        for one, other in _twins(rows, TWINS):
            if one["modality"] != other["modality"] and one["modality"] and other["modality"]:
                yield Hit(
                    other.place("modality"),
                    f"{one.id} og {other.id} er samme kriterium, men den ene er «{one['modality']}», den andre "
                    f"«{other['modality']}»",
                    "Samme ord begge steder",
                    "Rett den ene.",
                    (one.place("modality"),),
                )
        return
    nearest = Nearest([content(row["text"]) for row in rows])
    for sentence in _printed(evidence, register):
        lead = _CITES.match(sentence.text)
        number, alike = nearest.to(content(sentence.text[lead.end() :] if lead else sentence.text))
        if alike < (LED if lead else SAME_CRITERION) or len(content(rows[number]["text"])) < FEWEST_WORDS:
            continue
        said = first_modal(sentence.text)
        planned = said == "skal" and _IN_TIME.search(sentence.text)  # «skal» of what is to come
        if said == "er" or planned or ((not lead and voice(sentence.text) != "own") or _quoted(sentence.text)):
            continue
        row = rows[number]
        if row["modality"] not in ("", said) and _weight(row) != said:
            yield Hit(
                sentence.place,
                f"«{_short(sentence.text)}» sier «{said}», men kriteriet {row.id} er «{row['modality']}»",
                f"«{_short(row['text'])}»",
                "Bruk samme ord som kriteriet.",
                (row.place("modality"),),
            )


def _quoted(text: str) -> bool:
    """Whether the whole sentence is somebody's words."""
    return text.lstrip().startswith("«")


def _weight(row: Row) -> str:
    """The modal word of a criterion; a criterion in the present tense weighs what its text says."""
    return modality(row["text"]) if row["modality"] == "er" else row["modality"]


def _printed(evidence: Evidence, register: str) -> Iterator[Sentence]:
    for passage in evidence.passages(register):
        if not register or passage.source == "reason":
            yield from read_sentences(passage)
