"""Take the pictures of README and docs, from published pages and from a hand-over corrected: ``make screenshots``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
SHOTS = (
    ("first-screen", "eidskog-2015", "#kan-leveres", ""),
    ("chapter-chart", "eigersund-2022", "#b-service-delivery-p5-ungdata-2019", ""),
    ("fact-opened", "eidskog-2015", "#sammendrag", '#sammendrag a.fact[href="#f-measures-behov-ip"]'),
    ("data-quality", "hamar-2022", "#datakontroll", ""),
    ("chain", "hamar-2022", "#kjede", ""),
    ("reconciliation", "eidskog-2015", "#avstemming", ""),
)
CORRECTED, CASE = "eidskog-2015", ("data/eidskog-2015/saker.csv", "sak-03")


def main() -> None:
    """One picture a shot: scroll to an anchor, open a fact where one is named; then a review and its changes."""
    browser = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name)))
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for name, audit, anchor, fact in SHOTS:
            page = (ROOT / "outputs" / audit / f"{audit}.html").as_uri()
            tab = _opened(chromium, page if anchor == "#kan-leveres" else page + anchor)
            if fact:
                tab.locator(fact).first.click()
            _taken(tab, name)
        page = _corrected(Path(folder))
        tab = _opened(chromium, page.as_uri() + "#user_involvement-p2")
        for key in ("n", "l", "n", "k", "n", "s"):
            tab.keyboard.press(key)
        tab.keyboard.type("Hvem har sagt dette?")
        _taken(tab, "review")
        _taken(_opened(chromium, page.as_uri() + "#endret"), "changes")
        chromium.close()


def _opened(chromium: Any, address: str) -> Any:
    tab = chromium.new_page(viewport={"width": 1360, "height": 860})
    tab.goto(address)
    return tab


def _taken(tab: Any, name: str) -> None:
    tab.screenshot(path=ROOT / "docs/images" / f"{name}.png")
    tab.close()


def _corrected(folder: Path) -> Path:
    """The page of an audit handed over, and then corrected in one case; in a copy."""
    for name in ("params", "data", "expectations", "workbooks", ".cache"):
        shutil.copytree(ROOT / name, folder / name)
    _revisjonsbok("handover", CORRECTED, folder=folder)
    path, row = folder / CASE[0], CASE[1]
    lines = path.read_text(encoding="utf-8").split("\n")
    at = lines[0].split(";").index("behov-ip")
    for number, line in enumerate(lines):
        cells = line.split(";")
        if cells[0] == row:
            cells[at] = "Ja"
            lines[number] = ";".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    reason = ("--kind", "feilretting", "--why", "Feil lest i journalen", "--who", "utøvende revisor")
    _revisjonsbok("changes", CORRECTED, *reason, folder=folder)
    _revisjonsbok("run", CORRECTED, folder=folder)
    return folder / "outputs/_draft" / CORRECTED / f"{CORRECTED}.html"


def _revisjonsbok(*arguments: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "helpers", *arguments, "--root", str(folder)], check=True)


if __name__ == "__main__":
    main()
