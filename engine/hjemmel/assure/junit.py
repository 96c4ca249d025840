"""Scenario results as JUnit XML, the form that build servers read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from hjemmel.assure.expect import difference_text
from hjemmel.messages import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hjemmel.assure.scenarios import Result


def junit_xml(results: Sequence[Result], lang: str = "da") -> str:
    """Return *results* as JUnit XML: one suite a file, one case a scenario."""
    root = ET.Element("testsuites", name="hjemmel")
    suites: dict[str, ET.Element] = {}
    for result in results:
        file = result.scenario.place.partition(":")[0]
        suite = suites.get(file)
        if suite is None:
            suite = suites[file] = ET.SubElement(root, "testsuite", name=file)
        _case(suite, result, lang)
    for suite in suites.values():
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, result: Result, lang: str) -> None:
    file, _, line = result.scenario.place.partition(":")
    case = ET.SubElement(
        suite, "testcase", name=result.scenario.name, classname=file, file=file, line=line
    )
    if result.passed:
        return
    failure = ET.SubElement(case, "failure", message=words("scenarios-question", lang))
    failure.text = "\n".join(difference_text(one, lang) for one in result.differences)
