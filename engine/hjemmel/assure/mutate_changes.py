"""Small changes to the rules, made on the parsed trees: what a slip of an editor could do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hjemmel.assure.coverage_rules import (
    Names,
    called,
    each_test,
    elements,
    written_conditions,
)
from hjemmel.decide.budget import PARTLY
from hjemmel.messages import words
from hjemmel.money import AmountError, parse_amount
from hjemmel.policy.checks.base import listed
from hjemmel.policy.compile import NONE_CHOSEN
from hjemmel.policy.dated import day_of
from hjemmel.policy.language import FactTest, ListTest, ReadingTest, atoms_of
from hjemmel.tree import Node
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hjemmel.assure.coverage_rules import Path, Written
    from hjemmel.issues import Place
    from hjemmel.tree import Scalar

#: Files whose days and lists no decision rests on: the law cited, and what is not expressed.
_NOT_DECIDING = ("sources", "gaps")
_OPPOSITE = {
    "all": "any",
    "any": "all",
    "some": "every",
    "every": "some",
    "before": "after",
    "after": "before",
    "at_most": "at_least_value",
    "at_least_value": "at_most",
}
_TRUTHS = ("true", "false", "unknown")
_ONE_DAY = timedelta(days=1)
_ONE_KRONE = 100
#: The flags of a fact, each with the type of told fact it means anything for; none is any.
_FLAGS = {"silent": "", "no_means_unknown": "truth", "left_out_is_empty": "list"}
#: What each flag turns into what, where it is set.
_TURNS = {
    "silent": (Truth.UNKNOWN, Truth.FALSE),
    "no_means_unknown": (Truth.FALSE, Truth.UNKNOWN),
    "left_out_is_empty": (Truth.UNKNOWN, Truth.FALSE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: the nodes put in place of others, or nothing where a node is taken away.

    *on* is the only day of decision on which it can be seen, where there is one. *table* is
    the condition that is changed, *asked* the conditions that ask what is changed: a scenario
    that asks none of them cannot see it. *about* names what it is about otherwise, *near* the
    day it is about, and *retold* the fact whose truth becomes another and how, so that the
    scenarios that most likely see it can be tried first.
    """

    id: str
    kind: str
    file: str
    place: Place
    what: str
    edits: tuple[tuple[Path, Node | None], ...]
    table: str = ""
    asked: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    on: date | None = None
    near: date | None = None
    retold: tuple[str, Truth, Truth] | None = None

    def applied(self, tree: Node) -> Node:
        """Return *tree* with the change made."""
        for path, node in self.edits:
            changed = _changed(tree, path, node)
            assert changed is not None, "a file is never taken away"  # noqa: S101
            tree = changed
        return tree


def _changed(node: Node, path: Path, new: Node | None) -> Node | None:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        below = list(node.elements())
        child = _changed(below[step], rest, new)
        below[step : step + 1] = [] if child is None else [child]
        return Node(tuple(below), node.place, node.keys)
    entries = dict(node.items())
    old = entries.get(step) or Node(None, node.place)
    child = _changed(old, rest, new)
    entries.pop(step, None) if child is None else entries.update({step: child})
    return Node(entries, node.place, node.keys)


