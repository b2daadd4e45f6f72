"""Take the pictures of README and docs from published pages: ``make screenshots``."""

from __future__ import annotations

import shutil
from pathlib import Path

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


def main() -> None:
    """One picture a shot: scroll to an anchor, open a fact where one is named."""
    browser = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name)))
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for name, audit, anchor, fact in SHOTS:
            tab = chromium.new_page(viewport={"width": 1360, "height": 860})
            page = (ROOT / "outputs" / audit / f"{audit}.html").as_uri()
            tab.goto(page if anchor == "#kan-leveres" else page + anchor)
            if fact:
                tab.locator(fact).first.click()
            tab.screenshot(path=ROOT / "docs/images" / f"{name}.png")
            tab.close()
        chromium.close()


if __name__ == "__main__":
    main()
