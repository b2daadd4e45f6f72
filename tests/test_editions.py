"""What the municipality and the public read: what stands in each edition, and what never leaves the house."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import AUDITS, blocks_in_process, copy_inputs, snapshot_of, with_defect
from helpers.audit import Audit, load_audit
from helpers.changes import compare
from helpers.editions import edition_model, held_back, questions_to_municipality
from helpers.facts import Facts, facts_of
from helpers.handover import hand_over, plan
from helpers.items import items_of
from helpers.journal import EDITIONS, FORMAT, HandOver, Journal, Mark, Review, Signature, append, keep_snapshot
from helpers.message import InputError, Message, Place
from helpers.page import external_references, render
from helpers.review import read_comments

SENT = EDITIONS[1:]
WAIVED = Message(
    "x", "total-mot-deler", 1, "stopp", Place("Tall", "rad-merke-17"), "Funnet-merke.", "Ventet-merke.",
    "Gjør-merke.", waived="Unntak-merke",
)  # fmt: skip
WARNING = replace(WAIVED, severity="varsel", found="Varsel-merke.", waived="", place=Place("Tall", "rad-merke-18"))
SIGNER, REVIEWER, REMARK = "Signe Signerer", "Kari Kontrollerer", "Merknadsmerke"
INTERNAL = "Internt-innspill-merke"
NOTE = "Arbeidsmerknad-merke"


@dataclass(frozen=True)
class Made:
    """An audit whose four editions were handed over: facts, blocks, and the files of each zip."""

    root: Path
    audit: Audit
    facts: Facts
    blocks: Sequence[Mapping[str, Any]]
    files: Mapping[str, Mapping[str, bytes]]

    def page(self, edition: str) -> str:
        return next(data for name, data in self.files[edition].items() if name.endswith(".html")).decode()

    def text(self, edition: str) -> str:
        return text_of(self.page(edition))

    def named(self, edition: str, part: str) -> bytes:
        return next(data for name, data in self.files[edition].items() if part in name)


def text_of(html: str) -> str:
    """What a person reads on a page."""
    html = re.sub(r"<(style|script|svg).*?</\1>", "", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def with_notes(audit: Audit) -> Audit:
    """The audit with an internal comment and working notes, to see where they come out."""
    source, figure = audit.rows("sources")[0], audit.rows("quantities")[0]
    comment = json.dumps(
        {"round": "kvalitetssikring", "from": "kvalitetssikrer", "text": INTERNAL, "our_answer": "Ja."}
    )
    audit = with_defect(audit, {"register": "comments", "row": "n99", "column": "+", "value": comment})
    for register, row in (("sources", source.id), ("quantities", figure.id)):
        audit = with_defect(audit, {"register": register, "row": row, "column": "note", "value": NOTE})
    return audit


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Made]:
    """The four audits, each handed over in four editions after it was reviewed and signed."""
    root = copy_inputs(tmp_path_factory.mktemp("editions"))
    found = {}
    for name in AUDITS:
        audit = load_audit(root, name)
        facts, blocks = facts_of(with_notes(audit)), blocks_in_process(with_notes(audit))
        snapshot = snapshot_of(audit, facts, blocks)
        first = snapshot.items[0]
        mark = Mark(first.x, first.kind, first.text[:80], "merknad", REMARK)
        journal = append(audit.journal, Review(FORMAT, 0, "kvalitetssikrer", REVIEWER, "", "f", (mark,), (), ""))
        append(journal, Signature(FORMAT, "kvalitetssikrer", SIGNER, "01.02.2023", snapshot.content, ""))
        files = {}
        for edition in EDITIONS:
            audit = with_notes(load_audit(root, name))
            done = hand_over(root, plan(root, audit, edition, "01.03.2023"), facts, blocks, [WAIVED, WARNING])
            assert done.path is not None
            files[edition] = unzipped(done.path)
        found[name] = Made(root, audit, facts, blocks, files)
    return found


class Page(HTMLParser):
    """Ids, links and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.numbers: list[int] = []
        self.scripts = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.scripts += tag == "script"
        if "id" in values:
            self.ids.append(values["id"])
        if values.get("href", "").startswith("#"):
            self.links.add(values["href"][1:])
        if values.get("data-nr", "").isdigit():
            self.numbers.append(int(values["data-nr"]))


