# ruff: noqa: E501 - sentences and tables of cases read better a line each
"""Defects of the chain from source to recommendation: evidence, criteria, assessments, modality, corrections, parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.editing import Add, Cell, Change, Drop, Parameters, Rewrite
from benchmarks.planting import PARAMETERS, Defect, Site, Spot, kind, one_digit, shown, without_reason
from helpers.params import TEXTS, verdict_words
from helpers.register import Row

NEGATIVE = ("delvis", "liten", "ikke")
POSITIVE = ("oppfylt", "vesentlig")


def _word(site: Site, key: str) -> str:
    """The firm's word for a verdict."""
    return verdict_words(site.audit.params)[key]


# 13 Told, documented, verified ---------------------------------------------------------------------------------------


def _told(site: Site) -> Iterator[Row]:
    """Statements that only interviews tell."""
    for row in site.rows("evidence"):
        sources = row.refs("source")
        if row["known"] == "fortalt" and sources and all(site.audit.row("interviews", id) for id in sources):
            yield row


@kind(13, "told, entered as documented")
def told_documented(site: Site) -> Iterator[Defect]:
    for row in _told(site):
        yield site.cell(row, "known", "dokumentert", told=("source",))


@kind(13, "told, entered as verified")
def told_verified(site: Site) -> Iterator[Defect]:
    for row in _told(site):
        yield site.cell(row, "known", "kontrollert", told=("source",))


@kind(13, "documented, the source now an interview")
def document_swapped(site: Site) -> Iterator[Defect]:
    interview = site.held[0].id
    for row in site.rows("evidence"):
        if row["known"] in ("dokumentert", "kontrollert") and row["source"] and not row["quote"]:
            yield site.cell(row, "source", interview, told=("known",))


@kind(13, "told, called documented in a text")
def told_in_text(site: Site) -> Iterator[Defect]:
    for row in _told(site):
        if (
            re.search(r"\bsier|mener|forteller|opplever|intervjuede|informant|synes", row["text"])
            or len(row["text"]) > 110
        ):
            continue
        how = site.random.choice(("viser dokumentgjennomgangen", "viser kontrollen vår", "viser dokumentasjonen"))
        said = f"{row['text'].removesuffix('.')}, {how}. [@{row.id}]"
        yield site.said(
            site.pick(site.section("datagrunnlag", row.refs("questions"))),
            said,
            site.at("evidence", row.id, "known", "source"),
        )


@kind(13, "told, called documented in the auditor's assessment")
def told_in_reason(site: Site) -> Iterator[Defect]:
    known = {row.id: row["known"] for row in site.rows("evidence")}
    for row in site.rows("assessments"):
        based = row.refs("based_on")
        judged = site.audit.verdict(row) in (*NEGATIVE, *POSITIVE)
        if based and judged and all(known.get(id) == "fortalt" for id in based):
            reason = f"{row['reason'].removesuffix('.')}. Dette er dokumentert og kontrollert."
            yield site.cell(row, "reason", reason, told=("based_on",))


@kind(13, "confirmed by the one who said it")
def self_confirmed(site: Site) -> Iterator[Defect]:
    for row in site.rows("arrangements"):
        if row["said_by"] and not row["confirmed_by"] and "confirmed_by" in row.letters:
            yield site.cell(row, "confirmed_by", row["said_by"], told=("said_by",))


# 14 Criteria ---------------------------------------------------------------------------------------------------------


def _live(site: Site) -> Iterator[Row]:
    evaluative = {question.id for question in site.audit.params.questions if question.kind == "vurderende"}
    for row in site.rows("criteria"):
        if not row["dropped"] and not row["moved_to"] and set(row.refs("questions")) & evaluative:
            yield row


@kind(14, "criterion without source")
def criterion_source(site: Site) -> Iterator[Defect]:
    for row in _live(site):
        if row["source"]:
            changes = [Cell("criteria", row.id, key, "") for key in ("source", "paragraph")]
            changes.append(Cell("criteria", row.id, "missing", without_reason(row, "source")))
            yield Defect(
                tuple(changes),
                (site.at("criteria", row.id, "source", "missing", "paragraph"),),
                f"Kriterier {row.id} uten kilde",
            )


@kind(14, "criterion never assessed: its assessment removed")
def assessment_removed(site: Site) -> Iterator[Defect]:
    followed = {id for row in site.rows("recommendations") for id in row.refs("follows_from")}
    for row in _live(site):
        mine = [v for v in site.rows("assessments") if row.id in v.refs("criteria")]
        if len(mine) == 1 and mine[0].id not in followed:
            yield Defect(
                (Drop("assessments", mine[0].id),),
                (site.at("criteria", row.id),),
                f"Vurderinger {mine[0].id} av {row.id} tatt ut",
            )


