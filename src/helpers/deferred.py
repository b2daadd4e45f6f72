"""What a dependency prepares at import and we never use, put off until someone asks for it."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

NAME = "rfc3987_syntax"


def defer_iri_grammar() -> None:
    """Let jsonschema compile its grammar of international addresses when the first one is checked.

    jsonschema, which nbformat and papermill import, builds an Earley parser for IRIs as it is imported: 1 CPU second
    of the 1.4 that nbformat costs. No notebook holds such a field. What jsonschema answers stays the same, and whoever
    imports the grammar by name gets the real module.
    """
    if "jsonschema" in sys.modules or NAME in sys.modules or find_spec(NAME) is None:
        return

    def is_valid_syntax(term: str, text: str) -> bool:
        return bool(import_module(NAME).is_valid_syntax(term, text))

    stand_in = ModuleType(NAME)
    stand_in.is_valid_syntax = is_valid_syntax  # type: ignore[attr-defined]
    sys.modules[NAME] = stand_in
    try:
        import_module("jsonschema")
    finally:
        del sys.modules[NAME]
