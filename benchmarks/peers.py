"""The peers: each decides the same cases in its own language, and says what it cannot do.

The task: from the JSON of a case to whether the citizen is in the target group (true, false or
unknown), what is granted in all, and what is left. Each peer is given the case as
:func:`benchmarks.cases.handed` makes it. Where a language has no value for "unknown", the truths
are numbers that we compare by least and greatest: 0 false, 1 unknown, 2 true.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.cases import CEILING, CRITERIA, FOUR, LISTED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: From the JSON of a case to the answer.
Decider = "Callable[[bytes], dict[str, Any]]"
_TRUTHS = ("false", "unknown", "true")


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Somebody else's engine: its name, what it can say, and how it is made ready."""

    name: str
    package: str
    unknown: str
    sums: str
    explains: str
    ready: Callable[[], Callable[[bytes], dict[str, Any]]]

    @property
    def version(self) -> str:
        """Return the version that is installed."""
        return version(self.package)


def _said(truth: float, granted: float, spent: float) -> dict[str, Any]:
    """Return the answer in the common form."""
    if truth != 2:
        return {"target_group": _TRUTHS[int(truth)], "granted": 0, "remaining": None}
    remaining = max(0, CEILING - int(spent) - int(granted))
    return {"target_group": "true", "granted": int(granted), "remaining": remaining}


# --- zen-engine ---------------------------------------------------------------------------

_ZEN = {
    "told": "confirmed == true ? 2 : 1",
    "listed": f"entry == null ? 1 : (entry in {json.dumps(list(LISTED))} ? 2 : 0)",
    **{f"c_{name}": f"{name} == null ? 1 : ({name} ? 2 : 0)" for name in CRITERIA},
    "criteria": "min([" + ", ".join(f"$.c_{name}" for name in CRITERIA) + "])",
    "disease": "min([$.told, max([$.listed, $.criteria])])",
    "helped": (
        "helps == null ? 1 : (len(helps) == 0 ? 0 : max(map(helps, "
        "min([#.because_of_disease == null ? 1 : (#.because_of_disease ? 2 : 0), "
        f"#.provision in {json.dumps(list(FOUR))} ? 2 : 0, "
        "#.provision == '83' ? (#.automatic_at_discharge == null ? 1 : "
        "(#.automatic_at_discharge ? 0 : 2)) : 2]))))"
    ),
    "target": "min([$.disease, 2 - $.helped])",
    "wanted": "len(wishes) == 0 ? 0 : sum(map(wishes, #.value))",
    "granted": f"min([$.wanted, max([0, {CEILING} - spent])])",
}


def _zen(*, trace: bool) -> Callable[[bytes], dict[str, Any]]:
    zen = import_module("zen")
    graph = {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
            {
                "id": "rules", "name": "rules", "type": "expressionNode",
                "position": {"x": 1, "y": 0},
                "content": {"expressions": [
                    {"id": key, "key": key, "value": value} for key, value in _ZEN.items()
                ]},
            },
            {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "rules", "type": "edge"},
            {"id": "b", "sourceId": "rules", "targetId": "out", "type": "edge"},
        ],
    }  # fmt: skip
    decision = zen.ZenEngine().create_decision(json.dumps(graph))

    def decide(raw: bytes) -> dict[str, Any]:
        case = orjson.loads(raw)
        result = decision.evaluate(case, {"trace": trace})["result"]
        return _said(result["target"], result["granted"], case["spent"])

    return decide


# --- CEL ----------------------------------------------------------------------------------

_CEL = (
    "(has(case.confirmed) && case.confirmed == true || case.not_told)"
    f" && (case.entry in {json.dumps(list(LISTED))} || ("
    + " && ".join(f"case.{name}" for name in CRITERIA)
    + ")) && !case.helps.exists(h, h.because_of_disease && !(h.provision == '83' &&"
    f" h.automatic_at_discharge) && h.provision in {json.dumps(list(FOUR))})"
)


def _cel() -> Callable[[bytes], dict[str, Any]]:
    cel = import_module("cel_expr_python.cel")
    rule = cel.NewEnv(variables={"case": cel.Type.DYN}).compile(_CEL)

    def decide(raw: bytes) -> dict[str, Any]:
        case = {key: value for key, value in orjson.loads(raw).items() if value is not None}
        value = rule.eval(data={"case": case}).value()
        truth = 2 if value is True else 0 if value is False else 1  # a missing key is an error
        wanted = sum(wish["value"] for wish in case["wishes"])
        return _said(truth, min(wanted, max(0, CEILING - case["spent"])), case["spent"])

    return decide


