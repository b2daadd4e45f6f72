"""What a plain Great Expectations suite finds: null, set, range and uniqueness of columns, no check of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from helpers.checks import Evidence
from helpers.gate import judge
from helpers.message import Message
from helpers.schema import Schema
from helpers.validation import CUSTOM


def plain(schema: Schema) -> Schema:
    """The schema with only the native expectations of its suites."""

    def native(suite: Mapping[str, Any]) -> dict[str, Any]:
        return {**suite, "expectations": [rule for rule in suite["expectations"] if rule["type"] != CUSTOM]}

    registers = {key: replace(register, suite=native(register.suite)) for key, register in schema.registers.items()}
    outputs = {name: native(suite) for name, suite in schema.output_suites.items()}
    return Schema(registers, {name: suite for name, suite in outputs.items() if suite["expectations"]})


def plain_messages(evidence: Sequence[Evidence]) -> list[Message]:
    """The verdict of the plain suite on the same audits."""
    if not evidence:
        return []
    schema = plain(evidence[0].audit.schema)
    return judge([replace(one, audit=replace(one.audit, schema=schema)) for one in evidence])
