"""The parameters of an audit: ``params/<audit>.yaml`` with Norwegian keys, read strictly, strings staying strings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from helpers.dates import DateError, parse_date
from helpers.folder import audit_names
from helpers.message import InputError
from helpers.register import decode, read_bytes

FORMAT = "1"
TEXTS = ("summary", "background", "method", "conclusion")
QUESTION_CHAPTERS = ("governance", "collaboration", "user_involvement", "service_delivery")
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Every scalar stays a string; ten times faster where PyYAML was built with libyaml, as its wheels are."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: a key that is not known is an error, never ignored."""


class Municipality(_Strict, frozen=True):
    name: str = msgspec.field(name="navn")
    number: str = msgspec.field(name="nummer", default="")


class Member(_Strict, frozen=True):
    """One of the team; roles only in the shipped audits."""

    role: str = msgspec.field(name="rolle")
    name: str = msgspec.field(name="navn", default="")
    independence: str = msgspec.field(name="uavhengighet", default="")


class Milestone(_Strict, frozen=True):
    what: str = msgspec.field(name="hva")
    date: str = msgspec.field(name="dato", default="")
    case: str = msgspec.field(name="sak", default="")
    place: str = msgspec.field(name="sted", default="")
    missing: str = msgspec.field(name="mangler", default="")


class Question(_Strict, frozen=True):
    """An audit question (*problemstilling*); a descriptive one has no verdict."""

    id: str
    text: str = msgspec.field(name="ordlyd")
    kind: Literal["vurderende", "beskrivende"] = msgspec.field(name="slag")
    chapter: Literal["governance", "collaboration", "user_involvement", "service_delivery"] = msgspec.field(
        name="kapittel"
    )
    place: str = msgspec.field(name="sted", default="")

    @property
    def label(self) -> str:
        return self.id.upper()


class TableSpec(_Strict, frozen=True):
    """A table the report shows: its rows are those whose column *Tabell* names it."""

    id: str
    title: str = msgspec.field(name="tittel")
    register: Literal["tall", "undersøkelser", "ordninger"]
    figure: Literal["stolper", "ingen"] = msgspec.field(name="figur", default="ingen")
    chapter: Literal["", "governance", "collaboration", "user_involvement", "service_delivery", "method"] = (
        msgspec.field(name="kapittel", default="")
    )
    place: str = msgspec.field(name="sted", default="")


class Thresholds(_Strict, frozen=True):
    """When which quantifier is used, and how exact totals and rounded words must be (practice, section 6)."""

    almost_all: int = msgspec.field(name="nesten_alle_prosent", default=90)
    almost_all_from: int = msgspec.field(name="nesten_alle_fra", default=10)
    few_percent: int = msgspec.field(name="enkelte_prosent", default=20)
    few_from: int = msgspec.field(name="enkelte_fra", default=10)
    most_from: int = msgspec.field(name="de_fleste_fra", default=5)
    half_from: int = msgspec.field(name="om_lag_halvparten_fra", default=20)
    half_margin: int = msgspec.field(name="om_lag_halvparten_prosentpoeng", default=5)
    percent_from: int = msgspec.field(name="prosent_fra", default=20)
    words_to: int = msgspec.field(name="tallord_til", default=12)


