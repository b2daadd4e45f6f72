"""What an audit counts: the nouns a quantifier or a number in its text can be about.

A quantifier is only checked where its noun is a population in Svar, Saker or Undersøkelser (practice,
section 4): «alle informanter» is, «i alle faser» is not.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from helpers.audit import Audit
from helpers.numbers import PERCENT, POINTS
from helpers.reading import stem
from helpers.register import Row

HELD = ("intervju", "gruppeintervju", "telefonintervju")
_INFORMANTS = ("informanter", "intervjuede", "spurte", "respondenter")
_CASES = ("saker", "mapper", "sakene")
_WORD = re.compile(r"[^\W\d_]{3,}")
_BEFORE = re.compile(r"\b(?:av|om|med|for|fra|til|i|som|mot)\b|[:;,(]")


def interviews_held(audit: Audit) -> tuple[Row, ...]:
    """Interviews that took place: no e-mails, start-up meetings or planned ones that were never held."""
    return tuple(row for row in audit.rows("interviews") if row["form"] in HELD and not row["not_held"])


def informants(audit: Audit) -> frozenset[str]:
    """Stems of the nouns for those the auditor spoke with: «informantene», and «lederne» when several lead."""
    heads = Counter(stem(word) for row in interviews_held(audit) for word in _heads(row["roles"]))
    return frozenset({stem(word) for word in _INFORMANTS} | {head for head, times in heads.items() if times > 1})


def _heads(roles: str) -> set[str]:
    return {word for role in roles.split(";") for word in _WORD.findall(role) if word.lower().endswith("leder")}


def in_cases(audit: Audit) -> frozenset[str]:
    """Stems of the nouns for what was drawn in samples: «vedtaksbrevene», «de kontrollerte sakene»."""
    if not audit.rows("samples"):
        return frozenset()
    named = {stem(word) for row in audit.rows("samples") for word in _WORD.findall(_BEFORE.split(row["what"])[0])}
    return frozenset(named | {stem(word) for word in _CASES})


def in_surveys(audit: Audit) -> frozenset[str]:
    """Stems of the nouns for those who answered surveys: groups and units that are no per cent."""
    words: set[str] = set()
    for row in audit.rows("surveys"):
        words |= set(_WORD.findall(row["group"]))
        if row["unit"] not in (PERCENT, POINTS):
            words |= set(_WORD.findall(row["unit"]))
    return frozenset({stem(word) for word in words} | ({stem("respondenter")} if words else set()))


def counted(audit: Audit) -> frozenset[str]:
    """Stems of every noun the audit counts: units of its registers, and the populations above."""
    units = {
        stem(word)
        for register in ("quantities", "surveys", "measures", "control_points")
        for row in audit.rows(register)
        if row["unit"] not in (PERCENT, POINTS)
        for word in _WORD.findall(row["unit"])
    }
    return frozenset(units | informants(audit) | in_cases(audit) | in_surveys(audit) | _always())


@cache
def _always() -> frozenset[str]:
    return frozenset(stem(word) for word in ("intervjuer", "personer", "brukere", "saker", "vedtak", "kroner"))