def _new_criterion(site: Site, question: str, text: str) -> Add:
    law = next(row for row in site.rows("sources") if row["type"] == "lov" and row["used"] == "Ja")
    return site.new(
        "criteria",
        "nytt-k",
        questions=question,
        text=text,
        modality="bør",
        source=law.id,
        paragraph="§ 4-1",
        material="",
    )


_CRITERIA = (
    "Kommunen bør måle ventetiden i tjenesten.", "Kommunen bør ha en oppdatert oversikt over pårørendetilbud.",
    "Kommunen bør evaluere opplæringen av nyansatte hvert år.", "Kommunen bør ha en plan for rekruttering av fagfolk.",
)  # fmt: skip


@kind(14, "new criterion with neither evidence nor assessment")
def orphan_criterion(site: Site) -> Iterator[Defect]:
    for question in site.audit.params.questions:
        for text in _CRITERIA:
            yield Defect(
                (_new_criterion(site, question.id, text),), (site.at("criteria", "nytt-k"),), f"{question.id}: {text}"
            )


@kind(14, "new criterion with evidence, never assessed")
def unassessed_criterion(site: Site) -> Iterator[Defect]:
    for question in site.audit.params.questions:
        mine = [row for row in site.rows("evidence") if question.id in row.refs("questions") and row["criteria"]]
        for text in _CRITERIA[:2] if mine else ():
            row = site.random.choice(mine)
            changes = (
                _new_criterion(site, question.id, text),
                Cell("evidence", row.id, "criteria", f"{row['criteria']}, nytt-k"),
            )
            yield Defect(
                changes,
                (site.at("criteria", "nytt-k"),),
                f"{question.id}: {text} Datagrunnlag {row.id}, ingen vurdering",
            )


# 15 Assessments ------------------------------------------------------------------------------------------------------


def _without(site: Site, row: Row, column: str) -> Defect:
    changes: tuple[Change, ...] = (Cell(row.register, row.id, column, ""),)
    if "missing" in row.letters:
        changes += (Cell(row.register, row.id, "missing", without_reason(row, column)),)
    spots = (site.at(row.register, row.id, column, "missing"),)
    return Defect(changes, spots, f"{row.schema.sheet} {row.id} uten {row.schema.label(column).lower()}")


@kind(15, "assessment of a criterion without evidence")
def no_evidence(site: Site) -> Iterator[Defect]:
    for row in site.rows("assessments"):
        if row["level"] == "kriterium" and row["based_on"] and site.audit.verdict(row) in (*NEGATIVE, *POSITIVE):
            yield _without(site, row, "based_on")


@kind(15, "overall or other assessment without evidence")
def no_evidence_overall(site: Site) -> Iterator[Defect]:
    for row in site.rows("assessments"):
        if row["level"] != "kriterium" and row["based_on"]:
            yield _without(site, row, "based_on")


@kind(15, "assessment without criterion")
def no_criterion(site: Site) -> Iterator[Defect]:
    for row in site.rows("assessments"):
        if row["level"] == "kriterium" and row["criteria"]:
            yield _without(site, row, "criteria")


@kind(15, "new assessment without evidence")
def new_assessment(site: Site) -> Iterator[Defect]:
    for row in _live(site):
        word = _word(site, site.random.choice(POSITIVE))
        added = site.new(
            "assessments", "ny-v", questions=row["questions"], level="kriterium", criteria=row.id, verdict=word,
            reason="Kommunen arbeider godt på dette området.",
        )  # fmt: skip
        yield Defect((added,), (site.at("assessments", "ny-v"),), f"{row.id}: {word}, uten grunnlag")


# 16 Recommendations --------------------------------------------------------------------------------------------------


def _followed(site: Site) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in site.rows("recommendations"):
        for id in row.refs("follows_from"):
            found.setdefault(id, []).append(row)
    return found


def _negative(site: Site) -> Iterator[Row]:
    for row in site.rows("assessments"):
        if row["level"] == "kriterium" and site.audit.verdict(row) in NEGATIVE:
            yield row


@kind(16, "negative assessment, the recommendation no longer follows from it")
def unfollowed(site: Site) -> Iterator[Defect]:
    followed = _followed(site)
    for row in _negative(site):
        advice = followed.get(row.id, [])
        if advice and not row["no_recommendation"] and all(len(a.refs("follows_from")) > 1 for a in advice):
            changes = tuple(
                Cell(
                    "recommendations",
                    a.id,
                    "follows_from",
                    ", ".join(id for id in a.refs("follows_from") if id != row.id),
                )
                for a in advice
            )
            spots = (
                site.at("assessments", row.id, "no_recommendation", "verdict"),
                *(site.at("recommendations", a.id, "follows_from") for a in advice),
            )
            yield Defect(changes, spots, f"Vurderinger {row.id} ({row['verdict']}) uten anbefaling og grunn")


