"""The rule book: a folder of rule files, read and checked once, compiled per day."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING

from hjemmel.data import data_folder
from hjemmel.issues import DataNotFoundError, Issue, Report, RulesInvalidError
from hjemmel.policy.checks import run_checks
from hjemmel.policy.compile import compile_policy
from hjemmel.policy.dated import day_of
from hjemmel.policy.load import Loaded
from hjemmel.policy.schema import close_to, schema_issues
from hjemmel.policy.seal import is_seal, open_seal
from hjemmel.policy.translation import DANISH, translated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from hjemmel.policy.compile import Policy
    from hjemmel.tree import Node

INDEX = "index.yaml"


class RuleBook:
    """Checked rule files for all days; gives the policy of any one of them.

    Made by :func:`load_policy`. Reading and checking happen once; policies are remembered.
    """

    def __init__(
        self, folder: Path, trees: Mapping[str, Node], municipalities: Mapping[str, Node]
    ) -> None:
        """Take checked *trees* by the names of the index, and *municipalities* by id."""
        self.folder = folder
        self._trees, self._municipalities = dict(trees), dict(municipalities)
        self._policies: dict[tuple[date, str, str], Policy] = {}

    @property
    def municipalities(self) -> tuple[str, ...]:
        """Return the ids of the municipalities that have a file."""
        return tuple(sorted(self._municipalities))

    @property
    def trees(self) -> Mapping[str, Node]:
        """Return the trees of all rule files by the names of the index."""
        return self._trees

    def tree(self, name: str) -> Node:
        """Return the tree of the rule file called *name* in the index."""
        return self._trees[name]

    @cached_property
    def schemas(self) -> Path:
        """Return the folder of the schemas: the rules' own, or those of the package."""
        own = self.folder / "schema"
        return own if own.is_dir() else data_folder("rules") / "schema"

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
        if name not in self._municipalities:
            close = close_to(name, self._municipalities)
            raise DataNotFoundError("municipality-missing", municipality=name, close=close)
        return self._municipalities[name]

    def on(self, day: date, municipality: str = "", *, lang: str = DANISH) -> Policy:
        """Return the policy for *day*, with the choices and rates of *municipality* if given.

        *lang* is the language of its texts; what the rules have no translation of stays Danish.

        Raises:
            NotInForceError: no rule or no ceiling is in force on that day.
            DataNotFoundError: there is no such municipality file.
        """
        local = self.municipality(municipality) if municipality else None
        key = (day, municipality, lang)
        if key not in self._policies:
            self._policies[key] = compile_policy(
                translated(self._trees, lang),
                day,
                digest=self.digest(municipality),
                municipality=local,
                lang=lang,
            )
        return self._policies[key]

    def digest(self, municipality: str = "") -> str:
        """Return the SHA-256 of the rules' content; comments and layout do not count."""
        content = {name: tree.plain() for name, tree in self._trees.items()}
        if municipality:
            content["municipality"] = self._municipalities[municipality].plain()
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def check_rules(folder: Path | None = None) -> tuple[Report, RuleBook | None]:
    """Return everything there is to say about the rules in *folder*, and the book if it is usable.

    *folder* may also be a sealed policy.

    Raises:
        DataNotFoundError: the folder does not exist.
    """
    root = folder or data_folder("rules")
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
    from pathlib import Path  # noqa: PLC0415 - only to accept a plain text as folder

    report, book = check_rules(Path(folder) if folder is not None else None)
    if book is None:
        raise RulesInvalidError(report)
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
