"""What comes back, a review file or a comment table, is data: read whole or refused whole, and never lost."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import AUDITS, ROWS, Small, blocks_in_process, snapshot_of
from helpers import exchange
from helpers.audit import Audit
from helpers.changes import compare
from helpers.checks.comments import unanswered
from helpers.exchange import Came, take_in, write_marks
from helpers.facts import facts_of
from helpers.gate import gather
from helpers.items import items_of
from helpers.journal import FORMAT, HandOver, Journal, append, keep_snapshot
from helpers.marks import marks_on, review_data, unread
from helpers.message import InputError
from helpers.reporter import Quiet
from helpers.review import read_review
from helpers.stages import Ready

Marks = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def chapters_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chapters run in this process, and the gate keeps still: both have tests of their own."""

    def ready(_root: Path, audit: Audit, _reporter: object) -> Ready:
        return Ready(audit, facts_of(audit), {}, blocks_in_process(audit), ())

    monkeypatch.setattr(exchange, "_ready", ready)


def handed(audit: Audit, edition: str = "internal", nr: int = 1) -> Audit:
    """The audit with one more hand-over in its journal, as it stands."""
    now = snapshot_of(audit, facts_of(audit), blocks_in_process(audit))
    kept = keep_snapshot(audit.journal, now)
    numbered = () if edition == "internal" else tuple(item.x for item in now.items)
    entry = HandOver(FORMAT, nr, edition, "01.02.2022", str(nr), nr - 1, now.content, kept, numbered, "")  # type: ignore[arg-type]
    return replace(audit, journal=append(audit.journal, entry))


@pytest.fixture
def liten(small: Small) -> Small:
    """A small audit that was handed over."""
    handed(small.write().load())
    return small


def page_of(audit: Audit) -> dict[str, Any]:
    """What the page's own script reads."""
    facts, blocks = facts_of(audit), blocks_in_process(audit)
    now = snapshot_of(audit, facts, blocks)
    last = audit.journal.last("internal")
    items = items_of(blocks, facts)
    changes = compare(audit, last, now, ())
    nr = last.nr if last and last.content == now.content else 0
    return review_data(audit, facts, items, changes, (), nr, now.content)


def saved_by(page: Mapping[str, Any], marks: Marks, **other: Any) -> dict[str, Any]:
    """The file *Lagre kontroll* writes."""
    return {
        "format": "1", "type": "revisjonsbok-kontroll", "audit": page["audit"], "edition": page["edition"],
        "handover": page["handover"], "content": page["content"], "role": "kvalitetssikrer", "name": "Kari Nordmann",
        "saved": "2022-02-03T10:15", "marks": marks, "drawn": [], **other,
    }  # fmt: skip


def mark(page: Mapping[str, Any], number: int = 0, kind: str = "lest", text: str = "", **other: Any) -> dict[str, Any]:
    x, item = list(page["items"].items())[number]
    return {"x": x, "kind": item["kind"], "about": item["about"], "mark": kind, "text": text, "date": "2022-02-03",
            **other}  # fmt: skip


def write(small: Small, content: object, name: str = "kontroll.json") -> Path:
    path = small.root / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return path


def take(small: Small, content: object, name: str = "kontroll.json") -> Came:
    return take_in(small.root, small.name, write(small, content, name), Quiet())


def data_of(small: Small) -> dict[str, bytes]:
    """Every byte of registers and journal."""
    folder = small.root / "data"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(small: Small, content: object, name: str = "kontroll.json") -> str:
    """Why a file is refused; registers and journal are as before, and the file lies where it lay."""
    before, path = data_of(small), write(small, content, name)
    written = path.read_bytes()
    with pytest.raises(InputError) as error:
        take_in(small.root, small.name, path, Quiet())
    assert data_of(small) == before and path.read_bytes() == written
    assert str(error.value).startswith(f"STOPP · {name}") and error.value.do
    return str(error.value)


# --- what the page writes is taken in


