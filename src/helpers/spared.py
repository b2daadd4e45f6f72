"""What Great Expectations works out over and over, worked out once: a small part of its import, much of a validation.

For a process that imports it to serve, and does nothing else with it. Nothing it answers is changed: what is copied
here is copied as deep as it is ever written to, and what is remembered is forgotten before it can change.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

LOOKS = (
    "_get_domain_kwargs", "_get_success_kwargs", "_get_runtime_kwargs", "get_validation_dependencies",
    "metrics_validate",
)  # fmt: skip
"""What looks at an expectation's configuration, and changes nothing in it."""


@contextmanager
def light_fields() -> Iterator[None]:
    """Let a pydantic model defined inside take over the fields of its base without copying all they hold.

    pydantic 1 copies each field with all it holds, 0.2 ms a field; Great Expectations defines 370 models, most
    of them for sources of data nobody here has. A copy is its own where a model writes into its fields: the field, its
    parts, its info, its lists of validators. What stands in those lists is never written to.
    """
    from pydantic.v1.fields import FieldInfo, ModelField

    def light(deep: Sequence[str], flat: Sequence[str] = ()) -> Callable[[Any, dict[int, Any]], Any]:
        def copied(own: Any, memo: dict[int, Any]) -> Any:
            made = copy.copy(own)
            for name in deep:
                setattr(made, name, copy.deepcopy(getattr(own, name), memo))
            for name in flat:
                setattr(made, name, copy.copy(getattr(own, name)))
            return made

        return copied

    parts = ("field_info", "default", "sub_fields", "sub_fields_mapping", "key_field")
    lists = ("validators", "pre_validators", "post_validators", "class_validators")
    lightly: dict[Any, Any] = {ModelField: light(parts, lists), FieldInfo: light(("default", "extra"))}
    for kind, copied in lightly.items():
        kind.__deepcopy__ = copied
    try:
        yield
    finally:
        for kind in lightly:
            del kind.__deepcopy__


def configure_once(expectation: Any, configuration: Any) -> None:
    """Have an expectation make its configuration once for each look at it, and be made back from it once.

    Great Expectations asks an expectation for its configuration some fifty times while it plans what to measure, and
    makes an expectation of it again for each thing measured; both turn the whole of it into plain values or back.

    Args:
        expectation: the class of all expectations, those in use defined already.
        configuration: the class of what they are configured by.
    """
    made, made_back = expectation.configuration.fget, configuration.to_domain_obj
    at_hand: dict[int, Any] = {}  # an expectation that is looked at, to its configuration
    back: dict[int, Any] = {}  # such a configuration, to the expectation made of it; None before it is asked for

    def configured(self: Any) -> Any:
        return at_hand.get(id(self)) or made(self)

    def to_domain_obj(self: Any) -> Any:
        if id(self) not in back:
            return made_back(self)
        if back[id(self)] is None:
            back[id(self)] = again = made_back(self)
            at_hand[id(again)] = made(again)
        return back[id(self)]

    def looked_at(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def once(self: Any, *more: Any, **named: Any) -> Any:
            if id(self) in at_hand:
                return method(self, *more, **named)
            mine = at_hand[id(self)] = made(self)
            back[id(mine)] = None
            try:
                return method(self, *more, **named)
            finally:
                del at_hand[id(self)]
                at_hand.pop(id(back.pop(id(mine))), None)

        return once

    expectation.configuration = property(configured)
    configuration.to_domain_obj = to_domain_obj
    for kind in _kinds(expectation):
        for name in vars(kind).keys() & LOOKS:
            setattr(kind, name, looked_at(vars(kind)[name]))


def _kinds(kind: Any) -> set[Any]:
    """A class, and all beneath it."""
    return {kind}.union(*map(_kinds, kind.__subclasses__()))


def nothing_is_plain(*modules: Any) -> None:
    """Have None made plain at once; Great Expectations asks first for twenty other things it might be.

    Args:
        modules: those that hold ``convert_to_json_serializable``, the one that defines it first.
    """
    convert = modules[0].convert_to_json_serializable

    def plain(data: Any) -> Any:
        return None if data is None else convert(data)

    for module in modules:
        module.convert_to_json_serializable = plain