@kind(16, "negative assessment, the reason for no recommendation emptied")
def reason_emptied(site: Site) -> Iterator[Defect]:
    followed = _followed(site)
    for row in _negative(site):
        if row["no_recommendation"] and row.id not in followed:
            yield site.cell(row, "no_recommendation", "", told=("verdict",))


@kind(16, "a verdict turned negative, without recommendation")
def turned_negative(site: Site) -> Iterator[Defect]:
    followed = _followed(site)
    word = _word(site, "ikke")
    for row in site.rows("assessments"):
        if (
            row["level"] == "kriterium"
            and site.audit.verdict(row) in POSITIVE
            and row.id not in followed
            and not row["no_recommendation"]
        ):
            changes = (
                Cell("assessments", row.id, "verdict", word),
                Cell("assessments", row.id, "reason", "Kommunen har ikke gjort det kriteriet krever."),
            )
            yield Defect(
                changes,
                (site.at("assessments", row.id, "verdict", "no_recommendation"),),
                f"Vurderinger {row.id} → {word}",
            )


@kind(16, "recommendation that follows from nothing")
def from_nothing(site: Site) -> Iterator[Defect]:
    for row in site.rows("recommendations"):
        yield _without(site, row, "follows_from")


@kind(16, "recommendation that follows only from what is fulfilled")
def from_fulfilled(site: Site) -> Iterator[Defect]:
    good = [v.id for v in site.rows("assessments") if v["level"] == "kriterium" and site.audit.verdict(v) == "oppfylt"]
    for row in site.rows("recommendations") if good else ():
        yield site.cell(row, "follows_from", site.random.choice(good))


@kind(16, "new recommendation out of nothing")
def new_recommendation(site: Site) -> Iterator[Defect]:
    texts = (
        "Kommunen bør bygge et nytt svømmeanlegg.", "Kommunen bør gjennomgå rutinene for innkjøp.", "Kommunen bør utarbeide en ny arkivplan.",
    )  # fmt: skip
    for text in texts:
        number = str(len(site.rows("recommendations")) + 1)
        added = site.new(
            "recommendations",
            "ny-a",
            number=number,
            text=text,
            addressee=f"{site.audit.params.municipality.name} kommune",
        )
        yield Defect((added,), (site.at("recommendations", "ny-a"),), text)


# 17 Modality ---------------------------------------------------------------------------------------------------------

_OTHER = {"skal": "bør", "må": "bør", "bør": "skal", "kan": "skal"}
_MODAL = re.compile(r"\b(skal|må|bør)\b")
_INFINITIVES = {
    "har": "ha", "legger": "legge", "sørger": "sørge", "ivaretar": "ivareta", "tilbyr": "tilby", "gir": "gi", "forebygger": "forebygge",
    "hjelper": "hjelpe", "sikrer": "sikre", "kjenner": "kjenne", "får": "få", "informerer": "informere", "bruker": "bruke", "er": "være",
    "tar": "ta", "oppnevnes": "oppnevnes",
}  # fmt: skip


def _drifted(row: Row) -> str | None:
    """The criterion with another modality; an indicative one with «bør»."""
    text = row["text"]
    if match := _MODAL.search(text):
        return (
            text[: match.start()] + _OTHER[match[0]] + text[match.end() :] if len(_MODAL.findall(text)) == 1 else None
        )
    match = re.match(r"((?:Kommunen|NAV-kontoret|Brukeren|Brukerne|Tjenestene|De ansatte|Koordinator)) (\w+) ", text)
    if match is None or match[2] not in _INFINITIVES or ";" in text:
        return None
    rest = re.sub(r"\bog (\w+)\b", lambda m: f"og {_INFINITIVES.get(m[1], m[1])}", text[match.end() :])
    return f"{match[1]} bør {_INFINITIVES[match[2]]} {rest}"


@kind(17, "the criterion printed in a text with another modality")
def drift_in_text(site: Site) -> Iterator[Defect]:
    for row in _live(site):
        if text := _drifted(row):
            for name in ("vurdering", "method", "summary"):
                paragraphs = site.section(name, row.refs("questions")) if name == "vurdering" else site.text(name)
                lead = site.random.choice(("Kriteriet er dette:", "Vi har lagt dette kriteriet til grunn:"))
                yield site.said(
                    site.pick(paragraphs), f"{lead} {text}", site.at("criteria", row.id, "text", "modality")
                )