# Nobody is identifiable, and what the house says to itself stays there.


@pytest.mark.parametrize("name", AUDITS)
@pytest.mark.parametrize("edition", SENT)
def test_what_goes_out_holds_nothing_of_the_house_in_any_byte(
    made: Mapping[str, Made], name: str, edition: str
) -> None:
    one = made[name]
    everything = b"\n".join(
        part for file, data in one.files[edition].items() for part in (file.encode(), data)
    ).decode()
    secret = {
        "message": (
            "rad-merke-17",
            "rad-merke-18",
            "Funnet-merke",
            "Varsel-merke",
            "Ventet-merke",
            "Unntak-merke",
            WAIVED.id,
            WARNING.id,
        ),
        "journal": (SIGNER, REVIEWER, REMARK),
        "comment": (INTERNAL,),
        "note": (NOTE,),
        "case": [row.id for row in one.audit.rows("cases")],
        "fact": [*(fact.id for fact in one.facts), *(fact.hash for fact in one.facts)],
        "content": [item.x for item in items_of(one.blocks, one.facts)],
        "block": [block["id"] for block in one.blocks if block["audience"] != "all"],
        "key": ("saker.csv", "quality.json", "changes.json", "registers.xlsx", "innspill.csv"),
    }
    for what, words in secret.items():
        shown = [word for word in words if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", everything)]
        assert not shown, f"{what}: {shown[:5]}"
    assert one.page("internal").count(REMARK), "the house itself sees the remark"


@pytest.mark.parametrize("edition", SENT)
def test_what_was_computed_from_single_cases_is_told_in_the_house_only(made: Mapping[str, Made], edition: str) -> None:
    one = made["eidskog-2015"]
    per_case = one.facts.by_id["measures.instanser-i-alt"].sum
    assert per_case in one.text("internal") and "rader i Saker" in per_case
    assert "rader i Saker" not in one.text(edition) and "Regnet ut av registrene" not in one.text(edition)


def test_a_correction_of_a_case_is_told_without_the_case(made: Mapping[str, Made]) -> None:
    """The hearing saw 8 of 15; then a case was corrected, and the table says 7."""
    one = made["eidskog-2015"]
    audit = load_audit(one.root, "eidskog-2015")
    case = next(row for row in audit.rows("cases") if row["behov-ip"] == "Ja" and row["sample"])
    after = with_defect(audit, {"register": "cases", "row": case.id, "column": "behov-ip", "value": "Nei"})
    listed = changed_in(after_hearing(audit, after))
    assert "<del>8</del> <ins>7</ins>" in listed and "Uten oppgitt grunn" in listed
    assert case.id not in listed and "Saker" not in listed


def changed_in(page: str) -> str:
    """The part on changes after the hearing."""
    return page.partition('<section id="endret">')[2].partition("</section>")[0]


def after_hearing(before: Audit, after: Audit, edition: str = "hearing") -> str:
    """The page of an edition of an audit that was heard as it was before."""
    facts, blocks = facts_of(before), blocks_in_process(before)
    heard = HandOver(FORMAT, 90, "hearing", "01.02.2023", "s", 0, "c", "", (), "")
    known = snapshot_of(before, facts, blocks)
    heard = msgspec.structs.replace(heard, snapshot=keep_snapshot(before.journal, known))
    after = replace(after, journal=Journal(before.journal.folder, (heard,), "k"))
    facts, blocks = facts_of(after), blocks_in_process(after)
    changes = compare(after, heard, snapshot_of(after, facts, blocks), [])
    model, _ = edition_model(after, edition, facts, blocks, changes, 91)  # type: ignore[arg-type]
    return render("edition", model, "nb")


# The verification edition: evidence, numbered, with questions and a table that comes back.


@pytest.mark.parametrize("name", AUDITS)
def test_the_verification_holds_evidence_and_no_assessment(made: Mapping[str, Made], name: str) -> None:
    one = made[name]
    html, text = one.page("verification"), one.text("verification")
    assert "uten revisors vurderinger" in text
    shown = [" ".join(said["text"].split()) for block in one.blocks if block["kind"] == "statement"
             for group in block["data"]["groups"] for said in group["items"]]  # fmt: skip
    assert len(shown) > 50 and not [words for words in shown if words not in text]
    judged = [row["reason"] for row in one.audit.rows("assessments")]
    judged += [row["text"] for row in one.audit.rows("recommendations")]
    assert any(" ".join(words.split()) in one.text("hearing") for words in judged)
    assert not [words for words in judged if words and " ".join(words.split()) in text]
    assert 'class="verdict' in one.page("hearing") and 'class="verdict' not in html
    assert "Motsies av:" not in text and "Avklaring:" not in text and NOTE not in text
    for row in one.audit.rows("evidence"):
        if row["direction"]:
            assert f"· {row['direction']} · {one.audit.marker(row.id)}" not in text
    headings = re.findall(r"<h[1-5]>([^<]*)</h[1-5]>", html)
    assert "Datagrunnlag" in headings
    assert not {"Sammendrag", "Revisors vurdering", "Anbefalinger", "Konklusjon", "Revisjonskriterier"} & set(headings)


@pytest.mark.parametrize("name", AUDITS)
@pytest.mark.parametrize("edition", SENT)
def test_every_mark_in_the_text_can_be_looked_up(made: Mapping[str, Made], name: str, edition: str) -> None:
    html = made[name].page(edition)
    cited = {mark for found in re.findall(r'<sup class="cite">([^<]*)</sup>', html) for mark in found.split(", ")}
    listed = set(re.findall(r'<span class="id">([^<]*)</span></(?:th|td|span)>', html))
    assert len(cited) > 20 and cited <= listed


@pytest.mark.parametrize("name", AUDITS)
@pytest.mark.parametrize("edition", ["verification", "hearing"])
def test_paragraphs_are_numbered_as_they_are_read(made: Mapping[str, Made], name: str, edition: str) -> None:
    numbers = Page(made[name].page(edition)).numbers
    first = list(dict.fromkeys(numbers))
    assert first == list(range(1, len(first) + 1)) and len(first) > 90
    entry = next(one for one in load_audit(made[name].root, name).journal.handovers if one.edition == edition)
    assert len(entry.numbered) == len(first)


@pytest.mark.parametrize("name", AUDITS)
@pytest.mark.parametrize("edition", ["verification", "hearing"])
def test_a_comment_on_any_number_comes_back_with_what_it_is_about(
    made: Mapping[str, Made], tmp_path: Path, name: str, edition: str
) -> None:
    """On every paragraph, table and figure of the edition."""
    audit = load_audit(made[name].root, name)
    sent = next(one for one in audit.journal.handovers if one.edition == edition)
    rows = [f"{nr};Stemmer ikke.;Rådgiver;05.03.2023\n" for nr in range(1, len(sent.numbered) + 1)]
    table = tmp_path / f"kommentarer-{name}-nr{sent.nr}.csv"
    table.write_text("".join(["Avsnitt;Kommentar;Fra;Dato\n", *rows]), encoding="utf-8-sig")
    came = read_comments(audit, table)
    kinds = {item.x: item.kind for item in audit.journal.snapshot(sent).items}
    assert {"avsnitt", "tabell"} <= {kinds[x] for x in sent.numbered}
    html = re.sub(r'<sup class="cite">.*?</sup>', "", made[name].page(edition))
    places = {number: html.index(f'data-nr="{number}"') for number in range(1, len(rows) + 1)}
    for number, row in enumerate(came, start=1):
        assert (about := re.fullmatch(rf"avsnitt {number}: «(.+?)( ·.*)?…?»", row["about"]))
        if kinds[sent.numbered[number - 1]] in ("avsnitt", "tabell"):  # these say first what the others say further on
            near = html[places.get(number - 1, 0) : places.get(number + 1, len(html))]
            assert re.sub(r"\W", "", about[1]) in re.sub(r"\W", "", text_of(f"<{near}>")), row["about"]


def test_what_the_auditor_could_not_settle_is_a_numbered_question(made: Mapping[str, Made]) -> None:
    """Nes: 328 or 326? The auditor asks; the answer comes back as a comment on S1."""
    one = made["nes-2018"]
    audit = load_audit(one.root, "nes-2018")
    asked = json.dumps({"round": "spørsmål", "about": "Vedtak", "text": "Er det 328 eller 326?", "from": "revisor"})
    audit = with_defect(audit, {"register": "comments", "row": "s9", "column": "+", "value": asked})
    assert [(one.number, one.text) for one in questions_to_municipality(audit)] == [(1, "Er det 328 eller 326?")]
    done = hand_over(one.root, plan(one.root, audit, "verification", "02.03.2023"), one.facts, one.blocks, [])
    assert done.path is not None
    files = unzipped(done.path)
    html = next(data for name, data in files.items() if name.endswith(".html")).decode()
    assert 'data-nr="S1"' in html and "Er det 328 eller 326?" in text_of(html)
    cover = next(data for name, data in files.items() if name.startswith("folgebrev")).decode()
    assert "Svar også på spørsmålene til kommunen på siden (i alt 1)." in cover
    table = one.root / "kommentarer-nes-2018-nr2.csv"
    content = files[table.name].decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content), delimiter=";")) == [
        ["Avsnitt", "Kommentar", "Fra", "Dato"], ["S1", "", "", ""],
    ]  # fmt: skip
    filled = content.replace("S1;;;", "S1;326.;Rådgiver;05.03.2023") + "3;Feil årstall.;Rådgiver;05.03.2023\n"
    table.write_text(filled, encoding="utf-8-sig")
    answer, remark = read_comments(load_audit(one.root, "nes-2018"), table)
    assert (answer["about"], answer["text"], answer["round"]) == ("S1", "326.", "verifisering")
    third = next(n for n in re.finditer(r'data-nr="3">([^<]{10,40})', html))
    assert remark["about"].startswith(f"avsnitt 3: «{third[1][:10]}") and remark["from"] == "Rådgiver"


