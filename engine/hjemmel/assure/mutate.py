"""Mutation: change the rules a little, and see whether a scenario notices."""

from __future__ import annotations

import gc
import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from hjemmel.assure.mutate_bench import Bench, Verdict
from hjemmel.assure.mutate_changes import Mutants
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.issues import Issue, RulesInvalidError
from hjemmel.messages import words
from hjemmel.policy.book import load_policy
from hjemmel.policy.load import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from hjemmel.assure.mutate_changes import Mutant
    from hjemmel.assure.scenarios import Scenario
    from hjemmel.policy.book import RuleBook
    from hjemmel.tree import Node

#: The file beside the scenarios that says which survivors are no fault, and why.
EXCUSES = "excused_mutants.yaml"
#: Changes handed to a process at a time, and below how many one process is quicker.
_CHUNK, _FEW = 12, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """An excuse that no longer fits: the change is gone, is noticed, or makes no difference."""

    mutant: str
    problem: str  # gone | killed | same


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """What became of every change."""

    mutants: tuple[Mutant, ...]
    verdicts: Mapping[str, Verdict]
    excuses: Mapping[str, str]
    stale: tuple[Stale, ...]
    red: int = 0

    def of(self, status: str) -> tuple[Mutant, ...]:
        """Return the changes with *status*: check, scenario, survived, excused or same."""
        return tuple(one for one in self.mutants if self._status(one) == status)

    @property
    def killed(self) -> int:
        """Return how many changes were noticed."""
        return len(self.of("check")) + len(self.of("scenario"))

    @property
    def total(self) -> int:
        """Return how many changes should have been noticed."""
        return self.killed + len(self.of("survived"))

    @property
    def score(self) -> Fraction:
        """Return the exact share that was noticed; all of nothing is everything."""
        return Fraction(self.killed, self.total) if self.total else Fraction(1)

    def _status(self, mutant: Mutant) -> str:
        status = self.verdicts[mutant.id].status
        return "excused" if status == "survived" and mutant.id in self.excuses else status


def mutants_of(
    book: RuleBook, *, only: str = "", seed: int = 0, limit: int | None = None, lang: str = "da"
) -> list[Mutant]:
    """Return the changes of *book*: of the file *only*, and at most *limit* drawn by *seed*."""
    wanted = only.removesuffix(".yaml").rpartition("/")[2]
    found = [one for one in Mutants(book.trees, lang) if wanted in ("", one.file)]
    if limit is None or limit >= len(found):
        return found
    drawn = random.Random(seed).sample(range(len(found)), limit)  # noqa: S311 - a draw, no secret
    return [found[at] for at in sorted(drawn)]


def mutate(
    book: RuleBook,
    scenarios: Sequence[Scenario],
    mutants: Sequence[Mutant],
    *,
    excuses: Mapping[str, str] | None = None,
    following: Callable[[Iterator[Verdict]], Iterable[Verdict]] = iter,
) -> Mutation:
    """Return what becomes of *mutants* under *scenarios*, tried here one after the other."""
    bench = Bench(book, scenarios)
    verdicts = {one.mutant: one for one in following(bench.verdict(one) for one in mutants)}
    return _mutation(book, mutants, verdicts, excuses or {}, bench.red)


def mutate_folder(
    book: RuleBook,
    path: Path,
    mutants: Sequence[Mutant],
    *,
    workers: int = 2,
    following: Callable[[Iterator[Verdict]], Iterable[Verdict]] = iter,
) -> Mutation:
    """Return what becomes of *mutants* under the scenarios in *path*, tried by *workers*.

    Each process reads the rules and scenarios for itself, so both must stand in files.
    """
    excuses = read_excuses(path)
    if workers < 2 or len(mutants) < _FEW:
        scenarios = read_scenarios(path, book.folder / "schema")
        return mutate(book, scenarios, mutants, excuses=excuses, following=following)
    names = [one.id for one in mutants]
    chunks = [tuple(names[at :: _steps(names)]) for at in range(_steps(names))]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_open, initargs=(book.folder, path)
    ) as pool:
        answers = (one for some in pool.map(_try, chunks) for one in some)
        verdicts = {one.mutant: one for one in following(answers)}
        red = pool.submit(_red).result()
    return _mutation(book, mutants, verdicts, excuses, red)


def _steps(names: Sequence[str]) -> int:
    return -(-len(names) // _CHUNK)


def _mutation(
    book: RuleBook,
    mutants: Sequence[Mutant],
    verdicts: Mapping[str, Verdict],
    excuses: Mapping[str, str],
    red: int,
) -> Mutation:
    known = {one.id for one in Mutants(book.trees)} if excuses else set[str]()
    stale = tuple(
        Stale(mutant=name, problem=problem)
        for name in sorted(excuses)
        if (problem := _problem(name, known, verdicts))
    )
    return Mutation(
        mutants=tuple(mutants), verdicts=verdicts, excuses=excuses, stale=stale, red=red
    )


def _problem(name: str, known: set[str], verdicts: Mapping[str, Verdict]) -> str:
    if name not in known:
        return "gone"
    status = verdicts[name].status if name in verdicts else "survived"
    return {"survived": "", "same": "same"}.get(status, "killed")


# --- excuses --------------------------------------------------------------------------------


def read_excuses(path: Path) -> dict[str, str]:
    """Return the reason for each excused change in the folder of scenarios *path*.

    Raises:
        RulesInvalidError: the file of excuses is not as it should be.
    """
    file = (path if path.is_dir() else path.parent) / EXCUSES
    if not file.is_file():
        return {}
    loaded = Loaded()
    tree = loaded.read(file, file.name)
    issues: list[Issue] = []
    found = dict(_excuses(tree, issues)) if tree else {}
    report = loaded.report(issues)
    if report.errors:
        raise RulesInvalidError(report)
    return found


def _excuses(tree: Node, issues: list[Issue]) -> Iterator[tuple[str, str]]:
    listed = tree.get("excused_mutants")
    if listed is None:
        issues.append(
            Issue(code="missing-key", place=tree.place, fields={"key": "excused_mutants"})
        )
        return
    for node in listed.elements():
        absent = [key for key in ("mutant", "reason") if not node.text(key)]
        issues += [
            Issue(code="missing-key", place=node.place, fields={"key": key}) for key in absent
        ]
        yield node.text("mutant"), node.text("reason")


# --- a process of its own -------------------------------------------------------------------

_BENCH: dict[str, tuple[Bench, dict[str, Mutant]]] = {}


def _open(rules: Path, path: Path) -> None:
    """Set the bench of this process up."""
    book = load_policy(rules)
    bench = Bench(book, read_scenarios(path, rules / "schema"))
    _BENCH["here"] = (bench, {one.id: one for one in Mutants(book.trees)})
    gc.freeze()  # all this stays as long as the process: do not look through it again and again


def _try(names: tuple[str, ...]) -> list[Verdict]:
    """Return what becomes of the changes with these *names*."""
    bench, mutants = _BENCH["here"]
    return [bench.verdict(mutants[name]) for name in names]


def _red() -> int:
    return _BENCH["here"][0].red


def sentence(mutant: Mutant, lang: str = "da") -> str:
    """Return what a survivor means, as a sentence."""
    return words("mutate-survivor", lang, what=mutant.what)
