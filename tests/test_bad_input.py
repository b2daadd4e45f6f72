"""Bad input: a message that names file, row and column, the right exit code, and nothing lost."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conftest import ROWS, Small
from helpers.audit import load_audit
from helpers.cli import app
from helpers.message import InputError
from helpers.params import read_params


def refused(small: Small) -> str:
    """What is said when the audit cannot be read at all (exit 2)."""
    with pytest.raises(InputError) as error:
        small.load()
    return str(error.value)


def test_the_small_audit_is_sound(small: Small) -> None:
    assert [message.text for message in small.write().messages() if message.severity != "orientering"] == []


def test_a_missing_register(small: Small) -> None:
    small.write().path("kriterier").unlink()
    assert "data/liten/kriterier.csv. Registeret Kriterier mangler" in refused(small)


def test_an_empty_register(small: Small) -> None:
    small.write().path("kilder").write_text("", encoding="utf-8")
    assert "data/liten/kilder.csv, rad 1, kolonne A. Registeret er tomt" in refused(small)


def test_an_unknown_sheet(small: Small) -> None:
    small.write().path("vurderinger").rename(small.path("vurderinger").with_stem("vurdering"))
    text = refused(small)
    assert "data/liten/vurdering.csv" in text
    assert "vurderinger.csv" in text


def test_an_unreadable_encoding(small: Small) -> None:
    path = small.write().path("kilder")
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    text = refused(small)
    assert "data/liten/kilder.csv, rad" in text
    assert "Tegnsettet kan ikke leses" in text


def test_a_row_longer_than_its_heading(small: Small) -> None:
    path = small.write().path("kilder")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1] + ";for;mye", *lines[2:]]), encoding="utf-8")
    assert "data/liten/kilder.csv, rad 2, kolonne M. Raden har 14 celler, overskriften 12" in refused(small)


def test_a_heading_twice(small: Small) -> None:
    path = small.write().path("kilder")
    path.write_text(path.read_text(encoding="utf-8").replace("Tittel", "Type", 1), encoding="utf-8")
    assert "rad 1, kolonne C. Overskriften «Type» står to ganger" in refused(small)


def test_quotes_that_do_not_match(small: Small) -> None:
    path = small.write().path("kilder")
    path.write_text(path.read_text(encoding="utf-8") + 'x;"åpen\n', encoding="utf-8")
    assert "data/liten/kilder.csv, rad 4. Raden kan ikke leses" in refused(small)


@pytest.mark.parametrize(
    ("file", "save_as"),
    [
        ("rettelser.xlsx", "rettelser.csv"), ("Anbefalinger.xlsx", "anbefalinger.csv"), ("tall.csv.txt", "tall.csv"),
        ("måltall.ods", "maltall.csv"), ("registers.xlsm", "registers.xlsx"), ("background.txt", "text/background.md"),
        ("p1.md", "text/p1.md"), ("text/p1.md.txt", "text/p1.md"), ("text/summary.docx", "text/summary.md"),
        ("text/tall.csv", "tall.csv"),
    ],
)  # fmt: skip
def test_a_register_or_text_that_is_not_read_says_what_to_save_it_as(small: Small, file: str, save_as: str) -> None:
    (small.write().path("tall").parent / file).write_text("", encoding="utf-8")
    told = refused(small)
    assert f"data/liten/{file}. Filen leses ikke" in told
    assert f"som {save_as}" in told


@pytest.mark.skipif(os.name != "posix", reason="elsewhere .CSV is .csv")
@pytest.mark.parametrize("file", ["rettelser.CSV", "text/background.MD"])
def test_an_ending_in_capitals_is_not_read_everywhere(small: Small, file: str) -> None:
    (small.write().path("tall").parent / file).write_text("", encoding="utf-8")
    assert f"data/liten/{file}. Filen leses ikke" in refused(small)


@pytest.mark.parametrize(
    "file", ["notater.txt", "svar.pdf", "tall.csv.bak", "tall.csv~", ".tall.xlsx", "text/kladd.docx"]
)
def test_other_files_may_lie_beside_the_registers(small: Small, file: str) -> None:
    (small.write().path("tall").parent / file).write_text("", encoding="utf-8")
    assert not [message for message in small.messages() if file in message.text]


@pytest.mark.parametrize("lock", ["~$registers.xlsx", ".~lock.kilder.csv#"])
def test_a_register_open_in_excel(small: Small, lock: str) -> None:
    (small.write().path("kilder").parent / lock).touch()
    assert "Filen er åpen i Excel" in refused(small)


def test_an_excel_book_that_is_none(small: Small) -> None:
    small.write().path("kilder").with_name("registers.xlsx").write_bytes(b"PK nei")
    assert "data/liten/registers.xlsx. Filen er ingen Excel-arbeidsbok" in refused(small)


def test_a_text_that_belongs_nowhere(small: Small) -> None:
    (small.write().path("kilder").parent / "text" / "p9.md").write_text("Hei.", encoding="utf-8")
    assert "data/liten/text/p9.md. Teksten hører ikke til noen problemstilling" in refused(small)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("fase: endelig", "fase: ferdig", ["linje 5", "Ukjent verdi «ferdig»", "arbeid, høring, endelig"]),
        ("kapittel: governance", "kapittel: økonomi", ["linje 8", "kapittel", "governance, collaboration"]),
        ("tittel:", "titel:", ["linje 4", "Ukjent nøkkel «titel»"]),
        ("tittel: Liten revisjon\n", "", ["Nøkkelen «tittel» mangler"]),
        ("format: 1", "format: 7", ["linje 1", "Formatet «7» er ukjent"]),
        ("format: 1", "format: [1", ["ikke gyldig YAML", "linje"]),
        ("fase: endelig", "fase: endelig\nfase: arbeid", ["linje 6", "«fase» står to ganger"]),
        ("revisjon: liten", "revisjon: stor", ["linje 2", "ikke filens navn"]),
        ("id: p1", "id: P 1", ["linje 8", "«P 1»"]),
        ("kommune: {navn: Liten", "kommune: Liten #", ["linje 3", "en gruppe nøkler"]),
    ],
)
def test_wrong_parameters_name_the_line(small: Small, old: str, new: str, told: list[str]) -> None:
    path = small.write().root / "params" / "liten.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    said = refused(small)
    assert said.startswith("STOPP · params/liten.yaml")
    for part in told:
        assert part in said


def test_strings_stay_strings(small: Small) -> None:
    assert read_params(small.write().root, "liten").municipality.number == "0420"


@pytest.mark.parametrize("name", ["../liten", "a/b", "", "Liten", "/etc/passwd", "liten.yaml", "..", "a b"])
def test_an_audit_name_is_never_a_path(small: Small, name: str) -> None:
    small.write()
    with pytest.raises(InputError, match="ikke et navn på en revisjon"):
        load_audit(small.root, name)


def test_an_unknown_audit_names_those_there_are(small: Small) -> None:
    small.write()
    with pytest.raises(InputError, match="Revisjoner i params/: liten"):
        load_audit(small.root, "stor")


GATED: list[tuple[str, str, dict[str, list[dict[str, str]]], list[str]]] = [
    ("ukjent-kolonne", "stopp", {"kriterier": [{**ROWS["kriterier"][0], "Tekstt": "x"}]}, ["Kriterier, I1, Tekstt"]),
    ("dobbel-id", "stopp", {"kilder": [*ROWS["kilder"], ROWS["kilder"][0]]}, ["Kilder, A2, Id", "hol"]),
    ("henvisning", "stopp", {"kriterier": [{**ROWS["kriterier"][0], "Kilde": "hool"}]}, ["Kriterier, E2, Kilde", "hool"]),
    ("henvisning", "stopp", {"kriterier": [{**ROWS["kriterier"][0], "Problemstilling": "p7"}]}, ["Problemstilling", "p7"]),
    ("ugyldig-verdi", "stopp", {"tall": [{**ROWS["tall"][0], "Verdi": "6.250"}, *ROWS["tall"][1:]]},
     ["Tall, G2, Verdi", "6.250", "6 250"]),
    ("umulig-dato", "stopp", {"kilder": [ROWS["kilder"][0], {**ROWS["kilder"][1], "Dato": "20022"}]}, ["Kilder, E3, Dato"]),
    ("ukjent-verdi", "stopp", {"kriterier": [{**ROWS["kriterier"][0], "Skal/Bør": "burde"}]}, ["burde", "skal"]),
    *(("prosent-skrevet-annerledes", "stopp", {"tall": [{**ROWS["tall"][0], "Enhet": unit}, *ROWS["tall"][1:]]},
       ["Tall, F2, Enhet", f"«{unit}»", "Skriv prosent"]) for unit in ("%", "Prosent", "pst.", "prosentandel", "PROSENTPOENG")),
    ("tom-celle", "stopp", {"kriterier": [{**ROWS["kriterier"][0], "Tekst": ""}]}, ["Kriterier, C2, Tekst", "tom"]),
    ("tom-uten-grunn", "varsel", {"kilder": [ROWS["kilder"][0], {**ROWS["kilder"][1], "Dato": ""}]}, ["Kilder, E3, Dato"]),
    ("ugyldig-id", "stopp", {"kilder": [*ROWS["kilder"], {**ROWS["kilder"][1], "Id": "Ny Plan"}]}, ["Ny Plan"]),
    ("utenfor-grense", "stopp", {"intervjuer": [{**ROWS["intervjuer"][0], "Antall personer": "0"}, ROWS["intervjuer"][1]]},
     ["Intervjuer, F2, Antall personer"]),
    ("vurderingsord", "stopp", {"vurderinger": [{**ROWS["vurderinger"][0], "Vurdering": "Bra"}, ROWS["vurderinger"][1]]},
     ["Vurderinger, E2, Vurdering", "Bra"]),
]  # fmt: skip


def test_each_spoilt_cell_is_told_at_its_place(many: Callable[..., Small]) -> None:
    """One validation over all of them: the frames stack the audits."""
    from helpers.gate import gather, judge

    spoilt = [many(f"a{n}").write(**registers) for n, (_, _, registers, _) in enumerate(GATED)]
    messages = judge([gather(one.load()) for one in spoilt])
    for n, (check, severity, _, told) in enumerate(GATED):
        mine = [message for message in messages if message.audit == f"a{n}" and message.check == check]
        assert mine, f"{check} is not told"
        assert mine[0].severity == severity
        for part in told:
            assert part in mine[0].text, mine[0].text


def test_one_unreadable_audit_does_not_stop_the_others(many: Callable[..., Small]) -> None:
    sound, broken = many("god").write(), many("odelagt").write()
    broken.path("kilder").write_text("", encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "--root", str(sound.root)])
    assert result.exit_code == 2
    assert "odelagt: STOPP · data/odelagt/kilder.csv, rad 1, kolonne A" in result.output
    assert "Kan leveres" in result.output


def test_never_a_traceback(small: Small) -> None:
    from conftest import revisjonsbok

    shutil.rmtree(small.write().root / "expectations")
    done = revisjonsbok("check", root=small.root)
    assert done.returncode == 2
    assert "expectations/criteria.json. Filen mangler" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_no_project_here(tmp_path: Path) -> None:
    from conftest import revisjonsbok

    done = revisjonsbok("run", root=tmp_path)
    assert done.returncode == 2
    assert "Mappen har ingen params/" in done.stderr


def test_a_misspelt_heading_is_told_once(small: Small) -> None:
    path = small.write().path("tall")
    path.write_text(path.read_text(encoding="utf-8").replace(";Enhet;", ";Enhett;", 1), encoding="utf-8")
    told = [message for message in small.messages() if message.place.register == "Tall" and message.severity == "stopp"]
    assert sorted(message.check for message in told) == ["overskrift-mangler", "ukjent-kolonne"]


def test_a_missing_sheet_is_told_once_where_others_refer_to_it(small: Small) -> None:
    rows = [{**ROWS["datagrunnlag"][0], "Id": f"d{n}", "Kriterium": "k9"} for n in range(1, 9)]
    small.write(datagrunnlag=rows, kriterier=[])
    (message,) = [
        m for m in small.hits("henvisning") if m.place.column == "Kriterium" and m.place.register == "Datagrunnlag"
    ]
    assert "8 henvisninger fører ingen steder, og Kriterier har ingen rader" in message.found
