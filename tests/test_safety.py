"""What must never happen: a traceback, half an edition, a suite that judges less than it says."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Small, revisjonsbok
from helpers.audit import load_audit
from helpers.charts import LEFT, RIGHT, WIDTH, Series, bar_chart
from helpers.message import InputError
from helpers.publish import only_run, publish, recover
from helpers.register import decode
from helpers.schema import read_schema
from helpers.suites import check_suites


def edition(root: Path, text: str) -> Path:
    return publish(root, "liten", {"liten.html": text, "facts.csv": text}, {}, {})


def test_a_swap_replaces_the_whole_edition(tmp_path: Path) -> None:
    edition(tmp_path, "en")
    page = edition(tmp_path, "to")
    assert page.read_text(encoding="utf-8") == "to"
    assert sorted(path.name for path in (tmp_path / "outputs").iterdir()) == ["liten"]


@pytest.mark.parametrize("cut", ["between the renames", "before the old one was removed"])
def test_a_run_cut_off_in_a_swap_is_mended_by_the_next(tmp_path: Path, cut: str) -> None:
    target = edition(tmp_path, "en").parent
    old = target.with_name(".liten.old")
    if cut == "between the renames":
        target.rename(old)
    else:
        shutil.copytree(target, old)
    target.with_name(".liten.new").mkdir()
    recover(tmp_path)
    assert (target / "liten.html").read_text(encoding="utf-8") == "en"
    assert edition(tmp_path, "to").read_text(encoding="utf-8") == "to"


def test_two_runs_in_one_folder_do_not_meet(tmp_path: Path) -> None:
    with only_run(tmp_path), pytest.raises(InputError, match="En annen kjøring pågår"), only_run(tmp_path):
        pass
    with only_run(tmp_path):
        pass


def spoil(rule: dict[str, object]) -> dict[str, Callable[[dict[str, object]], object]]:
    meta, kwargs = rule["meta"], rule["kwargs"]
    assert isinstance(meta, dict)
    assert isinstance(kwargs, dict)
    return {
        "a check nobody knows": lambda _: kwargs.update(check="totl"),
        "a severity too few": lambda _: meta["severity"].pop("høring"),
        "no class": lambda _: meta.pop("class"),
        "no meta": lambda one: one.pop("meta"),
        "a column nobody knows": lambda _: kwargs.update(column="verdii"),
    }


@pytest.mark.parametrize("name", spoil({"meta": {}, "kwargs": {}}))
def test_a_suite_that_would_judge_less_than_it_says_is_refused(small: Small, name: str) -> None:
    path = small.write().root / "expectations" / "quantities.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    index, rule = next(
        (i, rule) for i, rule in enumerate(suite["expectations"], 1) if rule["type"] == "expect_check_to_pass"
    )
    spoil(rule)[name](rule)
    path.write_text(json.dumps(suite), encoding="utf-8")
    with pytest.raises(InputError, match=rf"expectations/quantities.json, regel {index}"):
        check_suites(read_schema(small.root / "expectations"))


@pytest.mark.parametrize("content", ["{}", "[]", "nei", '{"name": "tall", "expectations": []}'])
def test_a_suite_that_is_none_is_a_message(small: Small, content: str) -> None:
    (small.write().root / "expectations" / "quantities.json").write_text(content, encoding="utf-8")
    done = revisjonsbok("check", root=small.root)
    assert (done.returncode, "Traceback" in done.stderr + done.stdout) == (2, False)
    assert "expectations/quantities.json" in done.stderr


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"type": "expect_column_values_to_match_regex", "kwargs": {"column": "id", "regex": "("}},
         r"regel \d+\. Great Expectations kan ikke kjøre regelen .* unterminated subpattern"),
        ({"type": "expect_column_values_to_be_between", "kwargs": {"column": "id", "min_value": 1}},
         r"regel \d+\. Great Expectations kan ikke kjøre regelen .* must either be None or of the same type"),
        ({"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "id", "mostly": "ofte"}},
         "en regel som Great Expectations ikke forstår.* mostly .* not a valid"),
        ({"type": "expect_column_values_to_match_regx", "kwargs": {"column": "id"}}, "kjenner ikke alle reglene"),
        ({"type": "expect_table_row_count_to_equal", "kwargs": {"value": 9}}, "men ikke i hvilke rader"),
    ],
)  # fmt: skip
def test_a_rule_that_great_expectations_cannot_run_is_a_message(
    small: Small, rule: dict[str, object], said: str
) -> None:
    path = small.write().root / "expectations" / "quantities.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    spoiled = suite["expectations"][0] | rule
    path.write_text(json.dumps({**suite, "expectations": [*suite["expectations"], spoiled]}), encoding="utf-8")
    done = revisjonsbok("check", root=small.root)
    printed = done.stderr + done.stdout
    assert (done.returncode, "Traceback" in printed) == (2, False)
    assert re.search(rf"STOPP · expectations/quantities\.json.*{said}", " ".join(printed.split()))


def test_a_stray_byte_is_refused_and_not_read_as_another_alphabet() -> None:
    with pytest.raises(InputError, match="linje 2"):
        decode("undersøkelse\nnæring".encode() + b"\xe6", "tekst")
    assert decode("undersøkelse".encode("cp1252"), "tekst") == "undersøkelse"


ODD: dict[str, Callable[[Small], object]] = {
    "a folder for a text": lambda small: (
        (small.path("tall").parent / "text" / "p1.md").unlink()
        or (small.path("tall").parent / "text" / "p1.md").mkdir()
    ),
    "a folder for a register": lambda small: small.path("tall").unlink() or small.path("tall").mkdir(),
    "an alias in YAML": lambda small: params(small, "ekstra: &a [*a]\n"),
    "a list for a key": lambda small: params(small, "? [a, b]\n: c\n"),
    "nesting without end": lambda small: params(small, "ekstra: " + "[" * 5000),
    "a date that is none": lambda small: params(small, "milepæler: [{hva: Start, dato: 31.02.2017}]\n"),
    "a NUL": lambda small: small.path("tall").write_bytes(small.path("tall").read_bytes() + b"\x00"),
    "two sheets of one register": lambda small: shutil.copy(
        small.path("tall"), small.path("tall").with_name("quantities.csv")
    ),
}


def params(small: Small, more: str) -> None:
    path = small.root / "params" / "liten.yaml"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")


@pytest.mark.parametrize("name", ODD)
def test_odd_input_is_a_message(small: Small, name: str) -> None:
    ODD[name](small.write())
    with pytest.raises(InputError, match="STOPP · "):
        load_audit(small.root, "liten")


def test_the_line_of_a_bad_quote_is_its_own(small: Small) -> None:
    path = small.write().path("tall")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1], '"del"a;b', *lines[2:]]), encoding="utf-8")
    with pytest.raises(InputError, match="rad 3"):
        load_audit(small.root, "liten")


def test_a_huge_number_is_a_message_at_its_cell(small: Small) -> None:
    from conftest import ROWS

    small.write(tall=[{**ROWS["tall"][0], "Verdi": "9" * 60}, *ROWS["tall"][1:]])
    assert [message.place.cell for message in small.hits("ugyldig-verdi")] == ["G2"]


def test_charts_show_names_as_they_stand() -> None:
    svg = bar_chart(["$\\frac$ per 30.04.2022"], [Series("a", [1.0], ["1"])], id="x")
    assert "$\\frac$ per 30.04.2022" in svg.replace("</text>", "").replace("<tspan>", "")


@pytest.mark.parametrize("values", [[-12.0, 5.0, -7.0], [-12.0, -5.0, None], [12.0, 0.0, -1.0]])
def test_bars_stay_inside_the_drawing_also_below_zero(values: list[float | None]) -> None:
    """Names of what is counted stand left of all bars, and each value at the end of its own bar."""
    svg = bar_chart(["ute", "inne", "alt"], [Series("a", values, ["A", "B", "C"])], id="x")
    bars = [
        [float(x) for x in re.findall(r"[ML] (\S+)", path)]
        for path in re.findall(r'<path d="([^"]*)" style="fill: #0b4f6c"', svg)[:3]
    ]
    ends = {text: float(x) for x, text in re.findall(r' x="(\S+)" [^>]*>([ABC])</text>', svg)}
    assert all(LEFT <= x <= RIGHT for bar in bars for x in bar)
    zero = bars[0][0]
    for value, bar, text in zip(values, bars, "ABC", strict=True):
        assert bar[0] == zero, "all begin at the same line"
        assert bar[1] < zero if value and value < 0 else bar[1] >= zero
        assert ends[text] == pytest.approx(bar[1] + (-3 if value and value < 0 else 3), abs=0.02)
        assert LEFT < ends[text] < WIDTH


def test_outputs_that_cannot_be_written_leave_the_others(many: Callable[..., Small]) -> None:
    one = many("en").write()
    (one.root / "outputs").write_text("i veien", encoding="utf-8")
    done = revisjonsbok("run", root=one.root)
    assert done.returncode == 2
    assert "Traceback" not in done.stdout + done.stderr
    assert "Kan ikke skrive" in done.stdout + done.stderr
