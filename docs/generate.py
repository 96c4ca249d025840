"""Write what the documentation repeats from the code: reference pages and pasted output.

``python docs/generate.py`` writes the pages of ``docs/reference`` from the schemas, the messages
and the command line, and runs what the other pages show. ``tests/documentation`` does the same
and compares. How a page says what is to be run stands in CONTRIBUTING.md.
"""

# ruff: noqa: INP001, T201 - a script beside the pages it writes, not a package; it prints

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import pkgutil
import re
import shlex
import shutil
import sys
import tempfile
import textwrap
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hjemmel
import hjemmel.data
from hjemmel.cli.main import Exit, build_parser, main
from hjemmel.issues import HjemmelError
from hjemmel.messages import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "rules"
#: What a page may read and change: its own copy of these.
MATERIAL = ("rules", "examples", "templates")

# --- pages that are run ---------------------------------------------------------------------------

_FENCE = re.compile(r"^(?P<marks>```+)(?P<language>\w*)\s*$")
_DIRECTIVE = re.compile(
    r"^<!-- (?P<name>find|write|file|lines|output|not run)(: (?P<what>.+?))? -->$"
)
_LICENCES = re.compile(r"<!-- licences -->.*?<!-- end -->", re.DOTALL)
#: What changes with every edit of the rules; written, but not compared.
_PASSING = (
    (re.compile(r"(regler|rules) [0-9.]+ \([0-9a-f]{12}\)"), "regler N"),
    (re.compile(r"\d+ (af|of) \d+ (regelelementer|rule elements)"), "N af M regelelementer"),
    (re.compile(r"\d+ (elementer|elements)"), "N elementer"),
    (re.compile(r"\d+ (eksempelsager kørt|scenarios run)"), "N eksempelsager kørt"),
    (re.compile(r"\(\d+[.,]\d+ s\)"), "(N s)"),
    (re.compile(r"\(SHA-256 [0-9a-f]{64}\)"), "(SHA-256 N)"),
    (re.compile(r"(udgave|edition|version) [0-9.]+ \([0-9a-f]{12}\)"), "udgave N"),
    (re.compile(r"\d+ (eksempelsager er kørt|scenarios were run)"), "N eksempelsager er kørt"),
)


class PageError(Exception):
    """A page that says something that is not so."""


@dataclass
class Block:
    """A fenced block of a page: its lines, and the directives just above it."""

    start: int
    end: int
    language: str
    text: str
    directives: dict[str, str] = field(default_factory=dict)


def blocks_of(text: str) -> list[Block]:
    """Return the fenced blocks of the page *text*; lines count from nought."""
    lines = text.splitlines()
    blocks: list[Block] = []
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence is None:
            at += 1
            continue
        end = next(row for row in range(at + 1, len(lines)) if lines[row] == fence["marks"])
        above = at - 1
        directives: dict[str, str] = {}
        while above >= 0 and (found := _DIRECTIVE.match(lines[above])):
            directives[found["name"]] = found["what"] or ""
            above -= 1
        body = "".join(f"{line}\n" for line in lines[at + 1 : end])
        blocks.append(Block(at + 1, end, fence["language"], body, directives))
        at = end + 1
    return blocks


def comparable(text: str) -> str:
    """Return the page *text* without what changes with every edit of the rules."""
    for pattern, instead in _PASSING:
        text = pattern.sub(instead, text)
    return text


def refreshed(page: Path) -> str:
    """Return the text of *page* with every output as it is now, run in a copy of the rules.

    Raises:
        PageError: an edit does not fit, a command ends otherwise than the page says, or code fails.
    """
    text = page.read_text(encoding="utf-8")
    blocks = blocks_of(text)
    lines = text.splitlines()
    with tempfile.TemporaryDirectory() as folder, _checkout(Path(folder)):
        runner = _Runner(page.name)
        changed = {(one.start, one.end): runner.run(one) for one in blocks}
    for (start, end), body in sorted(changed.items(), reverse=True):
        lines[start:end] = body.splitlines()
    return _LICENCES.sub(_licences, "\n".join(lines) + "\n")


