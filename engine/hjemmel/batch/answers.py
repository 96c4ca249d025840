"""What a chunk of cases came to, as numbers: codes for words, øre for amounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hjemmel.batch.walk import UNTOLD

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

AMOUNTS = ("ceiling", "spent", "granted", "remaining")
ITEM_AMOUNTS = ("granted", "own_payment", "outside")
#: How a row was decided: by the table, or not here.
BY_TABLE = 1
#: The kind of number that stands for a word.
CODE = "int32"


class Words:
    """Words and what stands for them in a table of numbers."""

    def __init__(self, first: Iterable[Hashable] = ()) -> None:
        """Begin with the words in *first*, numbered from nought."""
        self.listed: list[Any] = list(first)
        self._codes: dict[Hashable, int] = {word: code for code, word in enumerate(self.listed)}

    def code(self, word: Hashable) -> int:
        """Return the number of *word*, a new one if it is new."""
        if word not in self._codes:
            self._codes[word] = len(self.listed)
            self.listed.append(word)
        return self._codes[word]

    def codes(self, words: Iterable[Hashable]) -> np.ndarray:
        """Return the numbers of *words*."""
        return np.array([self.code(word) for word in words], dtype=CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """What the wishes at one *place* of some *rows* came to; rows without one are not here."""

    place: int
    rows: np.ndarray
    status: np.ndarray
    rule: np.ndarray
    amounts: dict[str, np.ndarray]


@dataclass(slots=True)
class Answers:
    """The answers of *rows* cases; words are numbered by the vocabularies below."""

    rows: int
    outcome: np.ndarray = field(init=False)
    rule: np.ndarray = field(init=False)
    target: np.ndarray = field(init=False)
    grounds: np.ndarray = field(init=False)
    questions: np.ndarray = field(init=False)
    how: np.ndarray = field(init=False)
    amounts: dict[str, np.ndarray] = field(init=False)
    items: list[Items] = field(default_factory=list)
    outcomes: Words = field(default_factory=lambda: Words(("",)))
    rules: Words = field(default_factory=lambda: Words(("",)))
    ground_lists: Words = field(default_factory=lambda: Words(((),)))
    question_lists: Words = field(default_factory=lambda: Words(((),)))

    def __post_init__(self) -> None:
        """Begin with no answer in any row."""
        for name in ("outcome", "rule", "target", "grounds", "questions", "how"):
            setattr(self, name, np.zeros(self.rows, dtype=CODE))
        self.amounts = {name: np.full(self.rows, UNTOLD, dtype="int64") for name in AMOUNTS}
