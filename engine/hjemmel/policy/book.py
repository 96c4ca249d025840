"""The rule book: a folder of rule files, read and checked once, compiled per day."""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from datetime import date
from functools import cached_property

from hjemmel.data import data_path
from hjemmel.digests import sha256
from hjemmel.issues import DataNotFoundError, Issue, Report, RulesInvalidError
from hjemmel.policy.cache import store_for
from hjemmel.policy.compile import Policy, compile_policy
from hjemmel.policy.dated import day_of, edges_of, periods_in
from hjemmel.policy.translation import DANISH, translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from hjemmel.policy.cache import Marks, Store
    from hjemmel.policy.load import Loaded
    from hjemmel.tree import Node

INDEX = "index.yaml"
#: How many days a book knows the policy of before it starts anew: five municipalities' decade.
_MOST_DAYS = 20_000


class RuleBook:
    """Checked rule files for all days; gives the policy of any one of them.

    Made by :func:`load_policy`. Reading and checking happen once, and policies are remembered:
    here, and in the *store* if there is one, so that the next process finds them made.
    """

    def __init__(
        self,
        folder: Path | str,
        trees: Mapping[str, Node] | None,
        municipalities: Mapping[str, Node] | None,
        store: Store | None = None,
    ) -> None:
        """Take checked *trees* by the names of the index, and *municipalities* by id.

        Without trees the files are as they were when the *store* was filled, so they are
        read only when something asks for what is not kept.
        """
        self._root, self.store = os.fspath(folder), store
        self._files: tuple[Mapping[str, Node], Mapping[str, Node]] | None = None
        if trees is not None:
            self._files = dict(trees), dict(municipalities or {})
        self._policies: dict[tuple[date, str, str], Policy] = {}
        self._by_day: dict[tuple[date, str, str], Policy] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs; the policies of single days are made again there."""
        return {**vars(self), "_by_day": {}}

    @classmethod
    def kept_in(cls, store: Store, folder: Path | str) -> RuleBook | None:
        """Return the book of *folder* as *store* keeps it, if the files are as they were then."""
        about = store.kept_book()
        if about is None:
            return None
        book = cls(folder, None, None, store)
        vars(book).update(about)
        return book

    def keep(self, store: Store, before: Marks) -> None:
        """Keep what is read from the files again and again, and which files those are.

        *before* is what *store* saw of them before they were read.
        """
        names = ("municipalities", "entries", "categories", "began", "edges")
        digests = {name: self.digest(name) for name in ("", *self.municipalities)}
        about = {**{name: getattr(self, name) for name in names}, "_digests": digests}
        if store.keep_book(_files_of(self), about, before):
            self.store = store

    @cached_property
    def folder(self) -> Path:
        """Return the folder of the rule files."""
        from pathlib import Path  # noqa: PLC0415 - a third of bare Python's start

        return Path(self._root)

    def _read(self) -> tuple[Mapping[str, Node], Mapping[str, Node]]:
        if self._files is None:
            report, book = check_rules(self.folder)
            if book is None:
                raise RulesInvalidError(report)
            self._files = book._read()  # noqa: SLF001 - one of us
        return self._files

    @cached_property
    def municipalities(self) -> tuple[str, ...]:
        """Return the ids of the municipalities that have a file."""
        return tuple(sorted(self._read()[1]))

    @property
    def trees(self) -> Mapping[str, Node]:
        """Return the trees of all rule files by the names of the index."""
        return self._read()[0]

    @property
    def municipality_trees(self) -> Mapping[str, Node]:
        """Return the trees of the municipalities' files by the municipality's id."""
        return self._read()[1]

    def tree(self, name: str) -> Node:
        """Return the tree of the rule file called *name* in the index."""
        return self._read()[0][name]

    @cached_property
    def schemas(self) -> Path:
        """Return the folder of the schemas: the rules' own, or those of the package."""
        from pathlib import Path  # noqa: PLC0415 - as above

        return Path(self.schemas_path)

    @cached_property
    def schemas_path(self) -> str:
        """Return where :attr:`schemas` is."""
        own = os.path.join(self._root, "schema")
        return own if os.path.isdir(own) else os.path.join(data_path("rules"), "schema")

    @cached_property
    def began(self) -> date | None:
        """Return the first day that there are rules for."""
        node = self.tree("index").at("policy", "in_force", "from")
        return None if node is None else day_of(str(node.value))

    @cached_property
    def entries(self) -> tuple[str, ...]:
        """Return the ids of the diagnoses that a case may be settled as."""
        return tuple(node.text("id") for node in self._elements("diagnoses", "diagnoses"))

    @cached_property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """Return the categories that a wish may name, by provision."""
        known: dict[str, tuple[str, ...]] = {}
        for node in self._elements("categories", "categories"):
            provision = node.text("provision")
            known[provision] = (*known.get(provision, ()), node.text("id"))
        return known

    def _elements(self, file: str, key: str) -> tuple[Node, ...]:
        listed = self.tree(file).get(key)
        return listed.elements() if listed else ()

    def municipality(self, name: str) -> Node:
        """Return the tree of the municipality file with the id *name*.

        Raises:
            DataNotFoundError: there is no such municipality file.
        """
        self._known(name)
        return self.municipality_trees[name]

    def _known(self, municipality: str) -> None:
        if municipality not in self.municipalities:
            from hjemmel.policy.schema import close_to  # noqa: PLC0415 - only for who misspells it

            close = close_to(municipality, self.municipalities)
            raise DataNotFoundError("municipality-missing", municipality=municipality, close=close)

    def on(self, day: date, municipality: str = "", *, lang: str = DANISH) -> Policy:
        """Return the policy for *day*, with the choices and rates of *municipality* if given.

        *lang* is the language of its texts; what the rules have no translation of stays Danish.

        Raises:
            NotInForceError: no rule or no ceiling is in force on that day.
            DataNotFoundError: there is no such municipality file.
        """
        key = (day, municipality, lang)
        policy = self._by_day.get(key)
        if policy is None:
            if municipality:
                self._known(municipality)
            if len(self._by_day) >= _MOST_DAYS:
                self._by_day.clear()
            policy = self._by_day[key] = self._of_stretch(*key)
        return policy

    def since(self, day: date, municipality: str = "") -> date:
        """Return the first of the days around *day* on which the rules are the same.

        A day has the rules of the day before unless some period begins on it, or ended then: in
        the rule files, or in that of *municipality*.
        """
        edges = self.edges[municipality]
        return edges[bisect_right(edges, day) - 1]

    @cached_property
    def edges(self) -> Mapping[str, tuple[date, ...]]:
        """Return the days from which the rules are others, by municipality, or for none of them."""
        trees, municipalities = self._read()
        common = edges_of(period for tree in trees.values() for period in periods_in(tree))
        common.add(date.min)
        found = {name: common | edges_of(periods_in(tree)) for name, tree in municipalities.items()}
        return {name: tuple(sorted(days)) for name, days in {"": common, **found}.items()}

    def _of_stretch(self, day: date, municipality: str, lang: str) -> Policy:
        """Return the policy of the days around *day*, for that day."""
        key = (self.since(day, municipality), municipality, lang)
        policy = self._policies.get(key)
        if policy is None:
            policy = self._policies[key] = self._kept_or_compiled(day, *key)
        return policy if policy.on == day else policy.for_day(day)

    def _kept_or_compiled(self, day: date, since: date, municipality: str, lang: str) -> Policy:
        name = f"{since.isoformat()}-{lang}-{municipality}"
        kept = self.store.get(name) if self.store else None
        if isinstance(kept, Policy):
            return kept
        trees, municipalities = self._read()
        policy = compile_policy(
            translated(trees, lang),
            day,
            digest=self.digest(municipality),
            municipality=municipalities.get(municipality),
            lang=lang,
        )
        if self.store:
            self.store.put(name, policy)
        return policy

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {}

    def digest(self, municipality: str = "") -> str:
        """Return the SHA-256 of the rules' content; comments and layout do not count."""
        if municipality not in self._digests:
            trees, municipalities = self._read()
            content = {name: tree.plain() for name, tree in trees.items()}
            if municipality:
                content["municipality"] = municipalities[municipality].plain()
            self._digests[municipality] = _digest(content)
        return self._digests[municipality]


