"""The generator notices what a page gets wrong; otherwise the other tests would prove nothing."""

from __future__ import annotations

import pytest

from documentation.documents import generate


@pytest.fixture
def page(tmp_path):
    """Return a function that writes a page and gives it as the generator would write it."""

    def refreshed(text: str) -> str:
        path = tmp_path / "page.md"
        path.write_text(text, encoding="utf-8")
        return generate.refreshed(path)

    return refreshed


def test_the_output_of_a_command_is_written_anew(page):
    """Whatever stood below the command before."""
    text = page("```console\n$ hjemmel match xyzzy\nwrong\n```\n")

    assert "wrong" not in text
    assert "Ikke fundet på listen" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("```console\n$ hjemmel rates 1999\n```\n", "the page says 0", id="exit code"),
        pytest.param(
            "```console\n$ hjemmel rates 2026\n$ echo $?\n4\n```\n", "ends with 0", id="stated code"
        ),
        pytest.param("```console\n$ rm -r rules\n```\n", "only hjemmel", id="another program"),
        pytest.param("```python\nraise ValueError\n```\n", "the code fails", id="code that fails"),
        pytest.param(
            "<!-- find: rules/rates.yaml -->\n```yaml\n  - id: no_such_rate\n```\n",
            "does not stand in",
            id="a text that is not in the file",
        ),
        pytest.param(
            "<!-- write: rules/rates.yaml -->\n```yaml\n  - id: new\n```\n",
            "nothing was found",
            id="an edit of nothing",
        ),
    ],
)
def test_a_page_that_is_wrong_is_refused(page, text, told):
    """With the page and the line, for whoever wrote it."""
    with pytest.raises(generate.PageError, match=told):
        page(text)


def test_an_edit_is_made_where_the_text_was_found(page):
    """Further in than on the page, if the file has it so; and the next command sees it."""
    text = page(
        "<!-- find: rules/rates.yaml -->\n```yaml\n- id: refund_floor\n```\n"
        "<!-- write: rules/rates.yaml -->\n```yaml\n- id: ceiling\n```\n"
        "```console\n$ hjemmel check\n$ echo $?\n3\n```\n"
    )

    assert "[duplicate-id]" in text


def test_printed_text_is_written_below_the_code(page):
    """And names are kept from one block to the next."""
    text = page(
        "```python\na = 1\n```\n```python\nprint(a + 1)\n```\n<!-- output -->\n```text\n```\n"
    )

    assert text.endswith("```text\n2\n```\n")


def test_a_long_output_may_be_cut(page):
    """The page says how many lines it wants from each end."""
    text = page("<!-- lines: first 1, last 1 -->\n```console\n$ hjemmel rates\n```\n")

    assert 5 == len(text.split("```console\n")[1].splitlines())
    assert "\n[…]\n" in text


def test_what_passes_with_every_edit_is_not_compared():
    """The digest of the rules, and how many elements there are."""
    one = "Spor: regler 2026.11.1 (0123456789ab) · 0 af 306 regelelementer"
    other = "Spor: regler 2027.1.1 (ba9876543210) · 3 af 310 regelelementer"

    assert generate.comparable(one) == generate.comparable(other)


def test_a_refreshed_page_stays_as_it_is(page):
    """Writing twice changes nothing."""
    once = page("# A\n\n```console\n$ hjemmel rates 2026\n```\n\nEnd.\n")

    assert page(once) == once
