"""``hjemmel ask``: what to ask next and why, and the talk that walks a case to its decision."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from hjemmel import decide, load_policy, read_case
from hjemmel.cli import dialogue
from hjemmel.cli import main as command

ROOT = Path(__file__).resolve().parents[2]
MISSING, REFUSED = ROOT / "examples" / "mangler.yaml", ROOT / "examples" / "afslag.yaml"
BLANK = '# Min sag\ncase: EX-9\ndecided_on: "2024-03-04"\nrecipient: {name: Bo Eksempel}\n'


@pytest.fixture
def ask(capsys, monkeypatch):
    """Return what runs ``hjemmel ask`` with lines piped in, and returns its code and outputs."""

    def run(*arguments, lines=()):
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        code = command.main(["ask", *map(str, arguments)])
        return code, capsys.readouterr()

    return run


@pytest.fixture
def blank(tmp_path):
    """Return the file of a case that tells nothing."""
    path = tmp_path / "sag.yaml"
    path.write_text(BLANK, encoding="utf-8")
    return path


# --- one question ---------------------------------------------------------------------------------


def test_the_next_question_comes_with_its_law_and_what_each_answer_leads_to(ask):
    """Whoever asks can say why, and knows what the answer is good for."""
    code, said = ask(MISSING)

    assert (0, "") == (code, said.err)
    assert "bekendtgørelse nr. 552 af 22/05/2023, § 2, nr. 3" in said.out
    assert "«Alle seks kriterier er opfyldt»" in said.out
    assert "nej  → Afslag: sagen er oplyst" in said.out
    assert "Kan ikke længere få betydning" in said.out


def test_health_is_asked_for_with_consent(ask, blank):
    """The words of the consent are the rules' own, with their source."""
    code, said = ask(blank, "--interactive", lines=["ja", "0"])

    assert 0 == code
    assert "Samtykke: Helbredsoplysninger" in said.out
    assert "retssikkerhedsloven, § 11 a, stk. 1" in said.out


def test_a_decided_case_asks_nothing_and_proves_it(ask):
    """Of every fact that nobody has told, it says what settled it."""
    code, said = ask(REFUSED)

    assert 0 == code
    assert "Intet svar kan ændre udfaldet" in said.out
    assert "«Omfattet af personkredsen» er ikke opfyldt, uanset" in said.out


def test_english_words_for_english_readers(ask):
    """The program's own words follow the language."""
    code, said = ask(MISSING, "--lang", "en")

    assert 0 == code
    assert "Ask now" in said.out
    assert "Refusal: the case is told" in said.out


def test_as_data_every_answer_is_decided_and_every_idle_fact_has_a_proof(ask):
    """The JSON holds what the text says, and the same answers lead to the same outcomes."""
    code, said = ask(MISSING, "--format", "json")
    document = json.loads(said.out)
    book = load_policy()
    plain = dict(read_case(MISSING, book).plain)

    assert 0 == code
    assert len(document["questions"]) > 1
    for question in document["questions"]:
        name = question["fact"].removeprefix("criteria.")
        for answer in question["answers"]:
            told = {**plain, "criteria": {**plain["criteria"], name: answer["value"]}}

            assert decide(book, read_case(told, book)).outcome == answer["outcome"]
    assert all(one["proof"] in ("settled", "exhausted", "unread") for one in document["idle"])
    assert all(one["because"] for one in document["idle"])


def test_a_case_told_as_not_yet_waits(ask, tmp_path):
    """A disease that is not established is not asked for again; the case says what it waits for."""
    told = (
        'case: EX-8\ndecided_on: "2024-03-04"\nrequest: {made: true}\nprevious_help: []\n'
        "earlier_grants: []\ndiagnosis: {entry: mnd-als, confirmed: false}\n"
    )
    (tmp_path / "sag.yaml").write_text(told, encoding="utf-8")

    code, said = ask(tmp_path / "sag.yaml")

    assert 0 == code
    assert "Der er ikke mere at spørge om nu" in said.out
    assert "‹diagnosis.confirmed›" in said.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["findes-ikke.yaml"], 2, id="no such case"),
        pytest.param([MISSING, "--save", "x.yaml"], 2, id="nothing to save"),
        pytest.param(["-", "--interactive"], 2, id="one input for two things"),
        pytest.param([MISSING, "--interactive", "--save", "nej/x.yaml"], 2, id="no such folder"),
        pytest.param([MISSING, "--rules", "findes-ikke"], 2, id="no such rules"),
    ],
)
def test_a_call_that_cannot_be_used(ask, arguments, code):
    """It says so in words and ends with the code for that."""
    ended, said = ask(*arguments)

    assert code == ended
    assert said.err
    assert "Traceback" not in said.err


def test_a_day_without_rules_ends_with_three(ask, tmp_path):
    """As `decide` does."""
    (tmp_path / "sag.yaml").write_text('case: X\ndecided_on: "2022-01-01"\n', encoding="utf-8")

    assert 3 == ask(tmp_path / "sag.yaml")[0]


# --- the talk -------------------------------------------------------------------------------------

GRANTED = ["ja", "0", "ja", "Amyotrofisk lateralsklerose", "0"]


def test_a_talk_walks_a_case_to_its_decision_and_saves_it(ask, blank, tmp_path):
    """The saved case is the one that was decided, with its opening comments and its recipient."""
    saved = tmp_path / "ud.yaml"

    code, said = ask(blank, "--interactive", "--save", saved, lines=GRANTED)

    book = load_policy()
    text = saved.read_text(encoding="utf-8")
    assert 0 == code
    assert "BEVILLING" in said.out
    assert "grant" == decide(book, read_case(saved, book)).outcome
    assert text.startswith("# Min sag\n")
    assert "Bo Eksempel" in text
    assert BLANK == blank.read_text(encoding="utf-8")