# --- json-logic ---------------------------------------------------------------------------


def _three(name: str) -> dict[str, Any]:
    told = {"var": name}
    return {"if": [{"===": [told, None]}, 1, {"if": [told, 2, 0]}]}


def _greatest(of: Any, each: Any) -> dict[str, Any]:
    return {"reduce": [
        of, {"max": [{"var": "accumulator"}, each]}, 0,
    ]}  # fmt: skip


_HELP = {
    "min": [
        _three("current.because_of_disease"),
        {"if": [{"in": [{"var": "current.provision"}, list(FOUR)]}, 2, 0]},
        {"if": [
            {"===": [{"var": "current.provision"}, "83"]},
            {"-": [2, _three("current.automatic_at_discharge")]}, 2,
        ]},
    ]
}  # fmt: skip
JSON_LOGIC: dict[str, Any] = {
    "target": {"min": [
        {"if": [{"var": "confirmed"}, 2, 1]},
        {"max": [
            {"if": [
                {"===": [{"var": "entry"}, None]}, 1,
                {"if": [{"in": [{"var": "entry"}, list(LISTED)]}, 2, 0]},
            ]},
            {"min": [_three(name) for name in CRITERIA]},
        ]},
        {"if": [
            {"===": [{"var": "helps"}, None]}, 1,
            {"-": [2, _greatest({"var": "helps"}, _HELP)]},
        ]},
    ]},
    "granted": {"min": [
        {"reduce": [
            {"var": "wishes"}, {"+": [{"var": "accumulator"}, {"var": "current.value"}]}, 0,
        ]},
        {"max": [0, {"-": [CEILING, {"var": "spent"}]}]},
    ]},
}  # fmt: skip


def _datalogic() -> Callable[[bytes], dict[str, Any]]:
    engine = import_module("datalogic_py").Engine()
    target, granted = (
        engine.compile(json.dumps(JSON_LOGIC[part])) for part in ("target", "granted")
    )

    def decide(raw: bytes) -> dict[str, Any]:
        text = raw.decode()
        spent = orjson.loads(raw)["spent"]
        return _said(float(target.evaluate_str(text)), float(granted.evaluate_str(text)), spent)

    return decide


NODE = """
const logic = require(process.argv[1]);
const {rules, cases} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const decide = (text) => {
  const one = JSON.parse(text);
  return JSON.stringify([logic.apply(rules.target, one), logic.apply(rules.granted, one), one.spent]);
};
const answers = cases.map(decide);
const times = [];
for (let round = 0; round < 15; round += 1) {
  const start = process.hrtime.bigint();
  for (const text of cases) decide(text);
  times.push(Number(process.hrtime.bigint() - start) / cases.length / 1000);
}
console.log(JSON.stringify({answers: answers.map(JSON.parse), times, node: process.version}));
"""


