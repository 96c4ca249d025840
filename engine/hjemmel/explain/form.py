"""The JSON of a decision for a case like others: a form that is filled in with what is its own.

The form is what the function that writes all decisions made of the first of them, with holes for
what is a case's own: its name, its amounts, and the branches of the explanation that repeat its
words. Those branches are kept by the words that they repeat.
"""

from __future__ import annotations

from itertools import chain

import orjson

from hjemmel.decide.memory import Memory, cones_of
from hjemmel.explain.document import Copying, document_by, reason_document
from hjemmel.explain.reasons import wish_told
from hjemmel.model import WISHES
from hjemmel.money import amount_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from typing import Any

    from hjemmel.decide.alike import Found
    from hjemmel.model import Amounts, Decision, Item, Reason
    from hjemmel.policy.compile import Policy

#: Stands on both sides of the number of a hole: no JSON holds this character.
_MARK = b"\0"
#: What is the same in all decisions of a form and longer than this is not copied into it.
_LONG = 1_000


def filled(decision: Decision) -> bytes:
    """Return the JSON of *decision*, which was found again for a case like others."""
    found: Found = decision.trace
    policy = found.policy
    if not found.is_told_by(decision):  # somebody has changed it since
        return orjson.dumps(document_by(Copying(policy), decision))
    branches: Memory = policy.notes.setdefault("branches", Memory())
    keys = _keys(decision, found)
    known: list[Any] = [branches.get(key) for key in keys]
    form: _Form | None = found.kept.form
    if form is not None and None not in known:
        return form.filled(_own(decision, found, list(chain(*known))))
    how = _WithHoles(policy)
    form = _Form(orjson.dumps(document_by(how, decision)), how.fillings)
    if form.own == _own(decision, found, how.branches) and cones_of(policy).words_tell_why:
        found.kept.form = form
        asked, target, *covered = how.branches
        for key, kept in zip(keys, [(asked, target), *zip(covered, strict=True)], strict=True):
            branches.keep(key, kept)
    return form.filled(form.own)


class _Form:
    """A JSON text with holes."""

    __slots__ = ("_holes", "_pieces", "own")

    def __init__(self, text: bytes, fillings: Sequence[tuple[bytes, bool]]) -> None:
        """Take the *text*, and what fills its holes: what is shared fills them for good."""
        self._pieces: list[bytes] = text.split(_MARK)
        self._holes, self.own = list[int](), list[bytes]()
        for at in range(1, len(self._pieces), 2):
            self._pieces[at], shared = fillings[int(self._pieces[at])]
            if not shared:
                self._holes.append(at)
                self.own.append(self._pieces[at])

    def filled(self, own: Iterable[bytes]) -> bytes:
        """Return the text with its holes filled by what is a decision's *own*."""
        pieces = self._pieces.copy()
        for at, filling in zip(self._holes, own, strict=True):
            pieces[at] = filling
        return b"".join(pieces)


class _WithHoles(Copying):
    """Writes a decision with holes for what is its own, and notes what fills them."""

    def __init__(self, policy: Policy) -> None:
        """Take the *policy* of the decision."""
        super().__init__(policy)
        #: What fills each hole, and whether it does so in all decisions of the form.
        self.fillings: list[tuple[bytes, bool]] = []
        self.branches: list[bytes] = []

    def own(self, value: Any) -> Any:  # noqa: ANN401 - any value
        """Leave a hole for *value*."""
        return self._hole(orjson.dumps(value), shared=False)

    def part(self, of: Any, write: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any value
        """Return what many decisions share; where it is long, as a hole that it fills in all."""
        written = self.written(of, write)
        return (
            self._hole(written, shared=True) if len(written) > _LONG else orjson.Fragment(written)
        )

    def branch(self, of: Reason) -> Any:  # noqa: ANN401 - any value
        """Leave a hole for a branch of the explanation."""
        self.branches.append(self.written(of, reason_document))
        return self._hole(self.branches[-1], shared=False)

    def _hole(self, filling: bytes, *, shared: bool) -> orjson.Fragment:
        self.fillings.append((filling, shared))
        return orjson.Fragment(b"%b%d%b" % (_MARK, len(self.fillings) - 1, _MARK))


def _keys(decision: Decision, found: Found) -> list[Hashable]:
    """Return by what the branches of the explanation of *decision* are known.

    What is asked and whether it is so are known by the same words; then comes each wish.
    """
    cones, case, kept = cones_of(found.policy), decision.case, found.kept
    evidence = tuple(case.evidence.items()) if case.evidence else ()
    covered = cones.why_covered.words
    whether = (cones.why_asked.words(case, {}), cones.why_target.words(case, {}))
    return [
        (kept, evidence, *whether),
        *[
            (kept, at, wish["id"], evidence, covered(case, wish))
            for at, wish in enumerate(_wishes(decision))
        ],
    ]


def _own(decision: Decision, found: Found, branches: Sequence[bytes]) -> list[bytes]:
    """Return what is the own of *decision*, in the order of its JSON."""
    policy, case, wishes = found.policy, decision.case, _wishes(decision)
    names = [orjson.dumps(wish["id"]) for wish in wishes]
    amounts, items = _amounts(decision.amounts), _items(names, decision.items)
    own = [orjson.dumps(case.id), orjson.dumps(case.decided_on), *amounts, *items]
    for question in decision.open_questions:
        for one in question.readings:  # one of them is often what is proposed
            own += items if one.items is decision.items else _items(names, one.items)
            own += amounts if one.amounts is decision.amounts else _amounts(one.amounts)
    own += branches[:2]
    for name, wish, branch in zip(names, wishes, branches[2:], strict=True):
        own += (name, branch, orjson.dumps(wish_told(policy, wish)))
    receipt = decision.receipt
    own += (orjson.dumps(receipt.rules_for), orjson.dumps(receipt.case_digest))
    return own


def _wishes(decision: Decision) -> Sequence[Mapping[str, Any]]:
    """Return the wishes that the explanation of *decision* is about."""
    return (decision.case.lists[WISHES] or ()) if decision.items else ()


def _items(names: Iterable[bytes], items: Iterable[Item]) -> list[bytes]:
    own: list[bytes] = []
    for name, item in zip(names, items, strict=False):  # a reading may have come to none
        own += (
            name,
            amount_json(item.granted),
            amount_json(item.own_payment),
            amount_json(item.outside_ceiling),
        )
    return own


def _amounts(amounts: Amounts | None) -> list[bytes]:
    if amounts is None:
        return []
    told = (amounts.ceiling, amounts.spent_before, amounts.granted, amounts.remaining)
    return [amount_json(ore) for ore in told if ore is not None]