@pytest.mark.parametrize("name", AUDITS)
def test_what_the_pages_own_script_writes_is_accepted(
    browser: Any, audits: Mapping[str, Audit], name: str, tmp_path: Path
) -> None:
    """Every item and number of the four audits, marked and remarked on, through the script's own functions."""
    audit = handed(replace(audits[name], journal=Journal(tmp_path / "journal")))
    page = page_of(audit)
    script = (Path(exchange.__file__).parent / "template/revisjonsbok/review.js").read_text(encoding="utf-8")
    own = [found[0] for one in ("harmless", "aboutFact")
           if (found := re.search(rf"^function {one}\(.*}}$|^function {one}\([\s\S]*?^}}$", script, re.M))]  # fmt: skip
    assert len(own) == 2
    program = """page => {
        %s
        const marks = [];
        const add = (x, kind, about) => ['lest', 'merknad'].forEach(mark => marks.push({x, kind, about: harmless(about),
          mark, text: mark === 'lest' ? '' : harmless('Se <b>, 1 <½ og\\u0007 \\u202e👩‍⚕️ \\ud83d her'), date: '2022-02-03'}));
        Object.keys(page.items).forEach(x => add(x, page.items[x].kind, page.items[x].about));
        Object.keys(page.facts).forEach(id => add(page.facts[id].x, 'tall', aboutFact(id)));
        return JSON.stringify(marks);
    }""".replace("%s", "\n".join(own))
    tab = browser.new_page()
    marks = json.loads(tab.evaluate(program, page))
    tab.close()
    file = tmp_path / "kontroll.json"
    file.write_text(json.dumps(saved_by(page, marks, drawn=list(page["facts"])[:10])))
    read = read_review(audit, snapshot_of(audit, facts_of(audit), blocks_in_process(audit)), file)
    contents = {*page["items"], *(fact["x"] for fact in page["facts"].values())}
    assert read.entry and {one.x for one in read.entry.marks} == contents
    assert {row["text"] for row in read.comments} == {"Se ‹b>, 1 <½ og 👩‍⚕️  her"}


def test_a_remark_becomes_one_row_of_innspill_and_its_answer_stands_on_the_next_page(liten: Small) -> None:
    page = page_of(liten.load())
    marks = [mark(page), mark(page, 0, "merknad", "Hvilken plan?\nDen fra 2019? 👍"), mark(page, 1, "sporsmal", "=1+1")]
    assert take(liten, saved_by(page, marks)) == Came(3, 2)
    audit = liten.load()
    rows = [row for row in audit.rows("comments") if row.id.startswith("qa-")]
    assert [(row["round"], row["from"], row["date"]) for row in rows] == [
        ("kvalitetssikring", "kvalitetssikrer", "03.02.2022")
    ] * 2
    assert (
        rows[0]["text"] == "Hvilken plan?\nDen fra 2019? 👍"
        and page["items"][marks[1]["x"]]["about"] in rows[0]["about"]
    )
    assert rows[1]["text"] == "'=1+1", "Excel must not read it as a formula"
    assert len(list(unanswered(gather(audit), "comments"))) == 2

    lines = list(csv.DictReader(liten.path("innspill").open(encoding="utf-8"), delimiter=";"))
    answered = [{**{k: v for k, v in line.items() if v}, "Vårt svar": "Planen fra 2020", "Utfall": "tatt inn"}
                if line["Id"].startswith("qa-") else {k: v for k, v in line.items() if v} for line in lines]  # fmt: skip
    liten.sheet("innspill", answered)
    audit = liten.load()
    assert not list(unanswered(gather(audit), "comments"))
    shown = {one["mark"]: one["answer"] for one in marks_on(audit, marks[1]["x"])}
    assert shown == {"lest": "", "merknad": "Planen fra 2020. Tatt inn."}


def test_the_same_file_counts_once_and_a_later_one_with_what_is_new_in_it(liten: Small) -> None:
    page = page_of(liten.load())
    marks = [mark(page), mark(page, 0, "merknad", "Hvorfor?")]
    assert take(liten, saved_by(page, marks)) == Came(2, 1)
    before = data_of(liten)
    assert take(liten, saved_by(page, marks)) == Came(0, 0) and data_of(liten) == before
    assert take(liten, saved_by(page, [*marks, mark(page, 1)], saved="2022-02-04T08:00")) == Came(1, 0)
    assert len([row for row in liten.load().rows("comments") if row.id.startswith("qa-")]) == 1


