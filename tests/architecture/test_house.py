"""The house is built as DESIGN says: one way through it, few doors, and no law in the engine.

Every check is a function from source text to violations, so that the second half of this file can
show on invented sources that it is able to fail.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "engine" / "hjemmel"
RULES = ROOT / "rules"

# --- one way through the house --------------------------------------------------------------------

FOUNDATION = {"issues", "tree", "truth", "money", "model", "messages", "data", "records", "digests"}
THROUGH = ["foundation", "policy", "decide", "explain", "letters"]
ON_THOSE = ["assure", "batch", "ledger"]
SKINS = ["cli", "web"]

# The package itself: `__init__` gathers the public face, `__main__` starts the command line.
FACE = "hjemmel"

MAY_IMPORT = {
    **{layer: set(THROUGH[: number + 1]) for number, layer in enumerate(THROUGH)},
    **{layer: {*THROUGH, layer} for layer in ON_THOSE},
    **{skin: {*THROUGH, *ON_THOSE, skin, FACE} for skin in SKINS},
    FACE: {*THROUGH, *ON_THOSE, *SKINS, FACE},
}

# --- doors to difficult libraries -----------------------------------------------------------------

DOORS = {
    "yaml": "policy/load.py",
    "jsonschema": "policy/schema.py",
    "jsonschema_rs": "policy/schema.py",
    "durable": "decide/backend.py",
    "durable_rules_engine": "decide/backend.py",
    "jinja2": "letters/",
}

# --- law ------------------------------------------------------------------------------------------

SECTION = re.compile(r"(?<![\w.,:-])(?:83|97|112|116|117)(?: ?[a-z])?(?![\w-]|[.,]\d)")
AMOUNTS = {39750, 41022, 42499, 44411}
AMOUNT = re.compile(
    r"(?<!\d)(?:"
    + "|".join(rf"{n // 1000}[\s.,_']?{n % 1000:03}" for n in sorted(AMOUNTS))
    + r")(?:[.,]?00)?(?!\d)"
)

# What these lists of the rules call their entries is law; what the contract with the outside calls
# its own parts is not, even where the rules use the same word.
KINDS_WITH_IDS = ("criteria", "indicators", "conclusions", "diagnoses", "readings", "categories")
CONTRACT_WORDS = {
    "target_group",  # a key of every decision
    # outcomes and item statuses, which the decision's schema names
    *("no_request", "ask", "assess", "refuse", "partial_grant", "grant"),
    *("granted", "partly_granted", "over_ceiling", "not_covered"),
    # words of the rules' schema, and conclusions of the same name
    "divisible",  # a key of a provision
    "listed",  # a value of a diagnosis's `on_name_match`
    "not_listed",  # what a case may say instead of an entry of the list
}

# --- the clock, and money -------------------------------------------------------------------------

CLOCKS = {
    *("datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow"),
    "datetime.date.today",
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime"),
}
MONEY = {"money.py", "decide/budget.py"}

# --- texts that are published ---------------------------------------------------------------------

MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|farm)/")
CPR_SHAPE = re.compile(r"(?<![\w.])\d{6}-?\d{4}(?!\w)")
CPR_ALLOWED = {
    "000000-0000",  # no month has a day 00: nobody's number, for tests of the mask
    "0000000000",  # the same without its hyphen
    "0123456789",  # the digits in order; no year has a month 23
}


# --- reading Python -------------------------------------------------------------------------------


def sources() -> dict[str, str]:
    """Return the text of every module of the engine, by its path below the package."""
    return {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
    }


@cache
def rule_documents() -> list[object]:
    """Return what stands in each rule file."""
    return [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(RULES.glob("*.yaml"))
    ]


def everywhere(check) -> list[str]:
    """Return what *check* finds in any module, ready to be read in a failed assertion."""
    return [f"{path}:{found}" for path, text in sources().items() for found in check(path, text)]


def layer_of(path: str) -> str:
    """Return the layer a module at *path* belongs to; its own name where the table lacks it."""
    first = path.partition("/")[0].removesuffix(".py")
    if first in {"__init__", "__main__"}:
        return FACE
    return "foundation" if first in FOUNDATION else first


def imported(path: str, text: str) -> list[tuple[int, str]]:
    """Return the line and full dotted name of everything the module at *path* imports."""
    package = ["hjemmel", *path.split("/")[:-1]]
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, name.name) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, *([node.module] if node.module else [])]
            found += [(node.lineno, ".".join([*base, name.name])) for name in node.names]
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", ""))
            in {"import_module", "__import__"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            found.append((node.lineno, str(node.args[0].value)))
    return found


def documentation(tree: ast.Module) -> set[ast.Constant]:
    """Return the strings that stand alone as statements: docstrings, whatever they describe."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def strings(text: str) -> list[tuple[int, str]]:
    """Return the line and value of each string constant that is not documentation."""
    tree = ast.parse(text)
    documented = documentation(tree)
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documented
    ]


