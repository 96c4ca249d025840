"""The JSON Schemas of the rules: well-formed, in Danish, closed, and true of what we ship."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hjemmel.policy.load import parse_yaml
from hjemmel.tree import without_nulls

RULES = Path(__file__).resolve().parents[2] / "rules"
EXCUSES = "excused_mutants.yaml"
SCENARIO_FILES = [
    path for path in sorted((RULES / "scenarios").glob("*.yaml")) if path.name != EXCUSES
]
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((RULES / "schema").glob("*.schema.json"))
}

# Keywords that hold schemas: under names of the author's choosing, in a list, or directly.
BY_NAME = ("properties", "patternProperties", "$defs", "dependentSchemas")
LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
DIRECT = ("items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else")

#: Objects that may hold anything, each for a reason.
OPEN = {
    "decision/open_questions/items/readings/*": "what a reading leads to may grow",
    "decision/open_questions/items/readings/*/items/items": "as above",
    "decision/open_questions/items/readings/*/amounts": "as above",
    "duties/duties/items/when": "a condition; compiling checks it",
    "scenarios/scenarios/items/case": "may be wrong on purpose; case.schema.json judges it",
}

#: Small definitions that each file repeats in the same words.
REPEATED = ("amount", "condition", "day", "fact_id", "id", "percent", "sources")

#: English words that no Danish sentence holds.
ENGLISH = re.compile(r"\b(the|of|which|with|this|must|should|when|are)\b", re.IGNORECASE)


def subschemas(schema, path=""):
    """Yield *schema* and every schema inside it, each with its path."""
    yield path, schema
    for word in BY_NAME:
        for name, inner in schema.get(word, {}).items():
            step = name if word == "properties" else f"{word}/{name}"
            yield from subschemas(inner, f"{path}/{step}")
    for word in LISTED:
        for number, inner in enumerate(schema.get(word, [])):
            yield from subschemas(inner, f"{path}/{word}/{number}")
    for word in DIRECT:
        if isinstance(schema.get(word), dict):
            step = "*" if word == "additionalProperties" else word
            yield from subschemas(schema[word], f"{path}/{step}")


def named(schema):
    """Yield every property and definition of *schema*, at every level, with its path and name."""
    for path, inner in subschemas(schema):
        for word in BY_NAME:
            for name, found in inner.get(word, {}).items():
                yield f"{path}/{name}", name, found


def tree_of(path):
    """Return the rule file *path* as the engine reads it."""
    return parse_yaml(path.read_text(encoding="utf-8"), path.relative_to(RULES).as_posix())


def read(path):
    """Return the content of the rule file *path*.

    An empty value is kept: after a comma too many, ``{label: now, later}`` has the key *later*.
    """
    return tree_of(path).plain()


def problems(schema, data):
    """Return what the schema named *schema* has against *data*: keyword and path."""
    errors = Draft202012Validator(SCHEMAS[schema]).iter_errors(data)
    return sorted(
        f"{error.validator} {'/'.join(str(step) for step in error.absolute_path)}"
        for error in errors
    )


def shipped():
    """Return the path and schema name of every rule file, as index.yaml names them."""
    index = read(RULES / "index.yaml")
    files = [(path, schema) for schema, path in index["files"].items()]
    towns = [(path, "municipality") for path in index["municipalities"]]
    return [("index.yaml", "index"), *files, *towns]


def scenarios():
    """Return every example case with its file and name, but those that are wrong on purpose."""
    return [
        pytest.param(one["case"], id=f"{path.stem}-{one['name']}")
        for path in SCENARIO_FILES
        for one in without_nulls(tree_of(path)).plain()["scenarios"]
        if one["expect"].get("exit") != 2
    ]


# --- the schemas themselves -----------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_schema(name):
    """It is valid 2020-12, and is called what its file is called."""
    schema = SCHEMAS[name]

    Draft202012Validator.check_schema(schema)
    assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
    assert f"https://hjemmel.dev/schema/{name}.schema.json" == schema["$id"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_everything_named_is_explained(name):
    """An editor shows title and description on hover; without them it shows a bare key."""
    found = [("", "", SCHEMAS[name]), *named(SCHEMAS[name])]
    silent = [path for path, _, one in found if not (one.get("title") and one.get("description"))]
    bare = [path for path, key, one in found if one.get("title") == key]

    assert [] == silent
    assert [] == bare


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_people_read_is_danish(name):
    """Keys are English; titles and descriptions are not."""
    texts = [
        (path, text)
        for path, one in subschemas(SCHEMAS[name])
        for text in (one.get("title", ""), one.get("description", ""))
    ]

    assert [] == [(path, text) for path, text in texts if ENGLISH.search(text)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_flat(name):
    """Alternatives make messages that nobody understands: `is not valid under any of …`."""
    chains = {"oneOf", "anyOf", "if", "then", "else"}

    assert [] == [path for path, one in subschemas(SCHEMAS[name]) if chains & set(one)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_object_is_closed(name):
    """A misspelt key is pointed at, save where anything is allowed for a stated reason."""
    open_ones = [
        f"{name}{path}"
        for path, one in subschemas(SCHEMAS[name])
        if "object" in one.get("type", [])
        and one.get("additionalProperties") is not False
        and not ("propertyNames" in one and isinstance(one.get("additionalProperties"), dict))
    ]

    assert [] == [path for path in open_ones if path not in OPEN]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_stands_alone(name):
    """References stay inside the file, and every definition is used."""
    inside = list(subschemas(SCHEMAS[name]))
    used = {one["$ref"] for _, one in inside if "$ref" in one}

    assert {f"#/$defs/{key}" for key in SCHEMAS[name].get("$defs", {})} == used


@pytest.mark.parametrize("key", REPEATED)
def test_a_definition_repeated_is_the_same(key):
    """Each file repeats the small definitions; a change must reach all of them."""
    forms = {
        json.dumps(schema["$defs"][key], sort_keys=True)
        for schema in SCHEMAS.values()
        if key in schema.get("$defs", {})
    }

    assert len(forms) == 1


# --- and what we ship -----------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "schema"), shipped())
def test_a_shipped_file_fits_its_schema(path, schema):
    """Every file that index.yaml names, and index.yaml itself."""
    assert [] == problems(schema, read(RULES / path))


def test_the_excused_changes_fit_their_schema():
    """Each has its reason."""
    assert [] == problems("excused_mutants", read(RULES / "scenarios" / EXCUSES))


@pytest.mark.parametrize("path", SCENARIO_FILES, ids=lambda at: at.stem)
def test_a_scenario_file_fits_its_schema(path):
    """The cases inside are judged below."""
    assert [] == problems("scenarios", read(path))


@pytest.mark.parametrize("case", scenarios())
def test_a_scenario_is_a_case(case):
    """Save those that no reader should accept."""
    assert [] == problems("case", case)


# --- the words are the same words -----------------------------------------------------------------


def keys(schema, *path):
    """Return the property names at *path* below the properties of the schema named *schema*."""
    one = SCHEMAS[schema]
    for step in path:
        one = one["properties"][step]
        one = one.get("items", one)
    return list(one["properties"])


@pytest.mark.parametrize("kind", ["criteria", "indicators"])
def test_a_case_knows_the_criteria(kind):
    """The case schema names them one by one, so that a misspelt one is seen."""
    ids = [one["id"] for one in read(RULES / "criteria.yaml")[kind]]

    assert ids == keys("case", kind)


def test_a_case_knows_the_costs_outside_the_ceiling():
    """A cost the rules do not know would be lost."""
    ids = [one["id"] for one in read(RULES / "categories.yaml")["outside_ceiling"]]

    assert ids == keys("case", "wishes", "outside_costs")


def test_the_index_asks_for_files_with_schemas():
    """Each file has a schema by the name the index gives it."""
    assert [] == [key for key in keys("index", "files") if key not in SCHEMAS]


@pytest.mark.parametrize(
    ("fact", "table", "key"),
    [
        pytest.param("wish.status", "items", "status", id="status"),
        pytest.param("decision.outcome", "outcomes", "outcome", id="outcome"),
    ],
)
def test_an_answer_has_one_set_of_names(fact, table, key):
    """In the facts, in the table that gives the answer, and in the decision."""
    facts = {one["id"]: one for one in read(RULES / "facts.yaml")["facts"]}
    rows = SCHEMAS["outcomes"]["properties"][table]["items"]["properties"]
    top = SCHEMAS["decision"]["properties"]
    answer = top["items"]["items"]["properties"]["status"] if key == "status" else top["outcome"]

    assert facts[fact]["values"] == rows[key]["enum"] == answer["enum"]


# --- the schemas can fail -------------------------------------------------------------------------

CASE = {
    "case": "EX-1",
    "decided_on": "2024-03-04",
    "request": {"made": True},
    "criteria": {"shortened_life": {"met": True, "evidence": "Epikrise"}},
    "previous_help": [{"provision": "97"}],
    "wishes": [{"id": "w1", "provision": "112", "value": "1", "quantity": "1.5"}],
}


def changed(path, value):
    """Return the case above with *value* at *path*."""
    case = copy.deepcopy(CASE)
    *steps, last = path
    at = case
    for step in steps:
        at = at[step]
    at[last] = value
    return case


def test_a_plain_case_is_let_through():
    """Nothing is asked for but a name and a day."""
    assert [] == problems("case", CASE)
    assert [] == problems("case", {"case": "EX-1", "decided_on": "2024-03-04"})


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        pytest.param(["decided_on"], "4/3-2024", "pattern decided_on", id="no day"),
        pytest.param(["case"], "", "minLength case", id="no name"),
        pytest.param(["reqest"], {}, "additionalProperties ", id="misspelt key"),
        pytest.param(
            ["criteria", "shorter_life"], True, "additionalProperties criteria", id="no criterion"
        ),
        pytest.param(
            ["criteria", "shortened_life"],
            "ja",
            "type criteria/shortened_life",
            id="a criterion in words",
        ),
        pytest.param(
            ["previous_help", 0, "granted"],
            "2024-01-01",
            "additionalProperties previous_help/0",
            id="misspelt inside a list",
        ),
        pytest.param(
            ["wishes", 0, "provision"], 112, "type wishes/0/provision", id="a section as number"
        ),
        pytest.param(["wishes", 0, "value"], 18500, "type wishes/0/value", id="money as number"),
        pytest.param(
            ["wishes", 0, "quantity"], "-2", "pattern wishes/0/quantity", id="less than nothing"
        ),
        pytest.param(["wishes", 0], {"value": "1"}, "required wishes/0", id="a wish without id"),
        pytest.param(
            ["wishes"], [{"id": f"w{n}"} for n in range(61)], "maxItems wishes", id="too many"
        ),
    ],
)
def test_a_mistake_in_a_case_is_seen(path, value, problem):
    """Once, and where it stands."""
    assert [problem] == problems("case", changed(path, value))


def test_a_misspelt_condition_is_seen():
    """However deep in the condition it stands."""
    rule = {
        "id": "by_something",
        "when": {"all": [{"not": {"fakt": "request.made"}}]},
        "because": {"true": "Ja.", "false": "Nej.", "unknown": "Uvist."},
        "sources": [{"ref": "sel", "at": "§ 117 a"}],
    }
    one = {"id": "a", "label": "A", "scope": "case", "in_force": {"from": "2023-06-01"}}

    assert ["additionalProperties conclusions/0/rules/0/when/all/0/not"] == problems(
        "decisions", {"conclusions": [{**one, "rules": [rule]}]}
    )