@kind(17, "Skal/Bør against the criterion's own text")
def drift_in_cell(site: Site) -> Iterator[Defect]:
    for row in _live(site):
        match = _MODAL.search(row["text"])
        if match and match[0] == row["modality"] and len(set(_MODAL.findall(row["text"]))) == 1:
            yield site.cell(row, "modality", _OTHER[match[0]], told=("text",))


@kind(17, "one criterion entered twice with different modality")
def drift_between_rows(site: Site) -> Iterator[Defect]:
    for row in _live(site):
        if (text := _drifted(row)) and _MODAL.search(row["text"]):
            modal = _MODAL.search(text)
            added = site.copied(row, text=text, modality=modal[0] if modal else "bør")
            spots = tuple(site.at("criteria", id, "text", "modality") for id in (row.id, f"{row.id}-ny"))
            yield Defect((added,), spots, f"«{row['text']}» og «{text}»", (24,))


@kind(17, "the criterion in the reason of its assessment with another modality")
def drift_in_reason(site: Site) -> Iterator[Defect]:
    for row in site.rows("assessments"):
        criterion = site.audit.row("criteria", row["criteria"])
        text = _drifted(criterion) if criterion else None
        if criterion and text:
            reason = f"Kriteriet lyder: {text} {row['reason']}"
            yield site.cell(row, "reason", reason, spots=[site.at("criteria", criterion.id, "text", "modality")])


# 20 Excluded and chosen ----------------------------------------------------------------------------------------------


@kind(20, "a source declared unused and used")
def excluded_source(site: Site) -> Iterator[Defect]:
    for row in site.rows("sources"):
        users = [
            (key, other)
            for key in ("evidence", "arrangements", "quantities", "criteria", "surveys")
            for other in site.rows(key)
            if row.id in other.refs("source")
        ]
        doubtful = row["type"] not in ("lov", "forskrift", "lovforarbeid", "rundskriv", "veileder", "vedtak")
        if row["used"] == "Ja" and doubtful and any(key == "evidence" for key, _ in users):
            why = site.random.choice(
                ("Undersøkelsen er for gammel", "Vi kjenner ikke framgangsmåten", "Utkast, ikke vedtatt")
            )
            changes = (Cell("sources", row.id, "used", "Nei"), Cell("sources", row.id, "used_why", why))
            spots = (
                site.at("sources", row.id, "used", "used_why"),
                *(site.at(key, other.id, "source") for key, other in users),
            )
            yield Defect(changes, spots, f"Kilder {row.id}: Brukes = Nei, brukt i {len(users)} rader")


@kind(20, "an unused source cited in a text")
def excluded_cited(site: Site) -> Iterator[Defect]:
    for row in site.rows("sources"):
        if row["used"] == "Nei" and row["received"] != "Nei":
            for section in ("datagrunnlag", "vurdering"):
                said = f"{row['title'].removesuffix('.')} bekrefter bildet. [@{row.id}]"
                yield site.said(site.pick(site.section(section)), said, site.at("sources", row.id, "used"))


@kind(20, "a statement that rests on an unused source")
def excluded_evidence(site: Site) -> Iterator[Defect]:
    unused = [row.id for row in site.rows("sources") if row["used"] == "Nei"]
    for row in site.rows("evidence"):
        if unused and row["known"] == "dokumentert" and row["source"]:
            id = site.random.choice(unused)
            yield site.cell(row, "source", id, spots=[site.at("sources", id, "used")])


@kind(20, "a survey declared unused and used")
def excluded_survey(site: Site) -> Iterator[Defect]:
    for paragraph, match, fact in site.references:
        row = site.audit.row("surveys", fact.row) if fact.register == "surveys" else None
        if row and not row["not_used"]:
            defect = site.cell(
                row, "not_used", "For få svar til at resultatet kan brukes", spots=[site.line(paragraph)]
            )
            lines = tuple(site.line(p) for p, _, other in site.references if other.row == row.id)
            yield Defect(
                defect.changes, (*defect.spots, *lines), f"{defect.note}; brukt i {paragraph.text} ({match[0]})"
            )
    used = {id for key in ("assessments",) for other in site.rows(key) for id in other.refs("based_on")}
    for row in site.rows("surveys"):
        if row.id in used and not row["not_used"]:
            yield site.cell(
                row,
                "not_used",
                "For få svar til at resultatet kan brukes",
                spots=[site.at("assessments", "*", "based_on")],
            )


