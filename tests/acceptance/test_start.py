"""Starting up: which libraries a command loads. Modules are counted, not milliseconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hjemmel.cli.main import COMMAND_MODULES, build_parser, modules_for

ROOT = Path(__file__).resolve().parents[2]
CALL = (
    "import json, sys; from hjemmel.cli.main import main; code = main(sys.argv[1:]); "
    "print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
)
HEAVY = {
    *("ibis", "duckdb", "polars", "numpy", "pandas", "z3", "openpyxl", "cryptography"),
    *("jsonschema", "jinja2", "durable", "durable.engine", "rapidfuzz", "tqdm", "markdown_it"),
    *("importlib.metadata", "difflib", "zipfile", "tempfile"),
    *("hjemmel.policy.checks", "hjemmel.policy.seal", "hjemmel.letters", "hjemmel.assure"),
    *("hjemmel.decide.match", "hjemmel.cli.check", "hjemmel.cli.verify"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder in which the policy of the example is kept."""
    return tmp_path_factory.mktemp("kept")


def run(place, *arguments):
    """Return the code, the loaded modules and the output of the command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", CALL, *arguments],
        capture_output=True, text=True, encoding="utf-8", check=False, cwd=ROOT,
        env={**os.environ, "HJEMMEL_CACHE": str(place)},
    )  # fmt: skip
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, set(modules), done.stdout


def test_a_decision_loads_nothing_it_does_not_use(place):
    """Once its policy is kept, a decision is made with the standard library and little else."""
    arguments = ("decide", "examples/als.yaml", "--municipality", "eksempelkommune")
    first = run(place, *arguments)
    code, modules, output = run(place, *arguments)

    assert (0, first[2]) == (code, output)
    assert set() == HEAVY & modules


#: What a decision has no use for beside what is heavy: each takes a tenth to a half of bare Python.
UNUSED = {
    *("dataclasses", "inspect", "typing", "argparse", "pathlib", "hashlib", "_hashlib", "pickle"),
    *("jsonschema_rs", "orjson", "yaml", "decimal", "calendar", "string", "shutil", "logging"),
    *("hjemmel.decide.rete", "hjemmel.decide.missing", "hjemmel.policy.load", "hjemmel.cli.parser"),
}


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_case_in_json_needs_little_of_the_standard_library(place, tmp_path, form):
    """Nor the reader of YAML, the judge of schemas, or whoever asks for what is missing."""
    case = tmp_path / "case.json"
    told = {"case": "X", "decided_on": "2024-03-04", "request": {"made": False}}
    case.write_text(json.dumps(told), encoding="utf-8")
    arguments = ("decide", str(case), "--format", form)
    first = run(place, *arguments)
    code, modules, output = run(place, *arguments)

    assert (0, first[2]) == (code, output)
    assert set() == (HEAVY | UNUSED) & modules


def test_who_must_ask_loads_no_more_for_it_than_the_search(place, tmp_path):
    """The reader of YAML is loaded for YAML, and the search for what is missing where it is."""
    case = tmp_path / "case.json"
    case.write_text(json.dumps({"case": "X", "decided_on": "2024-03-04"}), encoding="utf-8")
    run(place, "decide", str(case))
    code, modules, _ = run(place, "decide", str(case))

    assert 4 == code
    assert {"hjemmel.decide.missing"} == (HEAVY | UNUSED) & modules


def test_each_command_is_understood_by_its_own_module():
    """Loading one module for a command finds the same command as loading all of them."""
    parser = build_parser()
    (below,) = [one for one in parser._actions if hasattr(one, "choices") and one.choices]
    for name, command in below.choices.items():
        (own,) = [
            one
            for one in build_parser(modules_for([name]))._actions
            if hasattr(one, "choices") and one.choices
        ]

        assert command.format_help() == own.choices[name].format_help()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["no-such-command"], ["--version"]])
def test_without_a_known_command_all_modules_are_asked(arguments):
    """Whoever asks for help, or misspells a command, is shown them all."""
    assert COMMAND_MODULES == modules_for(arguments)
