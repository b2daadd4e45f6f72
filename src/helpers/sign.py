"""Signatures: who has approved an edition, by name and role, and whether what they signed still stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from helpers.audit import Audit
from helpers.journal import ASSURING, FORMAT, ROLES, Journal, Signature, append
from helpers.message import InputError
from helpers.names import readable
from helpers.register import Row
from helpers.schema import fold

WORKED = ROLES[0]
FULL_NAME = 2
"""Words a name must have to tell who somebody is."""


def did_the_work(audit: Audit, who: str) -> bool:
    """Whether a name or a role is that of one who did the work: by the team, by signature, or by the role itself."""
    team = [one.name for one in audit.params.team if fold(one.role).startswith(WORKED)]
    signers = [one.name for one in _every(audit.journal) if one.role == WORKED]
    return fold(who).startswith(WORKED) or any(name and _same(name, who) for name in (*team, *signers))


def accepted(audit: Audit, waiver: Row) -> bool:
    """Whether a waiver is accepted by somebody else than the one who asks for it, and than those who did the work."""
    assurer = waiver["assurer"]
    return bool(fold(assurer)) and not _same(assurer, waiver["who"]) and not did_the_work(audit, assurer)


def _every(journal: Journal) -> Iterator[Signature]:
    """Every signature ever made, also those a later one of the same role took the place of."""
    return (entry for entry in journal.entries if isinstance(entry, Signature))


def _same(one: str, other: str) -> bool:
    """The same name, whatever its case, blanks, invisible marks and the order of its words."""
    return _words(one) == _words(other)


def _words(name: str) -> frozenset[str]:
    return frozenset(fold(readable(name)).split("-"))


@dataclass(frozen=True)
class Signed:
    """A signature, and whether it covers the content as it is now."""

    signature: Signature
    covers: bool


def signed(journal: Journal, content: str) -> tuple[Signed, ...]:
    """The last signature of each role, held against the content as it is now."""
    return tuple(Signed(one, one.content == content) for one in journal.signatures)


def signed_words(audit: Audit, content: str) -> Iterator[str]:
    """A sentence for each signature that no longer covers the content."""
    for one in signed(audit.journal, content):
        if not one.covers:
            yield audit.words("label.signature_fell", role=one.signature.role, date=one.signature.date)


def sign(
    audit: Audit, content: str, role: str, name: str, date: str, *, stops: int, snapshot: str = ""
) -> Journal:  # fmt: skip
    """Append a signature over a content.

    Args:
        content: hash of what is signed, `Snapshot.content`.
        date: DD.MM.YYYY.
        stops: open stops of the gate.
        snapshot: name of the kept snapshot of what is signed.

    Raises:
        InputError: an unknown role, no name, the one who did the work as assurer (RSK 001: the last two roles may
            be one person, never the first), or an assurer signing over open stops.
    """
    if role not in ROLES:
        raise InputError("--role", f"Rollen «{role}» er ukjent", f"Bruk en av: {', '.join(ROLES)}.")
    words = _words(name)
    if len(words) < FULL_NAME or words & {word for one in ROLES for word in _words(one)}:
        found = f"«{name}» er ikke et fullt navn" if fold(readable(name)) else "Navnet mangler"
        raise InputError("--name", found, "Skriv fornavn og etternavn: en anonym godkjenning dokumenterer ingenting.")
    assures = role in ASSURING
    others = ROLES[:1] if assures else ASSURING
    for one in _every(audit.journal):
        if one.role in others and _same(one.name, name):
            found = f"{name} har alt signert som {one.role}"
            raise InputError("--name", found, "Den som har utført revisjonen, kan ikke kvalitetssikre den.")
    if assures and did_the_work(audit, name):
        found = f"{name} står som {WORKED} revisor i parametrene"
        raise InputError("--name", found, "Den som har utført revisjonen, kan ikke kvalitetssikre den.")
    if assures and stops:
        found = f"Datakontrollen har {stops} åpne stopp" if stops > 1 else "Datakontrollen har ett åpent stopp"
        raise InputError(audit.name, found, "Rett det, eller før et unntak som kvalitetssikrer har godtatt.")
    return append(audit.journal, Signature(FORMAT, role, " ".join(name.split()), date, content, "", snapshot))