@kind(20, "informants chosen by the audited unit without a word")
def chosen(site: Site) -> Iterator[Defect]:
    told = tuple(site.line(p) for p in site.text("method"))
    for row in site.held:
        if "chosen_by" in row.letters and row["chosen_by"] in ("", "revisor"):
            who = site.random.choice((f"{site.audit.params.municipality.name} kommune", "kommunen"))
            yield site.cell(row, "chosen_by", who, spots=told)


@kind(20, "a statement told in an interview that was not held")
def not_held(site: Site) -> Iterator[Defect]:
    lost = [row for row in site.rows("interviews") if row["not_held"]]
    told = list(_told(site))
    for interview in lost:
        for row in site.random.sample(told, min(6, len(told))):
            defect = site.cell(row, "source", interview.id, spots=[site.at("interviews", interview.id, "not_held")])
            yield Defect(defect.changes, defect.spots, defect.note, (9, 13))


# 21 Half-done corrections --------------------------------------------------------------------------------------------

_NAMES = ("Mestringshuset", "Ressurssenteret", "Trivselstjenesten", "Servicekontoret")


def _named(site: Site) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Names of units and services that stand in three or more paragraphs, with their paragraphs."""
    own = site.audit.params.municipality.name
    names = {
        row[key].partition(",")[0].partition(" (")[0]
        for register, key in (("arrangements", "name"), ("interviews", "unit"))
        for row in site.rows(register)
    }
    for name in sorted(names):
        pattern = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        places = [
            (n, len(pattern.findall(p.content))) for n, p in enumerate(site.paragraphs) if pattern.search(p.content)
        ]
        if re.fullmatch(r"[A-ZÆØÅ][\wæøåÆØÅ-]{2,}", name) and name != own and len(places) > 2:
            yield name, places


def _corrected(site: Site, old: str, new: str, about: str) -> Add:
    milestones = [milestone.date for milestone in site.audit.params.milestones if milestone.date]
    return site.new(
        "corrections", "ny-r", date=milestones[-1], kind="Feilretting", about=about, old=old, new=new, why="Det sto feil i utkastet", who="utøvende revisor",
    )  # fmt: skip


def _replaced(site: Site, old: str, new: str, keep: set[int]) -> list[Change]:
    """Old for new in every paragraph but some."""
    contents = {name: text.content.split("\n") for name, text in site.audit.texts.items()}
    pattern = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])")
    touched = set()
    for index, paragraph in enumerate(site.paragraphs):
        if index not in keep and pattern.search(paragraph.content):
            contents[paragraph.text][paragraph.line - 1] = pattern.sub(new, paragraph.content)
            touched.add(paragraph.text)
    return [Rewrite(name, "\n".join(contents[name])) for name in sorted(touched)]


def _in_registers(site: Site, old: str) -> Iterator[tuple[Row, str]]:
    pattern = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])")
    for row in site.audit.all_rows():
        for column in row.schema.columns:
            if column.free_text and row.register != "corrections" and pattern.search(row[column.key]):
                yield row, column.key


@kind(21, "a name corrected in one paragraph only")
def corrected_once(site: Site) -> Iterator[Defect]:
    for name, places in _named(site):
        new = site.random.choice(_NAMES)
        first = site.random.choice(places)[0]
        keep = {index for index, _ in places if index != first}
        changes = [_corrected(site, name, new, "Navnet på enheten"), *_replaced(site, name, new, keep)]
        spots = [site.line(site.paragraphs[index]) for index in sorted(keep)] + [site.at("corrections", "ny-r")]
        spots += [site.at(row.register, row.id) for row, _ in _in_registers(site, name)]
        yield Defect(tuple(changes), tuple(spots), f"{name} → {new} i ett av {len(places)} avsnitt")


@kind(21, "a name corrected everywhere but in one paragraph")
def corrected_but_one(site: Site) -> Iterator[Defect]:
    for name, places in _named(site):
        for left, _ in site.random.sample(places, 2):
            new = site.random.choice(_NAMES)
            pattern = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
            cells = [
                Cell(row.register, row.id, column, pattern.sub(new, row[column]))
                for row, column in _in_registers(site, name)
            ]
            changes = (_corrected(site, name, new, "Navnet på enheten"), *_replaced(site, name, new, {left}), *cells)
            spots = (site.line(site.paragraphs[left]), site.at("corrections", "ny-r"))
            yield Defect(changes, spots, f"{name} → {new}, ett avsnitt glemt")


@kind(21, "a name corrected in the texts, left in a register")
def corrected_texts(site: Site) -> Iterator[Defect]:
    for name, places in _named(site):
        rows = list(_in_registers(site, name))
        if rows:
            new = site.random.choice(_NAMES)
            changes = (_corrected(site, name, new, "Navnet på enheten"), *_replaced(site, name, new, set()))
            spots = [site.at("corrections", "ny-r"), *(site.at(row.register, row.id) for row, _ in rows)]
            yield Defect(changes, tuple(spots), f"{name} → {new} i {len(places)} avsnitt, ikke i registrene")


@kind(21, "a number corrected in the register, the old one typed in a text")
def corrected_number(site: Site) -> Iterator[Defect]:
    for paragraph, match, fact in site.references:
        row = site.audit.row("quantities", fact.row) if fact.register == "quantities" else None
        if (
            row
            and fact.number
            and fact.number.kind == "exact"
            and not match[2]
            and fact.number.value >= 10
            and fact.number.high is None
        ):
            new = one_digit(row["value"], site.random)
            if re.search(r"(?:^|[.!?:] )$", paragraph.content[: match.start()]):
                continue
            typed = row["value"] + (" %" if fact.unit == "prosent" else "")
            content = paragraph.content[: match.start()] + typed + paragraph.content[match.end() :]
            about = f"Tall {row.id}, Verdi"
            changes = (
                _corrected(site, row["value"], new, about),
                Cell("quantities", row.id, "value", new),
                site.reword(paragraph, content),
            )
            spots = (site.line(paragraph), site.at("corrections", "ny-r"), site.at("quantities", row.id, "value"))
            yield Defect(changes, spots, f"{about}: {row['value']} → {new}; teksten har fortsatt {typed}", (3,))


@kind(21, "a correction entered, the cell still the old one")
def not_applied(site: Site) -> Iterator[Defect]:
    for row, value in site.quantities:
        if value >= 20 and row["source"]:
            new = one_digit(row["value"], site.random)
            spots = (site.at("corrections", "ny-r"), site.at("quantities", row.id, "value"))
            yield Defect(
                (_corrected(site, shown(value), new, f"Tall {row.id}, Verdi"),),
                spots,
                f"Rettelsen {value} → {new} er ikke ført i Tall {row.id}",
            )


# 22 Sources that disagree --------------------------------------------------------------------------------------------


def _only_told(*rows: Row) -> bool:
    return all(row["known"] == "fortalt" for row in rows)


@kind(22, "contradiction whose clarification is emptied")
def unclarified(site: Site) -> Iterator[Defect]:
    for row in site.rows("evidence"):
        others = [other for id in row.refs("contradicted_by") if (other := site.audit.row("evidence", id))]
        if row["clarification"] and others and not _only_told(row, *others):
            pair = [row, *(other for other in others if row.id in other.refs("contradicted_by"))]
            changes = tuple(Cell("evidence", one.id, "clarification", "") for one in pair)
            spots = tuple(
                site.at("evidence", one.id, "clarification", "contradicted_by", "text") for one in (row, *others)
            )
            yield Defect(
                changes, spots, f"Datagrunnlag {row.id} motsies av {row['contradicted_by']}, avklaring tatt ut"
            )


@kind(22, "contradiction entered without clarification")
def new_contradiction(site: Site) -> Iterator[Defect]:
    for row in site.rows("evidence"):
        if row["known"] in ("dokumentert", "kontrollert") and not row["contradicted_by"] and not row["clarification"]:
            against = [
                other for other in site.rows("evidence")
                if other["known"] == "fortalt" and set(other.refs("criteria")) & set(row.refs("criteria"))
                and {other["direction"], row["direction"]} == {"støtter", "svekker"} and not other["contradicted_by"]
            ]  # fmt: skip
            if against:
                other = site.random.choice(against)
                spots = tuple(
                    site.at("evidence", one.id, "clarification", "contradicted_by", "text") for one in (row, other)
                )
                yield site.cell(row, "contradicted_by", other.id, told=("clarification", "text"), spots=spots)


_PLAIN = re.compile(
    r"^([A-ZÆØÅ][\w -]{2,40}?) (har|er|gir|får|tilbyr|bruker|holder|omfatter|omtaler|viser|beskriver|fungerer) (?!ikke|ingen|også|bare|aldri|blitt|lite|få |delte)(.+)$"
)


@kind(22, "a document and an informant that say the opposite, not shown")
def negated(site: Site) -> Iterator[Defect]:
    interviews = [row.id for row in site.held]
    for row in site.rows("evidence"):
        match = _PLAIN.match(row["text"])
        if (
            match
            and not re.search(
                r"\b(?:at|som|der|når|hvis)\b|^(?:Alle|Flere|Noen|Mange|Enkelte|De fleste|Bare|Begge)\b", match[1]
            )
            and row["known"] in ("dokumentert", "kontrollert")
            and len(row["text"]) < 110
            and not re.search(r"[,;:]|\bmen\b|\bikke\b|\bingen\b", row["text"])
        ):
            text = f"{match[1]} {match[2]} ikke {match[3]}"
            turned = {"støtter": "svekker", "svekker": "støtter"}.get(row["direction"], "svekker")
            added = site.copied(
                row, text=text, source=site.random.choice(interviews), known="fortalt", direction=turned, contradicted_by="", clarification="",
                quote="", note="", missing="",
            )  # fmt: skip
            spots = tuple(site.at("evidence", id) for id in (row.id, f"{row.id}-ny"))
            yield Defect((added,), spots, f"«{row['text']}» og «{text}»")


# 26 Colours and roll-ups ---------------------------------------------------------------------------------------------


@kind(26, "a colour in place of the verdict's word")
def colour(site: Site) -> Iterator[Defect]:
    for row in site.rows("assessments"):
        if site.audit.verdict(row) in (*POSITIVE, *NEGATIVE):
            good = site.audit.verdict(row) in POSITIVE
            defect = site.cell(
                row, "verdict", site.random.choice(("Grønn", "Grønt lys") if good else ("Gul", "Rød", "Rødt lys"))
            )
            yield Defect(defect.changes, defect.spots, defect.note, (0,))


def _overall(site: Site) -> Iterator[tuple[Row, list[Row]]]:
    """Overall assessments with the assessments of their question's criteria."""
    for row in site.rows("assessments"):
        if row["level"] == "problemstilling":
            question = row.refs("questions")[0]
            mine = [
                v for v in site.rows("assessments") if v["level"] == "kriterium" and question in v.refs("questions")
            ]
            yield row, [v for v in mine if site.audit.verdict(v) in (*POSITIVE, *NEGATIVE)]