def test_two_who_read_the_same_are_both_in_the_journal(liten: Small) -> None:
    page = page_of(liten.load())
    first = saved_by(page, [mark(page)])
    second = {**first, "name": "Per Annen"}
    assert take(liten, first) == Came(1, 0) and take(liten, second) == Came(1, 0)
    assert len(marks_on(liten.load(), mark(page)["x"])) == 2


def test_what_changed_is_told_against_what_the_assurer_read(liten: Small) -> None:
    """The first is read while the second is made: in the third the change of the second is still new to the reader."""
    page = page_of(liten.load())
    file = saved_by(page, [mark(page, number) for number in range(len(page["items"]))])
    rows = [{**row, "Verdi": {"i-alt": "31", "del-a": "11"}.get(row["Id"], row["Verdi"])} for row in ROWS["tall"]]
    liten.sheet("tall", rows)
    handed(liten.load(), nr=2)
    assert take(liten, file).marks
    audit = liten.load()
    facts, blocks = facts_of(audit), blocks_in_process(audit)
    changes = compare(audit, audit.journal.last("internal"), snapshot_of(audit, facts, blocks), ())
    assert not changes.items and changes.fallen, "nothing since the second; the approvals of the first fell with it"
    new = unread(audit, items_of(blocks, facts), changes)
    assert new and new.isdisjoint(page["items"])


def test_duplicate_marks_count_once(liten: Small) -> None:
    """Also a remark and a question in the same words: one comment to answer."""
    page = page_of(liten.load())
    said = [mark(page, 0, "merknad", "Hm"), mark(page, 0, "sporsmal", "Hm"), mark(page)]
    assert take(liten, saved_by(page, said * 2)) == Came(3, 1)


def test_an_open_register_keeps_everything_back_until_it_is_closed(liten: Small) -> None:
    page = page_of(liten.load())
    content = saved_by(page, [mark(page, 0, "merknad", "Hvorfor?")])
    liten.path("innspill").chmod(0o444)
    before = data_of(liten)
    with pytest.raises(InputError, match=r"data/liten/innspill.csv. Filen er skrivebeskyttet"):
        take(liten, content)
    assert data_of(liten) == before
    liten.path("innspill").chmod(0o644)
    lock = liten.path("innspill").with_name("~$innspill.csv")
    lock.write_text("")
    with pytest.raises(InputError, match=r"data/liten/innspill.csv. Filen er åpen i Excel"):
        take(liten, content)
    lock.unlink()
    assert data_of(liten) == before and take(liten, content) == Came(1, 1)


def test_a_mark_on_content_that_has_changed_since_is_of_the_hand_over_it_reviewed_and_falls(liten: Small) -> None:
    page = page_of(liten.load())
    number = next(n for n, one in enumerate(page["items"].values()) if one["about"].startswith("Kommunen fattet"))
    file = saved_by(page, [mark(page, number, "kilde"), mark(page, 0 if number else 1)])
    rows = [{**row, "Verdi": {"i-alt": "31", "del-a": "11"}.get(row["Id"], row["Verdi"])} for row in ROWS["tall"]]
    liten.sheet("tall", rows)
    assert take(liten, file) == Came(2, 0)
    audit = liten.load()
    now = snapshot_of(audit, facts_of(audit), blocks_in_process(audit))
    fallen = compare(audit, audit.journal.last("internal"), now, ()).fallen
    assert [one.about for _, one in fallen] == [file["marks"][0]["about"]]


def test_a_page_that_was_never_handed_over_can_be_reviewed_until_it_changes(small: Small) -> None:
    page = page_of(small.write().load())
    assert page["handover"] == 0 and take(small, saved_by(page, [mark(page)])) == Came(1, 0)
    small.sheet("tall", [{**ROWS["tall"][0], "Hva": "Vedtak i alt"}, *ROWS["tall"][1:]])
    assert "innholdet er endret siden" in refused(small, saved_by(page, [mark(page), mark(page, 1)]))


# --- what nobody's page wrote is refused