def comments(text: str) -> list[tuple[int, str]]:
    """Return the line and words of each comment."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def names(text: str) -> list[tuple[int, str]]:
    """Return the line and spelling of each name the code gives or uses."""
    found = []
    for node in ast.walk(ast.parse(text)):
        for part in ("id", "attr", "arg", "name"):
            value = getattr(node, part, None)
            if isinstance(value, str):
                found.append((getattr(node, "lineno", 0), value))
    return found


def dotted(text: str) -> list[tuple[int, str]]:
    """Return each imported name and what is reached through it, spelled from its module."""
    tree = ast.parse(text)
    origin = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                first = name.name.split(".")[0]
                origin[name.asname or first] = name.name if name.asname else first
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for name in node.names:
                origin[name.asname or name.name] = f"{node.module}.{name.name}"

    def spell(node: ast.AST) -> str:
        if isinstance(node, ast.Name):
            return origin.get(node.id, "?")
        if isinstance(node, ast.Attribute):
            return f"{spell(node.value)}.{node.attr}"
        return "?"

    return [
        (node.lineno, spell(node))
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute))
    ]


# --- the checks -----------------------------------------------------------------------------------


def wrong_way(path: str, text: str) -> list[str]:
    """Find imports against the one way through the house."""
    layer = layer_of(path)
    if layer not in MAY_IMPORT:
        return [f"1 {layer} is no layer of DESIGN § 2: add it there and to MAY_IMPORT, or move it"]
    found = []
    for line, name in imported(path, text):
        top, *rest = name.split(".")
        if top != "hjemmel":
            continue
        inside = layer_of(rest[0]) if rest else FACE
        if rest and rest[0] == "__version__":
            continue
        target = inside if inside in MAY_IMPORT else FACE
        if target not in MAY_IMPORT[layer]:
            found.append(f"{line} {layer} imports {name}")
    return found


def past_the_door(path: str, text: str) -> list[str]:
    """Find imports of a library that has one door, anywhere else."""
    found = []
    for line, name in imported(path, text):
        door = DOORS.get(name.split(".")[0])
        if door is not None and path != door and not (door.endswith("/") and path.startswith(door)):
            found.append(f"{line} imports {name}: only {door} does")
    return found


def sections_and_amounts(path: str, text: str) -> list[str]:
    """Find section signs, section numbers and the yearly amounts."""
    found = []
    for line, words in strings(text) + comments(text):
        found += [f"{line} holds § in {words!r}"] if "§" in words else []
        for pattern in (SECTION, AMOUNT):
            found += [f"{line} holds {hit[0]!r} in {words!r}" for hit in pattern.finditer(words)]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
            kroner = {node.value, node.value / 100}
            found += [f"{node.lineno} holds {node.value}"] if kroner & AMOUNTS else []
    return found


def rule_ids(documents: list[object]) -> set[str]:
    """Return the ids that rule *documents* give their criteria, conclusions and so on."""
    ids: set[str] = set()
    for document in documents:
        if not isinstance(document, dict):
            continue
        for kind in KINDS_WITH_IDS:
            entries = document.get(kind)
            if isinstance(entries, dict):
                ids |= {entry for entry in entries if isinstance(entry, str)}
            elif isinstance(entries, list):
                for entry in entries:
                    rules = entry.get("rules") if isinstance(entry, dict) else None
                    for one in [entry, *(rules if isinstance(rules, list) else [])]:
                        if isinstance(one, dict) and isinstance(one.get("id"), str):
                            ids.add(one["id"])
    return ids - CONTRACT_WORDS


def ids_of(ids: set[str], text: str) -> list[str]:
    """Find *ids* in code: alone or in a path as they are, in prose only where no word looks so."""
    compound = {one for one in ids if "_" in one or "-" in one}
    found = []
    for line, words in strings(text):
        is_path = re.fullmatch(r"[\w.\[\]-]+", words)
        parts = re.split(r"[^\w-]+", words)
        found += [(line, part) for part in parts if part in (ids if is_path else compound)]
    for line, words in comments(text):
        found += [(line, part) for part in re.split(r"[^\w-]+", words) if part in compound]
    found += [(line, name) for line, name in names(text) if name in compound]
    return [f"{line} holds the id {one}" for line, one in sorted(set(found))]


def clocks(path: str, text: str) -> list[str]:
    """Find a look at the clock outside the skins."""
    if layer_of(path) in SKINS:
        return []
    return [f"{line} {name}" for line, name in dotted(text) if name in CLOCKS]


def floats(path: str, text: str) -> list[str]:
    """Find floats, called, annotated or written, where money is counted."""
    if path not in MONEY:
        return []
    return [
        f"{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]


def undocumented(path: str, text: str) -> list[str]:
    """Find public modules, classes, functions and methods without a docstring."""
    tree = ast.parse(text)
    found = [] if ast.get_docstring(tree) else ["1 the module"]

    def look(body: list[ast.stmt]) -> None:
        for node in body:
            if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            spoken_for = any(
                name.endswith(("overload", ".setter", ".deleter")) for name in decorators
            )
            if node.name.startswith("_") or spoken_for:
                continue
            if not ast.get_docstring(node):
                found.append(f"{node.lineno} {node.name}")
            if isinstance(node, ast.ClassDef):
                look(node.body)

    look(tree.body)
    return found


def private(text: str) -> list[str]:
    """Find paths of somebody's machine and numbers shaped like a CPR number."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        found += [f"{number} {hit[0]}" for hit in MACHINE_PATH.finditer(line)]
        found += [
            f"{number} {hit[0]}" for hit in CPR_SHAPE.finditer(line) if hit[0] not in CPR_ALLOWED
        ]
    return found