def test_informants_who_disagree_are_data_and_documents_against_them_a_question(made: Mapping[str, Made]) -> None:
    audit = load_audit(made["nes-2018"].root, "nes-2018")
    told = [row for row in audit.rows("evidence") if row["known"] == "fortalt" and not row["contradicted_by"]][:2]

    def against(known: str) -> int:
        changed = with_defect(
            audit, {"register": "evidence", "row": told[0].id, "column": "contradicted_by", "value": told[1].id}
        )
        changed = with_defect(changed, {"register": "evidence", "row": told[1].id, "column": "known", "value": known})
        return len(questions_to_municipality(changed))

    assert (against("fortalt"), against("dokumentert")) == (0, 1)


# The hearing edition: the whole draft, the answer as it came, and what changed after it.


@pytest.mark.parametrize("name", AUDITS)
def test_the_hearing_holds_the_whole_draft_and_the_report_is_unmarked(made: Mapping[str, Made], name: str) -> None:
    one = made[name]
    hearing, report = one.text("hearing"), one.text("public")
    for words in ("Sammendrag", "Bakgrunn", "Revisjonskriterier", "Revisors vurdering", "Kommunedirektørens uttalelse"):
        assert words in hearing and words in report
    for row in one.audit.rows("assessments"):
        assert " ".join(row["reason"].split()) in hearing
    assert "Foreløpig. Utsatt innsyn, jf. offl. § 5 andre ledd" in hearing
    assert "Foreløpig" not in report and "innsyn" not in report.partition("Sammendrag")[0]
    assert Page(one.page("public")).scripts == 0 and not Page(one.page("public")).numbers