HOSTILE: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {  # what is done to a sound file, and what is said
    "another audit": (lambda f: {**f, "audit": "nes-2018"}, "fra revisjonen «nes-2018», ikke «liten»"),
    "an unknown hand-over": (lambda f: {**f, "handover": 7}, "Overlevering 7 av denne utgaven finnes ikke"),
    "another edition": (lambda f: {**f, "edition": "public"}, "Overlevering 1 av denne utgaven finnes ikke"),
    "another content": (lambda f: {**f, "content": "0" * 16}, "Innholdsmerket er ikke det overlevering 1 har"),
    "an altered hash": (lambda f: edited(f, x="0" * 16), "merke 2. Innholdet «0000000000000000» er aldri overlevert"),
    "a mark moved to another item": (lambda f: edited(f, x=f["marks"][0]["x"]), "merke 2. Merket sier «"),
    "another kind": (lambda f: edited(f, kind="vurdering"), "merke 2. Merket sier «"),
    "a script": (lambda f: edited(f, text="<script>alert(1)</script>"), "merke 2. Teksten inneholder HTML eller skript"),
    "markup": (lambda f: edited(f, text="se <img src=x onerror=alert(1)>"), "merke 2. Teksten inneholder HTML"),
    "an end of markup": (lambda f: edited(f, text="</section>"), "merke 2. Teksten inneholder HTML"),
    "a comment in markup": (lambda f: edited(f, text="<!-- "), "merke 2. Teksten inneholder HTML"),
    "an address that runs": (lambda f: edited(f, text="JavaScript :alert(1)"), "merke 2. Teksten inneholder HTML"),
    "a control character": (lambda f: edited(f, text="a\x07b"), "merke 2. Teksten inneholder styretegn"),
    "turned direction": (lambda f: edited(f, text="a\u202eb"), "merke 2. Teksten inneholder styretegn"),
    "a name with script": (lambda f: {**f, "name": "<script>"}, "name. Teksten inneholder HTML"),
    "no name": (lambda f: {**f, "name": " \u200b"}, "name. Navnet mangler"),
    "a name without end": (lambda f: {**f, "name": "a" * 201}, "name. Teksten har 201 tegn"),
    "an unknown role": (lambda f: {**f, "role": "ordfører"}, "Rollen «ordfører» er ukjent"),
    "an empty remark": (lambda f: edited(f, text=" \n"), "merke 2. Merknaden er tom"),
    "a remark without end": (lambda f: edited(f, text="a" * 4001), "merke 2. Teksten har 4001 tegn"),
    "an approval with text": (lambda f: edited(f, mark="lest"), "merke 2. En godkjenning har ingen tekst"),
    "an unknown mark": (lambda f: edited(f, mark="godkjent"), "merke 2. Merket har ikke den formen"),
    "an extra key in a mark": (lambda f: edited(f, waive="ja"), "merke 2. Merket har ikke den formen"),
    "a mark that is a number": (lambda f: {**f, "marks": [f["marks"][0], 7]}, "merke 2. Merket har ikke den formen"),
    "no date": (lambda f: edited(f, date="31.02.2022"), "merke 2. «31.02.2022» er ingen dato"),
    "a day that never was": (lambda f: edited(f, date="2022-02-31"), "merke 2. «2022-02-31» er ingen dato"),
    "saved never": (lambda f: {**f, "saved": "i går"}, "saved. «i går» er ingen dato"),
    "an unknown number drawn": (lambda f: {**f, "drawn": ["tall.finnes-ikke"]}, "i trekningen finnes ikke"),
    "an extra key": (lambda f: {**f, "approve_all": True}, "Dette er ingen kontrollfil"),
    "a missing key": (lambda f: {k: v for k, v in f.items() if k != "marks"}, "Dette er ingen kontrollfil"),
    "another shape": (lambda f: [f], "Dette er ingen kontrollfil"),
    "another format": (lambda f: {**f, "format": "2"}, "format «2». Ventet revisjonsbok-kontroll, format 1"),
    "another type": (lambda f: {**f, "type": "manifest"}, "Filen er av slaget «manifest»"),
    "no JSON": (lambda _: "PK\x03\x04 en zip", "Dette er ingen kontrollfil"),
    "nothing": (lambda _: "", "Dette er ingen kontrollfil"),
    "no text": (lambda _: b"\xff\xfe\x00\x01", "Dette er ingen kontrollfil"),
    "deep nesting": (lambda _: "[" * 100_000, "Dette er ingen kontrollfil"),
    "deep nesting in a mark": (
        lambda f: json.dumps({**f, "marks": []}).replace('"marks": []', '"marks": [' + "[" * 50_000 + "]" * 50_000 + "]"),
        "kontroll.json",
    ),
    "50 MB": (lambda _: b" " * 50_000_000, "Filen er på 50 MB; en kontrollfil er under 5 MB"),
    "10 001 marks": (lambda f: {**f, "marks": [f["marks"][0]] * 10_001}, "Filen har 10001 merker; det meste er 10000"),
}  # fmt: skip


