"""Is every date possible, in order, and still true when the report is read?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check
from helpers.dates import FIRST_YEAR, MONTH_AS_NUMBER, MONTHS, DateError, Span, parse_date
from helpers.message import Place
from helpers.passages import read_sentences
from helpers.reading import stem, voice

_FOUR_DIGITS = re.compile(r"\d{4}")
"""In everything that is told as a date or a year."""
_DAY = re.compile(r"(?<![\d.])\d{1,2}\.\s?\d{1,2}\.\s?\d{4,6}(?!\d|\.\d)")
_NAMED_DAY = re.compile(rf"(?<![\d.])\d{{1,2}}\. (?:{'|'.join(MONTHS)}) \d{{4}}\b", re.IGNORECASE)
_LONG_YEAR = re.compile(
    r"(?<![\d.,/«-])(?:19|20)\d{3}(?!\d|[.,/]\d)(?!\s?(?:kr|kroner|mill|brukere|personer|innbyggere))"
)
_YEAR_AFTER = re.compile(
    rf"\b(?:i|fra|siden|innen|før|etter|per|året|høsten|våren|sommeren|vinteren|{'|'.join(MONTHS)})\s(\d{{4}})\b(?!\s?(?:kr|brukere|personer|timer))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\b(?:sak|saksnr|tlf|telefon|nr|arkiv|journal\w*|postboks)\.?\s*$", re.IGNORECASE)
_COUNTED = frozenset(stem(word) for word in ("tilfeller", "innbyggere", "kroner", "ganger", "meter"))
_RELATIVE = re.compile(
    r"\b(?:i fjor|i år|neste år|til neste år|til neste sommer|forrige år|fjoråret|inneværende år|nylig|nyleg|for tiden|"
    r"for tida|per i dag|pr\.? i dag|i disse dager|i løpet av året|på nyåret|snart|til høsten|til våren|til sommeren|"
    r"denne måneden|neste måned|forrige måned|i skrivende stund|de siste årene|dei siste åra)\b(?!\s+(?:19|20)\d\d)",
    re.IGNORECASE,
)
_COMING = re.compile(r"\b(?:skal|vil|planlegg\w*|planlagt|ventes|er ventet|kommer til å|tar sikte på)\b", re.IGNORECASE)
_WHEN = re.compile(
    rf"\b(?:(?:\d{{1,2}}\. ?)?(?:{'|'.join(MONTHS)}) (?:19|20)\d\d"
    r"|(?:våren|sommeren|høsten|vinteren|hausten) (?:19|20)\d\d"
    r"|\d{1,2}\.\d{1,2}\.(?:19|20)\d\d|(?:i|innen|i løpet av) (?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_YEARS_AHEAD = 30
NEAR = 60
DATED = {
    "interviews": "date", "sources": "date", "samples": "as_of", "quantities": "as_of", "surveys": "period",
    "evidence": "as_of", "comments": "date", "recommendations": "deadline",
}  # fmt: skip


@check("umulig-dato")
def impossible(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A date or year that cannot be: 31.02.2014, 20022, «i 2203», in a date column or in words (class 7)."""
    dates = [column for column in evidence.audit.schema[register].columns if column.is_date] if register else []
    for row in evidence.audit.rows(register) if dates else ():
        for column in dates:
            yesno = column.type == "date_or_yesno" and row[column.key] in ("Ja", "Nei")
            month = MONTH_AS_NUMBER.fullmatch(row[column.key])  # told where numbers were damaged on the way in
            if row[column.key] and not yesno and not month and (why := _wrong(row[column.key])):
                yield Hit(row.place(column.key), f"«{row[column.key]}» kan ikke leses", why, "Rett cellen.")
    last = evidence.audit.span.last.year + _YEARS_AHEAD if evidence.audit.span else 2100
    for passage in evidence.passages(register).holding(_FOUR_DIGITS):
        for pattern in (_DAY, _NAMED_DAY):
            for match in pattern.finditer(passage.text):
                if why := _wrong(match[0]):
                    yield Hit(passage.at(match.start()), f"«{match[0]}» er ingen dato", why, "Rett datoen.")
        for match in _LONG_YEAR.finditer(passage.text):
            if _NUMBERED.search(passage.text[: match.start()][-12:]):
                continue
            yield Hit(passage.at(match.start()), f"«{match[0]}» er ikke et årstall", "Fire sifre", "Rett årstallet.")
        for match in _YEAR_AFTER.finditer(passage.text):
            if FIRST_YEAR <= int(match[1]) <= last:
                continue
            following = passage.text[match.end() :].split(maxsplit=1)[:1]
            if following and stem(following[0].strip(".,;:")) in evidence.counted | _COUNTED:
                continue
            yield Hit(
                passage.at(match.start()),
                f"Årstallet {match[1]} kan ikke stemme",
                f"{FIRST_YEAR}–{last}",
                "Rett årstallet.",
            )


