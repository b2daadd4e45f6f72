"""The project itself: pins, environment and package hold together, and no file names a host or a machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from conftest import PROJECT


def tracked() -> list[Path]:
    """Files under version control; all files where there is no git."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("no git here")
    return [PROJECT / name for name in done.stdout.splitlines() if (PROJECT / name).is_file()]


def name_of(requirement: str) -> str:
    return re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def pins(lock: str = "requirements.txt") -> dict[str, str]:
    """Package to pinned version; each pin with at least one hash."""
    text = (PROJECT / lock).read_text(encoding="utf-8")
    found = {}
    for entry in re.split(r"\n(?=\S)", text):
        match = re.match(r"([\w.-]+)==(\S+)", entry)
        assert match, entry[:60]
        assert "--hash=sha256:" in entry, match[1]
        found[name_of(match[1])] = match[2]
    return found


def test_every_dependency_is_pinned_and_hashed() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        name_of(requirement) for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    }
    assert wanted <= set(pins())


def test_conda_uses_the_same_pins_and_python() -> None:
    environment = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python = next(entry for entry in environment["dependencies"] if str(entry).startswith("python"))
    assert python == f"python {project['requires-python']}"
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert pip == ["--require-hashes", "-r requirements.txt"]


def test_pins_hold_for_all_platforms() -> None:
    text = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    assert "sys_platform == 'win32'" in text
    assert "sys_platform == 'darwin'" in text or "sys_platform != 'win32'" in text


def test_no_file_names_a_registry_or_a_machine() -> None:
    forbidden = re.compile(
        r"pypi\.org|pythonhosted|files\.python|deb\.debian|npmjs|anaconda\.(org|com)|/root/|/work/|/home/\w"
    )
    for path in tracked():
        if path.suffix in (".png",) or path == Path(__file__):
            continue
        assert not forbidden.search(path.read_text(encoding="utf-8")), path.relative_to(PROJECT)


def test_modules_import_downwards_only() -> None:
    """The order of docs/architecture.md; a module imports only those above it in the list."""
    text = (PROJECT / "docs/architecture.md").read_text(encoding="utf-8")
    order = re.findall(r"^\d+\. `([\w/]+)`", text, re.M)
    package = PROJECT / "src/helpers"
    modules = {path.relative_to(package).with_suffix("").as_posix() for path in package.rglob("*.py")}
    modules -= {"__init__", "__main__"}
    expected = {"checks" if module.startswith("checks/") else module for module in modules}
    assert set(order) == expected
    for module in modules:
        own = "checks" if module.startswith("checks/") else module
        source = (package / f"{module}.py").read_text(encoding="utf-8")
        for used in re.findall(r"^\s*from helpers\.(\w+)", source, re.M):
            assert order.index(used) <= order.index(own), f"{module} imports {used}"
            assert used != own or own == "checks", f"{module} imports itself"


def test_only_the_gate_imports_great_expectations() -> None:
    for path in (PROJECT / "src/helpers").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert ("import great_expectations" in source) == (path.name == "validation.py"), path.name


def test_every_word_is_used() -> None:
    """Words that code names by a variable are listed here with what names them."""
    words = tomllib.loads((PROJECT / "src/helpers/reference/words.toml").read_text(encoding="utf-8"))
    by_variable = {
        "label": {"note", "unit_word", "archive", "origin", "control_point", "milestone", "date", "case_no"}
        | {"published", "held_back", "failed"},
        "heading": set(),
        "changed": {"facts", "items", "doubts", "fallen", "waivers", "unexplained"},
        "edition": {"internal", "verification", "hearing", "public", "how_verification", "how_hearing"}
        | {"answer_verification", "answer_hearing", "facts", "items", "doubts", "approvals"}
        | {"stopp", "varsel", "unntak", "kvalitetssikrer", "utøvende"},
        "edition_file": {"internal", "verification", "hearing", "public"},
        "marks": set(words["marks"]),
    }
    package = PROJECT / "src/helpers"
    code = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*") if path.suffix in (".py", ".j2"))
    for section, known in by_variable.items():
        unused = {key for key in words[section] if not re.search(rf"{section}\.{key}\b", code)}
        assert unused == known, section
    by_name = {"paragraphs", "tables", "assessments"}  # of a group, from helpers.marks
    for section in ("review", "comments"):
        source = (package / f"template/revisjonsbok/{section}.js").read_text(encoding="utf-8") + code
        named = rf"words\.{{key}}\b|{section}\.{{key}}\b|'{{key}}'"
        unused = {key for key in words[section] if not re.search(named.format(key=key), source)}
        assert {key for key in unused if not re.search(r"^filter_|_\d+$", key)} <= by_name, section


def test_every_check_has_a_title() -> None:
    import json

    words = tomllib.loads((PROJECT / "src/helpers/reference/words.toml").read_text(encoding="utf-8"))
    suites = [json.loads(path.read_text(encoding="utf-8")) for path in (PROJECT / "expectations").glob("*.json")]
    named = {rule["meta"]["check"] for suite in suites for rule in suite["expectations"]} | {"unntak-falt"}
    assert set(words["check"]) == named


def test_every_sheet_with_units_of_numbers_knows_the_same_ways_to_write_percent() -> None:
    """Only «prosent» and «prosentpoeng» are worked out; a unit that is a part of the municipality is none."""
    import json

    suites = [json.loads(path.read_text(encoding="utf-8")) for path in (PROJECT / "expectations").glob("*.json")]
    registers = [suite for suite in suites if "unit" in suite.get("meta", {}).get("columns", {})]
    rules = {
        suite["name"]: json.dumps(rule, sort_keys=True)
        for suite in registers
        for rule in suite["expectations"]
        if rule["meta"]["check"] == "prosent-skrevet-annerledes"
    }
    assert rules.keys() == {suite["name"] for suite in registers} - {"interviews"}
    assert len(set(rules.values())) == 1