def edited(file: dict[str, Any], **change: str) -> dict[str, Any]:
    first, second = file["marks"]
    return {**file, "marks": [first, {**second, **change}]}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason_and_nothing_is_lost(liten: Small, what: str) -> None:
    spoil, why = HOSTILE[what]
    page = page_of(liten.load())
    file = saved_by(page, [mark(page), mark(page, 1, "merknad", "Er dette riktig?")])
    assert why in refused(liten, spoil(file))
    assert take(liten, file) == Came(2, 1), "and the sound file is taken in as ever"


def test_a_file_that_is_not_there_or_is_a_folder_is_told(liten: Small) -> None:
    with pytest.raises(InputError, match="Filen finnes ikke"):
        take_in(liten.root, "liten", liten.root / "borte.json", Quiet())
    with pytest.raises(InputError, match="mappe"):
        take_in(liten.root, "liten", liten.root / "data", Quiet())


# --- the comment table

TABLE = "Avsnitt;Kommentar;Fra;Dato\n"
TABLES = {
    "as comments.js writes it": "\ufeff" + '"Avsnitt";"Kommentar";"Fra";"Dato"\r\n"1";"Planen er fra 2019.";"Rådmannen";"01.03.2022"\r\n',
    "as Excel saves it in Windows-1252": (TABLE + "1;Planen er fra 2019.;Rådmannen;01.03.2022\r\n").encode("cp1252"),
    "with empty columns and lines": "Avsnitt;Kommentar;Fra;Dato;;\n1;Planen er fra 2019.;Rådmannen;01.03.2022;;\n;;;;;\n2;;;;;\n",
    "with commas": "\ufeffAvsnitt,Kommentar,Fra,Dato\n1,Planen er fra 2019.,Rådmannen,01.03.2022\n",
    "with Excel's own hint": "sep=;\r\n" + TABLE + "1;Planen er fra 2019.;Rådmannen;01.03.2022\r\n",
}  # fmt: skip


@pytest.fixture
def sent(small: Small) -> Small:
    """A small audit whose verification edition was sent."""
    handed(small.write().load(), "verification")
    return small


@pytest.mark.parametrize("how", TABLES)
def test_the_comment_table_reads_back_into_innspill_once(sent: Small, how: str) -> None:
    assert take(sent, TABLES[how], "kommentarer-liten.csv") == Came(0, 1)
    row = sent.load().rows("comments")[-1]
    assert (row["round"], row["from"], row["date"]) == ("verifisering", "Rådmannen", "01.03.2022")
    assert row["text"] == "Planen er fra 2019." and row["about"].startswith("avsnitt 1: «")
    before = data_of(sent)
    assert take(sent, TABLES[how], "kommentarer-liten (1).csv") == Came(0, 0) and data_of(sent) == before


@pytest.mark.parametrize(
    ("line", "about", "text"),
    [
        ("S1;Det er 326.;;", "S1", "Det er 326."),
        ("999;Gjelder vedlegget.;;", "999", "Gjelder vedlegget."),
        (";Takk.;;", "ikke oppgitt", "Takk."),
        ("1;'- Dette er feil.;;", None, "– Dette er feil."),
        ("1;'=1+1;;", None, "'=1+1"),
        ('1;"To linjer:\r\n""slik""";;', None, 'To linjer:\n"slik"'),
        ("1;Under <5 vedtak.;;", None, "Under <5 vedtak."),
    ],
)
def test_every_comment_is_kept(sent: Small, line: str, about: str | None, text: str) -> None:
    assert take(sent, TABLE + line + "\n", "svar.csv") == Came(0, 1)
    row = sent.load().rows("comments")[-1]
    assert row["text"] == text and (about is None or row["about"] == about) and row["from"] == "Kommunen"