def _wrong(text: str) -> str:
    try:
        parse_date(text)
    except DateError as error:
        return str(error)
    return ""


@check("milepael-rekkefolge")
def milestones(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Milestones that do not stand in the order of their dates (class 7)."""
    before: tuple[str, str, Span] | None = None
    for milestone in evidence.audit.params.milestones:
        if not milestone.date:
            continue
        span = parse_date(milestone.date)
        if before and span.last < before[2].first:
            yield Hit(
                Place("Prosjekt", milestone.what, "Milepæler"),
                f"{milestone.what} er ført {milestone.date}, men står etter {before[0]} ({before[1]})",
                "Milepælene i den rekkefølgen de skjedde",
                "Rett datoen, eller flytt milepælen.",
            )
        else:
            before = (milestone.what, milestone.date, span)


@check("dato-utenfor-revisjonen")
def outside(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Something collected after the report was finished, or an interview before it was ordered (class 7)."""
    span = evidence.audit.span
    column = DATED.get(register, "date")
    if span is None:
        return
    for row in evidence.audit.rows(register):
        date = row.date(column)
        if date and register == "recommendations":
            if date.last < span.last:
                yield Hit(
                    row.place(column),
                    f"Fristen {row[column]} er før rapporten er ferdig ({span.last:%d.%m.%Y})",
                    "En frist etter at rapporten er lagt fram",
                    "Rett fristen.",
                )
        elif date and date.first > span.last:
            yield Hit(
                row.place(column),
                f"{row.place(column).column} er {row[column]}, etter at revisjonen var avsluttet",
                f"Senest {span.last:%d.%m.%Y}",
                "Rett datoen, eller før inn milepælen som mangler i parametrene.",
            )
        elif date and register in ("interviews", "comments") and date.last < span.first:
            yield Hit(
                row.place(column),
                f"{row.place(column).register} {row.id} er ført {row[column]}, før revisjonen begynte",
                f"Tidligst {span.first:%d.%m.%Y}",
                "Rett datoen.",
            )


@check("etterspurt-for-mottatt")
def requests(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Something received before it was asked for (class 7)."""
    for row in evidence.audit.rows(register):
        asked, came = row.date("requested"), row.date("received")
        if asked and came and came.last < asked.first:
            yield Hit(
                row.place("received"),
                f"Mottatt {row['received']}, men etterspurt {row['requested']}",
                "Mottatt etter at det ble etterspurt",
                "Rett en av datoene.",
            )


@check("relativ-tid")
def relative(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«i fjor», «nylig», «per i dag»: words that mean something else when the report is read (class 7)."""
    for passage in evidence.paragraphs:
        for match in _RELATIVE.finditer(passage.text):
            yield Hit(
                passage.at(match.start()),
                f"«{match[0]}» betyr noe annet når rapporten leses",
                "En dato eller et årstall",
                "Skriv datoen.",
            )


@check("passert-plan")
def passed(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Something still told as coming although its date lies before the report's (class 7)."""
    span = evidence.audit.span
    if span is None:
        return
    for passage in evidence.paragraphs:
        for sentence in read_sentences(passage):
            when = _WHEN.search(sentence.text)
            coming = _COMING.search(sentence.text)
            if not when or not coming or "§" in sentence.text or voice(sentence.text, when.start()) == "reported":
                continue
            try:
                date = parse_date(re.sub(r"^(?:i løpet av|innen|i) ", "", when[0], flags=re.IGNORECASE))
            except DateError:
                continue
            if date.last < span.last and abs(coming.start() - when.start()) <= NEAR:
                yield Hit(
                    sentence.place,
                    f"«{when[0]}» er passert når rapporten legges fram, men omtales som noe som skal skje",
                    f"Hva som har skjedd innen {span.last:%d.%m.%Y}",
                    "Skriv hva som skjedde, eller hva som gjaldt på tidspunktet.",
                )
