"""The daily round, whole: hand over, review in the browser by keys alone, read back, answer, correct, hand over again."""

from __future__ import annotations

import csv
import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from conftest import revisjonsbok
from test_run import change

NES = "nes-2018"


def opened(root: Path, folder: Path, number: int) -> Path:
    """The page of a hand-over, unpacked as the assurer does it."""
    with zipfile.ZipFile(root / f"outputs/_handover/{NES}/{NES}-{number}-intern.zip") as archive:
        archive.extractall(folder)
    return folder / f"{NES}-{number}-intern" / f"{NES}.html"


def told(*arguments: str, root: Path) -> str:
    done = revisjonsbok(*arguments, root=root)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def focused(tab: Any) -> str:
    return str(tab.evaluate("document.activeElement.dataset.x || ''"))


@pytest.mark.browser
def test_from_hand_over_to_signature(published: Path, browser: Any, tmp_path: Path) -> None:
    root = tmp_path / "revisjon"
    shutil.copytree(published, root)
    assert "overlevering 1." in told("handover", NES, root=root)
    assert "samme nummer og samme innhold" in told("handover", NES, root=root)

    tab = browser.new_page()
    tab.goto(opened(root, tmp_path, 1).as_uri())
    tab.keyboard.press("n")
    read = focused(tab)
    tab.keyboard.press("l")
    asked = focused(tab) if focused(tab) != read else ""
    if not asked:
        tab.keyboard.press("n")
        asked = focused(tab)
    tab.keyboard.press("s")
    tab.keyboard.type("Hvem sa dette?")
    tab.keyboard.press("Escape")
    tab.locator("[data-act=more]").focus()
    tab.keyboard.press("Enter")
    tab.locator("#review-name").focus()
    tab.keyboard.type("Kari Kontrollør")
    tab.keyboard.press("Escape")
    tab.locator("[data-act=save]").focus()
    with tab.expect_download() as download:
        tab.keyboard.press("Enter")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    tab.close()
    assert [(mark["x"], mark["mark"]) for mark in json.loads(file.read_text(encoding="utf-8"))["marks"]] == [
        (read, "lest"), (asked, "sporsmal"),
    ]  # fmt: skip

    assert "2 nye merker i journalen, 1 nytt innspill." in told("review", NES, "import", str(file), root=root)
    assert "0 nye merker i journalen, 0 nye innspill." in told("review", NES, "import", str(file), root=root)
    assert "1 merknader og spørsmål er ubesvart" in told("review", NES, "status", root=root)
    comments = root / f"data/{NES}/innspill.csv"
    with comments.open(encoding="utf-8-sig", newline="") as lines:
        asked_row = next(row for row in csv.DictReader(lines, delimiter=";") if row["Id"].startswith("qa-"))
    assert (asked_row["Runde"], asked_row["Innspill"]) == ("kvalitetssikring", "Hvem sa dette?")
    change(comments, asked_row["Id"], "Vårt svar", "Fagsjefen, i intervju 2.")
    change(root / f"data/{NES}/tall.csv", "eposter-sendt", "Verdi", "6")

    assert "Tall, I3, Verdi: «5» → «6» · r1, uten grunn" in told("changes", NES, root=root)
    reason = ("--why", "Kommunen telte på nytt", "--who", "utøvende revisor", "--kind", "feilretting")
    assert "1 rad i Rettelser har fått grunnen." in told("changes", NES, *reason, root=root)
    told("run", NES, root=root)
    assert "overlevering 2." in told("handover", NES, root=root)

    html = opened(root, tmp_path, 2).read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "Endret siden overlevering 1" in html
    assert "Feilretting" in html
    assert "Kommunen telte på nytt" in html
    shown = html[html.index(f'data-x="{asked}"') :]
    assert re.search(r"Hvem sa dette\?.*?Besvart.*?Fagsjefen, i intervju 2\.", shown[:3000], re.S), (
        "the next page answers"
    )
    tab = browser.new_page()
    tab.goto((tmp_path / f"{NES}-2-intern" / f"{NES}.html").as_uri())
    assert tab.locator(f'.marks[data-row="{read}"] button[data-act=lest]').first.get_attribute("aria-pressed") == "true"
    tab.close()

    assert "signert av Kari Kontrollør" in told(
        "sign", NES, "--role", "kvalitetssikrer", "--name", "Kari Kontrollør", root=root
    )
    assert "dekker ikke lenger" not in told("run", NES, root=root)
    change(root / f"data/{NES}/tall.csv", "eposter-sendt", "Verdi", "7")
    said = "Signaturen fra kvalitetssikrer"
    assert said in revisjonsbok("run", NES, root=root).stdout, "told at once"
