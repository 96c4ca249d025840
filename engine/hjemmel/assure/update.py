"""Rewrites what scenarios expect to what the rules now give, for a person to review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hjemmel.policy.load import yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hjemmel.assure.scenarios import Result

_NAMES = {"missing": "fact"}


def update_expectations(path: Path, results: Iterable[Result]) -> int:
    """Rewrite the ``expect`` of every failed scenario in the YAML file *path*; return how many.

    Everything else in the file stays as it is, byte for byte. A scenario with a name that no
    rule has is left alone: what it meant, nobody but its author knows.
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    failed = [
        result
        for result in results
        if not result.passed and not any(one.unknown for one in result.differences)
    ]
    for result in sorted(failed, key=lambda one: -one.scenario.expect_line):
        at = result.scenario.expect_line - 1
        end = _block_end(lines, at)
        lines[at:end] = [_block(lines[at], _as_now(result.scenario.expect, result.document))]
    if failed:
        path.write_text("".join(lines), encoding="utf-8")
    return len(failed)


def _block_end(lines: list[str], at: int) -> int:
    """Return the line after the block that begins on line *at*, trailing blank lines left out."""
    indent = _indent(lines[at])
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
        end += 1
    while end > at + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _block(first: str, expect: dict[str, Any]) -> str:
    indent = " " * _indent(first)
    body = yaml_text(expect).splitlines()
    return f"{indent}expect:\n" + "".join(f"{indent}  {line}\n" for line in body)


def _as_now(expect: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return *expect* with the same keys and the values of *document*."""
    if "error" in document:
        return {key: document[key] for key in ("error", "exit")}
    if "error" in expect:  # what could not be decided now is: say to what
        kept = ("outcome", "amounts") if document["amounts"] else ("outcome",)
        return {key: document[key] for key in kept}
    now: dict[str, Any] = {}
    for key, wanted in expect.items():
        kind, _, how = key.rpartition("_")
        if how in {"exactly", "includes", "include", "excludes", "exclude"}:
            value: object = _listed(
                how, wanted, [one[_NAMES.get(kind, "id")] for one in document[kind]]
            )
        else:
            value = _shaped(wanted, document.get(key))
        if value is not None:
            now[key] = value
    return now or {"outcome": document["outcome"]}


def _listed(how: str, wanted: list[str], actual: list[str]) -> list[str] | None:
    if how == "exactly":
        return actual
    if how.startswith("include"):
        return [name for name in wanted if name in actual] or actual or None
    return [name for name in wanted if name not in actual] or None


def _shaped(wanted: object, actual: object) -> object:
    """Return *actual* reduced to the keys and ids that *wanted* names."""
    if isinstance(wanted, dict) and isinstance(actual, dict):
        if "grounds_include" in wanted:
            kept = {key: value for key, value in wanted.items() if key != "grounds_include"}
            return {**{key: _shaped(kept[key], actual.get(key)) for key in kept},
                    "grounds_include": actual["grounds"]}  # fmt: skip
        return {key: _shaped(value, actual.get(key)) for key, value in wanted.items()}
    if isinstance(wanted, list) and isinstance(actual, list):
        by_id = {one["id"]: one for one in actual if isinstance(one, dict)}
        if wanted and all(isinstance(one, dict) for one in wanted):
            return [_shaped(one, by_id[one["id"]]) for one in wanted if one["id"] in by_id]
    return actual
