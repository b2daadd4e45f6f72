"""A value that travels between processes unopened: packed where it was made, unpacked where it is used."""

from __future__ import annotations

import pickle
from typing import Generic, TypeVar, cast

T = TypeVar("T")


class Sealed(Generic[T]):
    """A value that whoever only passes it on neither packs nor unpacks."""

    __slots__ = ("_data", "_value")

    def __init__(self, value: T) -> None:
        self._value: T | None = value
        self._data = b""

    def open(self) -> T:
        """The value."""
        if self._data:
            self._value, self._data = pickle.loads(self._data), b""
        return cast(T, self._value)

    def __getstate__(self) -> bytes:
        return self._data or pickle.dumps(self._value, protocol=pickle.HIGHEST_PROTOCOL)

    def __setstate__(self, data: bytes) -> None:
        self._value, self._data = None, data
