"""A hostile template can read nothing but what it is given, and cannot run without end."""

from __future__ import annotations

import os
import time
from functools import cache

import pytest

import hjemmel
from hjemmel.decide import backend
from hjemmel.letters import confined
from hjemmel.letters.write import LetterError, write_letter

#: So much text, and it is done: far more than a letter, far less than a machine has.
BIG = 10**10


@pytest.fixture(autouse=True)
def one_interpreter(monkeypatch):
    """Let the reference decide alone: letters are about what was decided, not about who did."""
    monkeypatch.setattr(backend, "available", lambda: False)


@pytest.fixture(autouse=True)
def little_time(monkeypatch):
    """Give a template a second, so that the tests are quick; the limit is the child's own."""
    monkeypatch.setattr(
        confined, "_CHILD", "from hjemmel.letters import confined as c; c.CPU = 1; c.child()"
    )


@cache
def decision():
    """Return a decision that grants an aid."""
    book = hjemmel.load_policy()
    case = {
        "case": "EX-1",
        "decided_on": "2025-10-06",
        "request": {"made": True},
        "diagnosis": {"text": "ALS", "entry": "mnd-als", "confirmed": True},
        "previous_help": [],
        "earlier_grants": [],
    }
    return hjemmel.decide(book, hjemmel.read_case(case, book), municipality="eksempelkommune")


def letter(folder, source, **others):
    """Return the letter of a folder whose template reads *source*, beside *others*."""
    (folder / "letters").mkdir(exist_ok=True)
    (folder / "parts").mkdir(exist_ok=True)
    (folder / "letters" / "grant.md.j2").write_text(f"# x\n\n{source}\n", encoding="utf-8")
    for name, text in others.items():
        (folder / "parts" / f"{name}.md.j2").write_text(text, encoding="utf-8")
    return write_letter(decision(), templates=folder).markdown


def rendered(folder, source):
    """Return what the process makes of *source*, whether it is a letter or not."""
    (folder / "letters").mkdir()
    (folder / "letters" / "grant.md.j2").write_text(source, encoding="utf-8")
    return confined.render("letters/grant.md.j2", {"case": "EX-1"}, folder)


LOOP = "{% for x in range(99999) %}"
ENDLESS = {
    "loops within loops": f"{LOOP * 4}{'{% endfor %}' * 4}",
    "loops over a text": "{% for a in 'x' * 9999 %}" * 4 + "{% endfor %}" * 4,
    "a power of a power": "{{ 9 ** (9 ** 9) }}",
    "a text that doubles": "{% set n = namespace(t='x') %}"
    + LOOP
    + "{% set n.t = n.t ~ n.t %}{% endfor %}",
    "a list that doubles": "{% set n = namespace(t=[1]) %}"
    + LOOP
    + "{% set n.t = n.t + n.t %}{% endfor %}",
    "a text times a number": f"{{{{ 'x' * {BIG} }}}}",
    "a list times a number": f"{{{{ [1] * {BIG} }}}}",
    "a wide centre": f"{{{{ 'x' | center({BIG}) }}}}",
    "a wide format": f"{{{{ '%{BIG}d' % 1 }}}}",
    "a wide format filter": f"{{{{ '%{BIG}d' | format(1) }}}}",
    "a wide format method": f"{{{{ '{{:>{BIG}}}'.format('x') }}}}",
    "a wide justification": f"{{{{ 'x'.ljust({BIG}) }}}}",
    "a deep indent": f"{{{{ 'x\n' * 999 | indent({BIG}, first=true) }}}}",
    "a growing replacement": "{{ ('x' * 99999).replace('x', 'y' * 99999) }}",
    "many batches": f"{{{{ [1] | batch({BIG}, 'x') | list }}}}",
    "a macro that calls itself twice": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(200) }}",
    "a macro without end": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a loop that calls itself": "{% for x in [[1, 2], [1, 2]] recursive %}{{ loop([[1, 2], [1, 2]]) }}{% endfor %}",
    "an include without end": "{% include 'parts/self.md.j2' %}",
    "a long letter": LOOP + "{{ 'x' * 99 }}{% endfor %}",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_what_would_not_end_is_ended(tmp_path, source):
    """In little time, in little memory, and the error says which template it was."""
    began = time.monotonic()

    with pytest.raises(LetterError) as caught:
        letter(tmp_path, source, self="{% include 'parts/self.md.j2' %}" * 2)
    assert "letters/grant.md.j2" in caught.value.text() or "parts/self" in caught.value.text()
    assert caught.value.key in ("letter-template-limit", "letter-template-failed")
    assert time.monotonic() - began < confined.WALL / 2