def _licences(_: re.Match[str]) -> str:
    """Return whom the rules thank for names and codes, as ``diagnoses.yaml`` words it."""
    listed = hjemmel.load_policy(RULES).tree("diagnoses").get("licences")
    rows = [
        f"* **{one.text('label')}** – {one.text('attribution')}"
        for one in (listed.elements() if listed else ())
        if one.text("attribution")
    ]
    return "<!-- licences -->\n" + "\n".join(rows) + "\n<!-- end -->"


@contextlib.contextmanager
def _checkout(folder: Path) -> Iterator[None]:
    """Work in *folder* as if it were a checkout: with rules, examples and templates of its own."""
    for name in MATERIAL:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
    before, columns = hjemmel.data.__file__, os.environ.get("COLUMNS")
    # The engine looks for its data from where this module is said to be.
    hjemmel.data.__file__ = str(folder / "engine" / "hjemmel" / "data.py")
    os.environ["COLUMNS"] = "100"
    _forget()
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        _forget()
        hjemmel.data.__file__ = before
        if columns is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = columns


def _forget() -> None:
    """Make the engine forget what it remembers of files: they are other files now."""
    for module in [one for name, one in sys.modules.items() if name.startswith("hjemmel")]:
        for value in list(vars(module).values()):
            if hasattr(value, "cache_clear"):
                value.cache_clear()