def test_a_number_whose_text_the_journal_does_not_know_keeps_the_comment(small: Small) -> None:
    """Of a hand-over by a workbook that knew its tables by another name."""
    audit = handed(small.write().load())
    (last,) = audit.journal.handovers
    append(audit.journal, msgspec.structs.replace(last, nr=2, edition="hearing", numbered=("0123456789abcdef",)))
    assert take(small, TABLE + "1;Feil sum.;;\n", "svar.csv") == Came(0, 1)
    row = small.load().rows("comments")[-1]
    assert (row["about"], row["text"]) == ("avsnitt 1", "Feil sum.")


def test_marks_that_cannot_be_written_say_so(liten: Small) -> None:
    (liten.root / "outputs/_handover/liten/liten-kontroll.csv").mkdir(parents=True)
    with pytest.raises(InputError, match=r"outputs/_handover/liten/liten-kontroll\.csv\. Kan ikke skrive"):
        write_marks(liten.root, liten.name, Quiet())


def test_the_same_words_from_two_are_two_comments(sent: Small) -> None:
    assert take(sent, TABLE + "1;Feil.;Enhet A;\n1;Feil.;Enhet B;\n", "svar.csv") == Came(0, 2)
    assert [row["from"] for row in sent.load().rows("comments")[-2:]] == ["Enhet A", "Enhet B"]


def test_a_date_nobody_can_read_is_kept_in_the_words(sent: Small) -> None:
    assert take(sent, TABLE + "1;Feil.;Rådmannen;i går\n", "svar.csv") == Came(0, 1)
    row = sent.load().rows("comments")[-1]
    assert (row["date"], row["text"]) == ("", "Feil. (i går)")


def test_the_same_comment_twice_is_one(sent: Small) -> None:
    assert take(sent, TABLE + "1;Feil.;;\n1;Feil.;;\n2;Feil.;;\n", "svar.csv") == Came(0, 2)


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (TABLE + "1;Feil.;;\n", "kommentarer-nes-2018.csv", "fra revisjonen «nes-2018»"),
        (TABLE + "1;Feil.;;\n", "kommentarer-nes-2018-nr1_utfylt.csv", "fra revisjonen «nes-2018»"),
        (TABLE + "1;Feil.;;\n", "kommentarer-liten-nr7 - Kopi.csv", "ingen overlevering 7 med nummererte avsnitt"),
        (TABLE + "1;Feil.;;\n3;;Tallet skal være 14;\n", "svar.csv", "rad 3. Raden har ingen kommentar"),
        (TABLE + "Avsnitt 5 er feil;;;\n", "svar.csv", "rad 2. Raden har ingen kommentar"),
        (TABLE + '1;"Feil.;;\n2;Også feil.;;\n', "svar.csv", "anførselstegn som mangler sitt par"),
        ("Nr;Tekst\n1;Feil.\n", "svar.csv", "rad 1. Overskriftene er ikke kommentartabellens"),
        ("", "svar.csv", "rad 1. Overskriftene er ikke kommentartabellens"),
        (TABLE + "1;Greit.;;\n2;<script>alert(1)</script>;;\n", "svar.csv", "rad 3. Teksten inneholder HTML"),
        (TABLE + "1;a\u202eb;;\n", "svar.csv", "rad 2. Teksten inneholder styretegn"),
        (TABLE + "1;Feil; skal være 4;Per;01.03.2022\n", "svar.csv", "rad 2. Raden har 5 celler, overskriften 4"),
        (TABLE + f"1;{'a' * 4001};;\n", "svar.csv", "rad 2. Teksten har 4001 tegn"),
        (b"a" * 6_000_000, "svar.csv", "Filen er på 6 MB"),
        (b"PK\x03\x04", "kommentarer-liten.xlsx", "Lagre tabellen som «CSV UTF-8» i Excel"),
    ],
)
def test_a_table_that_is_none_is_refused(sent: Small, content: object, name: str, why: str) -> None:
    assert why in refused(sent, content, name)


def test_a_table_comes_back_only_from_what_was_sent(liten: Small) -> None:
    assert "Ingen utgave med nummererte avsnitt er sendt" in refused(liten, TABLE + "1;Feil.;;\n", "svar.csv")
