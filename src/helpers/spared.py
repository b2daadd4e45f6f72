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

ARGUMENTS = ("_get_domain_kwargs", "_get_success_kwargs", "_get_runtime_kwargs")


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


def configure_once(expectation: Any) -> None:
    """Have expectations make their configuration once for each look at their arguments, not for each argument.

    Great Expectations asks an expectation for its configuration some fifty times while it plans what to measure, each
    time for one argument; making it turns the whole expectation into plain values.
    """
    made = expectation.configuration.fget
    at_hand: dict[int, Any] = {}

    def configuration(self: Any) -> Any:
        return at_hand.get(id(self)) or made(self)

    def looked_up(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def once(self: Any, *more: Any, **named: Any) -> Any:
            if id(self) in at_hand:
                return method(self, *more, **named)
            at_hand[id(self)] = made(self)
            try:
                return method(self, *more, **named)
            finally:
                del at_hand[id(self)]

        return once

    expectation.configuration = property(configuration)
    for name in ARGUMENTS:
        setattr(expectation, name, looked_up(getattr(expectation, name)))
