"""``hjemmel batch --processes``: however many share the work, what is written is the same."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal

import pytest

from hjemmel.batch import batch as batch_module
from hjemmel.batch import chunk, shared, sources, workers
from hjemmel.batch.alone import Alone
from hjemmel.batch.parts import Parts
from hjemmel.cli import batch as command
from hjemmel.cli.main import main

#: All of one year, so that a batch makes the terms of one shape of the rules.
DRAWN, YEAR = 70, "2026"


class Killed(Alone):
    """The single case in a process that the system ends."""

    def missing(self, told, outcome):
        """End this process, if it is not the one that was started by hand."""
        if multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().missing(told, outcome)


@pytest.fixture
def cases(tmp_path, monkeypatch):
    """Return a file of invented cases, some of which no table takes and some nobody can read."""
    monkeypatch.setattr(workers, "WORTH_STARTING", 0)
    monkeypatch.setattr(workers, "_LOT", 3)
    monkeypatch.setattr(sources, "TEXT_CHUNK", 12)
    path = tmp_path / "cases.jsonl"
    assert 0 == main(["generate", "--cases", str(DRAWN), "--seed", "11", "--to", str(path)])
    lines = [
        line
        for line in path.read_text("utf-8").splitlines()
        if json.loads(line)["decided_on"].startswith(YEAR)
    ]
    assert len(lines) >= 12
    first = json.loads(lines[0])
    wide = {
        **first,
        "case": "WIDE",
        "wishes": [{"id": f"w{at}", "provision": "112"} for at in range(9)],
    }
    before = {**first, "case": "BEFORE", "decided_on": "2022-01-01"}
    lines[3:3] = [json.dumps(wide), "{", json.dumps({**first, "decided_on": "i går"})]
    lines.append(json.dumps(before))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def batch(cases, name, *options):
    """Run the batch of *cases*; return its exit code and everything it wrote, by kind of file."""
    to = cases.with_name(f"{name}.jsonl")
    code = main(["batch", str(cases), "--to", str(to), *options])
    written = {
        path.name.removeprefix(name): path.read_bytes()
        for path in cases.parent.glob(f"{name}.*")
        if path.is_file()
    }
    return code, written


def test_one_process_and_two_write_the_same_bytes(cases, capsys):
    """Answers, rejects and explanations; and the counts that are told."""
    explain = ("--explain-where", "outcome=ask")
    one = batch(cases, "one", "--processes", "1", *explain)
    told = capsys.readouterr().out.replace("one.", "two.")
    two = batch(cases, "two", "--processes", "2", *explain)

    assert one == two
    assert told == capsys.readouterr().out
    assert 1 == one[0]
    assert {".jsonl", ".afvist.jsonl", ".forklaret.jsonl"} == one[1].keys()
    lines = cases.read_text("utf-8").splitlines()
    assert 3 == len(one[1][".afvist.jsonl"].splitlines())
    assert len(lines) - 3 == len(one[1][".jsonl"].splitlines())
    assert [] == multiprocessing.active_children()


def test_a_killed_process_leaves_no_answer_and_the_next_run_goes_on(cases, monkeypatch, capsys):
    """Nothing half-written stands for an answer, and what to do is told."""
    with monkeypatch.context() as patched:
        patched.setattr(chunk, "Alone", Killed)
        code, written = batch(cases, "killed", "--processes", "2")

    told = capsys.readouterr().err
    assert 1 == code
    assert "sluttede midt i sit arbejde" in told
    assert "--processes 1" in told
    assert "Traceback" not in told
    assert not {".jsonl", ".afvist.jsonl"} & written.keys()
    assert [] == multiprocessing.active_children()
    assert batch(cases, "killed", "--processes", "1") == batch(cases, "whole", "--processes", "2")


@pytest.fixture
def many_chunks(cases, monkeypatch):
    """Let whole chunks be shared, however few and small they are; return the file of cases."""
    monkeypatch.setattr(shared, "WORTH_SHARING", 2)
    return cases


def test_shared_chunks_write_the_same_bytes(many_chunks, capsys, monkeypatch):
    """Answers, rejects, a sample of explanations, and the counts that are told."""
    started = []
    spawn = shared.spawned
    monkeypatch.setattr(shared, "spawned", lambda *given: started.append(given) or spawn(*given))
    options = ("--without-missing", "--sample-explain", "5")
    one = batch(many_chunks, "one", "--processes", "1", *options)
    told = capsys.readouterr().out.replace("one.", "two.")
    assert [] == started
    two = batch(many_chunks, "two", "--processes", "2", *options)

    assert one == two
    assert told == capsys.readouterr().out
    assert 1 == len(started)
    assert 3 == len(one[1][".afvist.jsonl"].splitlines())
    assert 5 == len(one[1][".forklaret.jsonl"].splitlines())
    assert [] == multiprocessing.active_children()


def test_chunks_are_not_shared_where_cases_are(many_chunks, monkeypatch):
    """The search for what is missing is dearer than all of the table."""
    started = []
    monkeypatch.setattr(shared, "spawned", lambda *given: started.append(given))

    assert 1 == batch(many_chunks, "searched", "--processes", "2")[0]
    assert [] == started


def test_an_engine_that_takes_all_cores_is_not_doubled(many_chunks, monkeypatch):
    """DuckDB, Polars and Spark divide the rows themselves."""
    started = []
    monkeypatch.setattr(shared, "spawned", lambda *given: started.append(given))
    options = ("--without-missing", "--processes", "2", "--engine", "duckdb")

    assert 1 == batch(many_chunks, "duckdb", *options)[0]
    assert [] == started


class Ended(Parts):
    """Parts that end the process which would write the second of them."""

    def write(self, number, part):
        """Write part *number*, if it is not the second."""
        if number == 1 and multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(number, part)


def test_a_killed_process_of_shared_chunks_leaves_no_answer(many_chunks, monkeypatch, capsys):
    """Parts that were done are kept; the next run goes on with the others."""
    with monkeypatch.context() as patched:
        patched.setattr(batch_module, "Parts", Ended)
        code, written = batch(many_chunks, "killed", "--processes", "2", "--without-missing")

    told = capsys.readouterr().err
    assert 1 == code
    assert "sluttede midt i sit arbejde" in told
    assert "Traceback" not in told
    assert not {".jsonl", ".afvist.jsonl"} & written.keys()
    assert [] == multiprocessing.active_children()
    options = ("--processes", "2", "--without-missing")
    assert batch(many_chunks, "killed", *options) == batch(many_chunks, "whole", *options)


def test_the_bar_counts_cases(cases, monkeypatch):
    """Of how many, where that can be told before they are read."""
    seen = []

    def bar(done, what, size, total, _):
        for counts in done:
            seen.append((size(counts), what, total))
            yield counts

    monkeypatch.setattr(command, "progress_of", bar)
    batch(cases, "text", "--without-missing")
    table = cases.with_name("cases.parquet")
    assert 0 == main(["generate", "--cases", "9", "--seed", "3", "--to", str(table)])
    batch(table, "columns", "--without-missing")

    *text, columns = seen
    assert len(cases.read_text("utf-8").splitlines()) == sum(size for size, *_ in text)
    assert {("sager", None)} == {(what, total) for _, what, total in text}
    assert (9, "sager", 9) == columns


def test_breaking_off_ends_the_processes_and_leaves_no_answer(cases, monkeypatch, capsys):
    """A batch that is broken off goes on later; until then there is no output."""

    def broken_off(done, *_):
        yield next(iter(done))
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(command, "progress_of", broken_off)
        code, written = batch(cases, "broken", "--processes", "2")

    assert 1 == code
    assert "afbrudt" in capsys.readouterr().err
    assert ".jsonl" not in written
    assert [] == multiprocessing.active_children()
    assert batch(cases, "broken", "--processes", "2") == batch(cases, "whole", "--processes", "1")


@pytest.mark.parametrize("number", ["0", "-3"])
def test_there_is_at_least_one_process(cases, capsys, number):
    """A number below one is refused in words."""
    code, written = batch(cases, "none", "--processes", number)

    assert 2 == code
    assert number in capsys.readouterr().err
    assert {} == written