@kind(26, "overall fulfilled, a material criterion not")
def outside_frame(site: Site) -> Iterator[Defect]:
    for row, mine in _overall(site):
        parts = {criterion.id for criterion in site.rows("criteria") if criterion["parent"]}
        alone = [v for v in mine if v["criteria"] not in parts]
        for verdict in site.random.sample(alone, min(5, len(alone))):
            changes = (
                Cell("assessments", row.id, "verdict", _word(site, "oppfylt")), Cell("assessments", row.id, "reason", "Kravene er oppfylt."),
                Cell("assessments", verdict.id, "verdict", _word(site, "ikke")), Cell("criteria", verdict["criteria"], "material", "Ja"),
                Cell("assessments", verdict.id, "no_recommendation", "Forholdet er rettet etter at dataene ble samlet inn"),
            )  # fmt: skip
            spots = (
                site.at("assessments", row.id, "verdict", "reason", "reservation"),
                site.at("assessments", verdict.id, "verdict"),
            )
            yield Defect(
                changes, spots, f"{row['questions']}: samlet Oppfylt, {verdict['criteria']} (vesentlig) Ikke oppfylt"
            )


@kind(26, "all criteria fulfilled, overall not")
def below_frame(site: Site) -> Iterator[Defect]:
    for row, mine in _overall(site):
        question = row.refs("questions")[0]
        every = [v for v in site.rows("assessments") if v["level"] == "kriterium" and question in v.refs("questions")]
        for key in ("ikke", "delvis", "liten") if len(mine) > 0 else ():
            changes = (
                *(Cell("assessments", v.id, "verdict", _word(site, "oppfylt")) for v in every),
                Cell("assessments", row.id, "verdict", _word(site, key)),
                Cell("assessments", row.id, "reason", "Se vurderingene over."),
            )
            spots = (site.at("assessments", row.id, "verdict", "reason", "reservation"),)
            yield Defect(changes, spots, f"{row['questions']}: alle {len(every)} Oppfylt, samlet {_word(site, key)}")


