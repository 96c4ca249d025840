"""A call that is read without argparse is read as argparse reads it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hjemmel.cli.main import COMMAND_MODULES, build_parser, modules_for
from hjemmel.cli.plain import plain_call

COMMANDS = (
    *("decide", "explain", "letter", "match", "demo", "check", "ask", "test", "coverage", "mutate"),
    *("verify", "diff", "batch", "generate", "rates", "codes", "seal", "replay"),
)
#: Whatever options there are, and what might be given to them or in the place of them.
WORDS = some.sampled_from(
    [
        *("sag.json", "-", "", "--", "-x", "-1", "a b", "-a b", "2025", "new", "check", "en", "da"),
        *("text", "json", "xx", "citizen", "caseworker", "kommune", "7", "0.5", "x.html"),
        *(
            "--lang",
            "--lang=en",
            "--la",
            "--rules",
            "--format",
            "--format=json",
            "--form",
            "--help",
        ),
        *("--municipality", "--receipt", "--what-if", "--voice", "--to", "--kind", "--with"),
        *("--trace", "--lint", "--templates", "--cases", "--seed", "--on", "--engine", "--percent"),
        *("-h", "--version", "--no-such-option", "@file", "--what-if=1"),
    ]
)


def by_argparse(words):
    """Return what argparse reads in *words*, or nothing where it ends the program."""
    try:
        return vars(build_parser(modules_for(words)).parse_args(words))
    except SystemExit:
        return None


@settings(max_examples=600)
@given(some.sampled_from(COMMANDS), some.lists(WORDS, max_size=6))
def test_what_is_read_plainly_is_what_argparse_reads(command, words):
    """Where anything is out of the ordinary, argparse is asked."""
    read = plain_call([command, *words], modules_for([command]))
    if read is not None:
        assert by_argparse([command, *words]) == vars(read)


@pytest.mark.parametrize(
    "words",
    [
        ["decide", "sag.json"],
        ["decide", "-", "--format", "json"],
        ["decide", "--municipality", "x", "sag.yaml", "--lang", "en", "--receipt", "r.json"],
        ["explain", "sag.json", "--what-if", "--rules", "regler"],
        ["letter", "sag.json", "--to", "brev.pdf", "--with", "f.yaml"],
        ["demo"],
    ],
    ids=" ".join,
)
def test_what_people_write_is_read_plainly(words):
    """Whole options, each with its value apart, wherever they stand."""
    read = plain_call(words, modules_for(words))

    assert read is not None
    assert by_argparse(words) == vars(read)


@pytest.mark.parametrize(
    "words",
    [
        [], ["--help"], ["no-such-command"], ["decide"], ["decide", "--help"], ["decide", "a", "b"],
        ["decide", "a", "--format", "xml"], ["decide", "a", "--format"], ["decide", "a", "--form", "json"],
        ["decide", "a", "--format=json"], ["decide", "a", "--", "b"], ["decide", "-1"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_anything_else_is_left_to_argparse(words):
    """It says what is wrong, or understands what is shortened."""
    assert plain_call(words, modules_for(words)) is None


def test_without_a_known_command_nothing_is_read():
    """All modules at once are argparse's work."""
    assert plain_call(["decide", "a"], COMMAND_MODULES) is None