def test_the_deadline_stands_on_the_page_and_the_cover(made: Mapping[str, Made]) -> None:
    one = made["nes-2018"]
    audit = replace(
        load_audit(one.root, "nes-2018"),
        params=msgspec.structs.replace(
            one.audit.params, hearing_deadline="15.04.2023", verification_deadline="1.4.2023"
        ),
    )
    for edition, date in (("hearing", "15.04.2023"), ("verification", "1.4.2023")):
        done = hand_over(one.root, plan(one.root, audit, edition, "03.03.2023"), one.facts, one.blocks, [])  # type: ignore[arg-type]
        assert done.path is not None
        files = unzipped(done.path)
        for part in (".html", "folgebrev"):
            assert f"Frist: {date}." in next(data for name, data in files.items() if part in name).decode()


def test_the_answer_stands_as_it_was_written_paragraph_by_paragraph(made: Mapping[str, Made]) -> None:
    audit = load_audit(made["nes-2018"].root, "nes-2018")
    answer = "Vi takker for rapporten.\n\nVi er uenige i punkt 2:\n- fristen er feil <b>\n- tallet er 326\n\nMed hilsen"
    audit = with_defect(audit, {"register": "comments", "row": "n1", "column": "text", "value": answer})
    more = json.dumps({"round": "uttalelse", "from": "Rådmannen", "date": "26.02.2018", "text": "Et tillegg."})
    audit = with_defect(audit, {"register": "comments", "row": "n7", "column": "+", "value": more})
    facts, blocks = facts_of(audit), blocks_in_process(audit)
    block = next(block for block in blocks if block["id"] == "conclusion-response")
    said = ["".join(run["t"] for run in one["runs"]) for one in block["data"]["paragraphs"]]  # type: ignore[index]
    assert said == ["Rådmannen 26.02.2018", *(line for line in answer.splitlines() if line), "Et tillegg."]
    changes = compare(audit, None, snapshot_of(audit, facts, blocks), [])
    html = render("edition", edition_model(audit, "hearing", facts, blocks, changes, 3)[0], "nb")
    assert re.search(r'<h5>Rådmannen 26.02.2018</h5>\s*<p data-nr="\d+">Vi takker for rapporten.</p>', html)
    assert "fristen er feil &lt;b&gt;" in html


