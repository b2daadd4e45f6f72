"""Is what was published still what the inputs give? Hashes first, then a re-execution in a clean folder.

The manifest lies beside the files it describes, so whoever changes a file can change its hash there too: hashes
alone find accidents, not intent. The re-execution finds both, for it makes every file anew from the inputs. What
neither can tell is whether the inputs themselves are those of the day of publication, when they and the manifest
were changed together; for that a signature or an archived copy of the manifest is needed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from helpers.compare import MANIFEST
from helpers.engine import open_engine, package_hash, versions
from helpers.message import InputError, Outcome, sentence
from helpers.params import check_name
from helpers.publish import hashes, inputs_of, only_run
from helpers.reporter import Reporter
from helpers.run import run
from helpers.validation import Validator

LARGEST_MANIFEST = 20_000_000
LISTED = 5
NO_FILE = "ingen vanlig fil"
INJECTED = "injected-parameters"


@dataclass(frozen=True)
class Deviation:
    """One thing that is not as it was published.

    Attributes:
        kind: changed, missing, extra, input, package, version, unstable, other, failed or unreadable.
        place: the file as it is named in the audit's folder, or the package.
        found: what stands there.
        do: what it means and what to do.
    """

    kind: str
    place: str
    found: str
    do: str

    @property
    def text(self) -> str:
        return f"AVVIK · {self.place}. {sentence(self.found)} {sentence(self.do)}"


@dataclass(frozen=True)
class Report:
    """What a verification came to: nothing to tell means every byte is what the inputs give.

    Attributes:
        files: how many files the manifest names.
        executed: whether the audit could be made anew.
        differ: the files that then came out otherwise than the manifest says.
    """

    audit: str
    files: int
    executed: bool = False
    differ: tuple[str, ...] = ()
    deviations: tuple[Deviation, ...] = ()

    @property
    def code(self) -> int:
        """0 all the same, 1 something differs, 2 the inputs cannot be read."""
        if any(deviation.kind == "unreadable" for deviation in self.deviations):
            return 2
        return int(bool(self.deviations))

    @property
    def text(self) -> str:
        """The last line: what was checked, and how it went."""
        if not self.deviations:
            return f"{self.audit}: {self.files} filer er som publisert, og blir de samme når de lages på nytt."
        count = len(self.deviations)
        if not self.executed:
            return f"{self.audit}: {count} avvik. Revisjonen kunne ikke lages på nytt."
        if not self.differ:
            return f"{self.audit}: {count} avvik. Laget på nytt blir alle filene slik manifestet sier de var."
        shown = ", ".join(self.differ[:LISTED]) + (" og flere" if len(self.differ) > LISTED else "")
        return f"{self.audit}: {count} avvik. Laget på nytt blir {len(self.differ)} av filene andre: {shown}."


@dataclass(frozen=True)
class Manifest:
    """What a published folder says of itself: sha256 by name, and what made it."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    code: str
    versions: Mapping[str, str]
    hash: str = field(default="", compare=False)


