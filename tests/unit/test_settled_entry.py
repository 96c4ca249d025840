"""What settles a diagnosis in a case: one hit beyond doubt, and nothing that points elsewhere."""

from __future__ import annotations

import pytest

from hjemmel import load_policy, read_case
from hjemmel.decide.decision import with_settled_entry

ALS = "Amyotrofisk lateral sklerose"


@pytest.fixture(scope="module")
def settled():
    """Return what the diagnosis told comes to, as an entry or nothing."""
    book = load_policy()

    def of(**diagnosis):
        told = {"case": "D", "decided_on": "2024-09-16", "diagnosis": diagnosis}
        case = read_case(told, book)
        entry = with_settled_entry(book.on(case.decided_on), case).facts.get("diagnosis.entry")
        return None if entry is None else str(entry)

    return of


@pytest.mark.parametrize(
    ("told", "entry"),
    [
        pytest.param({"text": ALS}, "mnd-als", id="a full name"),
        pytest.param({"code": "DG122G"}, "mnd-als", id="a code of its own"),
        pytest.param({"text": ALS, "code": "DG122G"}, "mnd-als", id="both"),
        pytest.param({"text": ALS, "code": "G12.2"}, "mnd-als", id="a code that is wider"),
        pytest.param(
            {"text": "MND", "code": "DG122G"}, "mnd-als", id="the heading it stands under"
        ),
        pytest.param({"text": "ALS med FTD", "code": "DG122G"}, "mnd-als", id="ALS with dementia"),
        pytest.param({"text": "en lang historie", "code": "DG122G"}, "mnd-als", id="no disease"),
        pytest.param({"text": "ALS"}, None, id="an abbreviation alone"),
        pytest.param({"text": "Dissemineret sklerose", "code": "DG122G"}, None, id="false friend"),
        pytest.param({"text": "Huntingtons chorea", "code": "DG122G"}, None, id="off the list"),
        pytest.param({"text": f"Mistanke om {ALS}", "code": "DG122G"}, None, id="suspicion"),
        pytest.param({"text": "Leighs syndrom", "code": "DG122G"}, None, id="two entries"),
        pytest.param({"text": "Leigh", "code": "DG122G"}, None, id="a short name of another"),
        pytest.param({"text": ALS, "code": "DG121F"}, None, id="a code off the list"),
        pytest.param({"text": ALS, "code": "DZ033"}, None, id="a code for observation"),
        pytest.param({"text": ALS, "entry": "krabbe"}, "krabbe", id="what is told stands"),
        pytest.param({"text": ALS, "entry": "not_listed"}, None, id="the name is on the list"),
        pytest.param({"code": "DG122G", "entry": "not_listed"}, None, id="and so is the code"),
        pytest.param(
            {"text": "ALS", "entry": "not_listed"}, "not_listed", id="in doubt, it stands"
        ),
        pytest.param(
            {"text": "Kongenit myopati", "entry": "not_listed"}, "not_listed", id="an open group"
        ),
    ],
)
def test_only_what_nothing_speaks_against_is_settled(settled, told, entry):
    """Whatever points two ways is asked about: it neither grants nor refuses."""
    assert entry == settled(**told)