def test_what_changed_after_the_hearing_is_listed_with_kind_reason_and_date(made: Mapping[str, Made]) -> None:
    """A number and a wording; the number has a correction, the wording has none."""
    audit = load_audit(made["nes-2018"].root, "nes-2018")
    assert 'id="endret"' not in made["nes-2018"].page("verification")
    figure = next(row for row in audit.rows("quantities") if row["value"] == "98")
    after = with_defect(audit, {"register": "quantities", "row": figure.id, "column": "value", "value": "97"})
    why = {"kind": "Feilretting", "why": "Skrivefeil i tabellen", "who": "utøvende", "date": "20.02.2023",
           "cell": f"Tall, {figure.id}, Verdi", "old": "98", "new": "97"}  # fmt: skip
    after = with_defect(after, {"register": "corrections", "row": "r1", "column": "+", "value": json.dumps(why)})
    told = after.rows("evidence")[0]
    wording = told["text"].rstrip(".") + ", sier revisor."
    after = with_defect(after, {"register": "evidence", "row": told.id, "column": "text", "value": wording})
    listed = changed_in(after_hearing(audit, after))
    first, _, second = listed.partition("Uten oppgitt grunn")
    assert "Feilretting 20.02.2023." in first and "Skrivefeil i tabellen" in first
    assert "<del>98</del> <ins>97</ins> % av brukerne" in first
    assert "<ins>" in second and "sier revisor." in second
    assert figure.id not in listed and "Tall," not in listed
    assert "Avsnitt " in listed
    public = changed_in(after_hearing(audit, after, "public"))
    assert "Feilretting 20.02.2023." in public and "Skrivefeil i tabellen" in public
    assert "<del>" not in public and "<ins>" not in public, "the public never saw the words that were replaced"
    assert "Uten oppgitt grunn" not in public and "sier revisor" not in public
    assert "Ingenting er endret siden høringen 01.02.2023." in changed_in(after_hearing(audit, audit))