class Mutants:
    """Every change of a rule book, in an order that never varies."""

    def __init__(self, trees: Mapping[str, Node], lang: str = "da") -> None:
        """Take the checked *trees*, and the *lang* of the sentences about the changes."""
        self.trees, self.lang = trees, lang
        self.names = Names(trees, lang)
        self._used: set[str] = set()
        self.askers = _askers(trees, self.names)

    def __iter__(self) -> Iterator[Mutant]:
        """Yield every change; each has an id of its own."""
        for change in CHANGES:
            yield from change(self)

    def mutant(
        self,
        file: str,
        name: str,
        node: Node,
        kind: str,
        edits: tuple[tuple[Path, Node | None], ...],
        *,
        detail: str = "",
        table: str = "",
        asked: frozenset[str] = frozenset(),
        about: tuple[str, ...] = (),
        on: date | None = None,
        near: date | None = None,
        retold: tuple[str, Truth, Truth] | None = None,
        **fields: str,
    ) -> Mutant:
        """Return the change of *kind* to the element *name* of *file*; *fields* are its words."""
        return self.made(
            file,
            name,
            node,
            kind,
            edits,
            fields,
            detail=detail,
            table=table,
            asked=asked,
            about=about,
            on=on,
            near=near,
            retold=retold,
        )

    def made(
        self,
        file: str,
        name: str,
        node: Node,
        kind: str,
        edits: tuple[tuple[Path, Node | None], ...],
        fields: Mapping[str, str],
        *,
        detail: str = "",
        table: str = "",
        asked: frozenset[str] = frozenset(),
        about: tuple[str, ...] = (),
        on: date | None = None,
        near: date | None = None,
        retold: tuple[str, Truth, Truth] | None = None,
    ) -> Mutant:
        """Return the change of *kind* to the element *name* of *file*, seen at *node*."""
        identity = "/".join(part for part in (file, name, kind, detail) if part)
        count = 2
        unique = identity
        while unique in self._used:
            unique, count = f"{identity}~{count}", count + 1
        self._used.add(unique)
        what = words(f"mutant-{kind}", self.lang, **fields)
        return Mutant(
            id=unique,
            kind=kind,
            file=file,
            place=node.place,
            what=what,
            edits=edits,
            table=table,
            asked=asked or frozenset({table} - {""}),
            about=frozenset(about),
            on=on,
            near=near,
            retold=retold,
        )