@kind(26, "all criteria negative, overall fulfilled")
def above_frame(site: Site) -> Iterator[Defect]:
    for row, mine in _overall(site):
        if mine:
            why = "Forholdet er rettet etter at dataene ble samlet inn"
            changes = (
                *(Cell("assessments", v.id, "verdict", _word(site, "ikke")) for v in mine),
                *(Cell("assessments", v.id, "no_recommendation", why) for v in mine),
                *(Cell("criteria", v["criteria"], "material", "Ja") for v in mine if v["criteria"]),
                Cell("assessments", row.id, "verdict", _word(site, "oppfylt")), Cell("assessments", row.id, "reason", "Se vurderingene over."),
            )  # fmt: skip
            yield Defect(
                changes,
                (site.at("assessments", row.id, "verdict", "reason", "reservation"),),
                f"{row['questions']}: alle Ikke oppfylt, samlet Oppfylt",
            )


@kind(26, "parent criterion fulfilled, all of its parts not")
def parent_above(site: Site) -> Iterator[Defect]:
    for parent in site.rows("criteria"):
        own = next((v for v in site.rows("assessments") if v["criteria"] == parent.id), None)
        children = [c.id for c in site.rows("criteria") if c["parent"] == parent.id]
        mine = [
            v
            for v in site.rows("assessments")
            if v["criteria"] in children and site.audit.verdict(v) in (*POSITIVE, *NEGATIVE)
        ]
        if own and mine:
            why = "Forholdet er rettet etter at dataene ble samlet inn"
            changes = (
                Cell("criteria", parent.id, "logic", "alle"), Cell("assessments", own.id, "verdict", _word(site, "oppfylt")),
                Cell("assessments", own.id, "reason", "Kravet er oppfylt."),
                *(Cell("assessments", v.id, "verdict", _word(site, "ikke")) for v in mine),
                *(Cell("assessments", v.id, "no_recommendation", why) for v in mine),
            )  # fmt: skip
            spots = (
                site.at("assessments", own.id, "verdict", "reason", "reservation"),
                *(site.at("assessments", v.id, "verdict") for v in mine),
            )
            yield Defect(
                changes,
                spots,
                f"{parent.id} Oppfylt, {', '.join(v['criteria'] for v in mine)} Ikke oppfylt (alle kreves)",
            )


