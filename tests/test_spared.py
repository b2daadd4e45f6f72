"""What Great Expectations is spared: it models and answers as it does untouched."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic.v1 import BaseModel, Field, validator
from pydantic.v1.fields import FieldInfo, ModelField

from conftest import AUDITS, PROJECT
from helpers.audit import load_audit
from helpers.gate import call_up, questions, see
from helpers.spared import configure_once, light_fields, nothing_is_plain
from helpers.validation import Question, Validator, validate

# Every model there is once Great Expectations is imported, each with what makes up its fields.
MODELS = """
import re
from contextlib import nullcontext
from helpers import validation

validation.light_fields = {around}
validation._import()

from pydantic.v1 import BaseModel

def told(field):
    if isinstance(field, dict):
        return sorted(field)
    if isinstance(field, (list, tuple)):
        return [told(one) for one in field]
    if not hasattr(field, "outer_type_"):
        return getattr(field, "__qualname__", None) or repr(field)
    return {{name: told(getattr(field, name)) if name in {parts} else repr(getattr(field, name))
             for name in field.__slots__}}

def beneath(model):
    for one in model.__subclasses__():
        yield one
        yield from beneath(one)

for model in {{*beneath(BaseModel)}}:
    text = repr((model, model.__signature__, [(name, told(field)) for name, field in model.__fields__.items()]))
    print(re.sub(" at 0x[0-9a-f]+", "", text))
"""
PARTS = ("sub_fields", "key_field", "validators", "pre_validators", "post_validators", "class_validators")


def models(around: str) -> list[str]:
    code = MODELS.format(around=around, parts=PARTS)
    ordered = {**os.environ, "PYTHONHASHSEED": "0"}  # some types are told as sets
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ordered, check=True)
    return sorted(done.stdout.splitlines())


def test_every_model_has_the_fields_it_has_untouched() -> None:
    light, untouched = models("validation.light_fields"), models("nullcontext")
    assert any("ExpectColumnValuesToBeInSet" in line for line in untouched)
    assert light == untouched


def test_a_model_has_fields_of_its_own() -> None:
    """What is changed in one is not changed in its base, nor in the model beside it."""
    with light_fields():

        class Base(BaseModel):
            names: list[str] = Field(["a"], title="Navn", example="b")
            by: dict[str, int] = {}

            @validator("names")
            def not_none(cls, names: list[str]) -> list[str]:
                assert names
                return names

        class One(Base):
            pass

        class Other(Base):
            names: list[str] = Field(["c"])

    by, base_by = One.__fields__["by"], Base.__fields__["by"]
    assert by.key_field is not base_by.key_field
    one, base = One.__fields__["names"], Base.__fields__["names"]
    assert one.sub_fields
    assert base.sub_fields
    assert one.sub_fields[0] is not base.sub_fields[0]
    one.field_info.title = "Annet"
    one.field_info.extra["example"] = "d"
    one.default.append("e")
    one.class_validators.clear()
    assert one.post_validators is not None
    one.post_validators.clear()
    assert (base.field_info.title, base.field_info.extra, base.default) == ("Navn", {"example": "b"}, ["a"])
    assert base.class_validators
    assert base.post_validators
    assert (Base().names, Other().names) == (["a"], ["c"])
    with pytest.raises(ValueError, match="names"):
        Base(names=[])


def test_afterwards_fields_are_copied_as_ever() -> None:
    with pytest.raises(RuntimeError), light_fields():
        raise RuntimeError
    assert not {"__deepcopy__"} & (vars(ModelField).keys() | vars(FieldInfo).keys())
    info = FieldInfo(default=[1])
    assert copy.deepcopy(info).default is not info.default


class Configuration:
    """As much of one as an expectation is made back from."""

    def __init__(self, value: int) -> None:
        self.value = value

    def to_domain_obj(self) -> Expectation:
        return Expectation(self.value)


class Expectation:
    """As much of one as is looked at: its configuration, and what looks at it argument by argument."""

    configured: ClassVar[list[int]] = []

    def __init__(self, value: int) -> None:
        self.value = value

    @property
    def configuration(self) -> Configuration:
        self.configured.append(self.value)
        return Configuration(self.value)

    def _get_runtime_kwargs(self, runtime: Any = None) -> list[int]:
        if runtime == "feil":
            raise ValueError(runtime)
        return [self.configuration.value for _ in range(3)]

    def get_validation_dependencies(self) -> list[int]:
        """Of each metric what the expectation made back from the configuration says."""
        return [said for _ in range(4) for said in self.configuration.to_domain_obj()._get_runtime_kwargs()]


class OfColumns(Expectation):
    """One that adds to what all look at."""

    def get_validation_dependencies(self) -> list[int]:
        return [*super().get_validation_dependencies(), self.configuration.value]


def test_a_configuration_is_made_once_a_look_and_anew_for_the_next() -> None:
    untouched = OfColumns(1).get_validation_dependencies()
    assert len(Expectation.configured) == 17
    configure_once(Expectation, Configuration)
    Expectation.configured.clear()
    one = OfColumns(1)
    assert one.get_validation_dependencies() == untouched
    assert Expectation.configured == [1, 1]  # its own, and that of the one made back from it
    one.value = 2
    assert one.get_validation_dependencies()[0] == one.configuration.value == 2
    with pytest.raises(ValueError, match="feil"):
        one._get_runtime_kwargs(runtime="feil")
    one.value = 3
    assert one._get_runtime_kwargs() == [3, 3, 3]
    configuration = one.configuration
    assert configuration.to_domain_obj() is not configuration.to_domain_obj()


def test_nothing_is_made_plain_at_once_and_all_else_as_before() -> None:
    def convert(data: Any) -> Any:
        asked.append(data)
        return [util.convert_to_json_serializable(one) for one in data] if isinstance(data, list) else str(data)

    asked: list[Any] = []
    util, user = (SimpleNamespace(convert_to_json_serializable=convert) for _ in range(2))
    nothing_is_plain(util, user)
    assert user.convert_to_json_serializable([None, 1, [None]]) == [None, "1", [None]]
    assert asked == [[None, 1, [None]], 1, [None]]


@pytest.fixture(scope="module")
def asked() -> Sequence[Question]:
    """What is asked about all real audits."""
    dockets = [call_up(PROJECT, load_audit(PROJECT, name), force=True) for name in AUDITS]
    return [question for docket in dockets for question in questions(docket, see(docket))]


def test_the_process_that_serves_answers_as_it_would_untouched(asked: Sequence[Question]) -> None:
    with closing(Validator()) as process:
        answers = process.judge(asked)
    assert answers == validate(asked)
    assert any(answers)