def _askers(trees: Mapping[str, Node], names: Names) -> dict[tuple[str, str], frozenset[str]]:
    """Return the conditions that ask each fact, each list and each reading, by kind and name."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for written in written_conditions(trees):
        for atom in atoms_of(names.parsed(written.node)):
            match atom:
                case FactTest(name):
                    key = ("fact", name)
                case ListTest(_, name):
                    key = ("list", name)
                case ReadingTest(name):
                    key = ("reading", name)
                case _:
                    continue
            found[key] = found.get(key, frozenset()) | {written.table}
    return found


# --- conditions --------------------------------------------------------------------------


def _conditions(mutants: Mutants) -> Iterator[Mutant]:
    """Change each condition, part by part."""
    for written in written_conditions(mutants.trees):
        yield from _Parts(mutants, written).changes()


class _Parts:
    """The changes of one condition."""

    def __init__(self, mutants: Mutants, written: Written) -> None:
        self.mutants, self.written = mutants, written
        self.owner = mutants.names.owner(written)

    def changes(self) -> Iterator[Mutant]:
        yield from self._below(self.written.node, (), negated=False)

    def _below(self, node: Node, path: Path, *, negated: bool) -> Iterator[Mutant]:
        """Yield the changes at *node* and below it; *negated* tells of a `not` around it."""
        inner = node.get("not")
        if inner is not None:
            yield self._one(node, path, "not", inner, part=self._words(inner))
            yield from self._below(inner, (*path, "not"), negated=True)
        elif node.get("all") is not None or node.get("any") is not None:
            yield from self._joined(node, path)
        elif node.get("at_least") is not None:
            yield from self._counted(node, path)
        else:
            yield from self._test(node, path, negated=negated)

    def _joined(self, node: Node, path: Path) -> Iterator[Mutant]:
        head = "all" if node.get("all") is not None else "any"
        parts = listed(node, head)
        if len(parts) > 1:
            yield self._one(node, path, head, _renamed(node, head), parts=self._words(node))
        for at, part in enumerate(parts):
            step = (*path, head, at)
            if len(parts) > 1:
                yield self._one(part, step, "part", None, part=self._words(part))
            yield from self._below(part, step, negated=False)

    def _counted(self, node: Node, path: Path) -> Iterator[Mutant]:
        count = node.at("at_least", "count")
        for step in (-1, 1):
            if count is not None and isinstance(count.value, int):
                new = Node(count.value + step, count.place)
                where = (*path, "at_least", "count")
                yield self._one(count, where, "count", new, detail=f"{step:+d}", new=str(new.value))
        for at, part in enumerate(listed(node.get("at_least") or node, "of")):
            step_path = (*path, "at_least", "of", at)
            yield self._one(part, step_path, "part", None, part=self._words(part))
            yield from self._below(part, step_path, negated=False)

    def _test(self, node: Node, path: Path, *, negated: bool) -> Iterator[Mutant]:
        wanted = node.get("is")
        if wanted is not None:
            for truth in _TRUTHS:
                if truth != wanted.value:
                    new = Node(truth, wanted.place)
                    yield self._one(
                        node,
                        (*path, "is"),
                        "is",
                        new,
                        detail=truth,
                        part=self._words(node),
                        new=words(f"truth-{truth}", self.mutants.lang),
                    )
        elif not negated and node.get("open_question") is None:
            turned = Node({"not": node}, node.place, {"not": node.place})
            yield self._one(node, path, "negated", turned, part=self._words(node))
        yield from self._operands(node, path)

    def _operands(self, node: Node, path: Path) -> Iterator[Mutant]:
        for key, operand in node.items():
            if key in ("some", "every", "before", "after", "at_most", "at_least_value"):
                yield self._one(node, path, key, _renamed(node, key), part=self._words(node))
            if key in ("before", "after", "equals"):
                yield from self._days(operand, (*path, key), node)
            if key == "one_of":
                for at, value in enumerate(operand.elements()):
                    where = (*path, key, at)
                    yield self._one(
                        value, where, "member", None, part=self._words(node), value=str(value.value)
                    )
            if key in ("equals", "reads"):
                yield from self._values(node, key, path)

    def _days(self, operand: Node, path: Path, node: Node) -> Iterator[Mutant]:
        day = day_of(str(operand.value))
        for step in (-1, 1) if day else ():
            new = _moved(operand, step)
            yield self._one(
                operand,
                path,
                "day-asked",
                new,
                detail=f"{step:+d}",
                part=self._words(node),
                new=str(new.value),
            )

    def _values(self, node: Node, key: str, path: Path) -> Iterator[Mutant]:
        operand = node.get(key)
        if operand is None or day_of(str(operand.value)):
            return
        others = self._readings(node) if key == "reads" else self._others(node.text("fact"))
        for value in others:
            if value != operand.value:
                yield self._one(
                    node,
                    (*path, key),
                    key,
                    Node(value, operand.place),
                    detail=value,
                    part=self._words(node),
                    new=value,
                )

    def _readings(self, node: Node) -> list[str]:
        return list(self.mutants.names.parser.names.questions[node.text("question")])

    def _others(self, fact: str) -> list[str]:
        """Return the values that *fact* has, or that rules compare it with."""
        known = self.mutants.names.parser.names.facts[fact].values
        return list(known) or sorted(_compared(self.mutants).get(fact, set()))

    def _one(
        self,
        node: Node,
        path: Path,
        kind: str,
        put: Node | None,
        *,
        detail: str = "",
        **fields: str,
    ) -> Mutant:
        where = ".".join(str(step) for step in path if step not in ("is", "equals", "reads"))
        edit = ((*self.written.path, *path), put)
        return self.mutants.made(
            self.written.file,
            self.written.element,
            node,
            kind,
            (edit,),
            {**fields, "owner": self.owner},
            detail="/".join(one for one in (where, detail) if one),
            table=self.written.table,
        )

    def _words(self, node: Node) -> str:
        return self.mutants.names.condition(node)


def _renamed(node: Node, key: str) -> Node:
    """Return *node* with its *key* put as its opposite."""
    entries = {_OPPOSITE[key] if one == key else one: child for one, child in node.items()}
    return Node(entries, node.place, {**node.keys, _OPPOSITE[key]: node.key_place(key)})


def _compared(mutants: Mutants) -> dict[str, set[str]]:
    """Return the texts that conditions compare each fact with."""
    found: dict[str, set[str]] = {}
    for written in written_conditions(mutants.trees):
        for _, test in each_test(written.node):
            for atom in atoms_of(mutants.names.parsed(test)):
                if isinstance(atom, FactTest) and isinstance(atom.operand, str | tuple):
                    values = (atom.operand,) if isinstance(atom.operand, str) else atom.operand
                    found.setdefault(atom.fact, set()).update(values)
    return found


# --- days and amounts ---------------------------------------------------------------------


def _days(mutants: Mutants) -> Iterator[Mutant]:
    """Move each first and last day that something is in force by a day."""
    for file, tree in mutants.trees.items():
        if file in _NOT_DECIDING:
            continue
        for path, owner, node in _in_force(tree, ()):
            for key, child in node.items():
                yield from _moved_days(mutants, file, owner, (*path, key), child)


def _in_force(node: Node, path: Path) -> Iterator[tuple[Path, Node, Node]]:
    """Yield every ``in_force`` below *node* with its path and the element it belongs to."""
    for key, child in node.items():
        if key == "in_force":
            yield (*path, key), node, child
        else:
            yield from _in_force(child, (*path, key))
    for at, child in enumerate(node.elements()):
        yield from _in_force(child, (*path, at))


def _moved_days(
    mutants: Mutants, file: str, owner: Node, path: Path, node: Node
) -> Iterator[Mutant]:
    day, key = day_of(str(node.value)), str(path[-1])
    for step in (-1, 1) if day else ():
        new = _moved(node, step)
        # The first day it is in force or no longer is: the only one that is decided differently.
        seen = _day(new) if (key == "from") == (step < 0) else _day(node)
        name = owner.text("id") or owner.text("provision")
        yield mutants.mutant(
            file,
            name,
            node,
            f"in-force-{key}",
            ((path, new),),
            detail=f"{step:+d}",
            on=seen,
            about=(name,),
            label=owner.text("label") or name,
            new=str(new.value),
        )


def _day(node: Node) -> date | None:
    return day_of(str(node.value))


def _moved(node: Node, step: int) -> Node:
    day = day_of(str(node.value))
    assert day is not None, "only days are moved"  # noqa: S101
    return Node((day + step * _ONE_DAY).isoformat(), node.place)


def _rates(mutants: Mutants) -> Iterator[Mutant]:
    """Change each amount by one krone, and move each change of year by a day."""
    for at, rate in enumerate(elements(mutants.trees, "rates", "rates")):
        values = listed(rate, "values")
        for number, value in enumerate(values):
            path: Path = ("rates", at, "values", number)
            yield from _amounts(mutants, rate, path, value)
            later = values[number + 1] if number + 1 < len(values) else None
            yield from _boundaries(mutants, rate, path, value, later)


def _amounts(mutants: Mutants, rate: Node, path: Path, value: Node) -> Iterator[Mutant]:
    amount = value.get("amount")
    for step in (-1, 1):
        new = None if amount is None else _dearer(amount, step)
        if amount is not None and new is not None:
            yield mutants.mutant(
                "rates",
                f"{rate.text('id')}/{value.text('from')}",
                amount,
                "amount",
                (((*path, "amount"), new),),
                detail=f"{step:+d}",
                about=(rate.text("id"),),
                near=day_of(value.text("from")),
                label=rate.text("label"),
                day=value.text("from"),
                new=str(new.value),
            )


def _dearer(node: Node, step: int) -> Node | None:
    try:
        ore = parse_amount(str(node.value)) + step * _ONE_KRONE
    except AmountError:
        return None
    return Node(f"{ore // 100}" if ore % 100 == 0 else f"{ore // 100}.{ore % 100:02d}", node.place)


def _boundaries(
    mutants: Mutants, rate: Node, path: Path, value: Node, later: Node | None
) -> Iterator[Mutant]:
    """Move the first day of the first amount, and the day on which each is followed by the next."""
    first, last = value.get("from"), value.get("to")
    moved: list[tuple[str, Node, list[tuple[Path, Node]]]] = []
    if path[-1] == 0 and first is not None:
        moved.append(("from", first, [((*path, "from"), first)]))
    if last is not None and later is None:
        moved.append(("to", last, [((*path, "to"), last)]))
    following = later.get("from") if later else None
    if last is not None and following is not None:
        next_path = (*path[:-1], int(path[-1]) + 1, "from")
        moved.append(("turn", following, [((*path, "to"), last), (next_path, following)]))
    for kind, node, together in moved:
        for step in (-1, 1):
            edits = tuple((where, _moved(one, step)) for where, one in together)
            yield mutants.mutant(
                "rates",
                f"{rate.text('id')}/{value.text('from')}",
                node,
                f"rate-{kind}",
                edits,
                detail=f"{step:+d}",
                about=(rate.text("id"),),
                near=_day(node),
                label=rate.text("label"),
                new=str(edits[-1][1].value),
            )


# --- lists, readings, flags ---------------------------------------------------------------


def _categories(mutants: Mutants) -> Iterator[Mutant]:
    """Take each category away, and turn what may be divided."""
    for at, node in enumerate(elements(mutants.trees, "categories", "categories")):
        name = f"{node.text('provision')}/{node.text('id')}"
        yield mutants.mutant(
            "categories",
            name,
            node,
            "category",
            ((("categories", at), None),),
            about=(name,),
            label=node.text("label"),
        )
    for at, node in enumerate(elements(mutants.trees, "categories", "provisions")):
        divisible = node.get("divisible")
        if divisible is not None:
            path: Path = ("provisions", at, "divisible")
            turned = Node(not divisible.value, divisible.place)
            yield mutants.mutant(
                "categories",
                node.text("id"),
                divisible,
                "divisible",
                ((path, turned),),
                about=(node.text("id"),),
                label=node.text("label"),
            )


def _diagnoses(mutants: Mutants) -> Iterator[Mutant]:
    """Give each diagnosis each other meaning that one on the list can have."""
    nodes = elements(mutants.trees, "diagnoses", "diagnoses")
    meanings = sorted({node.text("on_name_match") for node in nodes})
    for at, node in enumerate(nodes):
        match = node.get("on_name_match")
        for meaning in meanings:
            if match is not None and meaning != match.value:
                path: Path = ("diagnoses", at, "on_name_match")
                yield mutants.mutant(
                    "diagnoses",
                    node.text("id"),
                    match,
                    "listing",
                    ((path, Node(meaning, match.place)),),
                    detail=meaning,
                    about=(node.text("id"),),
                    label=node.text("label"),
                    new=meaning,
                )


def _readings(mutants: Mutants) -> Iterator[Mutant]:
    """Choose each other reading of each question, and let each other hold unless it is raised."""
    money = mutants.trees["outcomes"].at("money", "ceiling_question")
    for at, node in enumerate(elements(mutants.trees, "readings", "readings")):
        name = node.text("id")
        readings = [key for key, _ in (node.get("readings") or node).items()]
        # What holds unless it is raised matters where it is asked for, and for the ceiling.
        asked = mutants.askers.get(("reading", name), frozenset())
        where = frozenset() if money is not None and money.value == name else asked
        for key, others in (("chosen", [*readings, NONE_CHOSEN]), ("otherwise", readings)):
            told = node.get(key)
            for other in others:
                if told is not None and other != told.value:
                    yield mutants.mutant(
                        "readings",
                        name,
                        told,
                        key,
                        ((("readings", at, key), Node(other, told.place)),),
                        detail=other,
                        asked=where if key == "otherwise" else frozenset(),
                        about=(f"question/{name}",),
                        label=node.text("label"),
                        new=mutants.names.reading(name, other),
                    )


def _flags(mutants: Mutants) -> Iterator[Mutant]:
    """Turn each flag of each fact that a condition asks of."""
    for at, node in enumerate(elements(mutants.trees, "facts", "facts")):
        for flag, kind in _FLAGS.items():
            name = node.text("id")
            means = kind in ("", node.text("type")) and not (kind and node.text("given_by"))
            asked = mutants.askers.get(("list" if kind == "list" else "fact", name), frozenset())
            if not means or not asked:
                continue
            told = node.get(flag)
            new: Scalar = not (told is not None and told.value)
            path: Path = ("facts", at, flag)
            yield mutants.mutant(
                "facts",
                name,
                told or node,
                flag.replace("_", "-"),
                ((path, Node(new, node.place)),),
                asked=asked,
                about=(name,),
                retold=(name, *(_TURNS[flag] if new else reversed(_TURNS[flag]))),
                label=node.text("label"),
                new=words("yes" if new else "no", mutants.lang),
            )


# --- tables -------------------------------------------------------------------------------


def _rules(mutants: Mutants) -> Iterator[Mutant]:
    """Take away each rule of a conclusion that has several."""
    for at, owner in enumerate(elements(mutants.trees, "decisions", "conclusions")):
        rules = listed(owner, "rules")
        for number, rule in enumerate(rules if len(rules) > 1 else ()):
            name = owner.text("id")
            yield mutants.mutant(
                "decisions",
                f"{name}/{rule.text('id')}",
                rule,
                "rule",
                ((("conclusions", at, "rules", number), None),),
                table=f"conclusion/{name}",
                rule=rule.text("id"),
                label=owner.text("label"),
            )


def _rows(mutants: Mutants) -> Iterator[Mutant]:
    """Swap neighbouring rows of the two tables, take each away, and turn who pays."""
    for key in ("items", "outcomes"):
        rows = elements(mutants.trees, "outcomes", key)
        for at, row in enumerate(rows):
            name, label = row.text("id"), called(row)
            yield mutants.mutant(
                "outcomes", name, row, "row", (((key, at), None),), about=(name,), label=label
            )
            if at + 1 < len(rows):
                after = rows[at + 1]
                yield mutants.mutant(
                    "outcomes",
                    name,
                    after,
                    "rows",
                    (((key, at), after), ((key, at + 1), row)),
                    about=(name, after.text("id")),
                    label=label,
                    other=called(after),
                )
            if row.text("status") == PARTLY:
                told = row.get("own_payment")
                new = Node(not (told is not None and told.value), row.place)
                yield mutants.mutant(
                    "outcomes",
                    name,
                    told or row,
                    "own-payment",
                    (((key, at, "own_payment"), new),),
                    about=(name,),
                    label=label,
                )


def _ceilings(mutants: Mutants) -> Iterator[Mutant]:
    """Let each reading about the ceiling's year take another's way."""
    ways = mutants.trees["outcomes"].at("money", "by_reading")
    names = sorted({str(way.value) for _, way in ways.items()}) if ways else []
    for reading, way in ways.items() if ways else ():
        for other in names:
            if other != way.value:
                path: Path = ("money", "by_reading", reading)
                yield mutants.mutant(
                    "outcomes",
                    "money",
                    way,
                    "by-reading",
                    ((path, Node(other, way.place)),),
                    detail=f"{reading}={other}",
                    reading=reading,
                    new=other,
                )


#: The table of contents: each yields the changes of one kind.
CHANGES = (
    _conditions,
    _rules,
    _rows,
    _ceilings,
    _readings,
    _flags,
    _categories,
    _diagnoses,
    _rates,
    _days,
)
