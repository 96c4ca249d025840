"""Decide a case: both interpreters, one answer, and everything that goes with it."""

from __future__ import annotations

from hjemmel.decide import backend
from hjemmel.decide.budget import UNDECIDED, WAITING
from hjemmel.decide.case import NOT_LISTED
from hjemmel.decide.grounds import grounds_of
from hjemmel.decide.interpreters import (
    BACKEND_NAME,
    DisagreementError,
    backend_for,
    both_for,
    reference_for,
)
from hjemmel.decide.memory import Memory, remembered
from hjemmel.decide.plan import plan_of
from hjemmel.decide.readings import OPEN, Core, agree, propose, with_reading
from hjemmel.decide.reference import Reference
from hjemmel.decide.run import Scope, Told
from hjemmel.decide.version import engine_version
from hjemmel.issues import BackendError
from hjemmel.model import (
    WISHES,
    Case,
    Decision,
    Duty,
    Item,
    Missing,
    OpenQuestion,
    ReadingResult,
    Receipt,
)
from hjemmel.policy.book import RuleBook
from hjemmel.policy.compile import NONE_CHOSEN, Policy
from hjemmel.policy.language import All
from hjemmel.policy.translation import DANISH
from hjemmel.records import replace
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from hjemmel.decide.alike import Alike
    from hjemmel.decide.match import Matcher, MatchResult
    from hjemmel.decide.memory import Remembering
    from hjemmel.decide.readings import Proposal
    from hjemmel.decide.run import Run
    from hjemmel.policy.compile import DutyRule, Question

_MATCHERS: dict[str, Matcher] = {}
#: How an entry is listed that holds many diseases, not all of them on the list.
_OPEN_GROUP = "open_group"


def decide(
    rules: RuleBook | Policy, case: Case, *, municipality: str = "", lang: str = DANISH
) -> Decision:
    """Return what *rules* propose for *case*, interpreted twice where durable-rules is present.

    *lang* is the language of the rules' texts; it changes no id, no value and no amount.

    Raises:
        NotInForceError: no rule, or no ceiling, is in force on the day of the decision.
        DataNotFoundError: there is no such *municipality*.
        BackendError: an interpreter failed or the two disagreed; no decision is given.
        ValueError: *rules* is a policy for another day than the case's.
    """
    policy = (
        rules.on(case.decided_on, municipality, lang=lang) if isinstance(rules, RuleBook) else rules
    )
    if policy.on != case.decided_on:
        message = f"the policy is for {policy.on}, the case for {case.decided_on}"
        raise ValueError(message)
    case = with_settled_entry(policy, case)
    interpreter, ran = _interpreter(policy)
    told, alike = Told(policy, case), _alike(policy, interpreter)
    found = None if alike is None else alike.find(case, told)
    if found is None:
        try:
            core = _core(policy, case, interpreter, told)
        except DisagreementError as error:
            raise _disagreement(policy, case.plain, error) from error
        if alike is not None and _rests_on_truths(policy, core.proposal):
            found = alike.learn(case, told, core)
        if found is None:
            return _decision(policy, case, core, ran)
    decision = _decision(policy, case, found, ran)
    decision.trace.tell(policy, decision)
    return decision


def _alike(policy: Policy, interpreter: Remembering) -> Alike | None:
    """Return what *interpreter* has decided by *policy*; nothing before the first case of all."""
    if interpreter.alike is None and interpreter.answers:
        from hjemmel.decide.alike import Alike  # noqa: PLC0415 - not for the first case

        interpreter.alike = Alike(policy, interpreter)
    return interpreter.alike


def _rests_on_truths(policy: Policy, proposal: Proposal) -> bool:
    """Say whether cases that are like the one of *proposal* are decided as it was.

    What is asked of a person is searched for in each case, and where nobody can say whether a
    question is raised, amounts are compared.
    """
    unsure = [name for name, truth in proposal.raised.items() if truth is Truth.UNKNOWN]
    return proposal.outcome.result not in UNDECIDED and not any(
        _may_show(policy, proposal, name) for name in unsure
    )


def _interpreter(policy: Policy) -> tuple[Remembering, tuple[str, ...]]:
    """Return what is asked to decide by *policy*, and the names of who answers."""
    if not backend.available():
        return reference_for(policy), (Reference.name,)
    return both_for(policy, backend_for(policy)), (Reference.name, BACKEND_NAME)


def agreed_proposal(policy: Policy, case: Case) -> Proposal:
    """Return what both interpreters propose for *case*: enough to try an answer.

    Raises:
        BackendError: an interpreter failed or the two disagreed.
    """
    try:
        return propose(policy, case, _interpreter(policy)[0])
    except DisagreementError as error:
        raise _disagreement(policy, repr((case.facts, case.lists)), error) from error


