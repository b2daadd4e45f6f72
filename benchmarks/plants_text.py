# ruff: noqa: E501 - sentences and tables of cases read better a line each
"""Defects of the texts: interviews, quantifiers, citations, tables, foreign text, wordings, laws, persons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from benchmarks.editing import Add, Cell, Parameters, Rewrite
from benchmarks.planting import (
    PARAMETERS,
    Defect,
    Paragraph,
    Share,
    Site,
    Spot,
    kind,
    reworded,
    with_reason,
    without_reason,
    word,
)
from helpers.params import TableSpec
from helpers.register import Row

# 9 Interviews --------------------------------------------------------------------------------------------------------


def _other_count(site: Site, right: int) -> int:
    return site.random.choice([n for n in range(max(2, right - 4), right + 5) if n != right])


def _interviewed(site: Site) -> Spot:
    return site.at("interviews")


@kind(9, "number of interviews typed over a reference")
def interviews_typed(site: Site) -> Iterator[Defect]:
    for paragraph, match, fact in site.references:
        row = site.audit.row("measures", fact.row) if fact.register == "measures" else None
        if row and row["over"] == "Intervjuer" and "intervju" in row["n_where"] and fact.number:
            for _ in range(2):
                typed = word(_other_count(site, int(fact.number.value)))
                defect = site.retyped(paragraph, match, typed, fact)
                yield Defect(defect.changes, (*defect.spots, _interviewed(site)), defect.note, (3, 12))


@kind(9, "number of interviews in a sentence")
def interviews_said(site: Site) -> Iterator[Defect]:
    right = len(site.held)
    for paragraph in [*site.text("background", "summary", "conclusion", "method"), *site.section("datagrunnlag")]:
        wrong = word(_other_count(site, right))
        said = site.random.choice((
            f"Revisjonen har gjennomført {wrong} intervjuer.", f"Vurderingene bygger blant annet på {wrong} intervjuer.",
        ))  # fmt: skip
        yield site.said(paragraph, said, _interviewed(site), also=(3,))


@kind(9, "number of persons interviewed in a sentence")
def persons_said(site: Site) -> Iterator[Defect]:
    if site.persons:
        for paragraph in [*site.text("background", "summary", "conclusion", "method"), *site.section("datagrunnlag")]:
            wrong = word(_other_count(site, site.persons))
            said = site.random.choice((f"Vi intervjuet {wrong} personer.", f"I alt {wrong} personer ble intervjuet."))
            yield site.said(paragraph, said, _interviewed(site), also=(3,))


@kind(9, "form of the interviews in a sentence")
def forms_said(site: Site) -> Iterator[Defect]:
    for paragraph in site.text("method", "background", "summary"):
        for form, said in (
            ("gruppeintervju", "{} av intervjuene var gruppeintervjuer."),
            ("telefonintervju", "{} av intervjuene ble gjort på telefon."),
        ):
            right = sum(1 for row in site.held if row["form"] == form)
            wrong = _other_count(site, right)
            if 1 < wrong <= len(site.held):
                yield site.said(paragraph, said.format(word(wrong).capitalize()), _interviewed(site), also=(3, 12))


@kind(9, "an informant who was never interviewed")
def never_interviewed(site: Site) -> Iterator[Defect]:
    asked = {role.strip().lower() for row in site.held for role in row["roles"].split(";")}
    for row in site.rows("interviews"):
        role = row["roles"].strip()
        one = (
            row["shown_as"] != "gruppe"
            and ";" not in role
            and len(role) < 40
            and role not in ("", "ikke oppgitt", "kommunen")
        )
        if row in site.held or not one or role.lower() in asked or role.lower().startswith("flere"):
            continue
        apart = not set(row["unit"].lower().split()) & set(role.lower().split())
        where = f" i {row['unit']}" if apart and role.lower() not in row["unit"].lower() else ""
        for paragraph in site.text("method", "summary"):
            yield site.said(
                paragraph, f"Revisjonen intervjuet {role[:1].lower() + role[1:]}{where}.", _interviewed(site)
            )
    for role in ("ordføreren", "økonomisjefen", "fylkeslegen"):
        yield site.said(site.pick(site.text("method")), f"Vi intervjuet også {role}.", _interviewed(site))


@kind(9, "number of interviews in Tall")
def interviews_number(site: Site) -> Iterator[Defect]:
    for row, value in site.quantities:
        if row["unit"] == "intervjuer" or "ntervjuede personer" in row["what"]:
            for off in (1, 2, -2):
                defect = site.cell(row, "value", str(int(value) + off), spots=[_interviewed(site)])
                yield Defect(defect.changes, defect.spots, defect.note, (3,))
    for off in (-2, 1, 3):
        added = site.new("quantities", "nye-intervjuer", what="Gjennomførte intervjuer", unit="intervjuer", value=str(len(site.held) + off),
                         as_of=str(site.span[1]), source=site.source.id)  # fmt: skip
        spots = (site.at("quantities", "nye-intervjuer", "value"), _interviewed(site))
        yield Defect((added,), spots, f"Tall: {len(site.held) + off} intervjuer, registeret har {len(site.held)}", (3,))


# 12 Quantifiers ------------------------------------------------------------------------------------------------------


def _assessed(site: Site, share: Share, sentence: str) -> Defect:
    places = site.section("vurdering", share.questions) + site.text("summary", "conclusion")
    return site.said(site.pick(places), f"{sentence}{share.cite}", *share.spots)


def _plants(site: Site, lead: str, low: float, high: float) -> Iterator[Defect]:
    """A quantifier where the share of n of N lies between two shares, far from what the word means."""
    for share in site.shares:
        if share.base >= 3 and low <= share.n / share.base <= high and " ikke " not in share.predicate:
            yield _assessed(site, share, f"{lead} {share.noun} {share.predicate}.")


@kind(12, "alle, where n is below N")
def all_of(site: Site) -> Iterator[Defect]:
    for share in site.shares:
        if share.n < share.base:
            yield _assessed(site, share, f"Alle {share.noun} {share.predicate}.")


@kind(12, "ingen, where n is above 0")
def none_of(site: Site) -> Iterator[Defect]:
    for share in site.shares:
        if share.n > 0 and " ikke " not in share.predicate:
            yield _assessed(site, share, f"Ingen av {share.noun} {share.predicate}.")


@kind(12, "de fleste, flertallet, where under half")
def most_of(site: Site) -> Iterator[Defect]:
    for lead in ("De fleste av", "Flertallet av", "Mer enn halvparten av"):
        yield from _plants(site, lead, 0, 0.45)


@kind(12, "et mindretall, enkelte, få, where over half")
def few_of(site: Site) -> Iterator[Defect]:
    for lead in ("Bare et mindretall av", "Bare enkelte av", "Færre enn halvparten av"):
        yield from _plants(site, lead, 0.6, 1)


@kind(12, "nesten alle or halvparten, where far from it")
def half_of(site: Site) -> Iterator[Defect]:
    yield from _plants(site, "Nesten alle", 0, 0.7)
    yield from _plants(site, "Halvparten av", 0, 0.35)
    yield from _plants(site, "Om lag halvparten av", 0.65, 1)


@kind(12, "n of N in a sentence")
def n_of(site: Site) -> Iterator[Defect]:
    for share in site.shares:
        options = [n for n in range(max(1, share.n - 3), min(share.base, share.n + 4)) if n != share.n]
        if options and share.base < 300:
            wrong = site.random.choice(options)
            noun = share.noun.removeprefix("de ")
            pair = (word(wrong), word(share.base)) if share.base <= 12 else (str(wrong), str(share.base))
            yield _assessed(site, share, f"I alt {pair[0]} av de {pair[1]} {noun} {share.predicate}.")


@kind(12, "n of N typed over a reference")
def n_of_typed(site: Site) -> Iterator[Defect]:
    for paragraph, match, fact in site.references:
        if match[2] == "n av N" and fact.n is not None and fact.base:
            options = [n for n in range(max(1, fact.n - 3), min(fact.base, fact.n + 4)) if n != fact.n]
            wrong, base = site.random.choice(options), fact.base
            typed = f"{word(wrong)} av {word(base)}" if base <= 12 else f"{wrong} av {base}"
            yield site.retyped(paragraph, match, typed, fact, 3)


@kind(12, "a number word typed over a reference")
def word_typed(site: Site) -> Iterator[Defect]:
    for paragraph, match, fact in site.references:
        number = fact.number
        over = site.audit.row("measures", fact.row) if fact.register == "measures" else None
        if (
            match[2] == "ord"
            and number
            and number.kind == "exact"
            and number.value <= 12
            and (not over or over["over"] != "Intervjuer")
        ):
            wrong = site.random.choice([n for n in range(2, 13) if n != number.value])
            typed = word(wrong)
            typed = typed.capitalize() if re.search(r"(?:^|[.!?] )$", paragraph.content[: match.start()]) else typed
            yield site.retyped(paragraph, match, typed, fact, 3)


@kind(12, "percent in a sentence")
def percent_of(site: Site) -> Iterator[Defect]:
    for share in site.shares:
        wrong = site.random.choice([p for p in (15, 25, 35, 45, 60, 75, 85, 95) if abs(p - share.percent) > 9])
        if share.base >= 20:
            yield _with_also(_assessed(site, share, f"I alt {wrong} prosent av {share.noun} {share.predicate}."), 2, 3)


@kind(12, "a percent typed over a reference")
def percent_typed(site: Site) -> Iterator[Defect]:
    for paragraph, match, fact in site.references:
        number = fact.number
        if fact.unit == "prosent" and number and number.high is None and not match[2]:
            wrong = site.random.choice([p for p in (8, 15, 25, 35, 45, 60, 75, 90) if abs(p - float(number.value)) > 9])
            yield _with_also(site.retyped(paragraph, match, f"{wrong} prosent", fact), 2, 3)


@kind(12, "a bound: over, under, a third, opp mot")
def bound_of(site: Site) -> Iterator[Defect]:
    for share in site.shares:
        part = share.n / share.base
        said = [lead for lead, low, high in (
            ("Over 80 prosent av", 0.0, 0.7), ("Under 20 prosent av", 0.3, 1.0), ("Om lag to tredeler av", 0.0, 0.5), ("Om lag en tredel av", 0.5, 1.0),
            ("Opp mot 90 prosent av", 0.0, 0.7), ("Knapt halvparten av", 0.65, 1.0), ("Godt over halvparten av", 0.0, 0.45),
        ) if low <= part <= high]  # fmt: skip
        for lead in site.random.sample(said, min(2, len(said))):
            yield _with_also(_assessed(site, share, f"{lead} {share.noun} {share.predicate}."), 2, 3)


def _with_also(defect: Defect, *also: int) -> Defect:
    return Defect(defect.changes, defect.spots, defect.note, (*defect.also, *also))


_GROUP = re.compile(
    r"^(Ansatte|Brukere|Brukerne|Lederne|Ledere|De unge|Fastlegene|Virksomhetene|Tjenestene|Koordinatorer) (\w+) (.+)\.$"
)
_DEFINITE = {
    "Ansatte": "de ansatte", "Brukere": "brukerne", "Brukerne": "brukerne", "Lederne": "lederne", "Ledere": "lederne", "De unge": "de unge",
    "Fastlegene": "fastlegene", "Virksomhetene": "virksomhetene", "Tjenestene": "tjenestene", "Koordinatorer": "koordinatorene",
}  # fmt: skip


@kind(12, "two quantifiers for one statement")
def two_quantifiers(site: Site) -> Iterator[Defect]:
    for row in site.rows("evidence"):
        match = _GROUP.match(row["text"])
        if match and not re.search(r"\bikke\b|\bingen\b", row["text"]):
            noun = _DEFINITE[match[1]]
            first = site.pick(site.section("datagrunnlag", row.refs("questions")))
            second = site.pick(site.text("summary", "conclusion"))
            one = f"Alle {noun} {match[2]} {match[3]}. [@{row.id}]"
            other = f"Bare noen få av {noun} {match[2]} {match[3]}. [@{row.id}]"
            changes = (site.append(first, one), site.append(second, other))
            spots = (site.line(first), site.line(second), site.at("evidence", row.id, "text"))
            yield Defect(changes, spots, f"{one} / {other}")


# 18 Citations --------------------------------------------------------------------------------------------------------

_CITATION = re.compile(r"\[@([a-z0-9-]+)\]")


@kind(18, "a citation misspelt")
def misspelt(site: Site) -> Iterator[Defect]:
    for paragraph in site.paragraphs:
        for match in _CITATION.finditer(paragraph.content):
            wrong = match[1][:-1] + ("x" if match[1][-1].isalpha() else "99") if len(match[1]) > 3 else match[1] + "99"
            if site.audit.cited(wrong) is None:
                content = f"{paragraph.content[: match.start()]}[@{wrong}]{paragraph.content[match.end() :]}"
                yield Defect((site.reword(paragraph, content),), (site.line(paragraph),), f"[@{match[1]}] → [@{wrong}]")


@kind(18, "a source reference in a register misspelt")
def dangling(site: Site) -> Iterator[Defect]:
    for register in ("evidence", "criteria", "quantities", "arrangements"):
        for row in site.rows(register):
            refs = row.refs("source")
            if refs and len(refs[-1]) > 3:
                wrong = refs[-1][:-1] + "x"
                if site.audit.cited(wrong) is None:
                    defect = site.cell(row, "source", ", ".join((*refs[:-1], wrong)))
                    yield Defect(defect.changes, defect.spots, defect.note, (0,))


@kind(18, "an author and year that no list has")
def unlisted(site: Site) -> Iterator[Defect]:
    authors = ("Riksrevisjonen", "Helsetilsynet", "Folkehelseinstituttet", "NOVA", "SINTEF", "Statistisk sentralbyrå")
    known = [f"{row['issuer']} {row['title']} {row['date']} {row['note']}" for row in site.rows("sources")]
    for paragraph in [*site.section("datagrunnlag"), *site.text("background")]:
        author, year = site.random.choice(authors), site.span[0] - site.random.choice((3, 4, 6))
        if not any(author in text and str(year) in text for text in known):
            said = site.random.choice((
                f"Dette er et kjent problem i mange kommuner ({author} {year}).", f"Det samme er beskrevet nasjonalt ({author} {year}, s. 14).",
            ))  # fmt: skip
            yield site.said(paragraph, said)


@kind(18, "ibid and its like")
def ibid(site: Site) -> Iterator[Defect]:
    for paragraph in [*site.section("datagrunnlag"), *site.text("background", "method")]:
        mark = site.random.choice(("(ibid.)", "(ibid., s. 99)", "(ibid, 78)", "(op.cit., s. 12)"))
        yield site.said(paragraph, f"Rollene er beskrevet nærmere samme sted {mark}.")


@kind(18, "a footnote mark without text")
def footnote_mark(site: Site) -> Iterator[Defect]:
    for paragraph in [*site.section("datagrunnlag"), *site.section("vurdering"), *site.text("background")]:
        number = site.random.randint(1, 60)
        content = re.sub(r"(\w)\.(?= |$)", rf"\1.[^{number}]", paragraph.content, count=1)
        if content != paragraph.content and f"[^{number}]" not in site.audit.texts[paragraph.text].content:
            yield Defect((site.reword(paragraph, content),), (site.line(paragraph),), f"[^{number}] uten fotnotetekst")


@kind(18, "a footnote text nothing refers to")
def footnote_text(site: Site) -> Iterator[Defect]:
    for name in site.audit.texts:
        last = [p for p in site.paragraphs if p.text == name][-1]
        number = site.random.randint(1, 60)
        content = f"{last.content}\n\n[^{number}]: Se årsmeldingen for {site.span[0] - 1}."
        spot = Spot(site.audit.texts[name].file, line=last.line + 2)
        yield Defect(
            (site.reword(last, content),), (spot, site.line(last)), f"[^{number}]: fotnotetekst uten tegn i {name}"
        )


@kind(18, "a source listed and never cited")
def uncited(site: Site) -> Iterator[Defect]:
    titles = (
        "Strategi for frivillighet",
        "Årsmelding for kulturskolen",
        "Temaplan for folkehelse",
        "Evaluering av servicetorget",
        "Plan for klima og energi",
    )
    for title in titles:
        for type in ("plan", "rapport"):
            added = site.new("sources", "ny-kilde", type=type, title=title, issuer=f"{site.audit.params.municipality.name} kommune",
                             date=str(site.span[0] - 1), used="Ja", used_as="grunnlag")  # fmt: skip
            yield Defect((added,), (site.at("sources", "ny-kilde"),), f"Kilder: «{title}» ({type}), brukt ingen steder")


# 19 Tables and figures -----------------------------------------------------------------------------------------------


@kind(19, "a table or figure that does not exist")
def no_such_table(site: Site) -> Iterator[Defect]:
    for paragraph in [*site.section("datagrunnlag"), *site.section("vurdering"), *site.text("summary")]:
        number = len(site.audit.params.tables) + site.random.randint(4, 40)
        thing = site.random.choice(("tabell", "figur"))
        said = site.random.choice((f"Fordelingen går fram av {thing} {number}.", f"{thing.capitalize()} {number} viser utviklingen de siste årene.", f"Tallene er samlet (se {thing} {number})."))  # fmt: skip
        yield site.said(paragraph, said)


@kind(19, "a chapter or appendix that does not exist")
def no_such_chapter(site: Site) -> Iterator[Defect]:
    for paragraph in [*site.section("datagrunnlag"), *site.text("method", "background")]:
        where = site.random.choice(
            (
                f"kapittel {site.random.randint(14, 30)}.{site.random.randint(1, 6)}",
                f"vedlegg {site.random.choice('HKMQ')}",
            )
        )
        yield site.said(paragraph, f"Dette er beskrevet nærmere i {where}.")


@kind(19, "a table of the parameters without rows")
def empty_table(site: Site) -> Iterator[Defect]:
    titles = (
        "Ventetid i tjenesten",
        "Ansatte etter utdanning",
        "Brukere etter bosted",
        "Utgifter til tjenesten",
        "Klager og vedtak",
    )
    for title in titles:
        for register in ("tall", "ordninger"):
            spec = TableSpec(id="ny-tabell", title=title, register=register)
            spots = (*PARAMETERS, Spot("*", "ny-tabell"))
            yield Defect(
                (Parameters((("tables", (*site.audit.params.tables, spec)),)),),
                spots,
                f"Tabellen «{title}» ({register}) uten rader",
            )


def _tables(site: Site) -> Iterator[tuple[str, list[Row]]]:
    for spec in site.audit.params.tables:
        rows = [
            row
            for key in ("quantities", "surveys", "arrangements")
            for row in site.rows(key)
            if row["table"] == spec.id
        ]
        if rows:
            yield spec.id, rows


@kind(19, "rows that name a table the parameters do not have")
def unknown_table(site: Site) -> Iterator[Defect]:
    for id, rows in _tables(site):
        row = site.random.choice(rows)
        yield site.cell(row, "table", f"{id}{site.random.choice(('-b', '0', 'x'))}", spots=PARAMETERS)


@kind(19, "a table without source")
def unsourced_table(site: Site) -> Iterator[Defect]:
    for id, rows in _tables(site):
        if any(row["source"] for row in rows):
            changes = [Cell(row.register, row.id, "source", "") for row in rows]
            changes += [
                Cell(row.register, row.id, "missing", without_reason(row, "source"))
                for row in rows
                if "missing" in row.letters
            ]
            spots = (*(site.at(row.register, row.id, "source", "missing") for row in rows), *PARAMETERS)
            yield Defect(tuple(changes), spots, f"Tabellen {id} uten kilde i noen rad ({len(rows)})")


@kind(19, "a row of a table without unit")
def unitless(site: Site) -> Iterator[Defect]:
    for _, rows in _tables(site):
        for row in site.random.sample(rows, min(3, len(rows))):
            if row["unit"]:
                defect = site.cell(row, "unit", "", told=("missing",))
                yield Defect(defect.changes, defect.spots, defect.note, (0, 5))


@kind(19, "a table whose values are all gone")
def dataless(site: Site) -> Iterator[Defect]:
    for id, rows in _tables(site):
        filled = [row for row in rows if row["value"]]
        if filled and not any(f"{row.register}.{row.id}" in site.referred for row in filled):
            changes: list[Cell] = []
            for row in filled:
                changes += [
                    Cell(row.register, row.id, "value", ""),
                    Cell(row.register, row.id, "missing", with_reason(row, "value", "ikke oppgitt")),
                ]
            spots = (*(site.at(row.register, row.id, "value", "missing", "table") for row in rows), *PARAMETERS)
            yield Defect(tuple(changes), spots, f"Tabellen {id} uten verdier ({len(filled)})", (5,))


# 23 Foreign text -----------------------------------------------------------------------------------------------------

_OTHERS = ("Åsnes", "Vennesla", "Lillestrøm", "Orkland", "Sunnfjord", "Porsgrunn", "Kvinnherad", "Steinkjer")


def _foreign(site: Site) -> str:
    every = " ".join(cell for row in site.audit.all_rows() for cell in row.cells.values())
    return site.random.choice([name for name in _OTHERS if name not in every])


@kind(23, "another municipality in a text")
def other_municipality(site: Site) -> Iterator[Defect]:
    for paragraph in [*site.section("datagrunnlag"), *site.section("vurdering"), *site.text("summary", "conclusion")]:
        other = _foreign(site)
        said = site.random.choice((
            f"{other} kommune har rutiner for dette.", f"Ledelsen i {other} kommune følger opp arbeidet jevnlig.", f"Samlet er tilbudet i {other} kommune godt.",
        ))  # fmt: skip
        yield site.said(paragraph, said)


@kind(23, "another municipality in place of the audited one")
def replaced_municipality(site: Site) -> Iterator[Defect]:
    own = f"{site.audit.params.municipality.name} kommune"
    for paragraph in site.paragraphs:
        if own in paragraph.content:
            new = f"{_foreign(site)} kommune"
            yield Defect(
                (site.reword(paragraph, paragraph.content.replace(own, new, 1)),),
                (site.line(paragraph),),
                f"{own} → {new}",
            )
    for register, column in (("recommendations", "addressee"), ("evidence", "text"), ("assessments", "reason")):
        for row in site.rows(register):
            if own in row[column]:
                yield site.cell(row, column, row[column].replace(own, f"{_foreign(site)} kommune"))


@kind(23, "another municipality in a register")
def municipality_in_cell(site: Site) -> Iterator[Defect]:
    for register, column in (("assessments", "reason"), ("recommendations", "text"), ("evidence", "text")):
        for row in site.rows(register):
            if re.match(r"Kommunen [a-zæøå]", row[column]) and len(row[column]) < 140:
                yield site.cell(row, column, row[column].replace("Kommunen", f"{_foreign(site)} kommune", 1))


_HOLES = ("[sett inn navn]", "XX", "<navn på kommunen>", "NN", "[dato]", "xxx", "[tall]", "(kommunens navn)")


@kind(23, "a placeholder in a text")
def placeholder(site: Site) -> Iterator[Defect]:
    for paragraph in [*site.section("datagrunnlag"), *site.section("vurdering"), *site.text("background", "method")]:
        hole = site.random.choice(_HOLES)
        said = site.random.choice(
            (f"Vi fikk opplysningene fra {hole}.", f"Ordningen ble evaluert av {hole}.", f"Arbeidet ledes av {hole}.")
        )
        yield site.said(paragraph, said)


@kind(23, "a placeholder in a register")
def placeholder_in_cell(site: Site) -> Iterator[Defect]:
    for register, column in (
        ("evidence", "text"),
        ("assessments", "reason"),
        ("recommendations", "text"),
        ("sources", "title"),
        ("criteria", "text"),
    ):
        rows = site.rows(register)
        for row in site.random.sample(rows, min(8, len(rows))):
            hole = site.random.choice(("[fyll inn]", "TODO", "XXX", "[sett inn kilde]", "???"))
            yield site.cell(row, column, f"{row[column].removesuffix('.')} {hole}.")


@kind(23, "a leftover of the template")
def leftover(site: Site) -> Iterator[Defect]:
    texts = (
        "Her beskrives datagrunnlaget kort.", "Skriv vurderingen her.", "Slett denne teksten før rapporten sendes.", "Lorem ipsum dolor sit amet.",
        "Malteksten under skal fylles ut av utøvende revisor.", "[Veiledning: Beskriv funnene nøytralt.]", "Husk å oppdatere dette avsnittet.",
    )  # fmt: skip
    for paragraph in site.paragraphs:
        yield site.said(paragraph, site.random.choice(texts))


# 24 Two wordings -----------------------------------------------------------------------------------------------------


@kind(24, "a question in another wording")
def question_reworded(site: Site) -> Iterator[Defect]:
    for number, question in enumerate(site.audit.params.questions, start=1):
        for text in {t for t in (reworded(question.text), _shortened(question.text)) if t}:
            for paragraph in [*site.text("background", "summary", "method")]:
                said = site.random.choice(
                    (
                        f"Problemstilling {number} er: {text}",
                        f"Den {_ORDINALS[number - 1]} problemstillingen lyder slik: {text}",
                    )
                )
                yield site.said(paragraph, said, *PARAMETERS)


_ORDINALS = ("første", "andre", "tredje", "fjerde", "femte", "sjette", "sjuende", "åttende")


def _shortened(text: str) -> str | None:
    """The question with one word of its own form changed, as reports drift: «lovverk» for «lovverket»."""
    for old, new in (("rusomsorgen", "rusomsorg"), ("lovverk ", "lovverket "), ("psykiske helsetjenester", "psykisk helsehjelp"), ("helhetlig og koordinert", "koordinert og helhetlig"), ("helhetlig og samordnet", "samordnet og helhetlig"), ("de viktigste aktørene", "aktørene"), ("tjenestene de får", "tjenestene"), ("arbeider kommunen med", "jobber kommunen med"), ("hensyn til", "nok hensyn til")):  # fmt: skip
        if old in text:
            return text.replace(old, new, 1)
    return None


def _again(site: Site, row: Row, column: str, lead: str, paragraphs: Sequence[Paragraph]) -> Iterator[Defect]:
    if text := reworded(row[column]):
        yield site.said(site.pick(paragraphs), f"{lead} {text}", site.at(row.register, row.id, column))


@kind(24, "a recommendation in another wording in a text")
def recommendation_reworded(site: Site) -> Iterator[Defect]:
    for row in site.rows("recommendations"):
        for lead in ("Revisjonen anbefaler dette:", f"Anbefaling {row['number']} lyder:"):
            yield from _again(site, row, "text", lead, site.text("summary", "conclusion"))


@kind(24, "a recommendation twice in the register")
def recommendation_twice(site: Site) -> Iterator[Defect]:
    for row in site.rows("recommendations"):
        if text := reworded(row["text"]):
            number = str(len(site.rows("recommendations")) + 1)
            spots = (site.at("recommendations", row.id, "text"), site.at("recommendations", f"{row.id}-ny", "text"))
            yield Defect((site.copied(row, text=text, number=number),), spots, f"«{row['text']}» og «{text}»")


@kind(24, "a criterion in another wording in a text")
def criterion_reworded(site: Site) -> Iterator[Defect]:
    for row in site.rows("criteria"):
        if not row["dropped"]:
            yield from _again(
                site,
                row,
                "text",
                "Kriteriet lyder:",
                [*site.text("method"), *site.section("vurdering", row.refs("questions"))],
            )


@kind(24, "a criterion or statement twice in its register")
def row_twice(site: Site) -> Iterator[Defect]:
    for register in ("criteria", "evidence"):
        for row in site.rows(register):
            text = reworded(row["text"])
            if text and len(row["text"]) > 50:
                spots = (site.at(register, row.id, "text"), site.at(register, f"{row.id}-ny", "text"))
                cells = (
                    {"text": text, "contradicted_by": "", "clarification": ""}
                    if register == "evidence"
                    else {"text": text}
                )
                yield Defect((site.copied(row, **cells),), spots, f"«{row['text']}» og «{text}»")


@kind(24, "a paragraph twice in the texts")
def paragraph_twice(site: Site) -> Iterator[Defect]:
    for paragraph in [*site.section("datagrunnlag"), *site.text("background", "method")]:
        text = reworded(paragraph.content)
        if text and len(paragraph.content) > 120:
            other = site.random.choice([p for p in site.paragraphs if p.text != paragraph.text] or [paragraph])
            lines = site.audit.texts[other.text].content.split("\n")
            after = [*lines[: other.line], "", text, *lines[other.line :]]
            spots = (site.line(paragraph), Spot(site.audit.texts[other.text].file, line=other.line + 2))
            change = Rewrite(other.text, "\n".join(after))
            yield Defect(
                (change,), spots, f"{paragraph.text} linje {paragraph.line} igjen i {other.text}: {text[:80]}…"
            )


# 25 Laws -------------------------------------------------------------------------------------------------------------

# Paragraphs the acts never had: the number of chapters and of their paragraphs stands in Lovdata's tables of contents.
_NEVER = (
    ("helse- og omsorgstjenesteloven", ("§ 3-47", "§ 7-19", "§ 14-2", "§ 6-31")),
    ("pasient- og brukerrettighetsloven", ("§ 2-25", "§ 3-19", "§ 12-2")),
    ("forvaltningsloven", ("§ 112", "§ 8-3")),
    ("folkehelseloven", ("§ 4-7", "§ 52")),
    ("spesialisthelsetjenesteloven", ("§ 2-31", "§ 12-4")),
    ("psykisk helsevernloven", ("§ 4-41", "§ 12-4")),
    ("helsepersonelloven", ("§ 116", "§ 3-10")),
)  # fmt: skip


@kind(25, "a paragraph in a text that the act never had")
def no_such_paragraph(site: Site) -> Iterator[Defect]:
    for paragraph in [*site.section("vurdering"), *site.section("datagrunnlag"), *site.text("background")]:
        law, numbers = site.random.choice(_NEVER)
        number = site.random.choice(numbers)
        said = site.random.choice(
            (
                f"Plikten følger av {number} i {law}.",
                f"Kravet står i {law} {number}.",
                f"Dette er regulert i {number} i {law}.",
            )
        )
        yield site.said(paragraph, said)


_TITLES = (
    ("omsorgstjenest", "§ 3-47"),
    ("brukerrettighet", "§ 2-25"),
    ("spesialisthelsetjeneste", "§ 2-31"),
    ("helsevern", "§ 4-41"),
    ("folkehelse", "§ 52"),
)


@kind(25, "a paragraph in a register that the act never had")
def no_such_paragraph_in_cell(site: Site) -> Iterator[Defect]:
    laws = {row.id: (row["title"] + row.id).lower() for row in site.rows("sources") if row["type"] == "lov"}
    for row in site.rows("sources"):
        for title, number in _TITLES:
            if row["type"] == "lov" and title in laws[row.id] and row["paragraph"]:
                yield site.cell(row, "paragraph", f"{row['paragraph']}; {number}")
    for row in site.rows("criteria"):
        cited = [id for id in row.refs("source") if id in laws]
        if (
            len(cited) == 1
            and re.fullmatch(r"(?:\w+ )?§ \d+-\d+", row["paragraph"])
            and "orskrift" not in row["paragraph"]
            and any(title in laws[cited[0]] for title, _ in _TITLES)
        ):
            number = re.sub(r"-(\d+)$", r"-4\1", row["paragraph"])
            yield site.cell(row, "paragraph", number, spots=[site.at("criteria", row.id, "source")])
    for row in site.rows("assessments"):
        if re.search(r"§ ?\d+-\d", row["breach"]) and row["breach"].count("§") == 1:
            yield site.cell(row, "breach", re.sub(r"(§ ?\d+)-\d+", r"\1-49", row["breach"]))


_SUBJECTS = (
    ("Retten til individuell plan", "§ 3-10 i helse- og omsorgstjenesteloven"), ("Plikten til å ha en koordinerende enhet", "§ 6-1 i helse- og omsorgstjenesteloven"),
    ("Plikten til å inngå samarbeidsavtale med helseforetaket", "§ 7-3 i helse- og omsorgstjenesteloven"), ("Plikten til å oppnevne koordinator", "§ 3-10 i helse- og omsorgstjenesteloven"),
    ("Brukernes rett til å medvirke", "§ 2-5 i pasient- og brukerrettighetsloven"), ("Retten til individuell plan", "§ 3-1 i pasient- og brukerrettighetsloven"),
)  # fmt: skip


@kind(25, "the wrong paragraph for its subject")
def misquoted(site: Site) -> Iterator[Defect]:
    for paragraph in site.section("vurdering"):
        subject, where = site.random.choice(_SUBJECTS)
        yield site.said(paragraph, f"{subject} følger av {where}.")


@kind(25, "an act that does not exist")
def no_such_act(site: Site) -> Iterator[Defect]:
    acts = (
        "lov om kommunal rusomsorg",
        "lavterskelloven",
        "lov om kommunale koordinatorer",
        "brukermedvirkningsloven",
        "forskrift om lavterskeltilbud",
    )
    for paragraph in [*site.section("vurdering"), *site.section("datagrunnlag")]:
        act = site.random.choice(acts)
        yield site.said(paragraph, f"Etter {act} § {site.random.randint(2, 9)} har kommunen ansvar for dette.")


@kind(25, "a paragraph not in force at the time")
def not_in_force(site: Site) -> Iterator[Defect]:
    # kommuneloven of 2018 came into force in 2019 and 2020, barnevernsloven of 2021 in 2023; the older acts were numbered otherwise.
    said = ("Etter kommuneloven § 23-3 skal det gjennomføres forvaltningsrevisjon.", "Internkontroll er regulert i kommuneloven § 25-1.") if site.span[1] < 2019 else (
        "Etter kommuneloven § 77 har kommunen et kontrollutvalg.", "Samarbeidsplikten står i barnevernsloven § 15-8.",
    )  # fmt: skip
    for paragraph in [*site.text("background", "method"), *site.section("vurdering")]:
        yield site.said(paragraph, site.random.choice(said))


# 28 Persons ----------------------------------------------------------------------------------------------------------


def identity_number(site: Site) -> str:
    """Eleven digits with right control digits, of nobody: the individual number is of someone born before 1900."""
    weights = ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    while True:
        born = f"{site.random.randint(1, 28):02}{site.random.randint(1, 12):02}{site.random.randint(55, 99)}"
        digits = [int(char) for char in f"{born}{site.random.randint(500, 749)}"]
        for weight in weights:
            digits.append(-sum(w * d for w, d in zip(weight, digits, strict=True)) % 11)
        if max(digits) < 10:
            return "".join(map(str, digits))


_PEOPLE = ("Kari Nordmann", "Ola Nordmann", "Anne Hansen", "Per Olsen", "Ingrid Johansen", "Lars Andersen")
_HEALTH = (
    "var sykmeldt i store deler av {year}", "har vært sykmeldt for utbrenthet", "er under behandling for depresjon", "har hatt permisjon på grunn av alvorlig sykdom",
)  # fmt: skip


@kind(28, "a national identity number in a text")
def identity_in_text(site: Site) -> Iterator[Defect]:
    for paragraph in [*site.section("datagrunnlag"), *site.text("method", "background")]:
        number = identity_number(site)
        number = site.random.choice((number, f"{number[:6]} {number[6:]}"))
        yield site.said(paragraph, f"Vedtaket gjelder bruker {number}.")


@kind(28, "a national identity number in a register")
def identity_in_cell(site: Site) -> Iterator[Defect]:
    for register, column in (
        ("evidence", "text"),
        ("sources", "title"),
        ("comments", "text"),
        ("quantities", "note"),
        ("arrangements", "content"),
    ):
        rows = [row for row in site.rows(register) if column in row.letters]
        for row in site.random.sample(rows, min(6, len(rows))):
            number = identity_number(site)
            new = f"{row[column].removesuffix('.')} (fnr. {number})." if row[column] else f"Gjelder fnr. {number}"
            yield site.cell(row, column, new)


@kind(28, "the name of a user, relative or employee in a text")
def name_in_text(site: Site) -> Iterator[Defect]:
    for paragraph in site.section("datagrunnlag"):
        name = site.random.choice(_PEOPLE)
        said = site.random.choice((
            f"Brukeren {name} forteller at ventetiden var lang.", f"{name}, som er pårørende, savner informasjon.", f"Saksbehandler {name} sier at kapasiteten er for liten.",
        ))  # fmt: skip
        yield site.said(paragraph, said)


@kind(28, "the name of an informant or employee in a register")
def name_in_cell(site: Site) -> Iterator[Defect]:
    for row in site.held:
        if ";" not in row["roles"]:
            yield site.cell(row, "roles", f"{row['roles']} {site.random.choice(_PEOPLE)}")
    rows = site.rows("evidence")
    for row in site.random.sample(rows, min(15, len(rows))):
        said = row["text"].removesuffix(".")
        yield site.cell(
            row,
            "text",
            f"{said}, sier {site.random.choice(('brukeren', 'miljøarbeider', 'saksbehandler'))} {site.random.choice(_PEOPLE)}.",
        )


def _unique_roles(site: Site) -> list[str]:
    """Roles only one person has among those interviewed, as a subject."""
    roles = [
        row["roles"]
        for row in site.held
        if row["persons"] == "1" and ";" not in row["roles"] and len(row["roles"]) < 40
    ]
    unique = [role for role in dict.fromkeys(roles) if roles.count(role) == 1 and "målgruppen" not in role]
    endings = {
        "leder": "en",
        "sjef": "en",
        "lege": "n",
        "koordinator": "en",
        "tildeler": "en",
        "sykepleier": "en",
        "medarbeider": "en",
    }
    found = []
    for role in unique:
        ending = next((tail for end, tail in endings.items() if role.endswith(end)), "")
        found.append(role[:1].upper() + role[1:] + ending)
    return found


@kind(28, "health facts about someone in a unique role")
def health_of_role(site: Site) -> Iterator[Defect]:
    for role in _unique_roles(site):
        for fact in site.random.sample(_HEALTH, 2):
            said = f"{role} {fact.format(year=site.span[1] - 1)}."
            yield site.said(site.pick(site.section("datagrunnlag")), said)


@kind(28, "health facts about someone in a unique role, in a statement")
def health_of_role_in_cell(site: Site) -> Iterator[Defect]:
    rows = [row for row in site.rows("evidence") if row["known"] == "fortalt"]
    for role in _unique_roles(site):
        row = site.random.choice(rows)
        fact = site.random.choice(_HEALTH).format(year=site.span[1] - 1)
        yield site.cell(row, "text", f"{role} {fact}.")


def _small(site: Site, what: str, parts: Sequence[tuple[str, int | None]], total: int) -> tuple[Add, ...]:
    base = {"what": what, "unit": "personer", "as_of": str(site.span[1]), "source": site.source.id}
    rows = [site.new("quantities", "ny-total", **base, group="I alt", value=str(total), whole="Ja")]
    for number, (group, value) in enumerate(parts, start=1):
        gone = {"value": str(value)} if value is not None else {"missing": "Verdi: vises ikke av personvernhensyn"}
        rows.append(site.new("quantities", f"ny-del-{number}", **base, group=group, part_of="ny-total", **gone))
    return tuple(rows)


_DIAGNOSES = (
    "Brukere med schizofreni",
    "Brukere med spiseforstyrrelse",
    "Brukere som er dømt til behandling",
    "Brukere i legemiddelassistert rehabilitering",
)


@kind(28, "small cells about health in a population")
def small_cell(site: Site) -> Iterator[Defect]:
    for what in _DIAGNOSES:
        for _ in range(3):
            few, many = site.random.randint(1, 3), site.random.randint(12, 40)
            groups = site.random.choice(
                (("Kvinner", "Menn"), ("16–23 år", "24 år og eldre"), ("Sone nord", "Sone sør"))
            )
            rows = _small(site, what, ((groups[0], few), (groups[1], many)), few + many)
            spots = tuple(site.at("quantities", id, "value") for id in ("ny-del-1", "ny-del-2", "ny-total"))
            yield Defect(rows, spots, f"{what}, {groups[0]}: {few} av {few + many}")


@kind(28, "a suppressed cell that can be recovered")
def complement(site: Site) -> Iterator[Defect]:
    for what in _DIAGNOSES:
        for _ in range(3):
            few, one, two = site.random.randint(1, 4), site.random.randint(11, 30), site.random.randint(11, 30)
            rows = _small(site, what, (("Sone nord", one), ("Sone midt", two), ("Sone sør", None)), one + two + few)
            spots = tuple(
                site.at("quantities", id, "value", "missing") for id in ("ny-del-1", "ny-del-2", "ny-del-3", "ny-total")
            )
            yield Defect(rows, spots, f"{what}: {one + two + few} − {one} − {two} = {few}, som er holdt tilbake")


@kind(28, "a small cell about health in a text")
def small_in_text(site: Site) -> Iterator[Defect]:
    for paragraph in site.section("datagrunnlag"):
        few = word(site.random.randint(2, 4))
        said = site.random.choice((
            f"I kommunen er det {few} kvinner som har fått diagnosen schizofreni.", f"Av brukerne under 18 år har {few} vært innlagt for spiseforstyrrelse.",
        ))  # fmt: skip
        yield site.said(paragraph, said)


@kind(28, "a date finer than a year in Saker")
def fine_date(site: Site) -> Iterator[Defect]:
    for case in site.rows("cases"):
        for point in site.rows("control_points"):
            if point["kind"] == "år" and case[point.id]:
                month, day = site.random.randint(1, 12), site.random.randint(1, 28)
                new = site.random.choice((f"{month:02}.{case[point.id]}", f"{day:02}.{month:02}.{case[point.id]}"))
                defect = site.cell(case, point.id, new)
                yield Defect(defect.changes, defect.spots, defect.note, (29,))
