"""What a dependency prepares at import and we never use, put off until someone asks for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

NAME = "rfc3987_syntax"


def import_jsonschema() -> None:
    """Import jsonschema, which nbformat, papermill and Great Expectations do, without its grammar of IRIs.

    It builds an Earley parser for international addresses as it is imported: 1 CPU second of the 1.4 that nbformat
    costs. No notebook holds such a field. The grammar is compiled when the first one is checked: what jsonschema
    answers stays the same, and whoever imports the grammar by name gets the real module.
    """
    if "jsonschema" not in sys.modules and find_spec(NAME):
        with called_later(NAME, "is_valid_syntax"):
            import_module("jsonschema")


@contextmanager
def called_later(module: str, *names: str) -> Iterator[None]:
    """Let what is imported inside take these functions and classes of a module, which is imported at their first call.

    nbconvert takes the parsers of HTML and Markdown that its own templates use, and ours do not: of its import 0.08 of
    0.14 CPU seconds. Afterwards whoever imports the module by name gets the real one.
    """
    stand_in = ModuleType(module)
    for name in names:
        setattr(stand_in, name, _call_later(module, name))
    with _standing_in({} if module in sys.modules else {module: stand_in}):
        yield


def _call_later(module: str, name: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(import_module(module), name)(*arguments, **named)

    return call


@contextmanager
def deferred(*names: str) -> Iterator[None]:
    """Let what is imported inside import these modules when it first uses them.

    Great Expectations imports scipy.stats and altair for a few expectations on distributions, 0.6 and 0.2 CPU
    seconds; papermill imports requests for notebooks on the web. Afterwards
    whoever imports them by name gets the real modules.
    """
    with _standing_in({name: _Deferred(name) for name in names if name not in sys.modules and find_spec(name)}):
        yield


@contextmanager
def absent(name: str) -> Iterator[None]:
    """Let what is imported inside find that a package is not installed, if it is not imported already.

    ipykernel imports debugpy for a debugger no run attaches: 0.07 CPU seconds, and 7 MB in each forked chapter.
    """
    with _standing_in({} if name in sys.modules else {name: None}):
        yield


class _Deferred(ModuleType):
    """Stands in for a module, and imports it when something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what looks through all modules asks for these
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def _standing_in(stand_ins: Mapping[str, ModuleType | None]) -> Iterator[None]:
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]  # None: there is no such module
    modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if name in modules and modules[name] is stand_in:
                del modules[name]