class Params(_Strict, frozen=True):
    """All parameters of one audit."""

    format: str
    audit: str = msgspec.field(name="revisjon")
    municipality: Municipality = msgspec.field(name="kommune")
    title: str = msgspec.field(name="tittel")
    phase: Literal["arbeid", "høring", "endelig"] = msgspec.field(name="fase")
    questions: tuple[Question, ...] = msgspec.field(name="problemstillinger")
    case: str = msgspec.field(name="sak", default="")
    language: Literal["nb", "nn", "en"] = msgspec.field(name="målform", default="nb")
    firm: str = msgspec.field(name="revisjonsenhet", default="")
    rsk: Literal["2011", "2020"] = "2020"
    team: tuple[Member, ...] = ()
    purpose: str = msgspec.field(name="formål", default="")
    scope: str = msgspec.field(name="avgrensning", default="")
    milestones: tuple[Milestone, ...] = msgspec.field(name="milepæler", default=())
    verdict_words: dict[str, str] = msgspec.field(name="vurderingsord", default_factory=dict)
    tables: tuple[TableSpec, ...] = msgspec.field(name="tabeller", default=())
    thresholds: Thresholds = msgspec.field(name="terskler", default_factory=Thresholds)
    legal_ground: str = msgspec.field(name="hjemmel_internt", default="offl. § 13, jf. fvl. § 13")
    preliminary_ground: str = msgspec.field(name="hjemmel_foreløpig", default="offl. § 5 andre ledd")
    verification_deadline: str = msgspec.field(name="frist_verifisering", default="")
    hearing_deadline: str = msgspec.field(name="frist_høring", default="")

    def question(self, id: str) -> Question | None:
        return next((question for question in self.questions if question.id == id), None)


def check_name(audit: str) -> str:
    """Refuse a name that is no plain audit name, so that no path can be built from it.

    Raises:
        InputError: for empty names, path parts, capitals or blanks.
    """
    if not NAME.fullmatch(audit):
        raise InputError(
            f"«{audit}»",
            "Dette er ikke et navn på en revisjon",
            "Bruk små bokstaver a–z, tall og bindestrek, for eksempel nes-2018.",
        )
    return audit