class _Runner:
    """Runs the blocks of one page in their order and returns each as it should read."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.printed = ""
        self.found: tuple[Path, str] | None = None

    def run(self, block: Block) -> str:
        if "not run" in block.directives:
            return block.text
        if "output" in block.directives:
            return self.printed
        if block.language == "console":
            return self._console(block)
        if block.language == "python":
            return self._python(block)
        if "file" in block.directives:
            return self._file(block, Path(block.directives["file"]))
        if "find" in block.directives:
            return self._find(block, Path(block.directives["find"]))
        if "write" in block.directives:
            return self._write(block, Path(block.directives["write"]))
        return block.text

    def _file(self, block: Block, path: Path) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return block.text

    def _find(self, block: Block, path: Path) -> str:
        content = path.read_text(encoding="utf-8")
        # A page may move an excerpt to the margin; in the file it may stand further in.
        inside = re.search(r"^( *)" + _indented(block.text), content, re.MULTILINE)
        if inside is None:
            raise self._error(block, f"this does not stand in {path}")
        self.found = (path, inside.group())
        return block.text

    def _write(self, block: Block, path: Path) -> str:
        if self.found is None or self.found[0] != path:
            raise self._error(block, f"nothing was found in {path} to write this for")
        _, old = self.found
        indent = old[: len(old) - len(old.lstrip(" "))]
        margin = len(block.text) - len(block.text.lstrip(" "))
        indent = indent[margin:]
        new = "".join(f"{indent}{line}".rstrip() + "\n" for line in block.text.splitlines())
        content = path.read_text(encoding="utf-8")
        path.write_text(content.replace(old, new, 1), encoding="utf-8")
        self.found = (path, new)
        return block.text

    def _python(self, block: Block) -> str:
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output):
                exec(compile(block.text, self.page, "exec"), self.names)  # noqa: S102 - our own page
        except Exception as error:
            raise self._error(block, f"the code fails: {error!r}") from error
        self.printed = output.getvalue()
        return block.text

    def _console(self, block: Block) -> str:
        shown: list[str] = []
        steps = _steps(block.text)
        for at, (command, told) in enumerate(steps):
            following = steps[at + 1] if at + 1 < len(steps) else ("", "")
            if command == "echo $?":
                shown += [f"$ {command}", told]
                continue
            stated = int(following[1]) if following[0] == "echo $?" else 0
            code, output = run_command(command)
            if code != stated:
                message = f"`{command}` ends with {code}, the page says {stated}\n{output}"
                raise self._error(block, message)
            shown += [f"$ {command}", *self._cut(block, output.splitlines())]
        return "".join(f"{line}\n" for line in shown)

    def _cut(self, block: Block, lines: list[str]) -> list[str]:
        if "lines" not in block.directives:
            return lines
        wanted = dict(one.split() for one in block.directives["lines"].split(", "))
        first, last = int(wanted.get("first", 0)), int(wanted.get("last", 0))
        if first + last >= len(lines):
            return lines
        return [*lines[:first], "[…]", *lines[len(lines) - last :]]

    def _error(self, block: Block, message: str) -> PageError:
        return PageError(f"{self.page}:{block.start}: {message}")


def _indented(text: str) -> str:
    """Return a pattern for the lines of *text*, all moved in as far as the first of them."""
    rows = [re.escape(line) for line in text.splitlines()]
    return "".join(
        row + "\n" + (r"\1" if at + 1 < len(rows) and rows[at + 1] else "")
        for at, row in enumerate(rows)
    )


def _steps(text: str) -> list[tuple[str, str]]:
    """Return each command of a console block with what stands below it."""
    steps: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], ""))
        elif steps:
            command, told = steps[-1]
            steps[-1] = (command, f"{told}\n{line}" if told else line)
    return steps


def run_command(command: str) -> tuple[int, str]:
    """Return the exit code and the output of a ``hjemmel …`` *command*, run here."""
    program, *arguments = shlex.split(command)
    if program != "hjemmel":
        message = f"only hjemmel is run in console blocks, not `{command}`"
        raise PageError(message)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = main(arguments)
    return int(code), output.getvalue()


def pages() -> list[Path]:
    """Return every page that is written by hand, in the order a reader meets them."""
    docs = [
        page for page in sorted((ROOT / "docs").rglob("*.md")) if page.name not in reference_pages()
    ]
    return [
        ROOT / name for name in ("README.md", "CONTRIBUTING.md", "REVIEW.md", "CHANGELOG.md")
    ] + docs


# --- reference: the command line ------------------------------------------------------------------

_NOTICE = "<!-- Written by docs/generate.py; changes made here are lost. -->"
_MEANING = {
    "DONE": ("done", "udført"),
    "FAILED": (
        "a scenario, seal or replay does not hold, the interpreters disagree, or an internal error",
        "et eksempel, en pakke eller en gentagelse holder ikke, fortolkerne er uenige, intern fejl",
    ),
    "USAGE": (
        "the call, the case or a named file cannot be used",
        "kaldet, sagen eller en nævnt fil kan ikke bruges",
    ),
    "RULES": (
        "the rules hold errors, or none are in force on the day",
        "reglerne har fejl, eller ingen regler gælder den dag",
    ),
    "NEEDS_A_PERSON": (
        "from `decide` alone: decided, but a person must act (`ask`, `assess`)",
        "kun fra `decide`: afgjort, men en person skal handle (`ask`, `assess`)",
    ),
}
_ENGLISH = {text.da: text.en for text in TEXTS.values()}


def cli_page() -> str:
    """Return the reference of the command line."""
    parser = build_parser()
    commands = next(one for one in parser._actions if isinstance(one, argparse._SubParsersAction))  # noqa: SLF001 - argparse has no public way in
    rows = [
        _NOTICE,
        "# The command line",
        "",
        f"`hjemmel` · {_ENGLISH[parser.description or '']}",
        "",
        *_prose(
            "Every command has `--help`. Text for people is Danish; `--lang en` gives the "
            "program's own words in English, while rule texts are always Danish. JSON keys and "
            "ids are English in both."
        ),
        "",
        "| Command | What it does |",
        "| --- | --- |",
    ]
    rows += [
        f"| [`{name}`](#{name}) | {_ENGLISH[one.description]} |"
        for name, one in commands.choices.items()
    ]
    for name, one in commands.choices.items():
        rows += [
            "",
            f"## {name}",
            "",
            f"{_ENGLISH[one.description]} ({one.description})",
            "",
            "```text",
            _usage(one),
            "```",
            "",
        ]
        rows += ["| Argument | Meaning | Betydning |", "| --- | --- | --- |"]
        rows += [_argument_row(action) for action in one._actions if action.dest != "help"]  # noqa: SLF001
    rows += [
        "",
        "## Exit codes",
        "",
        "| Code | Meaning | Betydning | Errors that end so |",
        "| --- | --- | --- | --- |",
    ]
    for code in Exit:
        english, danish = _MEANING[code.name]
        errors = ", ".join(f"`{name}`" for name in _errors_that_end(code))
        rows.append(f"| {code.value} | {english} | {danish} | {errors} |")
    rows += [
        "",
        *_prose(
            "An error is written to standard error as text. With `--format json` standard output "
            'also carries `{"error": …, "message": …, "issues": […]}`; `issues` is there for '
            "faulty rules and cases."
        ),
        "",
        "## Environment",
        "",
        "| Variable | Meaning |",
        "| --- | --- |",
        "| `HJEMMEL_DEBUG` | set to anything: an internal error shows its traceback |",
        "| `NO_COLOR` | set to anything: no colours, also on a terminal |",
    ]
    return "\n".join(rows) + "\n"


def _usage(parser: argparse.ArgumentParser) -> str:
    words = [parser.prog]
    for action in parser._actions:  # noqa: SLF001
        if action.option_strings and action.dest != "help":
            word = _option(action)
            words.append(word if action.required else f"[{word}]")
    words += [
        f"[{_metavar(action)}]" if action.nargs == "?" else _metavar(action)
        for action in parser._actions  # noqa: SLF001
        if not action.option_strings
    ]
    return " ".join(words)


def _metavar(action: argparse.Action) -> str:
    if action.choices:
        return "{" + ",".join(str(one) for one in action.choices) + "}"
    return str(action.metavar or action.dest)


def _option(action: argparse.Action) -> str:
    name = action.option_strings[-1]
    return name if action.nargs == 0 else f"{name} {_metavar(action)}"


def _errors_that_end(code: int) -> list[str]:
    """Return the codes of the errors that end a command with the exit *code*."""
    for module in pkgutil.walk_packages(hjemmel.__path__, "hjemmel."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    kinds = list(HjemmelError.__subclasses__())
    for kind in kinds:
        kinds += kind.__subclasses__()
    own = [one for one in kinds if one.__module__.startswith("hjemmel.") and "code" in vars(one)]
    return sorted({one.code for one in own if one.exit == code})


def _argument_row(action: argparse.Action) -> str:
    name = _option(action) if action.option_strings else _metavar(action)
    default = f"; default `{action.default}`" if action.default else ""
    needed = "; required" if action.option_strings and action.required else ""
    danish = action.help or ""
    english = _ENGLISH.get(danish, danish)
    return f"| `{_cell(name)}` | {_cell(english)}{default}{needed} | {_cell(danish)} |"


def _prose(text: str) -> list[str]:
    return textwrap.wrap(text, 100, break_on_hyphens=False)


def _cell(text: str) -> str:
    """Return *text* for a table: no bars, no line breaks, and no HTML outside code."""
    parts = text.replace("|", "\\|").replace("\n", " ").split("`")
    return "`".join(part if at % 2 else part.replace("<", "&lt;") for at, part in enumerate(parts))


# --- reference: messages --------------------------------------------------------------------------

_SECTION = re.compile(r"^ *# --- (?P<title>.+?) -+$")
_ENTRY = re.compile(r'^ *"(?P<code>[\w-]+)": (?:Text)?\(')
_WARNING = re.compile(
    r'Issue\(\s*code="(?P<code>[\w-]+)"(?:(?!Issue\().){0,300}?warning=True', re.DOTALL
)
_NO_SECTION = "other"


def messages_page() -> str:
    """Return the reference of every sentence the program itself says."""
    warned = ", ".join(f"`{one}`" for one in sorted(warnings()))
    rows = [
        _NOTICE,
        "# Messages",
        "",
        *_prose(
            "Every sentence the program itself says, by its code. Rule texts are not here: they "
            "stand in `rules/`. A code never changes its meaning and is never used again. Words "
            "in braces are filled in; a hint (→) is shown only when everything it mentions is "
            "known."
        ),
        "",
        *_prose(
            "An issue names file, line and column, then the sentence and its code; the line "
            "itself, a caret and the hint stand below. Anything shaped like a CPR number is "
            "crossed out."
        ),
        "",
        *_prose(f"Codes marked *warning* call for a look but leave the rules usable: {warned}."),
    ]
    for title, codes in _message_sections().items():
        rows += [
            "",
            f"## {title[:1].upper()}{title[1:]}",
            "",
            "| Code | Dansk | English |",
            "| --- | --- | --- |",
        ]
        rows += [_message_row(code) for code in codes]
    rows += ["", "## Errors in Python", "", "| Class | Code | Meaning |", "| --- | --- | --- |"]
    for kind in _errors():
        meaning = (kind.__doc__ or "").split("\n")[0]
        rows.append(f"| `{kind.__name__}` | `{kind.code}` | {_cell(meaning)} |")
    return "\n".join(rows) + "\n"


def _errors() -> list[type[HjemmelError]]:
    return [
        one
        for one in vars(hjemmel).values()
        if isinstance(one, type) and issubclass(one, HjemmelError)
    ]


def _message_row(code: str) -> str:
    text = TEXTS[code]
    mark = "<br>*warning*" if code in warnings() else ""
    danish = _braces(text.da) + (f"<br>→ {_braces(text.hint_da)}" if text.hint_da else "")
    english = _braces(text.en) + (f"<br>→ {_braces(text.hint_en)}" if text.hint_en else "")
    return f'| <a id="{code}"></a>`{code}`{mark} | {danish} | {english} |'


def _braces(text: str) -> str:
    """Return *text* as a table cell; doubled braces are single ones to the reader."""
    return _cell(text.replace("{{", "{").replace("}}", "}"))


def _message_sections() -> dict[str, list[str]]:
    """Return the codes by the headings they stand under in ``messages.py``."""
    sections: dict[str, list[str]] = {}
    title = _NO_SECTION
    source = Path(sys.modules["hjemmel.messages"].__file__ or "").read_text(encoding="utf-8")
    for line in source.splitlines():
        if heading := _SECTION.match(line):
            title = heading["title"]
        elif (entry := _ENTRY.match(line)) and entry["code"] in TEXTS:
            sections.setdefault(title, []).append(entry["code"])
    known = {code for codes in sections.values() for code in codes}
    sections.setdefault(_NO_SECTION, []).extend(code for code in TEXTS if code not in known)
    return {title: codes for title, codes in sections.items() if codes}


@cache
def warnings() -> frozenset[str]:
    """Return the codes of issues that some check reports as a mere warning."""
    engine = Path(hjemmel.__file__).parent
    modules = [module.read_text(encoding="utf-8") for module in sorted(engine.rglob("*.py"))]
    return frozenset(found["code"] for text in modules for found in _WARNING.finditer(text))


# --- reference: schemas ---------------------------------------------------------------------------

_TYPES = {
    "string": "tekst",
    "object": "felter",
    "array": "liste",
    "boolean": "`true` eller `false`",
    "integer": "helt tal",
    "number": "tal",
    "null": "`null`",
}
_HEADER = ("| Nøgle | Skal med | Indhold | Betydning |", "| --- | --- | --- | --- |")


def schema(name: str) -> dict[str, Any]:
    """Return the schema *name* of the rules."""
    text = (RULES / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def rule_files_page() -> str:
    """Return the reference of every rule file and every key in it."""
    index = hjemmel.load_policy(RULES).tree("index").plain()
    assert isinstance(index, dict)  # noqa: S101 - the schema has said so
    files = {"index": "index.yaml", **index["files"]}  # type: ignore[dict-item]
    files |= {
        "municipality": "municipality/*.yaml",
        "scenarios": "scenarios/*.yaml",
        "excused_mutants": "scenarios/excused_mutants.yaml",
        "invariants": "invariants.yaml",
    }
    schemas = {name: schema(name) for name in files}
    common = _common(schemas)
    rows = [
        _NOTICE,
        "# Regelfilerne",
        "",
        *_prose(
            "*Every rule file, key by key, as the JSON Schemas in `rules/schema/` say it. The "
            "keys are English; what a person reads is Danish, and so is this page.*"
        ),
        "",
        *_prose(
            "En prik viser ind i et felt, `[]` ind i hvert element af en liste. Findes nøglen "
            "ikke her, afvises den."
        ),
        "",
        "| Fil | Indhold |",
        "| --- | --- |",
    ]
    rows += [
        f"| [{path}](#{_anchor(path)}) | {_cell(schemas[name]['description'])} |"
        for name, path in files.items()
    ]
    for name, path in files.items():
        rows += ["", f"## {path}", "", schemas[name]["description"], "", *_HEADER]
        rows += _SchemaTable(schemas[name], common).rows()
        for kind, definition in _own(schemas[name], common).items():
            rows += [
                "",
                f"### {path}: {kind}",
                "",
                f"{definition['title']}. {definition.get('description', '')}".strip(),
                "",
                *_HEADER,
            ]
            rows += _SchemaTable(schemas[name], common).rows(definition)
    rows += ["", "## Fælles dele", "", "Det, som flere filer bruger på samme måde."]
    for kind, (definition, of) in common.items():
        rows += [
            "",
            f"### {kind}",
            "",
            f"{definition['title']}. {definition.get('description', '')}".strip(),
            "",
        ]
        if "properties" in definition or "properties" in definition.get("items", {}):
            rows += _HEADER
            rows += _SchemaTable(of, common).rows(definition)
        else:
            rows.append(f"Form: `{definition.get('pattern', definition['type'])}`")
    return "\n".join(rows) + "\n"


def contract_page() -> str:
    """Return the reference of the case that goes in and the decision that comes out."""
    rows = [
        _NOTICE,
        "# Case and decision",
        "",
        *_prose(
            "The case that goes in and the decision that comes out, key by key, as "
            "`rules/schema/case.schema.json` and `rules/schema/decision.schema.json` say it; and "
            "what `hjemmel ask` and `hjemmel explain --what-if` add to it (`next_question` and "
            "`what_if` in the same folder). The keys are English and stable; the descriptions are "
            "the schemas' own, in Danish. A key that is not here is refused in a case."
        ),
        "",
        *_prose(
            "A case is YAML or JSON. What is left out, or `null`, is unknown. An empty list is a "
            "known *none*."
        ),
    ]
    documents = (
        ("case", "The case"),
        ("decision", "The decision"),
        ("next_question", "The next question"),
        ("what_if", "What would change it"),
        ("letter", "What only a letter is told"),
    )
    for name, title in documents:
        known = schema(name)
        rows += ["", f"## {title}", "", known["description"], "", *_HEADER]
        rows += _SchemaTable(known, {}).rows()
        for kind, definition in known.get("$defs", {}).items():
            rows += [
                "",
                f"### {name}: {kind}",
                "",
                f"{definition.get('title', '')}. {definition.get('description', '')}".strip(),
                "",
            ]
            if "properties" in definition or "properties" in definition.get("items", {}):
                rows += _HEADER
                rows += _SchemaTable(known, {}).rows(definition)
            else:
                rows.append(f"Form: `{definition.get('pattern', definition['type'])}`")
    return "\n".join(rows) + "\n"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _common(schemas: dict[str, dict[str, Any]]) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Return the definitions that several schemas share, with a schema that holds each."""
    seen: dict[str, list[dict[str, Any]]] = {}
    for one in schemas.values():
        for kind in one.get("$defs", {}):
            seen.setdefault(kind, []).append(one)
    return {kind: (of[0]["$defs"][kind], of[0]) for kind, of in seen.items() if len(of) > 1}


