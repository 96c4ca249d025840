"""Checks of the translation: every text people read has one, and none is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.policy.translation import LANGUAGES, dictionary, entries, texts_people_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.policy.checks.base import Rules


def untranslated_texts(rules: Rules) -> Iterator[Issue]:
    """Report the texts people read that have no English, in rules that have a translation."""
    known = dictionary(rules.trees)
    if known is None:
        return
    reported: set[str] = set()
    for node in texts_people_read(rules.trees):
        text = str(node.value)
        if not known.entry(text) and text not in reported:
            reported.add(text)
            fields = {"text": text}
            yield Issue(code="english-missing", place=node.place, fields=fields, warning=True)


def idle_translations(rules: Rules) -> Iterator[Issue]:
    """Report translations of texts that no rule has, and a text that is translated twice."""
    known = dictionary(rules.trees)
    if known is None:
        return
    used = {known.entry(str(node.value)) for node in texts_people_read(rules.trees)}
    first: dict[str, int] = {}
    for file in LANGUAGES.values():
        for node in entries(rules.trees[file]):
            text = node.text("da")
            fields = {"text": text}
            if text in first:
                fields["line"] = str(first[text])
                yield Issue(code="english-twice", place=node.place, fields=fields)
            elif text not in used:
                yield Issue(code="english-idle", place=node.place, fields=fields, warning=True)
            first.setdefault(text, node.place.line)