def test_answers_that_cannot_be_used_are_explained_and_asked_for_again(ask, blank):
    """A wrong answer costs a line, never the talk."""
    lines = ["måske", "ja", "mange", "0", "ja", "xyzzy", "ALS", "mnd-als", "0"]

    code, said = ask(blank, "--interactive", lines=lines)

    assert 0 == code
    assert "`måske` er hverken ja eller nej" in said.out
    assert "`mange` er ikke et antal" in said.out
    assert "`xyzzy` blev ikke fundet" in said.out
    assert "`ALS` afgør ikke diagnosen" in said.out
    assert "BEVILLING" in said.out


def test_a_price_that_could_mean_two_is_refused_with_both(ask, tmp_path):
    """What a case file may not say, a talk may not either, and the same words say why."""
    told = (
        'case: EX-7\ndecided_on: "2024-03-04"\nrequest: {made: true}\nprevious_help: []\n'
        "earlier_grants: []\ndiagnosis: {entry: mnd-als, confirmed: true}\n"
        'wishes: [{id: w1, provision: "97", category: accompaniment}]\n'
    )
    (tmp_path / "sag.yaml").write_text(told, encoding="utf-8")

    code, said = ask(tmp_path / "sag.yaml", "--interactive", lines=["18.500", "18.500,00"])

    assert 0 == code
    assert "!" in said.out
    assert "18500" in said.out.partition("!")[2].partition("\n")[0]
    assert "BEVILLING" in said.out


def test_back_takes_the_last_answer_back(ask, blank):
    """And the first question has nothing before it."""
    code, said = ask(blank, "--interactive", lines=["tilbage", "ja", "tilbage", "nej"])

    assert 0 == code
    assert "det her er det første spørgsmål" in said.out
    assert "INGEN ANMODNING" in said.out


def test_what_is_passed_over_is_not_asked_again(ask, blank):
    """The talk goes on with what else can matter, and ends when all is told or passed over."""
    code, said = ask(blank, "--interactive", lines=["ja", "spring over", "spring over", "stop"])

    asked = [line for line in said.out.splitlines() if line.startswith("  previous_help ")]
    assert 0 == code
    assert 1 == len(asked)


def test_stopping_keeps_what_was_told(ask, blank, tmp_path):
    """After `stop`, and after an input that simply ends."""
    for name, lines in (("stop", ["ja", "0", "stop"]), ("end", ["ja", "0"])):
        saved = tmp_path / f"{name}.yaml"
        code, said = ask(blank, "--interactive", "--save", saved, lines=lines)

        assert 0 == code
        assert f"Sagen er gemt: {saved}" in said.out
        assert "previous_help: []" in saved.read_text(encoding="utf-8")


def test_without_a_file_the_answers_are_printed(ask, blank):
    """Nothing that was told is lost for want of an option."""
    code, said = ask(blank, "--interactive", lines=["ja", "stop"])

    assert 0 == code
    assert "request: {made: true}" in said.out


def test_a_file_that_can_no_longer_be_written_costs_no_answer(ask, blank, tmp_path):
    """What cannot be saved is printed."""
    saved = tmp_path / "ud.yaml"
    (tmp_path / ".ud.yaml.draft").mkdir()

    code, said = ask(blank, "--interactive", "--save", saved, lines=["ja", "stop"])

    assert 0 == code
    assert "der kan ikke skrives" in said.out
    assert "request: {made: true}" in said.out


def test_an_interrupt_loses_nothing(ask, blank, tmp_path, monkeypatch):
    """Ctrl-C in the third question: the first two answers are in the file."""
    saved, lines = tmp_path / "ud.yaml", iter(["ja", "0"])

    def interrupted(_talk, _prompt):
        for line in lines:
            return line
        raise KeyboardInterrupt

    monkeypatch.setattr(dialogue.Talk, "ask", interrupted)

    code, said = ask(blank, "--interactive", "--save", saved)

    assert 1 == code
    assert "afbrudt" in said.err.lower()
    assert "previous_help: []" in saved.read_text(encoding="utf-8")


def test_a_talk_goes_on_where_it_was_left(ask, blank, tmp_path):
    """The saved file is a case like any other, and may be saved over itself."""
    saved = tmp_path / "ud.yaml"
    ask(blank, "--interactive", "--save", saved, lines=GRANTED[:2])

    code, said = ask(saved, "--interactive", "--save", saved, lines=GRANTED[2:])

    assert 0 == code
    assert "BEVILLING" in said.out


def test_for_a_machine_the_talk_goes_to_standard_error(ask, blank):
    """Standard output holds the decision and nothing else."""
    code, said = ask(blank, "--interactive", "--format", "json", lines=GRANTED)

    assert 0 == code
    assert "grant" == json.loads(said.out)["outcome"]
    assert "Har borgeren bedt om hjælp" in said.err


def test_a_talk_in_english(ask, blank):
    """Prompts and answers in English."""
    code, said = ask(
        blank,
        "--interactive",
        "--lang",
        "en",
        lines=["yes", "none", "yes", "not on the list", "quit"],
    )

    assert 0 == code
    assert "Answer: yes / no" in said.out


def test_a_json_case_is_saved_as_json(ask, tmp_path):
    """The form of the file follows its name."""
    (tmp_path / "sag.json").write_text(
        json.dumps({"case": "J", "decided_on": "2024-03-04"}), encoding="utf-8"
    )
    saved = tmp_path / "ud.json"

    ask(tmp_path / "sag.json", "--interactive", "--save", saved, lines=["nej"])

    assert {"made": False} == json.loads(saved.read_text(encoding="utf-8"))["request"]
