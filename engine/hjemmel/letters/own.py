"""A municipality's own words in a letter: its texts with the letter's own names filled in.

The texts are no templates: what stands between braces is looked up in a short list, and nothing
else is read as anything but Markdown. So a text can neither run nor read.
"""

from __future__ import annotations

from collections.abc import Mapping

from hjemmel.letters.fields import Office, Own, Person
from hjemmel.letters.marks import Bound
from hjemmel.letters.templating import markdown_text
from hjemmel.policy.checks.letters import PLACE
from hjemmel.policy.compile import Municipality

_NODE = "municipality:letters"


def own_words(
    municipality: Municipality,
    office: Office,
    people: Mapping[str, Person],
    letter: Mapping[str, str],
) -> Own:
    """Return the words of *municipality* in a letter from *office* to and by *people*.

    *letter* holds what the letter says about itself.
    """
    caseworker = people["caseworker"]
    told = {
        "recipient": people["recipient"].name,
        "caseworker": caseworker.name,
        "caseworker_title": caseworker.title,
        "caseworker_phone": caseworker.phone,
        "sender": office.name,
        "unit": str(municipality.letterhead.get("unit", "")),
        "phone": office.phone,
        "email": office.email,
        "web": office.web,
        **letter,
    }
    places = {name: _shown(value) for name, value in told.items()}
    texts: Mapping[str, str] = municipality.letters.get("texts", {})
    return Own(
        **{
            name: Bound(PLACE.sub(lambda found: places[found[1]], text.strip()), _NODE, ready=True)
            for name, text in texts.items()
        }
    )


def _shown(value: str) -> str:
    """Return *value* as Markdown shows it: as it is where our own code made it."""
    return str(value) if isinstance(value, Bound) and value.ready else str(markdown_text(value))