READS = {
    "the environment of the process": "{{ environment }}",
    "a module": "{{ sys }}",
    "the template's own": "{{ self.__init__.__globals__ }}",
    "a function's globals": "{{ range.__globals__ }}",
    "a value's class": "{{ sender.__class__.__init__.__globals__ }}",
    "a method's function": "{{ case.upper.__func__ }}",
    "the loader": "{{ self._TemplateReference__context.environment.loader }}",
    "a generator's frame": "{% set g = [1] | map('upper') %}{{ g.gi_frame.f_globals }}",
    "by attr": "{{ case | attr('__class__') }}",
    "by format": "{{ '{0.__class__.__mro__}'.format(case) }}",
    "by format_map": "{{ '{x.__class__}'.format_map({'x': case}) }}",
    "by a joiner": "{{ joiner() }}",
    "by a cycler": "{{ cycler('a').__init__ }}",
    "by import": "{% import 'os' as os %}{{ os }}",
    "a file by its path": "{% include '/etc/passwd' %}",
    "a file by a way out": "{% include '../../../../../../etc/passwd' %}",
    "a debugger": "{% debug %}",
    "a statement": "{% do case %}",
}


@pytest.mark.parametrize("source", READS.values(), ids=READS)
def test_what_is_not_given_cannot_be_read(tmp_path, source):
    """Neither the inside of a value nor anything of the machine."""
    with pytest.raises(LetterError) as caught:
        letter(tmp_path, source)
    assert "letter-template-failed" == caught.value.key
    assert "root:" not in caught.value.text()


def test_the_inside_of_a_value_is_not_printed_either(tmp_path):
    """Where a filter asks for it, there is nothing."""
    shown = rendered(tmp_path, "{{ [case] | map(attribute='__class__') | list }}")

    assert "class" not in shown


def test_a_template_is_given_no_variables_of_the_environment(tmp_path, monkeypatch):
    """The process of the template has none of ours but where the modules are."""
    monkeypatch.setenv("A_SECRET", "42")
    monkeypatch.setattr(
        confined,
        "_CHILD",
        "import os, sys; sys.stdout.write('{\"text\": \"# ' + ' '.join(sorted(os.environ)) + '\"}')",
    )

    shown = rendered(tmp_path, "x")
    assert "PYTHONPATH" in shown
    assert "A_SECRET" in os.environ
    assert "A_SECRET" not in shown


def test_a_template_cannot_write_a_file(tmp_path, monkeypatch):
    """The system forbids it to the process, whatever the sandbox lets through."""
    target = tmp_path / "written"
    monkeypatch.setattr(
        confined,
        "_CHILD",
        f"from hjemmel.letters import confined as c; c._limit(); open({str(target)!r}, 'w').write('x')",
    )

    with pytest.raises(LetterError):
        letter(tmp_path, "x")
    assert not target.exists() or "" == target.read_text(encoding="utf-8")


def test_the_same_text_comes_out_of_the_process(tmp_path):
    """A folder that replaces nothing changes nothing."""
    (tmp_path / "letters").mkdir()

    assert (
        write_letter(decision()).markdown == write_letter(decision(), templates=tmp_path).markdown
    )
    ours, theirs = write_letter(decision()), write_letter(decision(), templates=tmp_path)
    assert ours.html() == theirs.html()