def test_a_changed_table_is_named_by_the_number_it_has_on_the_page(made: Mapping[str, Made]) -> None:
    audit = load_audit(made["eidskog-2015"].root, "eidskog-2015")
    (title,) = (block["title"] for block in made["eidskog-2015"].blocks if "Vedtak om tjenester" in block["title"])
    page = after_hearing(audit, with_defect(
        audit, {"register": "quantities", "row": "vedtak-2013-utskrivning", "column": "value", "value": "44"}
    ))  # fmt: skip
    number = re.findall(r'<div [^>]*data-nr="(\d+)"', page[: page.index(f". {title}")])[-1]
    assert f"Avsnitt {number}: " in changed_in(page) and "<del>43</del> <ins>44</ins>" in changed_in(page)
    assert title not in changed_in(page)


def test_cells_that_stay_in_the_house_are_in_no_list_of_changes(made: Mapping[str, Made]) -> None:
    """What a source is used for, and whether a statement supports its criterion, beside changes the reader sees."""
    audit = load_audit(made["nes-2018"].root, "nes-2018")
    source, told = audit.rows("sources")[0], next(row for row in audit.rows("evidence") if row["direction"])
    other = "svekker" if told["direction"] == "støtter" else "støtter"
    inside = [
        {"register": "sources", "row": source.id, "column": "used_why", "value": NOTE},
        {"register": "evidence", "row": told.id, "column": "direction", "value": other},
    ]
    outside = [
        {"register": "sources", "row": source.id, "column": "title", "value": "En annen tittel"},
        {"register": "evidence", "row": told.id, "column": "text", "value": "Noe helt annet blir fortalt."},
    ]
    after = audit
    for cell in inside:
        after = with_defect(after, cell)
    assert "Ingenting er endret siden høringen" in changed_in(after_hearing(audit, after))
    for cell in outside:
        after = with_defect(after, cell)
    listed = changed_in(after_hearing(audit, after))
    assert "annen tittel" in listed and "helt annet" in listed
    assert NOTE not in listed and "støtter" not in listed and "svekker" not in listed


def test_new_information_stands_with_its_date_beside_what_was_true(made: Mapping[str, Made]) -> None:
    """Eigersund: FIT at the interviews, Norse from 17.02.2022."""
    for edition in SENT:
        text = made["eigersund-2022"].text(edition)
        assert "FIT" in text and "Ny opplysning 17.02.2022: Kommunen prøver ut Norse i stedet" in text


# What may go out at all.


def test_a_marking_needs_its_ground(made: Mapping[str, Made]) -> None:
    audit = made["nes-2018"].audit

    def refused(edition: Any, **changed: str) -> str:
        params = msgspec.structs.replace(audit.params, **changed)
        with pytest.raises(InputError) as error:
            held_back(replace(audit, params=params), edition, [])
        return str(error.value)

    for edition in ("verification", "hearing"):
        assert "params/nes-2018.yaml, hjemmel_foreløpig. Hjemmelen mangler." in refused(edition, preliminary_ground=" ")
    assert "hjemmel_internt. Hjemmelen mangler." in refused("internal", legal_ground="")
    assert (
        held_back(replace(audit, params=msgspec.structs.replace(audit.params, preliminary_ground="")), "public", [])
        == ()
    )
    for edition in SENT:
        assert "Fasen er arbeid. Sett fase: høring" in refused(edition, phase="arbeid")
    assert "Fasen er høring. En offentlig utgave krever fase: endelig." in refused("public", phase="høring")
    assert held_back(replace(audit, params=msgspec.structs.replace(audit.params, phase="høring")), "hearing", []) == ()


