"""A pytest plugin: ``pytest --hjemmel rules/`` collects every scenario as a test.

A red scenario is a question to legal staff, not a bug, and says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.assure.scenarios import Scenario
    from hjemmel.policy.book import RuleBook


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option ``--hjemmel``."""
    group = parser.getgroup("hjemmel", "hjemmel: eksempelsager")
    group.addoption(
        "--hjemmel", metavar="REGLER", help="mappen med regler, hvis eksempelsager skal køres"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a scenario file of the rule folder that ``--hjemmel`` names."""
    rules = parent.config.getoption("--hjemmel")
    if not rules or file_path.suffix not in {".yaml", ".csv", ".xlsx"}:
        return None
    scenarios = Path(rules).resolve() / "scenarios"
    if scenarios not in file_path.resolve().parents:
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


class ScenarioFile(pytest.File):
    """One file of scenarios."""

    def collect(self) -> Iterator[ScenarioItem]:
        """Yield each scenario of the file as a test."""
        from hjemmel.assure.scenarios import read_scenarios  # noqa: PLC0415 - only with --hjemmel

        book = _book(self.config)
        for scenario in read_scenarios(self.path, book.folder / "schema"):
            yield ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario, book=book)


class ScenarioItem(pytest.Item):
    """One scenario as a test."""

    def __init__(self, *, scenario: Scenario, book: RuleBook, **kwargs: Any) -> None:  # noqa: ANN401
        """Take the *scenario* to run under the rules of *book*."""
        super().__init__(**kwargs)
        self.scenario, self.book = scenario, book

    def runtest(self) -> None:
        """Run the scenario; a difference fails the test."""
        from hjemmel.assure.scenarios import run_scenario  # noqa: PLC0415

        result = run_scenario(self.scenario, self.book)
        if not result.passed:
            raise _DiffersError(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Return the differences in words."""
        if isinstance(excinfo.value, _DiffersError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the scenario stands."""
        return self.path, int(self.scenario.place.rpartition(":")[2]) - 1, self.name


class _DiffersError(Exception):
    def __init__(self, result: Any) -> None:  # noqa: ANN401
        from hjemmel.assure.scenarios import failure_text  # noqa: PLC0415

        super().__init__(failure_text(result))


_BOOKS: dict[str, RuleBook] = {}


def _book(config: pytest.Config) -> RuleBook:
    from hjemmel.policy.book import load_policy  # noqa: PLC0415

    rules = str(Path(config.getoption("--hjemmel")).resolve())
    if rules not in _BOOKS:
        _BOOKS[rules] = load_policy(rules)
    return _BOOKS[rules]