def _own(known: dict[str, Any], common: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        kind: one
        for kind, one in known.get("$defs", {}).items()
        if kind not in common and "properties" in one
    }


class _SchemaTable:
    """The rows of one table: every key below a schema, a definition at a time."""

    def __init__(self, known: dict[str, Any], common: dict[str, Any]) -> None:
        self.known, self.common = known, common

    def rows(self, start: dict[str, Any] | None = None) -> list[str]:
        return list(self._below(start or self.known, ""))

    def _below(self, node: dict[str, Any], path: str) -> Iterator[str]:
        if "items" in node and "properties" in node["items"]:
            yield from self._below(node["items"], f"{path}[]")
            return
        needed = set(node.get("required", ()))
        for key, child in node.get("properties", {}).items():
            yield from self._row(child, f"{path}.{key}" if path else key, needed=key in needed)
        others = node.get("additionalProperties")
        if isinstance(others, dict):
            yield from self._row(others, f"{path}.<navn>", needed=False)

    def _row(self, child: dict[str, Any], path: str, *, needed: bool) -> Iterator[str]:
        meaning = child.get("description") or self._meant(child)
        yield f"| `{path}` | {'ja' if needed else ''} | {self._type(child)} | {_cell(meaning)} |"
        if not self._shared(child):
            yield from self._below(child, path)

    def _meant(self, child: dict[str, Any]) -> str:
        return str(self._resolved(child).get("description", ""))

    def _resolved(self, child: dict[str, Any]) -> dict[str, Any]:
        kind = self._kind(child)
        return dict(self.known["$defs"][kind]) if kind else child

    def _kind(self, child: dict[str, Any]) -> str:
        return str(child.get("$ref", "")).removeprefix("#/$defs/")

    def _shared(self, child: dict[str, Any]) -> str:
        """Return the shared definition that *child* is, by reference or written out again."""
        if kind := self._kind(child):
            return kind
        inner = child.get("items", child)
        for kind, (definition, _) in self.common.items():
            keys = definition.get("items", definition).get("properties")
            if keys and set(keys) == set(inner.get("properties", ())):
                return kind
        return ""

    def _type(self, child: dict[str, Any]) -> str:
        if kind := self._shared(child):
            resolved = self._resolved(child)
            linked = (
                kind in self.common
                or "properties" in resolved
                or "properties" in resolved.get("items", {})
            )
            return f"[{kind}](#{kind})" if linked and kind in self.common else kind
        if "const" in child:
            return f"`{child['const']}`"
        if "enum" in child:
            return " · ".join(
                f"`{json.dumps(one, ensure_ascii=False).strip(chr(34))}`" for one in child["enum"]
            )
        types = child.get("type", "object")
        shown = " eller ".join(
            _TYPES[one] for one in ([types] if isinstance(types, str) else types)
        )
        items = child.get("items")
        if types == "array" and items and "properties" not in items:
            shown += f" af {self._type(items)}"
        return shown