def in_node(cases: Sequence[bytes], folder: Path) -> dict[str, Any] | None:
    """Return what json-logic-js in Node says and takes, or nothing where there is no Node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    installed = subprocess.run(  # noqa: S603 - two programs found just above
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder),
         "json-logic-js@2.0.5"],
        check=False, capture_output=True,
    )  # fmt: skip
    if installed.returncode:
        return None
    told = json.dumps({"rules": JSON_LOGIC, "cases": [one.decode() for one in cases]})
    done = subprocess.run(  # noqa: S603 - as above
        [node, "-e", NODE, str(folder / "node_modules" / "json-logic-js")],
        input=told, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    found["answers"] = [_said(*one) for one in found["answers"]]
    return found


# --- rego ---------------------------------------------------------------------------------

_REGO = f"""
package bench
listed := {{{", ".join(json.dumps(one) for one in LISTED)}}}
four := {{{", ".join(json.dumps(one) for one in FOUR)}}}
three(x) := 2 if x == true
three(x) := 0 if x == false
three(x) := 1 if x == null
told := 2 if input.confirmed == true
else := 1
on_list := 1 if input.entry == null
else := 2 if input.entry in listed
else := 0
names := {json.dumps(list(CRITERIA))}
criteria := min([t | name := names[_]; t := three(input[name])])
in_time(h) := 2 - three(h.automatic_at_discharge) if h.provision == "83"
else := 2
among(h) := 2 if h.provision in four
else := 0
excludes(h) := min([three(h.because_of_disease), among(h), in_time(h)])
helped := 1 if input.helps == null
excluded := [e | h := input.helps[_]; e := excludes(h)]
helped := max(array.concat([0], excluded)) if input.helps != null
target := min([told, max([on_list, criteria]), 2 - helped])
granted := min([sum([w | w := input.wishes[_].value]), max([0, {CEILING} - input.spent])])
answer := {{"target": target, "granted": granted}}
"""


def _rego() -> Callable[[bytes], dict[str, Any]]:
    engine = import_module("regorus").Engine()
    engine.add_policy("bench.rego", _REGO)

    def decide(raw: bytes) -> dict[str, Any]:
        engine.set_input_json(raw.decode())
        said = orjson.loads(engine.eval_rule_as_json("data.bench.answer"))
        return _said(said["target"], said["granted"], orjson.loads(raw)["spent"])

    return decide


# --- OpenFisca ----------------------------------------------------------------------------


def _openfisca() -> Callable[[bytes], dict[str, Any]]:
    entities = import_module("openfisca_core.entities")
    systems = import_module("openfisca_core.taxbenefitsystems")
    builders = import_module("openfisca_core.simulation_builder")
    variables = import_module("openfisca_core.variables")
    periods = import_module("openfisca_core.periods")
    numpy = import_module("numpy")
    person = entities.Entity("person", "persons", "", "")
    system = systems.TaxBenefitSystem([person])
    names = ("told", "listed", "criteria", "helped", "wanted", "left")

    def variable(name: str, formula: Any = None) -> None:
        parts = {
            "value_type": int, "entity": person, "definition_period": periods.DateUnit.YEAR,
        }  # fmt: skip
        system.add_variable(
            type(
                name, (variables.Variable,), {**parts, **({"formula": formula} if formula else {})}
            )
        )

    for name in names:
        variable(name)

    def target(people: Any, period: Any) -> Any:
        disease = numpy.maximum(people("listed", period), people("criteria", period))
        ill = numpy.minimum(people("told", period), disease)
        return numpy.minimum(ill, 2 - people("helped", period))

    def granted(people: Any, period: Any) -> Any:
        return numpy.minimum(people("wanted", period), people("left", period))

    variable("target", target)
    variable("granted", granted)
    three = {None: 1, False: 0, True: 2}

    def helped(helps: list[dict[str, Any]] | None) -> int:
        return 1 if helps is None else max((
            2 * (one["because_of_disease"]
                 and not (one["provision"] == "83" and one["automatic_at_discharge"]))
            for one in helps
        ), default=0)  # fmt: skip

    def decide(raw: bytes) -> dict[str, Any]:
        case = orjson.loads(raw)
        entry = case["entry"]
        told = {
            "told": 2 if case["confirmed"] else 1,
            "listed": 1 if entry is None else 2 * (entry in LISTED),
            "criteria": min(three[case[name]] for name in CRITERIA),
            "helped": helped(case["helps"]),
            "wanted": sum(one["value"] for one in case["wishes"]),
            "left": max(0, CEILING - case["spent"]),
        }
        people = {"one": {name: {"2024": value} for name, value in told.items()}}
        simulation = builders.SimulationBuilder().build_from_entities(system, {"persons": people})
        return _said(
            simulation.calculate("target", "2024")[0],
            simulation.calculate("granted", "2024")[0],
            case["spent"],
        )

    return decide


# --- what they are ------------------------------------------------------------------------

PEERS = (
    Peer(
        name="zen-engine with trace", package="zen-engine", unknown="no: numbers",
        sums="yes", explains="trace of values", ready=lambda: _zen(trace=True),
    ),
    Peer(
        name="zen-engine", package="zen-engine", unknown="no: numbers",
        sums="yes", explains="no", ready=lambda: _zen(trace=False),
    ),
    Peer(
        name="CEL (C++)", package="cel-expr-python", unknown="as an error",
        sums="no: the host does", explains="no", ready=_cel,
    ),
    Peer(
        name="json-logic (datalogic, Rust)", package="datalogic-py", unknown="no: numbers",
        sums="yes", explains="no", ready=_datalogic,
    ),
    Peer(
        name="rego (regorus, Rust)", package="celine-regorus", unknown="no: numbers",
        sums="yes", explains="no", ready=_rego,
    ),
    Peer(
        name="OpenFisca-core", package="openfisca-core", unknown="no: numbers",
        sums="yes, lists by the host", explains="no", ready=_openfisca,
    ),
)  # fmt: skip
