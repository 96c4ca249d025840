"""What can go wrong when a letter is written."""

from __future__ import annotations

from hjemmel.issues import HjemmelError


class LetterError(HjemmelError):
    """A letter that cannot be written as asked."""

    code = "letter-failed"
