"""How hard a Danish text is to read: its sentences, their words, and its LIX.

LIX is the number of words in a sentence, on average, plus the share of words of more than six
letters, in per cent. Libraries that count it end a sentence at every full stop; a letter full of
``kr.``, ``nr.`` and ``stk.`` needs to know better.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Where a sentence may end: a mark, what closes after it, a space, and then a capital letter.
_END = re.compile(r"[.!?][\"«»”)\]]*(?=\s+[\"«»“(\[]*[A-ZÆØÅ])")
#: Abbreviations that a capital letter may follow within the sentence.
_GOES_ON = frozenset(
    ("adr", "art", "att", "bl.a", "ca", "dr", "f.eks", "fx", "hhv", "hr", "jf", "kl", "litra",
     "mht", "nr", "pga", "sml", "stk", "tlf", "vedr")
)  # fmt: skip
_LAST_WORD = re.compile(r"[\w.]*\w(?=\.$)")
_WORD = re.compile(r"\w[\w’'.,/-]*\w|\w")
_LETTERS = re.compile(r"[^\W\d_]")
#: A word of more letters than this is a long one.
_LONG = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Readability:
    """How many sentences, words and long words a text has, and the LIX they give."""

    sentences: int
    words: int
    long_words: int

    @property
    def lix(self) -> float:
        """Return the LIX; zero for a text without words."""
        if not self.words or not self.sentences:
            return 0.0
        return self.words / self.sentences + 100 * self.long_words / self.words


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence of *text* begins and ends, without the space around it.

    >>> text = "Du får 5.000 kr. Se stk. 1 og nr. 2. Det er alt"
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['Du får 5.000 kr.', 'Se stk. 1 og nr. 2.', 'Det er alt']
    """
    start = 0
    for found in _END.finditer(text):
        word = _LAST_WORD.search(text[start : found.start() + 1])
        if word and word[0].lower() in _GOES_ON:
            continue
        yield from _trimmed(text, start, found.end())
        start = found.end()
    yield from _trimmed(text, start, len(text))


def words_of(text: str) -> list[str]:
    """Return the words of *text*; a number is one too."""
    return _WORD.findall(text)


def readability(sentences: Iterable[str]) -> Readability:
    """Return how hard *sentences* are to read."""
    told = [found for found in map(words_of, sentences) if found]
    words = [word for found in told for word in found]
    return Readability(
        sentences=len(told),
        words=len(words),
        long_words=sum(len(_LETTERS.findall(word)) > _LONG for word in words),
    )


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    inside = text[start:end]
    begins = start + len(inside) - len(inside.lstrip())
    ends = start + len(inside.rstrip())
    if begins < ends:
        yield begins, ends