def _disagreement(policy: Policy, case: object, error: DisagreementError) -> BackendError:
    """Return the error that stands in for a decision, with what it takes to see it again."""
    return BackendError(
        "interpreters-disagree",
        evidence={
            "policy_digest": policy.digest,
            "municipality": policy.municipality.id,
            "case": case,
            "question": repr(error.question),
            "reference": repr(error.reference),
            "durable_rules": repr(error.second),
        },
        file="",
    )


def with_settled_entry(policy: Policy, case: Case) -> Case:
    """Return *case* with its diagnosis settled from text or code, where one exact hit does so.

    Where text and code do not agree, or where the case says that the disease is not on the list
    and its name or code says that it is, nothing is settled: a person must look.
    """
    entry = case.facts.get("diagnosis.entry")
    told = [case.facts.get("diagnosis.text"), case.facts.get("diagnosis.code")]
    queries = [str(query) for query in told if query]
    if entry not in (None, NOT_LISTED) or not queries:
        return case
    from hjemmel.decide.match import Matcher  # noqa: PLC0415 - only where a diagnosis is looked up

    if policy.digest not in _MATCHERS:
        _MATCHERS[policy.digest] = Matcher(policy.diagnoses)
    results = [_MATCHERS[policy.digest].match(query) for query in queries]
    settled = {result.settled for result in results if result.settled}
    if entry == NOT_LISTED:
        on_the_list = any(policy.listing.get(one) != _OPEN_GROUP for one in settled)
        return _with_entry(case, None) if on_the_list else case
    if len(settled) != 1:
        return case
    (found,) = settled
    return case if _contradicted(policy, found, results) else _with_entry(case, found)


def _with_entry(case: Case, entry: str | None) -> Case:
    return replace(case, facts={**case.facts, "diagnosis.entry": entry})


def _contradicted(policy: Policy, found: str, results: list[MatchResult]) -> bool:
    """Say whether what else is told of the diagnosis points away from the entry *found*."""
    parents = {one["id"]: one.get("parent", "") for one in policy.diagnoses["diagnoses"]}
    family = {found, parents.get(found), *(one for one, above in parents.items() if above == found)}
    for result in results:
        named = {candidate.entry for candidate in result.candidates}
        elsewhere = bool(named or result.related or result.false_friends) and not named & family
        if result.settled is None and (result.not_confirmed or elsewhere):
            return True
    return False


def _core(policy: Policy, case: Case, interpreter: Remembering, told: Told) -> Core:
    proposal = propose(policy, case, interpreter, told=told)
    return Core(proposal, touching(policy, proposal), _duties(policy, proposal), _grounds(proposal))


def touching(policy: Policy, proposal: Proposal) -> dict[str, Mapping[str, Proposal]]:
    """Return the open questions that touch the case, and what each of their readings gives."""
    raised = [name for name, truth in proposal.raised.items() if truth is not Truth.FALSE]
    found = {
        name: {one: with_reading(proposal, name, one) for one in policy.questions[name].readings}
        for name in raised
        if proposal.raised[name] is Truth.TRUE or _may_show(policy, proposal, name)
    }
    return {
        name: readings
        for name, readings in found.items()
        if proposal.raised[name] is Truth.TRUE
        or len({one.amounts for one in readings.values()}) > 1
    }


def _may_show(policy: Policy, proposal: Proposal, name: str) -> bool:
    """Say whether a question that nobody can say is raised may show in what is decided.

    So it is where the case is decided all the same, but with the amounts of one reading.
    """
    decided = proposal.outcome.result not in UNDECIDED and proposal.amounts is not None
    return decided and policy.questions[name].chosen == NONE_CHOSEN


def _duties(policy: Policy, proposal: Proposal) -> tuple[str, ...]:
    run, amounts = proposal.run, proposal.amounts
    given = {
        "decision.outcome": proposal.outcome.result,
        "decision.money_left": None
        if amounts is None or amounts.remaining is None
        else amounts.remaining > 0,
        "decision.open_question": Truth.TRUE in proposal.raised.values(),
    }
    # A wish is what it came to once the outcome is known; without an outcome for it, it is nothing.
    wishes = {item.id: _wish_facts(item) for item in proposal.items}
    agreed: dict[str, Truth] = {}
    if len(proposal.runs) > 1:
        agreed = {
            name: proposal.agreed(run.scope, conclusion.when)
            for name, conclusion in policy.conclusions.items()
            if conclusion.scope == "case"
        }
    return remembered(
        run,
        run.cones.duties,
        tuple(agreed.values()),
        lambda: _duties_that_hold(run, Scope(run, given=given), wishes, agreed),
        later=run.plan.later(given),
        wishes=[run.plan.later(facts) for facts in wishes.values()],
    )


