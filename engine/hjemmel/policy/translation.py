"""The texts of the rules in another language: found by their Danish wording."""

from __future__ import annotations

import re

from hjemmel.tree import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: The language the rules are written in, and the rule file that holds each other one.
DANISH = "da"
LANGUAGES: Mapping[str, str] = {"en": "english"}
_EACH, _GAP = "*", "{}"
#: What people read in each rule file, by the path to it; ``*`` is every element or every entry.
#: Diagnoses keep the names of the official list, and what is for authors alone stays Danish.
_READ: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "sources": (("sources", _EACH, "name"), ("sources", _EACH, "short")),
    "facts": (
        ("facts", _EACH, "label"),
        ("facts", _EACH, "question"),
        ("facts", _EACH, "citizen"),
        ("facts", _EACH, "labels", _EACH),
    ),
    "criteria": (
        ("criteria", _EACH, "label"),
        ("criteria", _EACH, "question"),
        ("criteria", _EACH, "citizen"),
        ("criteria", _EACH, "citizen_not"),
    ),
    "categories": (
        ("provisions", _EACH, "label"),
        ("provisions", _EACH, "cite"),
        ("provisions", _EACH, "cite_under_18"),
        ("categories", _EACH, "label"),
        ("never_covered", _EACH, "label"),
    ),
    "rates": (("rates", _EACH, "label"),),
    "decisions": (
        ("conclusions", _EACH, "label"),
        ("conclusions", _EACH, "rules", _EACH, "because", _EACH),
        ("conclusions", _EACH, "rules", _EACH, "caseworker"),
    ),
    "outcomes": (
        ("item_texts", _EACH),
        ("items", _EACH, "because"),
        ("outcomes", _EACH, "label"),
        ("outcomes", _EACH, "because"),
        ("outcomes", _EACH, "citizen"),
    ),
    "duties": (
        ("duties", _EACH, "label"),
        ("duties", _EACH, "text"),
        ("duties", _EACH, "citizen_text"),
        ("duties", _EACH, "deadline", "from"),
    ),
    "readings": (
        ("readings", _EACH, "label"),
        ("readings", _EACH, "question"),
        ("readings", _EACH, "citizen"),
        ("readings", _EACH, "chosen_because"),
        ("readings", _EACH, "readings", _EACH, "label"),
        ("readings", _EACH, "readings", _EACH, "grounds"),
    ),
}


def texts_people_read(trees: Mapping[str, Node]) -> Iterator[Node]:
    """Yield every text of *trees* that people are shown, as it stands in its file."""
    for name, paths in _READ.items():
        for path in paths if name in trees else ():
            yield from _found(trees[name], path)


class Dictionary:
    """What the Danish texts are in one other language.

    ``{}`` in an entry stands for anything: ``vejledning nr. {} af {}`` says every guidance.
    """

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        """Take the Danish and the other text of each entry."""
        self._exact: dict[str, str] = {}
        self._patterns: list[tuple[re.Pattern[str], str, str]] = []
        for danish, other in entries:
            if _GAP in danish:
                parts = [re.escape(part) for part in danish.split(_GAP)]
                self._patterns.append((re.compile("(.+?)".join(parts)), danish, other))
            else:
                self._exact[danish] = other

    def entry(self, text: str) -> str:
        """Return the Danish of the entry that says *text*, or an empty text."""
        if text in self._exact:
            return text
        return next((danish for one, danish, _ in self._patterns if one.fullmatch(text)), "")

    def said(self, text: str) -> str:
        """Return *text* in the other language; the same text where it has no entry."""
        if text in self._exact:
            return self._exact[text]
        for pattern, _, other in self._patterns:
            found = pattern.fullmatch(text)
            if found:
                return other.replace(_GAP, "{}").format(*found.groups())
        return text


def dictionary(trees: Mapping[str, Node], lang: str = "en") -> Dictionary | None:
    """Return the dictionary of the rules' texts in *lang*, or nothing where they have none."""
    file = LANGUAGES.get(lang)
    if file is None or file not in trees:
        return None
    return Dictionary((node.text("da"), node.text(lang)) for node in entries(trees[file]))


def translated(trees: Mapping[str, Node], lang: str) -> Mapping[str, Node]:
    """Return *trees* with the texts people read in *lang*; what has no translation stays Danish."""
    known = dictionary(trees, lang)
    if known is None:
        return trees
    said = dict(trees)
    for name, paths in _READ.items():
        for path in paths if name in said else ():
            said[name] = _replaced(said[name], path, known)
    return said


def entries(tree: Node) -> tuple[Node, ...]:
    """Return the entries of the translation file *tree*."""
    texts = tree.get("texts")
    return texts.elements() if texts else ()


def _found(node: Node, path: tuple[str, ...]) -> Iterator[Node]:
    if not path:
        yield node
        return
    step, *rest = path
    if step == _EACH:
        below = [*node.elements(), *(child for _, child in node.items())]
    else:
        child = node.get(step)
        below = [] if child is None else [child]
    for child in below:
        yield from _found(child, tuple(rest))


def _replaced(node: Node, path: tuple[str, ...], known: Dictionary) -> Node:
    if not path:
        text = node.value
        return Node(known.said(text) if isinstance(text, str) else text, node.place, node.keys)
    step, *rest = path
    if node.is_list:
        changed = tuple(_replaced(child, tuple(rest), known) for child in node.elements())
        return Node(changed, node.place, node.keys)
    said = {
        key: _replaced(child, tuple(rest), known) if step in (_EACH, key) else child
        for key, child in node.items()
    }
    return Node(said, node.place, node.keys)