# 27 Parts RSK 001 requires -------------------------------------------------------------------------------------------


def _part(text: str) -> tuple[Spot, ...]:
    return (Spot(f"text/{text}.md"), *PARAMETERS, Spot("*", text))


@kind(27, "a text that is not there")
def text_missing(site: Site) -> Iterator[Defect]:
    for name in site.audit.texts:
        yield Defect((Rewrite(name, None),), _part(name), f"text/{name}.md finnes ikke")


@kind(27, "a text that is empty")
def text_empty(site: Site) -> Iterator[Defect]:
    for name in site.audit.texts:
        heads = [line for line in site.audit.texts[name].content.split("\n") if line.startswith("# ")]
        yield Defect((Rewrite(name, "\n\n".join(heads) + "\n"),), _part(name), f"text/{name}.md er tom")


@kind(27, "a question without evidence or without assessment in its text")
def section_missing(site: Site) -> Iterator[Defect]:
    for name, text in site.audit.texts.items():
        parts = re.split(r"(?m)^(?=# )", text.content)
        for index, part in enumerate(parts):
            if part.startswith("# ") and name not in TEXTS:
                content = "".join(parts[:index] + parts[index + 1 :])
                yield Defect((Rewrite(name, content),), _part(name), f"text/{name}.md uten {part.split()[1]}")


@kind(27, "no response of the chief executive")
def response_missing(site: Site) -> Iterator[Defect]:
    rows = [row for row in site.rows("comments") if row["round"] == "uttalelse"]
    if rows and any(row["text"] for row in rows):
        sheet = site.audit.schema["comments"].sheet
        yield Defect(tuple(Drop("comments", row.id) for row in rows), (Spot(sheet),), "Ingen uttalelse")
        blank = tuple(Cell("comments", row.id, key, "") for row in rows for key in ("text", "missing"))
        yield Defect(blank, (Spot(sheet),), "Uttalelsen er tom, uten grunn")


@kind(27, "no purpose, criteria, sources, interviews or assessments")
def part_missing(site: Site) -> Iterator[Defect]:
    yield Defect((Parameters((("purpose", ""),)),), PARAMETERS, "Formålet mangler")
    for question in site.audit.params.questions:
        rows = [row for row in site.rows("assessments") if question.id in row.refs("questions")]
        spots = (
            site.at("assessments"),
            site.at("criteria"),
            *PARAMETERS,
            Spot("*", question.id),
            Spot(f"text/{question.id}.md"),
        )
        yield Defect(
            tuple(Drop("assessments", row.id) for row in rows), spots, f"Ingen vurdering til {question.id}", (14,)
        )
        rows = [row for row in site.rows("criteria") if question.id in row.refs("questions")]
        yield Defect(
            tuple(Drop("criteria", row.id) for row in rows), spots, f"Ingen kriterier til {question.id}", (14, 15)
        )
        rows = [row for row in site.rows("evidence") if question.id in row.refs("questions")]
        where = (*spots, site.at("evidence"))
        yield Defect(
            tuple(Drop("evidence", row.id) for row in rows), where, f"Ikke datagrunnlag til {question.id}", (14, 15)
        )
