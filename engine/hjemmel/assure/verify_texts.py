"""The sentences of `hjemmel verify`; they belong in ``messages.py``."""

# ruff: noqa: E501 - a catalogue: one message, one line

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.messages import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS: Mapping[str, Text] = {
    # --- what stands in the way of a proof ----------------------------------------------------
    "solver-missing": Text(
        "beviserne kræver z3, som ikke er installeret",
        "the proofs need z3, which is not installed",
        "kør: pip install 'hjemmel[verify]'",
        "run: pip install 'hjemmel[verify]'",
    ),
    "solver-gave-up": Text(
        "z3 fandt hverken et bevis eller en sag inden for tiden",
        "z3 found neither a proof nor a case in time",
        "prøv en enkelt periode med --on",
        "try a single period with --on",
    ),
    "unknown-duty": Text(
        "ukendt pligt `{name}`",
        "unknown duty `{name}`",
        "mente du `{close}`?",
        "did you mean `{close}`?",
    ),
    # --- what is not so -----------------------------------------------------------------------
    "no-row": Text(
        "der er en sag, hvor ingen række i tabellen passer",
        "there is a case in which no row of the table fits",
        "tabellens sidste række er `{name}`; slut med en række, der altid passer",
        "the last row of the table is `{name}`; end with one that always fits",
    ),
    "undecided": Text(
        "alt er oplyst, og intet åbent spørgsmål er rejst, men rækken `{name}` afgør ikke sagen",
        "all is told and no open question is raised, but the row `{name}` does not decide the case",
    ),
    "contradicting-rows": Text(
        "rækkerne `{other}` og `{name}` har samme betingelse, men siger {other_result} og {result}",
        "the rows `{other}` and `{name}` have the same condition but say {other_result} and {result}",
        "`{other}` står først og vinder altid",
        "`{other}` stands first and always wins",
    ),
    "same-rule-twice": Text(
        "reglerne `{other}` og `{name}` i `{owner}` er opfyldt i nøjagtig de samme sager, men begrunder hver for sig",
        "the rules `{other}` and `{name}` of `{owner}` hold in exactly the same cases but give reasons of their own",
        "saml dem i én regel",
        "make them one rule",
    ),
    "shadowed-row": Text(
        "rækken `{name}` kan aldrig vælges: `{other}` passer, hver gang den gør, og står først",
        "the row `{name}` can never be chosen: `{other}` fits whenever it does and stands first",
        "flyt `{name}` op før `{other}`, eller slet den",
        "move `{name}` above `{other}`, or delete it",
    ),
    "shadowed-row-together": Text(
        "rækken `{name}` kan aldrig vælges: rækkerne før den tager alle dens sager",
        "the row `{name}` can never be chosen: the rows before it take all of its cases",
    ),
    "dead-row": Text(
        "rækken `{name}` kan aldrig passe: dens betingelse er ikke opfyldt i nogen sag",
        "the row `{name}` can never fit: its condition holds in no case",
    ),
    "dead-rule": Text(
        "reglen `{name}` kan aldrig være opfyldt, så den kan aldrig give `{owner}`",
        "the rule `{name}` can never hold, so it can never give `{owner}`",
    ),
    "dead-duty": Text(
        "pligten `{name}` kan aldrig opstå", "the duty `{name}` can never arise"
    ),
    "constant-conclusion": Text(
        "konklusionen `{name}` er altid {value}, uanset sagen",
        "the conclusion `{name}` is always {value}, whatever the case",
    ),
    "idle-rule": Text(
        "reglen `{name}` gør ingen forskel: uden den bliver `{owner}` det samme i alle sager",
        "the rule `{name}` makes no difference: without it `{owner}` is the same in all cases",
    ),
    "idle-part-rule": Text(
        "leddet gør ingen forskel: uden det bliver `{owner}` det samme i alle sager (regel `{name}`)",
        "the part makes no difference: without it `{owner}` is the same in all cases (rule `{name}`)",
    ),
    "idle-part-item": Text(
        "leddet gør ingen forskel: uden det vælges de samme rækker i alle sager (række `{name}`)",
        "the part makes no difference: without it the same rows are chosen in all cases (row `{name}`)",
    ),
    "idle-part-outcome": Text(
        "leddet gør ingen forskel: uden det vælges de samme rækker i alle sager (række `{name}`)",
        "the part makes no difference: without it the same rows are chosen in all cases (row `{name}`)",
    ),
    "idle-part-duty": Text(
        "leddet gør ingen forskel: uden det opstår pligten `{name}` i de samme sager",
        "the part makes no difference: without it the duty `{name}` arises in the same cases",
    ),
    "invariant-broken": Text(
        "løftet `{name}` er brudt: {label}", "the invariant `{name}` is broken: {label}"
    ),
    "invariant-matters": Text(
        "løftet `{name}` er brudt: {label}; konklusionen afhænger af {facts}",
        "the invariant `{name}` is broken: {label}; the conclusion depends on {facts}",
    ),
    "invariant-element": Text(
        "løftet `{name}` er brudt: {label}; et element af {list} ændrer konklusionen",
        "the invariant `{name}` is broken: {label}; an element of {list} changes the conclusion",
    ),
    "invariant-newly-open": Text(
        "løftet `{name}` er ikke bevist: {label}; flere oplysninger rejser et nyt åbent spørgsmål i en afgjort sag",
        "the invariant `{name}` is not proved: {label}; telling more raises an open question in a decided case",
    ),
    "invariant-duty": Text(
        "løftet `{name}` er brudt: {label}; pligten `{duty}` følger ikke altid med",
        "the invariant `{name}` is broken: {label}; the duty `{duty}` does not always follow",
    ),
    # --- what is proved -----------------------------------------------------------------------
    "claim-one-row": Text(
        "Hver tabel giver altid præcis én række", "Every table always gives exactly one row"
    ),
    "claim-no-contradiction": Text(
        "Ingen regler eller rækker modsiger hinanden", "No rules or rows contradict each other"
    ),
    "claim-definite": Text(
        "Enhver fuldt oplyst sag bliver afgjort, medmindre et åbent spørgsmål er rejst",
        "Every fully told case is decided unless an open question is raised",
    ),
    "claim-no-dead-rule": Text(
        "Ingen regel, række eller pligt er død, og ingen konklusion er givet på forhånd",
        "No rule, row or duty is dead, and no conclusion is given beforehand",
    ),
    "claim-no-idle-part": Text(
        "Intet led i en betingelse er uden virkning", "No part of a condition is without effect"
    ),
    # --- how far lists are followed -----------------------------------------------------------
    "bound-exact": Text(
        "{list}: {places} pladser, og det er nok til enhver længde. En betingelse spørger kun, om noget "
        "gælder for et eller for alle elementer, og ét vidne pr. spørgsmål giver de samme svar.",
        "{list}: {places} places, enough for any length. A condition only asks whether something holds for "
        "one or for every element, and one witness for each question gives the same answers.",
    ),
    "bound-kept": Text(
        "{list}: op til {places} elementer, to hvor læsninger lægges sammen. Det er en grænse; længere lister er ikke bevist.",
        "{list}: up to {places} elements, two where readings are merged. This is a bound; longer lists are not proved.",
    ),
    # --- the command --------------------------------------------------------------------------
    "help-verify": Text(
        "bevis, at reglerne holder i alle sager", "prove that the rules hold in all cases"
    ),
    "help-on": Text("kun perioden med denne dag (åååå-mm-dd)", "only the period of this day (yyyy-mm-dd)"),
    "help-verify-to": Text(
        "mappen, sagerne bag fejlene skrives i", "the folder to write the cases behind failures in"
    ),
    "verify-periods": Text("{count} perioder: {first} – {last}", "{count} periods: {first} – {last}"),
    "verify-times": Text("{count} steder", "{count} places"),
    "verify-except": Text("undtagen efter en læsning: {why}", "except in one reading: {why}"),
    "verify-assumes": Text("forudsat: {why}", "assumed: {why}"),
    "verify-bounds": Text("Så langt rækker beviset:", "How far the proof reaches:"),
    "verify-shows": Text("sagen viser det; {period}; udfald i dag: {outcome}", "this case shows it; {period}; outcome today: {outcome}"),
    "verify-shows-twin": Text("og denne sag ved siden af; udfald i dag: {outcome}", "and this case beside it; outcome today: {outcome}"),
    "verify-readings": Text("når læsningerne er: {readings}", "when the readings are: {readings}"),
    "verify-no-case": Text("ingen sag: beviset er netop, at der ikke findes nogen", "no case: the proof is that there is none"),
    "verify-disagrees": Text(
        "MOTOREN ER UENIG MED BEVISET: meld det som en fejl i verify",
        "THE ENGINE DISAGREES WITH THE PROOF: report this as a fault in verify",
    ),
    "verify-written": Text("skrevet: {file}", "written: {file}"),
    "verify-passed": Text(
        "Bevist: {claims} løfter i {periods} perioder.", "Proved: {claims} claims in {periods} periods."
    ),
    "verify-failed": Text(
        "{failures} fejl; {claims} løfter bevist i {periods} perioder.",
        "{failures} failures; {claims} claims proved in {periods} periods.",
    ),
}  # fmt: skip
