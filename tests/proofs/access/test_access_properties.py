"""What holds whatever the policies are: more denies never allow more, more allows never less."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.access.evaluate import Request, decide, evaluate, select
from tests.proofs.access.access_cases import Case, Json, access, decision, request
from tests.proofs.access.random_cases import Maker

FEW, MANY = 60, 2_000
SEEDS = st.integers(min_value=0, max_value=2**40)


def case_that_is(seed: int, *, allowed: bool) -> Case:
    """The first random case from `seed` on with this answer."""
    made = (Maker(number).case() for number in count(seed))
    return next(case for case in made if decision(case).allowed is allowed)


def parts(case: Case) -> Iterator[Json]:
    """Every policy document of the case."""
    yield from case.policies
    yield from case.session_policies
    yield from (document for document in (case.boundary, case.endpoint) if document)
    yield from (resource.policy for resource in case.resources if resource.policy)


def kind_of(case: Case, document: Json) -> str:
    """Which elements a statement of the document has."""
    for resource in case.resources:
        if resource.policy is document:
            return "trust" if resource.service == "sts" else "resource"
    return "resource" if document is case.endpoint else "identity"


def with_statement(case: Case, seed: int, effect: str) -> Case:
    """One statement more in one of the documents."""
    changed = deepcopy(case)
    documents = list(parts(changed))
    maker = Maker(seed)
    if not documents:
        return changed
    document = maker.pick(documents)
    kind = kind_of(changed, document)
    made = (maker.statement(kind) for _ in count())
    document["Statement"].insert(
        maker.pick((0, len(document["Statement"]))),
        next(s for s in made if s["Effect"] == effect),
    )
    return changed


def more_denies_never_allow_more(seed: int) -> None:
    case = case_that_is(seed, allowed=False)
    assert not decision(with_statement(case, seed, "Deny")).allowed


def more_allows_never_allow_less(seed: int) -> None:
    case = case_that_is(seed, allowed=True)
    assert decision(with_statement(case, seed, "Allow")).allowed


def a_boundary_never_allows_more(seed: int) -> None:
    case = case_that_is(seed, allowed=False)
    bounded = replace(case, boundary=Maker(seed).document())
    assert case.boundary or not case.arn or not decision(bounded).allowed


def a_session_policy_never_allows_more(seed: int) -> None:
    case = case_that_is(seed, allowed=False)
    limited = replace(case, session_policies=(Maker(seed).document(),))
    assert case.session_policies or not case.arn or not decision(limited).allowed


def order_does_not_matter(seed: int) -> None:
    case = Maker(seed).case()
    shuffled = deepcopy(case)
    random = Random(seed)  # noqa: S311 - examples, no secrets
    for document in parts(shuffled):
        random.shuffle(document["Statement"])
    turned = replace(
        shuffled,
        policies=shuffled.policies[::-1],
        session_policies=shuffled.session_policies[::-1],
        resources=shuffled.resources[::-1],
    )
    assert decision(turned).allowed is decision(case).allowed


def widen(case: Case, seed: int, effect: str) -> Case:
    """A condition of one statement dropped, or with one value more, if the operator is positive."""
    changed = deepcopy(case)
    random = Random(seed)  # noqa: S311 - examples, no secrets
    blocks = [
        (block, operator, key)
        for document in parts(changed)
        for statement in document["Statement"]
        if statement["Effect"] == effect
        for block in [statement["Condition"]]
        for operator in block
        for key in block[operator]
    ]
    if not blocks:
        return changed
    block, operator, key = random.choice(blocks)
    values = block[operator][key]
    if "Not" in operator or random.random() < 1 / 2:
        del block[operator][key]
    else:
        values = values if isinstance(values, list) else [values]
        block[operator][key] = [*values, *more_values(operator, random)]
    return changed


def more_values(operator: str, random: Random) -> list[Json]:
    """One value more that the operator can read."""
    name = operator.rpartition(":")[2].removesuffix("IfExists")
    families: dict[str, tuple[Json, ...]] = {
        "String": ("a", "m*", "mateo", "reports"),
        "Numeric": ("1", "10"),
        "Date": ("2025", "2027"),
        "Null": ("true", "false"),
        "Bin": ("YQ==",),
        "Ip": ("203.0.113.0/24",),
        "Arn": ("arn:*:*:*:*:*",),
    }
    found = [values for family, values in families.items() if name.startswith(family)]
    return [random.choice(found[0])] if found else []


def wider_allows_never_allow_less(seed: int) -> None:
    case = case_that_is(seed, allowed=True)
    assert decision(widen(case, seed, "Allow")).allowed


def wider_denies_never_allow_more(seed: int) -> None:
    case = case_that_is(seed, allowed=False)
    assert not decision(widen(case, seed, "Deny")).allowed


def a_selection_serves_every_context(seed: int) -> None:
    """Deciding for many contexts, one after the other, is deciding each of them for itself."""
    maker = Maker(seed)
    case = maker.case()
    asked, known = request(case), access(case)
    applicable = select(
        known, asked.principal, asked.action, asked.resource, asked.session_policies
    )
    for _ in range(5):
        context = replace(case, context=maker.context()).keys
        alone = Request(
            asked.principal, asked.action, asked.resource, context, asked.session_policies
        )
        assert decide(applicable, context) == evaluate(known, alone)


PROPERTIES = (
    more_denies_never_allow_more,
    more_allows_never_allow_less,
    a_boundary_never_allows_more,
    a_session_policy_never_allows_more,
    order_does_not_matter,
    wider_allows_never_allow_less,
    wider_denies_never_allow_more,
    a_selection_serves_every_context,
)


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_for_random_requests(holds: Callable[[int], None]) -> None:
    settings(max_examples=FEW)(given(SEEDS)(holds))()


@pytest.mark.exhaustive
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_for_many_random_requests(holds: Callable[[int], None]) -> None:
    settings(max_examples=MANY)(given(SEEDS)(holds))()