def _duties_that_hold(
    run: Run,
    scope: Scope,
    given: Mapping[str, Mapping[str, Any]],
    agreed: Mapping[str, Truth],
) -> tuple[str, ...]:
    """Return the duties that hold in *scope*, where each wish is *given* what it came to.

    What several readings have *agreed* on stands: a duty holds only where they agree that it does.
    """
    before, decided = run.elements[WISHES], run.scope
    wishes = [
        wish.with_given(given[wish.element["id"]]) for wish in before if wish.element["id"] in given
    ]
    run.go_on(wishes, scope)
    for name, truth in agreed.items():
        scope.suppose(name, truth)
    try:
        return tuple(
            duty.id for duty in run.policy.duties
            if scope.condition(f"duty/{duty.id}") is Truth.TRUE
        )  # fmt: skip
    finally:
        run.go_on(before, decided)


def _wish_facts(item: Item) -> dict[str, Any]:
    return {"wish.status": item.status, "wish.has_own_payment": item.own_payment > 0}


def _grounds(proposal: Proposal) -> tuple[str, ...]:
    scope, cone = proposal.run.scope, proposal.run.cones.target
    told = ("grounds", proposal.target_group, proposal.told_otherwise(scope, cone))
    return remembered(proposal.run, cone, told, lambda: grounds_of(proposal))


def _decision(policy: Policy, case: Case, core: Core, interpreters: tuple[str, ...]) -> Decision:
    proposal = core.proposal
    questions = tuple(
        _open_question(policy.questions[name], readings) for name, readings in core.readings.items()
    )
    return Decision(
        case=case,
        outcome=proposal.outcome.result,
        outcome_label=proposal.outcome.label,
        outcome_reason=proposal.outcome.because,
        outcome_sources=proposal.outcome.sources,
        target_group=proposal.target_group,
        grounds=core.grounds,
        amounts=proposal.amounts,
        items=proposal.items,
        item_reasons={item.id: _item_reasons(policy, item, questions) for item in proposal.items},
        missing=_missing(policy, case, proposal),
        open_questions=questions,
        duties=_told_duties(policy, core.duties),
        settled_entry=str(case.facts.get("diagnosis.entry") or ""),
        receipt=_receipt(policy, case, interpreters),
        trace=proposal,
    )


def _missing(policy: Policy, case: Case, proposal: Proposal) -> tuple[Missing, ...]:
    if proposal.outcome.result not in UNDECIDED:
        return ()
    from hjemmel.decide.missing import missing_facts  # noqa: PLC0415 - only for who must ask

    return missing_facts(policy, case, proposal)


def _open_question(question: Question, readings: Mapping[str, Proposal]) -> OpenQuestion:
    first = next(iter(readings.values()))
    return OpenQuestion(
        id=question.id,
        label=question.label,
        question=question.question,
        chosen=question.chosen,
        chosen_by=question.chosen_by,
        robust=all(agree(first, other) for other in readings.values()),
        readings=tuple(_reading(question, name, one) for name, one in readings.items()),
        sources=question.sources,
    )


def _reading(question: Question, name: str, proposal: Proposal) -> ReadingResult:
    label, grounds = question.readings[name]
    return ReadingResult(
        reading=name,
        label=label,
        grounds=grounds,
        outcome=proposal.outcome.result,
        target_group=proposal.target_group,
        items=proposal.items,
        amounts=proposal.amounts,
    )


def _item_reasons(
    policy: Policy, item: Item, questions: tuple[OpenQuestion, ...]
) -> tuple[str, ...]:
    if item.row == WAITING:
        return (policy.item_texts["waiting"],)
    if item.row == OPEN:
        differing = [question.question for question in questions if _differs(question, item.id)]
        return (policy.item_texts["open"], *differing)
    return (plan_of(policy).items[item.row].because,)


def _differs(question: OpenQuestion, item: str) -> bool:
    return (
        len(
            {tuple(one for one in reading.items if one.id == item) for reading in question.readings}
        )
        > 1
    )


def _told_duties(policy: Policy, names: tuple[str, ...]) -> tuple[Duty, ...]:
    """Return the duties *names* as they are told; the same ones arise together in many cases."""
    told = policy.notes.setdefault("duties", Memory())
    known: tuple[Duty, ...] | None = told.get(names)
    if known is None:
        rules = {rule.id: rule for rule in policy.duties}
        known = told.keep(names, tuple(_duty(rules[name]) for name in names))
    return known


def _duty(rule: DutyRule) -> Duty:
    return Duty(
        id=rule.id,
        label=rule.label,
        text=rule.text,
        citizen_text=rule.citizen_text,
        who=rule.who,
        phase=rule.phase,
        deadline_days=rule.deadline_days,
        deadline_from=rule.deadline_from,
        special=rule.when != All(()),
        sources=rule.sources,
    )


def _receipt(policy: Policy, case: Case, interpreters: tuple[str, ...]) -> Receipt:
    return Receipt(
        engine_version=engine_version(),
        policy=policy.id,
        policy_version=policy.version,
        policy_digest=policy.digest,
        schema_version=policy.schema_version,
        rules_for=policy.on.isoformat(),
        municipality=policy.municipality.id,
        case_digest=case.digest,
        interpreters=interpreters,
        reviewed=policy.reviewed,
        elements=policy.elements,
    )