def published() -> dict[str, str]:
    """Return each text file git has or would take, by its path; without git, each file here."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (ROOT / ".git").exists():
        answer = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True)
        paths = [ROOT / name for name in answer.stdout.split("\0") if name]
    else:
        made_here = {".venv", "dist", "__pycache__"}
        paths = [path for path in ROOT.rglob("*") if not made_here & set(path.parts)]
    texts = {}
    for path in sorted(paths):
        content = path.read_bytes() if path.is_file() else b"\0"
        if b"\0" not in content:
            texts[path.relative_to(ROOT).as_posix()] = content.decode(errors="replace")
    return texts


# --- the house ------------------------------------------------------------------------------------


def test_imports_point_one_way():
    """Foundation, policy, decide, explain, letters; what stands on those; the skins on top."""
    assert [] == everywhere(wrong_way)


def test_a_difficult_library_has_one_door():
    """Its quirks end where it is imported."""
    assert [] == everywhere(past_the_door)


def test_the_engine_knows_no_section_and_no_amount():
    """They stand in the rules, where legal staff can change them."""
    assert [] == everywhere(sections_and_amounts)


def test_the_engine_knows_no_rule_by_its_id():
    """A rule that is renamed, added or removed is nothing the code hears about."""
    ids = rule_ids(rule_documents())

    assert [] == everywhere(lambda _, text: ids_of(ids, text))


def test_only_the_skins_look_at_the_clock():
    """A decision is a function of rules, case and date."""
    assert [] == everywhere(clocks)


def test_money_is_never_a_float():
    """Whole øre inside, two-decimal strings outside."""
    assert [] == everywhere(floats)


def test_everything_public_says_what_it_is():
    """A module, class, function or method without a docstring is private, or unfinished."""
    assert [] == everywhere(undocumented)


def test_no_published_text_holds_a_machine_path_or_a_cpr_number():
    """What is in the repository can be read by anyone."""
    found = [f"{path}:{hit}" for path, text in published().items() for hit in private(text)]

    assert [] == found


# --- the checks can fail --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("money.py", "from hjemmel.policy import load", id="foundation from policy"),
        pytest.param("policy/load.py", "import hjemmel.decide.rete", id="policy from decide"),
        pytest.param("policy/checks/dates.py", "from ...decide import x", id="relative"),
        pytest.param("explain/reasons.py", "from .. import letters", id="relative to the package"),
        pytest.param("decide/budget.py", "def f():\n    from hjemmel import cli", id="inside"),
        pytest.param("decide/budget.py", "from hjemmel import decide_case", id="through the face"),
        pytest.param("assure/verify.py", "from hjemmel.batch import table", id="beside each other"),
        pytest.param("cli/main.py", "from hjemmel.web import app", id="cli from web"),
        pytest.param("web/app.py", "from hjemmel.cli.main import main", id="web from cli"),
        pytest.param("tree.py", "import_module('hjemmel.policy')", id="by its name as text"),
        pytest.param("attic/things.py", "", id="a layer nobody designed"),
    ],
)
def test_an_import_the_wrong_way_is_seen(path, text):
    """However the import is written."""
    assert len(wrong_way(path, text)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("policy/load.py", "from hjemmel.tree import Tree", id="downwards"),
        pytest.param("policy/checks/dates.py", "from ..load import x", id="its own layer"),
        pytest.param("letters/write.py", "from hjemmel import __version__", id="the version"),
        pytest.param("web/app.py", "from hjemmel import decide_case", id="a skin, the face"),
        pytest.param("__init__.py", "from hjemmel.cli.main import main", id="the face, anything"),
        pytest.param("money.py", "import decimal, hjemmelig", id="somebody else's"),
    ],
)
def test_an_import_the_right_way_is_let_through(path, text):
    """The table forbids nothing that DESIGN allows."""
    assert [] == wrong_way(path, text)


@pytest.mark.parametrize(
    ("path", "text", "number"),
    [
        pytest.param("policy/load.py", "import yaml", 0, id="the door"),
        pytest.param("policy/schema.py", "import yaml", 1, id="next to the door"),
        pytest.param("letters/formats.py", "from jinja2 import Template", 0, id="a room as door"),
        pytest.param("cli/main.py", "from jinja2.meta import x", 1, id="a submodule"),
        pytest.param("decide/reference.py", "import durable.lang", 1, id="durable"),
        pytest.param("decide/reference.py", "import durable_rules_engine", 1, id="its C part"),
        pytest.param("decide/reference.py", "import durability", 0, id="a name that begins alike"),
        pytest.param("tree.py", "import_module('jsonschema')", 1, id="by its name as text"),
    ],
)
def test_a_library_past_its_door_is_seen(path, text, number):
    """The door itself is let through."""
    assert number == len(past_the_door(path, text))


@pytest.mark.parametrize(
    "text",
    [
        "x = 'efter § 12'",
        "x = '117 a'",
        "x = f'help under {y} 83 stk. 1'",
        "y = 1  # as in 117 a",
        "x = {'97': 1}",
        "x = '41022'",
        "x = '41.022,50'",
        "x = '39 750 kr.'",
        "x = 42_499",
        "x = 4441100",
        "x = 1  # 41022.00",
    ],
)
def test_law_in_the_engine_is_seen(text):
    """In strings, in comments and in numbers, however they are grouped."""
    assert sections_and_amounts("decide/x.py", text)


@pytest.mark.parametrize(
    "text",
    [
        '"""Decide as § 117 a says, up to 41022 kr."""',
        "def f():\n    '''Cite § 83.'''",
        "x = 'utf-83', '0.97', '1.117', '112-3', '2097', 'a83'",
        "x = '141022', '410220'",
        "x = 97",
    ],
)
def test_what_only_resembles_law_is_let_through(text):
    """Docstrings may cite; other numbers are other numbers."""
    assert [] == sections_and_amounts("decide/x.py", text)


INVENTED = [
    {
        "criteria": [{"id": "long_ears"}, {"id": "grey"}],
        "conclusions": [{"id": "target_group", "rules": [{"id": "rabbit_by_ears"}]}],
    },
    {"categories": {"carrot_supply": {}}, "gaps": [{"id": "not_collected"}]},
    None,
]


def test_the_ids_are_those_of_the_rules():
    """Words of the contract are taken out; lists that hold no law are not read."""
    assert {"long_ears", "grey", "rabbit_by_ears", "carrot_supply"} == rule_ids(INVENTED)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("x = 'long_ears'", 1, id="alone"),
        pytest.param("x = 'criteria.grey'", 1, id="in a path"),
        pytest.param("x = 'the grey ones'", 0, id="an ordinary word in prose"),
        pytest.param("x = 'see long_ears there'", 1, id="in prose, and no ordinary word"),
        pytest.param("x = 1  # not for long_ears", 1, id="in a comment"),
        pytest.param("x = case.long_ears", 1, id="as an attribute"),
        pytest.param("def f(*, carrot_supply): pass", 1, id="as a parameter"),
        pytest.param("grey = 1", 0, id="an ordinary word as a name"),
        pytest.param("def f():\n    '''Not for long_ears.'''", 0, id="in a docstring"),
        pytest.param("x = 'target_group'", 0, id="a word of the contract"),
    ],
)
def test_an_id_of_the_rules_is_seen(text, number):
    """Where it can only be an id, and not where it is a word like any other."""
    assert number == len(ids_of(rule_ids(INVENTED), text))


@pytest.mark.parametrize(
    ("path", "text", "number"),
    [
        pytest.param("truth.py", "import datetime\ndatetime.datetime.now()", 1, id="in full"),
        pytest.param("truth.py", "from datetime import date as d\nd.today()", 1, id="renamed"),
        pytest.param("truth.py", "import time as t\nx = t.time", 1, id="handed on, not called"),
        pytest.param("truth.py", "from time import time\ntime()", 1, id="a bare function"),
        pytest.param("cli/main.py", "from datetime import date\ndate.today()", 0, id="a skin"),
        pytest.param("truth.py", "from datetime import date\ndate(2024, 1, 1)", 0, id="a date"),
        pytest.param("truth.py", "import time\ntime.perf_counter()", 0, id="a stopwatch"),
        pytest.param("truth.py", "row.today(), time.time()", 0, id="names of its own"),
    ],
)
def test_a_look_at_the_clock_is_seen(path, text, number):
    """Under whatever name it was imported."""
    assert number == len(clocks(path, text))


@pytest.mark.parametrize(
    ("path", "text", "number"),
    [
        pytest.param("money.py", "x = float('1')", 1, id="called"),
        pytest.param("decide/budget.py", "def f(x: float | None): ...", 1, id="annotated"),
        pytest.param("money.py", "x = 0.5", 1, id="written"),
        pytest.param("money.py", "x = 'float', 5", 0, id="a word"),
        pytest.param("truth.py", "x = 0.5", 0, id="where no money is"),
    ],
)
def test_a_float_among_money_is_seen(path, text, number):
    """Called, annotated or written."""
    assert number == len(floats(path, text))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("", 1, id="module"),
        pytest.param("'''M.'''\ndef f(): ...", 1, id="function"),
        pytest.param("'''M.'''\nclass C:\n    def m(self): ...", 2, id="class and method"),
        pytest.param("'''M.'''\ndef _f(): ...\nclass _C:\n    def m(self): ...", 0, id="private"),
        pytest.param("'''M.'''\n@typing.overload\ndef f(): ...", 0, id="overload"),
        pytest.param("'''M.'''\ndef f():\n    '''F.'''\n    def g(): ...", 0, id="inner"),
    ],
)
def test_a_missing_docstring_is_seen(text, number):
    """Private and inner things need none."""
    assert number == len(undocumented("truth.py", text))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("see /{}/main".format("work"), 1, id="machine path"),
        pytest.param("see https://example.org/{}/main".format("work"), 0, id="address"),
        pytest.param("1{}-{}".format("01088", "1234"), 1, id="with hyphen"),
        pytest.param("nr. 1{}{}.".format("01088", "1234"), 1, id="without hyphen"),
        pytest.param("000000-0000", 0, id="nobody's"),
        pytest.param("20230022929, EX-2024-001, 2024-03-04", 0, id="other numbers"),
        pytest.param("sha256:ab1010881234cd", 0, id="inside a digest"),
    ],
)
def test_what_should_not_be_published_is_seen(text, number):
    """The samples are put together here, so that this file passes its own test."""
    assert number == len(private(text))


@pytest.mark.parametrize("kind", KINDS_WITH_IDS)
def test_the_rules_give_ids_of_each_kind(kind):
    """A list that is renamed would otherwise no longer be looked for."""
    documents = [document for document in rule_documents() if isinstance(document, dict)]

    assert rule_ids([{kind: document.get(kind)} for document in documents])


def test_the_house_is_looked_through():
    """The searches find the engine's modules and, with git or without, this file."""
    assert sources()
    assert "tests/architecture/test_house.py" in published()