def test_stops_and_whatever_points_to_a_person_hold_back_what_goes_out_and_never_the_house(
    made: Mapping[str, Made],
) -> None:
    audit = made["nes-2018"].audit
    stop, person = replace(WAIVED, waived=""), replace(WARNING, defect=28)
    waived = replace(person, waived="Opplyst av kommunen selv")
    waiver = {"check": person.check, "register": "Tall", "row": "rad-merke-18", "found": person.found, "who": "revisor"}
    asked = with_defect(audit, {"register": "waivers", "row": "unx", "column": "+", "value": json.dumps(waiver)})
    let_go = with_defect(asked, {"register": "waivers", "row": "unx", "column": "assurer", "value": "kvalitetssikrer"})
    for edition in SENT:
        assert held_back(audit, edition, [stop, WARNING, person]) == (stop, person)
        assert held_back(asked, edition, [WAIVED, WARNING, waived]) == (waived,), "nobody but the auditor has said so"
        assert held_back(let_go, edition, [WAIVED, WARNING, waived]) == ()
    assert held_back(audit, "internal", [stop, person]) == ()


def test_a_hearing_waits_for_what_is_unwritten_and_a_verification_does_not(made: Mapping[str, Made]) -> None:
    audit = made["nes-2018"].audit
    missing = replace(WARNING, check="rsk-del-mangler", place=Place("text/summary.md", "Sammendrag"))
    assert held_back(audit, "verification", [missing]) == ()
    with pytest.raises(InputError, match="Rapporten er ikke ferdig: Sammendrag mangler"):
        held_back(audit, "hearing", [missing])


# As a page: links, hosts, print, narrow screens, accessibility.


@pytest.mark.parametrize("name", AUDITS)
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_link_leads_somewhere_and_no_host_is_called(made: Mapping[str, Made], name: str, edition: str) -> None:
    html = made[name].page(edition)
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert page.links - set(page.ids) <= {"lukk"}
    assert external_references(html) == [] and "default-src 'none'" in html


@pytest.mark.parametrize(
    ("edition", "marked"),
    [("internal", "Internt · offl. § 13, jf. fvl. § 13"), ("hearing", "Foreløpig. Utsatt innsyn"), ("public", "")],
)
def test_a_printed_page_carries_the_marking_of_its_edition(made: Mapping[str, Made], edition: str, marked: str) -> None:
    header = re.findall(r'@top-right\{content:"([^"]*)"', made["hamar-2022"].page(edition))
    assert len(header) == 1
    said = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), header[0])
    assert said.lower().startswith(marked.lower()) and bool(said) == bool(marked)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 900, 420])
def test_numbers_and_text_stay_on_the_screen(
    made: Mapping[str, Made], browser: Any, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "side.html"
    file.write_text(made["eigersund-2022"].page("verification"), encoding="utf-8")
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.goto(file.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.get_by_role("button", name="Kommenter 3", exact=True).click()
    assert tab.locator("#kommentarer input").first.input_value() == "3"
    tab.emulate_media(media="print")
    assert tab.locator("button").filter(visible=True).count() == 0
    place = "getComputedStyle(document.querySelector('p[data-nr]'), '::before').position"
    assert tab.evaluate(place) == "static", "a number in the margin of a sheet is cut off"
    tab.close()


@pytest.mark.browser
def test_no_serious_accessibility_violation(made: Mapping[str, Made], browser: Any, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tags = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    for name, edition in (("nes-2018", "verification"), ("hamar-2022", "public")):
        file = tmp_path / f"{name}.html"
        file.write_text(made[name].page(edition), encoding="utf-8")
        tab = browser.new_page()
        tab.goto(file.as_uri())
        violations = Axe().run(tab, options=tags).response["violations"]
        assert [(found["id"], found["nodes"][0]["html"][:200]) for found in violations] == []
        tab.close()