def _digest(content: object) -> str:
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode())


def _files_of(book: RuleBook) -> Iterator[str]:
    """Yield the files that *book* was read from and checked against, there or not."""
    yield INDEX
    index = book.tree("index")
    files, local = index.get("files"), index.get("municipalities")
    for _, node in files.items() if files else ():
        yield str(node.value)
    for node in local.elements() if local else ():
        yield str(node.value)
    for name in (*book.trees, "municipality", "case"):
        yield f"schema/{name}.schema.json"


def check_rules(folder: Path | None = None) -> tuple[Report, RuleBook | None]:
    """Return everything there is to say about the rules in *folder*, and the book if it is usable.

    *folder* may also be a sealed policy.

    Raises:
        DataNotFoundError: the folder does not exist.
    """
    # Rules that are kept need none of these, and most of the time they are kept.
    from pathlib import Path  # noqa: PLC0415

    from hjemmel.policy.checks import run_checks  # noqa: PLC0415
    from hjemmel.policy.load import Loaded  # noqa: PLC0415
    from hjemmel.policy.schema import schema_issues  # noqa: PLC0415
    from hjemmel.policy.seal import is_seal, open_seal  # noqa: PLC0415

    root = folder or Path(data_path("rules"))
    if is_seal(root):
        root = open_seal(root) / "rules"
    if not root.is_dir():
        raise DataNotFoundError("folder-missing", folder=str(root))
    loaded = Loaded()
    trees, municipalities = _read_all(root, loaded)
    issues: list[Issue] = []
    for name, tree in trees.items():
        issues.extend(schema_issues(tree, root / "schema", name))
    for tree in municipalities.values():
        issues.extend(schema_issues(tree, root / "schema", "municipality"))
    # The checks read what the schema promises; a tree that breaks it is not checked further.
    if not issues and not loaded.issues:
        issues.extend(run_checks(trees, municipalities))
    report = loaded.report(issues)
    return report, None if report.errors else RuleBook(root, trees, municipalities)


