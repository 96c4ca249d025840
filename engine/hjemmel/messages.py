"""Every sentence the program itself says, in Danish and English.

Rule texts are not here: they stand in ``rules/``. A sentence is found by its code; a hint
is shown only when every field it mentions has a value. Lower-case start, no full stop,
what the author wrote in backticks.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in two languages, perhaps with a hint."""

    da: str
    en: str
    hint_da: str = ""
    hint_en: str = ""


def sentence(code: str, fields: Mapping[str, str], lang: str = "da") -> str:
    """Return the sentence *code* with *fields* filled in, in *lang*."""
    text = TEXTS[code]
    return (text.da if lang == "da" else text.en).format_map(fields)


def hint(code: str, fields: Mapping[str, str], lang: str = "da") -> str:
    """Return the hint of *code*, or an empty text where a field it needs is empty."""
    template = TEXTS[code].hint_da if lang == "da" else TEXTS[code].hint_en
    needed = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    if any(not fields.get(name) for name in needed):
        return ""
    return template.format_map(fields)


def words(code: str, lang: str = "da", **fields: str) -> str:
    """Return the words *code* in *lang*: the same as a sentence, for headings and labels."""
    return sentence(code, fields, lang)


TEXTS: Mapping[str, Text] = {
    # --- reading files ------------------------------------------------------------------
    "file-missing": Text("filen `{file}` findes ikke", "the file `{file}` does not exist"),
    "file-too-large": Text("filen er større end {limit} byte", "the file is larger than {limit} bytes"),
    "file-too-deep": Text("filen er mere end {limit} niveauer dyb", "the file is more than {limit} levels deep"),
    "file-not-utf8": Text(
        "filen er ikke UTF-8", "the file is not UTF-8",
        "gem filen med tegnsættet UTF-8", "save the file with the encoding UTF-8",
    ),
    "file-empty": Text("filen er tom", "the file is empty"),
    "yaml-syntax": Text(
        "her kan filen ikke læses som YAML", "the file cannot be read as YAML here",
        "se efter et manglende kolon, anførselstegn eller en forkert indrykning",
        "look for a missing colon, a quote or a wrong indentation",
    ),
    "json-syntax": Text(
        "her kan filen ikke læses som JSON", "the file cannot be read as JSON here",
        "se efter et manglende komma, kolon, anførselstegn eller en parentes",
        "look for a missing comma, colon, quote or bracket",
    ),
    "json-fraction": Text(
        "tallet `{text}` har decimaler, og de kan blive upræcise",
        "the number `{text}` has decimals, which may lose precision",
        'skriv beløbet som tekst: "{text}"', 'write the amount as text: "{text}"',
    ),
    "yaml-two-documents": Text("filen har mere end ét dokument", "the file holds more than one document",
                               "fjern linjen med ---", "remove the line with ---"),
    "yaml-alias": Text("henvisningen `*{name}` er ikke tilladt", "the alias `*{name}` is not allowed",
                       "skriv indholdet helt ud", "write the content in full"),
    "yaml-anchor": Text("ankeret `&{name}` er ikke tilladt", "the anchor `&{name}` is not allowed",
                        "skriv indholdet helt ud", "write the content in full"),
    "yaml-tag": Text("mærket `{tag}` er ikke tilladt", "the tag `{tag}` is not allowed",
                     "fjern mærket", "remove the tag"),
    "yaml-merge": Text("sammenfletning med `<<` er ikke tilladt", "merging with `<<` is not allowed",
                       "skriv felterne helt ud", "write the fields in full"),
    "yaml-key-not-text": Text("et feltnavn skal være tekst", "a key must be text"),
    "yaml-date": Text("datoen `{text}` skal stå i anførselstegn", "the date `{text}` must be quoted",
                      'skriv "{text}"', 'write "{text}"'),
    "yaml-time": Text("`{text}` kan læses som et klokkeslæt eller et 60-talstal",
                      "`{text}` may be read as a time or a base-60 number",
                      'skriv "{text}"', 'write "{text}"'),
    "yaml-leading-zero": Text("`{text}` kan læses som et ottetalstal", "`{text}` may be read as an octal number",
                              'skriv "{text}", hvis det er en tekst', 'write "{text}" if it is text'),
    "yaml-fraction": Text("`{text}` kan læses som en brøk", "`{text}` may be read as a fraction",
                          "skriv beløb med hele cifre i anførselstegn, fx \"1200\" eller \"1200.00\"",
                          "write amounts as plain digits in quotes, such as \"1200\" or \"1200.00\""),
    "yaml-number": Text("`{text}` er ikke et tal, alle læser ens", "`{text}` is not a number everyone reads alike",
                        'skriv "{text}"', 'write "{text}"'),
    "yaml-yes-no": Text("`{text}` kan læses som ja, nej eller tekst", "`{text}` may be read as yes, no or text",
                        'skriv true eller false, eller "{text}" som tekst',
                        'write true or false, or "{text}" as text'),
    "yaml-null": Text("`{text}` kan læses som en tom værdi", "`{text}` may be read as empty",
                      "udelad feltet, eller skriv null", "leave the key out, or write null"),
    "duplicate-key": Text("feltet `{key}` står to gange", "the key `{key}` stands twice",
                          "det står også på linje {line}", "it also stands on line {line}"),
    # --- against the schema -------------------------------------------------------------
    "unknown-key": Text("ukendt nøgle `{key}`", "unknown key `{key}`",
                        "mente du `{close}`?", "did you mean `{close}`?"),
    "missing-key": Text("nøglen `{key}` mangler", "the key `{key}` is missing"),
    "wrong-type": Text("`{key}` skal være {wanted}", "`{key}` has the wrong type: expected {wanted}",
                       'skriv værdien i anførselstegn: "{quote}"', 'put the value in quotes: "{quote}"'),
    "not-allowed": Text("`{given}` kan ikke bruges her; brug en af: {allowed}",
                        "`{given}` cannot be used here; use one of: {allowed}",
                        "mente du `{close}`?", "did you mean `{close}`?"),
    "wrong-form": Text("`{given}` har ikke den rigtige form ({about})", "`{given}` does not have the right form ({about})"),
    "empty-value": Text("`{key}` må ikke være tom", "`{key}` must not be empty"),
    "too-much": Text("`{key}` er for lang; højst {limit}", "`{key}` is too long; at most {limit}"),
    "schema-mismatch": Text("`{key}` passer ikke til skemaet ({rule})", "`{key}` does not fit the schema ({rule})"),
    "schema-missing": Text("skemaet `{schema}` findes ikke", "the schema `{schema}` does not exist"),
    # --- checks beyond the schema -------------------------------------------------------
    "rules-invalid": Text("reglerne har {count} fejl", "the rules hold {count} errors"),
    "case-invalid": Text("sagen har {count} fejl", "the case holds {count} errors"),
    "folder-missing": Text("mappen `{folder}` findes ikke", "the folder `{folder}` does not exist"),
    "file-outside": Text("filen `{file}` ligger uden for regelmappen", "the file `{file}` lies outside the rule folder"),
    "municipality-missing": Text("kommunen `{municipality}` har ingen fil", "the municipality `{municipality}` has no file",
                                 "mente du `{close}`?", "did you mean `{close}`?"),
    "duplicate-id": Text("id'et `{name}` er brugt to gange", "the id `{name}` is used twice",
                         "det står første gang i {file} på linje {line}", "it first stands in {file} on line {line}"),
    "unknown-fact": Text("ukendt oplysning `{name}`", "unknown fact `{name}`",
                         "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-conclusion": Text("ukendt konklusion `{name}`", "unknown conclusion `{name}`",
                               "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-question": Text("ukendt åbent spørgsmål `{name}`", "unknown open question `{name}`",
                             "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-reading": Text("ukendt læsning `{name}`", "unknown reading `{name}`",
                            "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-list": Text("ukendt liste `{name}`", "unknown list `{name}`",
                         "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-value": Text("oplysningen kan ikke have værdien `{name}`", "the fact cannot have the value `{name}`",
                          "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-entry": Text("ukendt diagnose-id `{name}`", "unknown diagnosis id `{name}`",
                          "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-provision": Text("ukendt paragraf `{name}`", "unknown provision `{name}`",
                              "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-category": Text("ukendt kategori `{name}`", "unknown category `{name}`",
                             "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-criterion": Text("ukendt kriterium `{name}`", "unknown criterion `{name}`",
                              "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-index": Text("ukendt indeks `{name}`", "unknown index `{name}`",
                          "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-rate": Text("ukendt sats `{name}`", "unknown rate `{name}`",
                         "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-source": Text("ukendt retskilde `{name}`", "unknown source `{name}`",
                           "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-place": Text("retskilden `{ref}` har ikke stedet `{name}`", "the source `{ref}` has no place `{name}`",
                          "mente du `{close}`?", "did you mean `{close}`?"),
    "unknown-provision-here": Text("bestemmelsen `{name}` står ikke på dette sted i `{ref}`",
                                   "the provision `{name}` does not stand at this place of `{ref}`",
                                   "mente du `{close}`?", "did you mean `{close}`?"),
    "ambiguous-citation": Text("stedet `{at}` har flere bestemmelser", "the place `{at}` holds several provisions",
                               "skriv `provision:` med en af: {known}", "write `provision:` with one of: {known}"),
    "provision-unclaimed": Text("ingen regel bygger på bestemmelsen `{name}`", "no rule rests on the provision `{name}`",
                                "henvis til den, eller skriv `no_rule:` med en grund",
                                "cite it, or write `no_rule:` with a reason"),
    "provision-claimed": Text("bestemmelsen `{name}` har en regel og kan ikke også have `no_rule`",
                              "the provision `{name}` has a rule and cannot also carry `no_rule`",
                              "fjern `no_rule`", "remove `no_rule`"),
    "no-such-day": Text("dagen `{given}` findes ikke i kalenderen", "the day `{given}` is not in the calendar",
                        "skriv år-måned-dag, fx \"2024-03-04\"", "write year-month-day, such as \"2024-03-04\""),
    "period-backward": Text("perioden slutter {end}, før den begynder {start}", "the period ends {end}, before it begins {start}"),
    "rate-not-closed": Text("perioden mangler `to`, men et nyt beløb begynder bagefter",
                            "the period lacks `to`, though a new amount begins after it",
                            "skriv to: \"{day}\"", "write to: \"{day}\""),
    "rate-overlap": Text("beløbet begynder {start}, før det forrige slutter {end}",
                         "the amount begins {start}, before the previous one ends {end}",
                         "det forrige står på linje {line}", "the previous one stands on line {line}"),
    "rate-hole": Text("der er intet beløb fra {first} til {last}", "there is no amount from {first} to {last}",
                      "det forrige beløb står på linje {line}", "the previous amount stands on line {line}"),
    "rate-not-in-force": Text("ingen sats for \"{rate}\" gælder den {day}", "no rate for \"{rate}\" is in force on {day}",
                              "kendte dage: {known}", "known days: {known}"),
    "rules-not-in-force": Text("reglerne gælder ikke den {day}", "the rules are not in force on {day}",
                               "reglerne gælder: {known}", "the rules are in force: {known}"),
    "conclusion-without-rule": Text("konklusionen `{name}` har ingen regel fra {day}", "the conclusion `{name}` has no rule from {day}"),
    "ambiguous-amount": Text("`{given}` kan læses som to beløb", "`{given}` can be read as two amounts",
                             "skriv \"{first}\" eller \"{second}\"", "write \"{first}\" or \"{second}\""),
    "not-an-amount": Text("`{given}` er ikke et beløb", "`{given}` is not an amount",
                          "skriv fx \"1200\", \"1200.50\" eller \"1.200,50 kr.\"",
                          "write for instance \"1200\", \"1200.50\" or \"1.200,50 kr.\""),
    "percent-missing": Text("procenten for {year} mangler i indekset `{index}`", "the percentage for {year} is missing in `{index}`"),
    "rate-not-regulated": Text("{given} er ikke det forrige beløb reguleret med {percent} %",
                               "{given} is not the previous amount regulated by {percent} %",
                               "den afrundede kæde giver {rounded}, den uafrundede {exact}",
                               "the rounded chain gives {rounded}, the unrounded {exact}"),
    "condition-shape": Text("en betingelse skal have netop ét af all, any, not, at_least, fact, conclusion, question, some, every",
                            "a condition must hold exactly one of all, any, not, at_least, fact, conclusion, question, some, every",
                            "her står: {given}", "found: {given}"),
    "condition-key": Text("`{key}` kan ikke stå sammen med `{head}`", "`{key}` cannot stand together with `{head}`"),
    "condition-too-deep": Text("betingelsen er mere end {limit} niveauer dyb", "the condition is more than {limit} levels deep",
                               "giv den inderste del et navn som en konklusion", "name the innermost part as a conclusion"),
    "at-least-count": Text("`count` er {count}, men der er {parts} dele", "`count` is {count}, but there are {parts} parts"),
    "comparison-missing": Text("oplysningen `{fact}` er ikke ja eller nej og skal sammenlignes med noget",
                               "the fact `{fact}` is not a yes or no and needs a comparison",
                               "skriv fx equals eller one_of", "write for instance equals or one_of"),
    "comparison-type": Text("`{operator}` kan ikke bruges på `{fact}`, som er af typen {type}",
                            "`{operator}` cannot be used on `{fact}`, which is of type {type}"),
    "fact-out-of-scope": Text("betingelsen taler om `{element}`, men her er kun `{scope}`",
                              "the condition speaks of `{element}`, but here is only `{scope}`",
                              "brug some eller every over listen", "use some or every over the list"),
    "circular-conclusion": Text("konklusionen bygger på sig selv: {path}", "the conclusion rests on itself: {path}"),
    "idle-fact": Text("oplysningen `{name}` bruges ikke af nogen regel", "no rule uses the fact `{name}`"),
    "idle-conclusion": Text("konklusionen `{name}` bruges ikke", "the conclusion `{name}` is not used"),
    "table-without-end": Text("den sidste række `{name}` skal altid passe", "the last row `{name}` must always fit",
                              "skriv when: {{all: []}}", "write when: {{all: []}}"),
    # --- cases ---------------------------------------------------------------------------
    "cpr-shaped": Text("`{key}` ligner et CPR-nummer", "`{key}` looks like a CPR number",
                       "brug et sagsnummer, der ikke peger på en person", "use a case number that names nobody"),
    "day-after-decision": Text("dagen {day} ligger efter afgørelsesdagen {decided}", "the day {day} is after the day of decision {decided}"),
    "duplicate-wish": Text("ønsket `{name}` står to gange", "the wish `{name}` stands twice"),
    "negative-amount": Text("beløbet `{given}` er negativt", "the amount `{given}` is negative"),
    "case-not-mapping": Text("en sag skal bestå af felter med navn", "a case must be a mapping"),
    # --- deciding ------------------------------------------------------------------------
    "interpreters-disagree": Text("de to fortolkere er uenige; der træffes ingen afgørelse",
                                  "the two interpreters disagree; no decision is given",
                                  "sagen er gemt i {file}", "the case is saved in {file}"),
    "backend-fault": Text("regelmotoren fejlede: {problem}", "the rule engine failed: {problem}"),
    "no-row-fits": Text("ingen række passer i tabellen {table}", "no row fits in the table {table}"),
    # --- scenarios -----------------------------------------------------------------------
    "expects-nothing": Text("eksempelsagen `{name}` forventer intet", "the scenario `{name}` expects nothing",
                            "skriv, hvad afgørelsen skal være, under `expect:`", "write what the decision must be below `expect:`"),
    # --- explaining ---------------------------------------------------------------------
    "yes": Text("ja", "yes"),
    "no": Text("nej", "no"),
    "list-none": Text("ingen", "none"),
    "operator-equals": Text("er", "is"),
    "operator-one_of": Text("er en af", "is one of"),
    "operator-at_most": Text("er højst", "is at most"),
    "operator-at_least_value": Text("er mindst", "is at least"),
    "operator-before": Text("er før", "is before"),
    "operator-after": Text("er efter", "is after"),
    "status-granted": Text("Bevilges", "Granted"),
    "status-partly_granted": Text("Bevilges delvist", "Partly granted"),
    "status-over_ceiling": Text("Kan ikke rummes i beløbet", "Does not fit the amount"),
    "status-not_covered": Text("Uden for beløbet", "Outside the provision"),
    "status-ask": Text("Oplysninger mangler", "Information is missing"),
    "status-assess": Text("Til vurdering", "To be assessed"),
}  # fmt: skip
