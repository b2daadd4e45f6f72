"""What a small correction costs: from a cold start, unchanged, and under watch.

    python -m benchmarks.rerun [--times 5] [--saves 10]

Ratios are within one run and interleaved, since machines differ and vary. Prints a small table.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.report import Table

ROOT = Path(__file__).resolve().parents[1]
INPUTS = ("params", "data", "expectations", "workbooks")
AUDIT, SHEET, ROW, COLUMN = "eidskog-2015", "tall.csv", 2, "Verdi"
TRAP = "raise SystemExit('Great Expectations was imported')"


def _copy(folder: Path) -> None:
    for name in INPUTS:
        shutil.copytree(ROOT / name, folder / name)


def correct(folder: Path, value: int, audit: str = AUDIT) -> None:
    """Write another value into one cell of an audit, which is AUDIT or a copy of it."""
    path = folder / "data" / audit / SHEET
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    cells = lines[ROW].split(";")
    cells[lines[0].split(";").index(COLUMN)] = str(value)
    lines[ROW] = ";".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")


def _timed(command: list[str], *paths: Path) -> float:
    """Seconds a whole process takes; folders are searched for packages before all others."""
    path = os.pathsep.join([*map(str, paths), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    started = time.perf_counter()
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    if done.returncode not in (0, 1):  # 1: something held back
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - started


def _run(folder: Path) -> list[str]:
    return [sys.executable, "-m", "helpers", "run", AUDIT, "--root", str(folder)]


def cold(folder: Path, times: int) -> tuple[list[float], list[float]]:
    """Seconds of a run after one changed cell, and of importing Great Expectations alone, by turns."""
    _timed(_run(folder))
    runs, imports = [], []
    for number in range(times):
        imports.append(_timed([sys.executable, "-c", "import great_expectations"]))
        correct(folder, 100 + number)
        runs.append(_timed(_run(folder)))
    return runs, imports


def unchanged(folder: Path, times: int) -> list[float]:
    """Seconds of a run in which nothing has changed; no process of it could import Great Expectations."""
    trap = folder / "trap" / "great_expectations"
    trap.mkdir(parents=True)
    (trap / "__init__.py").write_text(TRAP, encoding="utf-8")
    return [_timed(_run(folder), trap.parent) for _ in range(times)]


@contextmanager
def _watching(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "helpers", "watch", AUDIT, "--root", str(folder)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        try:
            address = process.stdout.readline().split()[1]
            while not process.stdout.readline().startswith("Siden er ny"):
                pass
            yield address
        finally:
            process.terminate()


def _get(address: str) -> str:
    with urllib.request.urlopen(address) as answer:
        return str(answer.read().decode())


def watched(folder: Path, saves: int) -> list[float]:
    """Seconds from a saved register to the refreshed page, fetched whole."""
    found = []
    with _watching(folder) as address:
        for number in range(saves):
            version = _get(f"{address}version?after=x")
            time.sleep(2)  # what comes after the page is shown makes nobody wait
            started = time.perf_counter()
            correct(folder, 200 + number)
            while _get(f"{address}version?after={version}") == version:
                pass
            page = _get(address)
            found.append(time.perf_counter() - started)
            assert f">{200 + number}" in page
    return found


def rerun(times: int, saves: int) -> Table:
    """Measure one audit of the project, in a copy."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copy(folder)
        runs, imports = cold(folder, times)
        still = unchanged(folder, times)
        seen = watched(folder, saves)
    ratio = median(run / alone for run, alone in zip(runs, imports, strict=True))
    rows = {
        "importing Great Expectations alone, s": imports,
        "run after one changed cell, cold start, s": runs,
        "run with nothing changed (no GX imported), s": still,
        "watch, from save to refreshed page, s": seen,
    }
    return Table(
        f"One audit, {os.cpu_count()} processors",
        ("what", "median", "worst"),
        tuple((what, f"{median(found):.2f}", f"{max(found):.2f}") for what, found in rows.items()),
        (f"One changed cell: {ratio:.2f} x the import of Great Expectations; watch {median(seen):.2f} s.",),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="What a small correction costs.")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--saves", type=int, default=10)
    options = parser.parse_args()
    print(rerun(options.times, options.saves).plain())
    return 0


if __name__ == "__main__":
    sys.exit(main())