def load_policy(folder: Path | str | None = None) -> RuleBook:
    """Return the rule book in *folder*; without one, the rules that ship with the package.

    Raises:
        RulesInvalidError: the files hold errors; the report lists all of them.
        DataNotFoundError: the folder does not exist.
    """
    root = data_path("rules") if folder is None else os.fspath(folder)
    store = store_for(root) if os.path.isdir(root) else None
    kept = RuleBook.kept_in(store, root) if store else None
    if kept is not None:
        return kept
    from pathlib import Path  # noqa: PLC0415 - as above

    before = store.seen() if store else {}
    report, book = check_rules(Path(root))
    if book is None:
        raise RulesInvalidError(report)
    if store:
        book.keep(store, before)
    return book


def _read_all(root: Path, loaded: Loaded) -> tuple[dict[str, Node], dict[str, Node]]:
    index = loaded.read(root / INDEX, INDEX)
    if index is None:
        return {}, {}
    trees = {"index": index}
    municipalities: dict[str, Node] = {}
    files, local = index.get("files"), index.get("municipalities")
    for name, node in files.items() if files else ():
        _read_named(root, node, name, loaded, trees)
    for node in local.elements() if local else ():
        read: dict[str, Node] = {}
        _read_named(root, node, "local", loaded, read)
        for tree in read.values():
            municipal = tree.get("municipality")
            name = municipal.text("id") if municipal else str(node.value)
            if name in municipalities:
                first = municipalities[name].place
                fields = {"name": name, "file": first.file, "line": str(first.line)}
                loaded.issues.append(Issue(code="duplicate-id", place=tree.place, fields=fields))
            municipalities.setdefault(name, tree)
    return trees, municipalities


def _read_named(root: Path, node: Node, name: str, loaded: Loaded, trees: dict[str, Node]) -> None:
    file = node.value
    if not isinstance(file, str):  # the schema of the index says so
        return
    try:
        path = (root / file).resolve()
        inside, found = path.is_relative_to(root.resolve()), path.is_file()
    except (OSError, ValueError):  # no name of a file at all
        inside, found = True, False
    if not inside:
        loaded.issues.append(Issue(code="file-outside", place=node.place, fields={"file": file}))
    elif not found:
        loaded.issues.append(Issue(code="file-missing", place=node.place, fields={"file": file}))
    else:
        tree = loaded.read(root / file, file)
        if tree is not None:
            trees[name] = tree