# --- all of it ------------------------------------------------------------------------------------

_REFERENCE = {
    "cli.md": cli_page,
    "rule-files.md": rule_files_page,
    "messages.md": messages_page,
    "case-and-decision.md": contract_page,
}


# --- pictures -------------------------------------------------------------------------------------

PICTURES = ROOT / "docs" / "explanation" / "pictures"
_TRAIL = re.compile(r"<text [^>]*>(?:Regler|Rules) [^<]*</text>")
#: What is typed for each picture; the pages show them, and they are the golden ones of the tests.
_PICTURES = {
    "refusal.svg": "explain examples/afslag.yaml",
    "refusal-en.svg": "explain examples/afslag.yaml --lang en",
    "assessment.svg": "explain examples/mangler.yaml",
    "wishes.svg": "explain examples/als.yaml",
    "rates.svg": "rates",
}


def pictures() -> dict[str, Any]:
    """Return what draws each picture of the pages, by the picture's name."""
    return {name: partial(_drawn, command) for name, command in _PICTURES.items()}


def _drawn(command: str) -> str:
    with tempfile.TemporaryDirectory() as folder, _checkout(Path(folder)):
        code, _ = run_command(f"hjemmel {command} --to picture.svg")
        if code != Exit.DONE:
            message = f"hjemmel {command} ended with {code}"
            raise PageError(message)
        return Path("picture.svg").read_text(encoding="utf-8")


def comparable_picture(text: str) -> str:
    """Return the picture *text* without the edition of the rules, which changes with each edit."""
    return _TRAIL.sub("", text)


def reference_pages() -> dict[str, Any]:
    """Return what writes each page of ``docs/reference``, by the page's name."""
    return _REFERENCE


def write_all() -> Iterator[str]:
    """Write every page anew; yield what changed and what is wrong, and go on."""
    work = [(ROOT / "docs" / "reference" / name, write) for name, write in _REFERENCE.items()]
    work += [(PICTURES / name, draw) for name, draw in pictures().items()]
    work += [(page, partial(refreshed, page)) for page in pages()]
    for page, write in work:
        try:
            text = write()
        except PageError as error:
            yield f"wrong: {error}"
            continue
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            yield f"written: {page.relative_to(ROOT)}"


if __name__ == "__main__":
    wrong = 0
    for told in write_all():
        print(told)
        wrong += told.startswith("wrong")
    sys.exit(bool(wrong))
