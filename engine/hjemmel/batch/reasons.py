"""Why a row is rejected, with the place in the case: a row has no lines for a caret to point to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hjemmel.issues import CaseInvalidError, HjemmelError, masked
from hjemmel.messages import hint, sentence, words
from hjemmel.policy.load import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hjemmel.batch.alone import Told
    from hjemmel.issues import Issue, Place
    from hjemmel.tree import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that is wrong with a row."""

    code: str
    reason: str
    hint: str


def reasons(told: Told, error: HjemmelError, lang: str) -> list[Reason]:
    """Return what *error* says is wrong with the case *told*, in *lang*."""
    if not isinstance(error, CaseInvalidError):
        words = (sentence(error.key, error.fields, lang), hint(error.key, error.fields, lang))
        return [Reason(code=error.code, reason=masked(words[0]), hint=masked(words[1]))]
    tree = _tree(told)
    paths = dict(_below(tree, "")) if tree is not None else {}
    return [
        Reason(
            code=one.code,
            reason=": ".join(
                filter(None, (_place(one, told, tree, paths, lang), one.message(lang)))
            ),
            # A row is one line, whatever the reader of files says.
            hint="" if "line" in one.fields else one.hint(lang),
        )
        for one in error.report.errors
    ]


def _place(
    issue: Issue, told: Told, tree: Node | None, paths: Mapping[Place, str], lang: str
) -> str:
    if tree is None and isinstance(told, bytes):  # the line is no JSON
        return words("batch-in-line", lang, column=str(issue.place.column))
    return masked(paths.get(issue.place, ""))


def _tree(told: Told) -> Node | None:
    """Return the case *told* with the place of everything in it, as the reader of cases has it."""
    if isinstance(told, HjemmelError):
        return None
    if not isinstance(told, bytes):
        told = json.dumps(told, ensure_ascii=False, indent=1).encode()
    return Loaded().parse(told, "case.json")


def _below(node: Node, path: str) -> Iterator[tuple[Place, str]]:
    """Yield the path of everything below *node* by its place, as the contract writes it."""
    for key, child in node.items():
        inner = f"{path}.{key}" if path else key
        yield node.key_place(key), inner
        yield child.place, inner
        yield from _below(child, inner)
    for at, child in enumerate(node.elements()):
        inner = f"{path}[{child.text('id') or at}]"
        yield child.place, inner
        yield from _below(child, inner)
