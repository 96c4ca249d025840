"""The order in which facts are told, the process and the place it runs in change nothing."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from conformance.cases import LONG, book, case_of, draw, shuffled, without
from hjemmel import decide, decision_document

TESTS = Path(__file__).resolve().parents[1]
CASES = 1_000 if LONG else 40
LISTS = ("previous_help", "earlier_grants")


def document_of(drawn):
    """Return the decision on *drawn* as data."""
    return decision_document(decide(book(), case_of(drawn), municipality=drawn.municipality))


def canonical(document):
    """Return *document* as bytes: the keys stay in the order in which they were written."""
    return json.dumps(document, ensure_ascii=False).encode()


def test_the_order_of_keys_does_not_matter():
    """However the mappings of a case are ordered, the decision is the same, byte for byte."""
    for seed in range(200_000, 200_000 + CASES):
        drawn = draw(seed, untold=Random(seed).choice((0, 0.03)))
        other = drawn.having(shuffled(drawn.data, Random(seed)))

        assert canonical(document_of(drawn)) == canonical(document_of(other)), drawn


def test_the_order_of_earlier_help_and_grants_does_not_matter():
    """What was given before has no order: all that is decided, and every duty, is the same."""
    compared = 0
    for seed in range(300_000, 300_000 + 5 * CASES):
        drawn = draw(seed, untold=0)
        turned = {name: drawn.data[name][::-1] for name in LISTS}
        if turned == {name: drawn.data[name] for name in LISTS}:
            continue
        compared += 1
        one, other = document_of(drawn), document_of(drawn.having({**drawn.data, **turned}))
        for document in (one, other):
            # The digest is of the case as it was written; paths and explanation number its lists.
            del document["receipt"]["case_digest"], document["explanation"], document["missing"]

        assert canonical(one) == canonical(other), drawn

    assert compared > CASES / 4


def digest_of_decisions():
    """Return one digest over some decisions: what a subprocess prints."""
    digest = hashlib.sha256()
    for seed in range(400_000, 400_012):
        drawn = draw(seed, days=("2025-07-01",), untold=0.02)
        digest.update(canonical(document_of(drawn)))
    return digest.hexdigest()


@pytest.mark.parametrize(
    "surroundings",
    [
        pytest.param({"PYTHONHASHSEED": "0", "TZ": "UTC", "LANG": "C"}, id="plain"),
        pytest.param({"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"}, id="tomorrow"),
        pytest.param({"PYTHONHASHSEED": "random", "LC_ALL": "tr_TR.UTF-8"}, id="Turkish"),
        pytest.param({"PYTHONUTF8": "0", "LC_ALL": "C", "TZ": "America/Adak"}, id="bytes"),
    ],
)
def test_every_process_writes_the_same_bytes(surroundings):
    """Hash seed, time zone and language are the machine's, and the decision is not."""
    code = "from conformance.test_order import digest_of_decisions; print(digest_of_decisions())"
    roots = os.pathsep.join([str(TESTS), *(path for path in sys.path if path)])
    kept = {key: value for key, value in os.environ.items() if key not in ("LC_ALL", "LANG", "TZ")}
    printed = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "PYTHONPATH": roots, **surroundings},
        capture_output=True,
        check=False,
        text=True,
    )

    assert "" == printed.stderr
    assert digest_of_decisions() == printed.stdout.strip()


def test_the_digest_sees_a_change():
    """A digest that never differs would prove nothing."""
    drawn = draw(400_000, untold=0)
    poorer = drawn.having(without(drawn.data, ("request", "made")))

    assert canonical(document_of(drawn)) != canonical(document_of(poorer))
