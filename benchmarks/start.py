"""Starting up: from the shell to the decision, in CPU time."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 11
_ZEN = (
    "import json, zen\n"
    "graph = {'contentType': 'application/vnd.gorules.decision', 'nodes': ["
    "{'id': 'a', 'name': 'a', 'type': 'inputNode', 'position': {'x': 0, 'y': 0}},"
    "{'id': 'b', 'name': 'b', 'type': 'expressionNode', 'position': {'x': 0, 'y': 0},"
    " 'content': {'expressions': [{'id': 'x', 'key': 'x', 'value': 'a + 1'}]}},"
    "{'id': 'c', 'name': 'c', 'type': 'outputNode', 'position': {'x': 0, 'y': 0}}],"
    "'edges': [{'id': 'e', 'sourceId': 'a', 'targetId': 'b', 'type': 'edge'},"
    "{'id': 'f', 'sourceId': 'b', 'targetId': 'c', 'type': 'edge'}]}\n"
    "print(zen.ZenEngine().create_decision(json.dumps(graph)).evaluate({'a': 1}, {'trace': True}))"
)


def measure() -> dict[str, float]:
    """Return the milliseconds of each way to start, the median of several turns."""
    with tempfile.TemporaryDirectory() as kept:
        case = Path(kept) / "case.json"
        case.write_text(
            json.dumps({"case": "B", "decided_on": "2024-03-04", "request": {"made": False}}),
            encoding="utf-8",
        )
        called = "import sys; from hjemmel.cli.main import start; sys.exit(start())"  # as installed
        example = str(ROOT / "examples" / "als.yaml")
        ways = {
            "python -c pass": ([sys.executable, "-c", "pass"], {}),
            "zen-engine, one evaluation": ([sys.executable, "-c", _ZEN], {}),
            "hjemmel decide, JSON": ([sys.executable, "-c", called, "decide", str(case)], {}),
            "hjemmel decide, YAML": ([sys.executable, "-c", called, "decide", example], {}),
            "hjemmel decide, nothing kept": (
                [sys.executable, "-c", called, "decide", example], {"HJEMMEL_CACHE": "off"},
            ),
        }  # fmt: skip
        times: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for name, (command, more) in ways.items():
                environment = {**os.environ, "HJEMMEL_CACHE": kept, **more}
                environment.pop("PYTHONDONTWRITEBYTECODE", None)
                times.setdefault(name, []).append(_cpu(command, environment))
    return {name: statistics.median(each[1:]) for name, each in times.items()}


def _cpu(command: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - commands of our own
        command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent * 1e3