def read_params(root: Path, audit: str) -> Params:
    """Read ``params/<audit>.yaml``.

    Raises:
        InputError: a missing file, wrong YAML, an unknown key, chapter or value; names file and line.
    """
    path = root / "params" / f"{check_name(audit)}.yaml"
    name = f"params/{path.name}"
    if not path.exists():
        known = ", ".join(audit_names(root)) or "ingen"
        raise InputError(name, f"Revisjonen «{audit}» finnes ikke", f"Revisjoner i params/: {known}.")
    text = decode(read_bytes(path, name), name)
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_LOADER)):
            raise InputError(name, "Filen bruker YAML-ankere (& og *)", "Skriv verdiene rett inn.")
        node = yaml.compose(text, Loader=_LOADER)
        if node is None:
            raise InputError(f"{name}, linje 1", "Filen er tom", "Se params/ for et eksempel.")
        _refuse_twins(node, name)
        data = yaml.load(text, Loader=_LOADER)
    except RecursionError:
        raise InputError(name, "Filen er for dypt nøstet", "Se params/ for et eksempel.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", linje {mark.line + 1}, kolonne {mark.column + 1}" if mark else ""
        raise InputError(
            f"{name}{where}", "Filen er ikke gyldig YAML", "Se etter innrykk, kolon og anførselstegn på linjen."
        ) from None
    try:
        params = msgspec.convert(data, Params, strict=False)
    except msgspec.ValidationError as error:
        raise _explain(str(error), node, name) from None
    return _check(params, audit, node, name)


def _refuse_twins(node: Any, name: str) -> None:
    """YAML lets the last of two equal keys win silently; an auditor would never know."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InputError(
                    f"{name}, linje {key.start_mark.line + 1}", "En nøkkel er ikke tekst", "Skriv nøkkelen som ett ord."
                )
            if key.value in seen:
                raise InputError(
                    f"{name}, linje {key.start_mark.line + 1}",
                    f"Nøkkelen «{key.value}» står to ganger",
                    "Behold en av dem.",
                )
            seen.add(key.value)
            _refuse_twins(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_twins(item, name)


_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_TRANSLATIONS = (
    (re.compile(r"Object contains unknown field `(.+?)`"), r"Ukjent nøkkel «\1»"),
    (re.compile(r"Object missing required field `(.+?)`"), r"Nøkkelen «\1» mangler"),
    (re.compile(r"Invalid enum value '?(.+?)'?$"), r"Ukjent verdi «\1»"),
    (re.compile(r"Expected `(.+?)`, got `(.+?)`"), r"Feil slag verdi: ventet \1, fant \2"),
)
_CHOICES = {
    "kapittel": ", ".join(QUESTION_CHAPTERS),
    "slag": "vurderende, beskrivende",
    "fase": "arbeid, høring, endelig",
    "målform": "nb, nn, en",
    "rsk": "2011, 2020",
    "figur": "stolper, ingen",
    "register": "tall, undersøkelser, ordninger",
}
_KINDS = {"object": "en gruppe nøkler", "array": "en liste", "str": "tekst", "int": "et helt tall", "null": "ingenting"}


def _explain(error: str, node: Any, name: str) -> InputError:
    match = _PATH.search(error)
    path = match["path"] if match else ""
    text = error[: match.start()] if match else error
    for pattern, norwegian in _TRANSLATIONS:
        if pattern.search(text):
            text = pattern.sub(norwegian, text)
            break
    for kind, norwegian in _KINDS.items():
        text = re.sub(rf"\b{kind}\b(?= *(,|$))", norwegian, text)
    keys = re.findall(r"\.([^.\[]+)|\[(\d+)\]", path)
    line = _line(node, [key or int(index) for key, index in keys])
    unknown = re.search(r"Ukjent nøkkel «(.+?)»", text)
    if unknown:
        line = _line(node, [*(key or int(index) for key, index in keys), unknown[1]]) or line
    last = next((key for key, _ in reversed(keys) if key), "")
    do = (
        f"Lovlige verdier: {_CHOICES[last]}."
        if last in _CHOICES
        else "Rett linjen, eller se de andre filene i params/."
    )
    where = f", kolonne {last}" if last else ""
    return InputError(f"{name}, linje {line or 1}{where}", text, do)


def _line(node: Any, path: list[str | int]) -> int:
    line: int = node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == step), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _check(params: Params, audit: str, node: Any, name: str) -> Params:
    """What the types cannot say: the format, the name, twin ids and known verdict keys."""
    from helpers.words import Words

    def stop(path: list[str | int], found: str, do: str) -> None:
        raise InputError(f"{name}, linje {_line(node, path)}, kolonne {path[-1]}", found, do)

    if params.format != FORMAT:
        stop(["format"], f"Formatet «{params.format}» er ukjent", f"Skriv format: {FORMAT}.")
    if params.audit != audit:
        stop(["revisjon"], f"Navnet «{params.audit}» er ikke filens navn", f"Skriv revisjon: {audit}.")
    if not params.questions:
        stop(["problemstillinger"], "Ingen problemstilling er ført", "En revisjon har minst én problemstilling.")
    _unique(params.questions, "problemstillinger", stop)
    _unique(params.tables, "tabeller", stop)
    for index, question in enumerate(params.questions):
        if question.id in TEXTS:
            stop(
                ["problemstillinger", index, "id"], f"Id-en «{question.id}» er navnet på en fast tekst", "Bruk p1, p2 …"
            )
    for index, milestone in enumerate(params.milestones):
        try:
            if milestone.date:
                parse_date(milestone.date)
        except DateError as error:
            stop(["milepæler", index, "dato"], f"«{milestone.date}» kan ikke leses", str(error))
    unknown = set(params.verdict_words) - set(Words().terms("verdicts"))
    if unknown:
        stop(
            ["vurderingsord", sorted(unknown)[0]],
            f"Ukjent vurderingsnøkkel «{sorted(unknown)[0]}»",
            f"Lovlige nøkler: {', '.join(Words().terms('verdicts'))}.",
        )
    return params


def _unique(items: tuple[Any, ...], key: str, stop: Any) -> None:
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item.id in seen or not NAME.fullmatch(item.id):
            stop(
                [key, index, "id"],
                f"Id-en «{item.id}» er brukt to ganger eller har ugyldige tegn",
                "Bruk små bokstaver a–z, tall og bindestrek.",
            )
        seen.add(item.id)


def verdict_words(params: Params) -> Mapping[str, str]:
    """Verdict key to the firm's word; the default scale where the firm has none."""
    from helpers.words import Words

    return Words(params.language).terms("verdicts") | params.verdict_words