def read_manifest(content: bytes, place: str) -> Manifest:
    """Read a manifest; names in it are only compared with names, never opened.

    Raises:
        InputError: it is too large, no JSON or not of this form.
    """
    again = "Kjør revisjonen på nytt, så skrives den."
    if len(content) > LARGEST_MANIFEST:
        raise InputError(place, "Filen er for stor til å være et manifest", again)
    try:
        found = json.loads(content)
        inputs, outputs, used = (_strings(found[key]) for key in ("inputs", "outputs", "versions"))
        code = str(found["code"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(place, "Filen kan ikke leses som et manifest", again) from None
    return Manifest(inputs, outputs, code, used, hashlib.sha256(content).hexdigest())


def _strings(found: object) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise TypeError
    return found


def check_contents(files: Mapping[str, bytes], manifest: Manifest) -> tuple[Deviation, ...]:
    """Hold files, wherever they were read from, against the manifest that came with them; ``files`` may hold it."""
    return check_hashes({name: hashlib.sha256(content).hexdigest() for name, content in files.items()}, manifest)


def check_hashes(found: Mapping[str, str], manifest: Manifest) -> tuple[Deviation, ...]:
    """Hold sha256 by name against the manifest: what is changed, missing or extra."""
    return tuple(_compare(found, manifest))


def _compare(found: Mapping[str, str], manifest: Manifest) -> Iterator[Deviation]:
    for name, expected in sorted(manifest.outputs.items()):
        if name not in found:
            do = "Kjør revisjonen på nytt, eller hent filen fra arkivet"
            yield Deviation("missing", name, "Filen mangler. Den er nevnt i manifestet", do)
        elif found[name] == NO_FILE:
            do = "Bruk ikke innholdet. Slett den, og kjør revisjonen på nytt"
            yield Deviation("changed", name, f"Her er {NO_FILE}, men en lenke eller noe annet", do)
        elif found[name] != expected:
            do = "Bruk ikke filen. Kjør revisjonen på nytt, eller hent filen fra arkivet"
            yield Deviation("changed", name, "Filen er endret etter at den ble publisert", do)
    for name in sorted(found.keys() - manifest.outputs.keys() - {MANIFEST}):
        do = "Den er ikke laget av arbeidsboken. Ta den ut av mappen"
        yield Deviation("extra", name, "Filen står ikke i manifestet", do)


def check_inputs(found: Mapping[str, str], manifest: Manifest) -> tuple[Deviation, ...]:
    """Hold sha256 of the inputs by name against the manifest."""
    deviations = []
    for name in sorted({*found, *manifest.inputs}):
        if found.get(name) != manifest.inputs.get(name):
            what = "er kommet til" if name not in manifest.inputs else "er endret" if name in found else "er tatt bort"
            do = "Det som er publisert, følger ikke av registrene slik de er nå. Kjør revisjonen på nytt"
            deviations.append(Deviation("input", name, f"Filen {what} siden det ble publisert", do))
    return tuple(deviations)


def check_code(manifest: Manifest) -> tuple[Deviation, ...]:
    """Hold package, versions, Python and platform against the manifest."""
    here, deviations = versions(), []
    for name in sorted({*here, *manifest.versions}):
        was, now = manifest.versions.get(name, "uten"), here.get(name, "uten")
        if was != now:
            do = "Like bytes er ikke å vente. Bruk de samme versjonene (requirements.txt), eller kjør på nytt"
            deviations.append(Deviation("version", name, f"Laget med {was}, her er {now}", do))
    if manifest.code != package_hash():
        do = "Like bytes er ikke å vente. Bruk den samme utgaven, eller kjør på nytt"
        deviations.append(Deviation("package", "revisjonsbok", "Laget med en annen utgave av programmet", do))
    return tuple(deviations)


def verify(root: Path, audit: str, *, jobs: int = 0, reporter: Reporter) -> Report:
    """Verify one published audit: files, inputs and code against its manifest, then everything made anew.

    Raises:
        InputError: it is not published, its manifest or a file cannot be read, or another run is at work.
    """
    check_name(audit)
    with TemporaryDirectory(prefix="revisjonsbok-") as clean, closing(Validator()) as validator:
        first, second = Path(clean) / "1", Path(clean) / "2"
        try:
            with only_run(root):
                manifest = _manifest(root / "outputs" / audit, audit)
                files = check_hashes(folder_hashes(root / "outputs" / audit), manifest)
                causes = (*check_inputs(hashes(root, inputs_of(root, audit)), manifest), *check_code(manifest))
                _copy_inputs(root, audit, first)
        except OSError as error:
            place, found = str(error.filename or audit), f"Kan ikke leses ({error.strerror or error})"
            raise InputError(place, found, "Lukk filen, eller hent den tilbake.") from None
        reporter.phase("Lager alt på nytt i en tom mappe")
        if trouble := _rerun(first, audit, jobs, reporter, validator):
            return Report(audit, len(manifest.outputs), deviations=(*files, *causes, trouble))
        anew = folder_hashes(first / "outputs" / audit)
        expected = {**manifest.outputs, MANIFEST: manifest.hash}
        differ = sorted(name for name in {*anew, *expected} if anew.get(name) != expected.get(name))
        if differ and not causes:
            reporter.phase("Lager alt på nytt en gang til, for å se om det blir det samme")
            _copy_inputs(first, audit, second)
            failed = _rerun(second, audit, jobs, reporter, validator)
            causes = (failed,) if failed else tuple(_unexplained(audit, differ, first, second))
    return Report(audit, len(manifest.outputs), True, tuple(differ), (*files, *causes))


def _manifest(folder: Path, audit: str) -> Manifest:
    path, place = folder / MANIFEST, f"outputs/{audit}/{MANIFEST}"
    if folder.is_symlink() or not folder.is_dir():
        raise InputError(f"outputs/{audit}", "Revisjonen er ikke publisert her", f"Bruk revisjonsbok run {audit}.")
    if path.is_symlink() or not path.is_file():
        raise InputError(place, "Manifestet mangler", "Kjør revisjonen på nytt, så skrives det.")
    with path.open("rb") as file:
        return read_manifest(file.read(LARGEST_MANIFEST + 1), place)


def folder_hashes(folder: Path) -> dict[str, str]:
    """Sha256 by name of all under a folder; links are not followed, and files of any size are read piece by piece."""
    found = {}
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in (*links, *names):
            path = Path(parent) / name
            key = path.relative_to(folder).as_posix()
            if not stat.S_ISREG(path.lstat().st_mode):
                found[key] = NO_FILE
                continue
            with path.open("rb") as file:
                found[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _copy_inputs(root: Path, audit: str, target: Path) -> None:
    """All a run of one audit may read, and nothing else: what the manifest does not cover is not there."""
    for path in inputs_of(root, audit):
        copy = target / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _rerun(root: Path, audit: str, jobs: int, reporter: Reporter, validator: Validator) -> Deviation | None:
    """Run one audit from its inputs, chapters in processes of their own; why it was not published, if so."""
    with open_engine(jobs=jobs) as engine:
        done = run(root, [audit], engine=engine, force=True, comparison=False, reporter=reporter,
                   validator=validator)  # fmt: skip
    outcome = done.outcomes[0]
    return _trouble(outcome) if outcome.code else None


def _trouble(outcome: Outcome) -> Deviation:
    if outcome.error:
        kind = "unreadable" if outcome.code == 2 else "failed"
        return Deviation(kind, outcome.audit, "Kan ikke lages på nytt", outcome.error)
    stops = sum(message.stops for message in outcome.messages)
    found = f"Datakontrollen holder revisjonen tilbake når den lages på nytt: {stops} stopp"
    return Deviation(
        "failed", outcome.audit, found, f"Kjør revisjonsbok check {outcome.audit}, og se hva som er endret"
    )


def _unexplained(audit: str, differ: Sequence[str], first: Path, second: Path) -> Iterator[Deviation]:
    """Same inputs, same code, other bytes: made differently each time, or published by something else."""
    one, two = (root / "outputs" / audit for root in (first, second))
    again, twice = folder_hashes(one), folder_hashes(two)
    unstable = [name for name in sorted({*again, *twice}) if again.get(name) != twice.get(name)]
    notebooks = [name for name in unstable if name.endswith(".ipynb")]
    for name in notebooks:
        number, source = _first_difference(one / name, two / name)
        found = f"Cellen «{source}» gir ikke det samme to ganger, med de samme inndata og det samme programmet"
        do = "Ta ut det som følger klokken, tilfeldigheter eller maskinen, og kjør revisjonen på nytt"
        yield Deviation("unstable", f"workbooks/{Path(name).name}, celle {number}", found, do)
    if not notebooks:
        for name in unstable:
            do = "Feilen ligger i programmet, ikke i registrene. Meld den"
            yield Deviation("unstable", name, "Filen blir ikke den samme to ganger, med de samme inndata", do)
    other = [name for name in differ if name not in unstable]
    for name in [name for name in other if name != MANIFEST] or other:
        found = "Filen blir en annen når den lages på nytt, med de samme inndata og det samme programmet"
        do = "Den og manifestet er endret etter publiseringen, eller laget av noe annet. Kjør revisjonen på nytt"
        yield Deviation("other", name, found, do)


def _first_difference(one: Path, two: Path) -> tuple[int, str]:
    """The first cell that came out differently: its number in the workbook, and its first line."""
    number = 0
    for cell, other in zip(*(json.loads(path.read_bytes())["cells"] for path in (one, two)), strict=True):
        number += INJECTED not in cell["metadata"].get("tags", ())
        if cell != other:
            return number, "".join(cell["source"]).strip().partition("\n")[0]
    raise ValueError("the notebooks are equal")
