"""A second evaluator, written from the documentation alone, to compare the proof's with.

It shares no code with `proofs/access` and has another structure: it reads the JSON documents as
they are, matches wildcards by dynamic programming, looks at one value of a condition at a time, and
decides a request between accounts as AWS describes it, by asking each account.

Why it exists: no library with a permissive licence decides whole requests. Looked at in 2026:
policyuniverse (Apache-2.0, 2023) reads and minimizes policies but decides nothing; policyglass
(MIT, 2022) computes sets of permissions without context; iamspy on PyPI is an empty 0.0.1 of 2022;
parliament and cloudsplaining (BSD-3-Clause) judge policies, not requests; principalmapper and
@cloud-copilot/iam-simulate are AGPL. moto (Apache-2.0) decides identity policies without
conditions; test_access_opinions.py compares with it on those.
"""

import base64
import datetime as dt
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.proofs.access.access_cases import VPCE, Case, Json, Resource

Keys = Mapping[str, tuple[str, ...]]
# What AWS knows about the caller; a caller cannot say it.
_ABOUT_CALLER = {
    *("aws:username", "aws:userid", "aws:principaltype", "aws:principalarn"),
    *("aws:principalaccount", "aws:principalisawsservice", "aws:principalservicename"),
}
# A text, and for each character whether it is a wildcard.
Marked = list[tuple[str, bool]]


def allows(case: Case) -> bool:
    """Whether AWS lets the request pass."""
    return _Opinion(case).allowed()


class _Opinion:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.target = _target(case)
        said = {key: values for key, values in case.keys.items() if key not in _ABOUT_CALLER}
        self.keys = {**said, **_facts(case, self.target)}

    def allowed(self) -> bool:
        case, action = self.case, self.case.action.lower()
        person = case.kind in ("user", "role")
        if action == "sts:getcalleridentity" and person:
            return True
        if action == "sts:getsessiontoken":
            return case.kind == "user" and "aws:tokenissuetime" not in self.keys
        if person and action in ("sts:assumerolewithsaml", "sts:assumerolewithwebidentity"):
            return False
        denied = any(self.matches(s) for s in self.everything() if s["Effect"] == "Deny")
        stopped = self.comes_through_endpoint() and not self.grants(case.endpoint)
        return not denied and not stopped and self.granted()

    def granted(self) -> bool:
        if self.case.kind not in ("user", "role"):
            return bool(self.resource_grants())
        owner = self.target.account if self.target else _account_of(self.case.resource)
        if owner and owner != self.case.account:
            # The owner's account knows the caller by the resource's policy only; the caller's
            # account knows the resource by nothing. A stranger's resource is not looked into.
            strange = owner not in {resource.account for resource in self.case.resources}
            trusting = strange or bool(self.resource_grants())
            return trusting and self.identity() and self.boundary() and self.session()
        return self.same_account()

    def same_account(self) -> bool:
        names = self.resource_grants()
        if "itself" in names:
            return True
        if "role" in names and self.boundary() and self.session():
            return True
        if (
            self.target
            and self.target.policy
            and self.target.service in ("kms", "sts")
            and not names
        ):
            return False
        return self.identity() and self.boundary() and self.session()

    def identity(self) -> bool:
        return any(self.grants(document) for document in self.case.policies)

    def boundary(self) -> bool:
        return self.case.boundary is None or self.grants(self.case.boundary)

    def session(self) -> bool:
        documents = self.case.session_policies
        return not documents or any(self.grants(document) for document in documents)

    def resource_grants(self) -> set[str]:
        if not self.target or not self.target.policy:
            return set()
        return {
            name
            for s in _statements(self.target.policy)
            if s["Effect"] == "Allow" and self.matches(s)
            for name in self.names(s)
        }

    def comes_through_endpoint(self) -> bool:
        through = self.keys.get("aws:sourcevpce", ())
        return bool(
            self.case.endpoint and VPCE in through and self.case.action.lower().startswith("s3:")
        )

    def everything(self) -> Iterator[Json]:
        documents = [*self.case.policies, self.case.boundary, *self.case.session_policies]
        if self.comes_through_endpoint():
            documents.append(self.case.endpoint)
        if self.target:
            documents.append(self.target.policy)
        for document in documents:
            if document:
                yield from _statements(document)

    def grants(self, document: Json) -> bool:
        return any(s["Effect"] == "Allow" and self.matches(s) for s in _statements(document))

    def matches(self, s: Json) -> bool:
        return (
            self.about_action(s)
            and self.about_resource(s)
            and self.about_principal(s)
            and all(
                self.condition(operator, key, values, s)
                for operator, block in s.get("Condition", {}).items()
                for key, values in block.items()
            )
        )

    def about_action(self, s: Json) -> bool:
        action = self.case.action.lower()

        def listed(element: str) -> bool:
            return any(_like(_plain(p.lower()), action) for p in _listed(s[element]))

        return listed("Action") if "Action" in s else not listed("NotAction")

    def about_resource(self, s: Json) -> bool:
        def listed(element: str) -> bool:
            patterns = (self.filled(p, s) for p in _listed(s[element]))
            return any(p is not None and _like(p, self.case.resource) for p in patterns)

        if "NotResource" in s:
            return not listed("NotResource")
        return "Resource" not in s or listed("Resource")

    def about_principal(self, s: Json) -> bool:
        return not ({"Principal", "NotPrincipal"} & set(s)) or bool(self.names(s))

    def names(self, s: Json) -> set[str]:
        """How the statement names who asks: `itself`, `role`, `account`, or not at all."""
        case = self.case
        element = s.get("Principal", s.get("NotPrincipal"))
        entries = {"AWS": "*"} if element == "*" else element
        entries = {kind: _listed(value) for kind, value in entries.items()}
        everyone = any("*" in values for values in entries.values())
        mine: dict[str, set[str]] = {"itself": set(), "role": set(), "account": set()}
        if case.kind == "service":
            mine["itself"] = {case.name} & set(entries.get("Service", []))
        elif case.kind == "federated":
            mine["itself"] = {case.name} & set(entries.get("Federated", []))
        elif case.kind in ("user", "role"):
            named = set(entries.get("AWS", []))
            session_of_role = case.kind == "role" or bool(case.session_policies)
            mine["role" if session_of_role else "itself"] |= {case.arn} & named
            mine["itself"] |= {case.session_arn} & named
            mine["account"] = {case.account, f"arn:aws:iam::{case.account}:root"} & named
        if "NotPrincipal" in s:
            return set() if everyone or self.spared(mine) else {"itself"}
        found = {how for how, values in mine.items() if values}
        return found | {"itself"} if everyone else found

    def spared(self, mine: Mapping[str, set[str]]) -> bool:
        case = self.case
        if case.kind in ("service", "federated"):
            return bool(mine["itself"])
        if case.kind == "anonymous" or case.boundary:
            return False
        if not mine["account"]:
            return False
        listed = set().union(*mine.values())
        return case.arn in listed and (not case.session or case.session_arn in listed)

    def filled(self, pattern: str, s: Json) -> Marked | None:
        """The pattern with its variables filled in; None: one has no value."""
        version = s["__version__"]
        marked: Marked = []
        rest = pattern
        while rest:
            if rest.startswith("${") and "}" in rest and version == "2012-10-17":
                inside, rest = rest[2:].split("}", 1)
                if inside in ("*", "?", "$"):
                    marked.append((inside, False))
                    continue
                name, comma, default = inside.partition(",")
                values = self.keys.get(name.strip().lower(), ())
                if len(values) == 1:
                    text = values[0]
                elif comma:
                    text = default.strip().strip("'")
                else:
                    return None
                marked += [(c, False) for c in text]
            else:
                marked.append((rest[0], rest[0] in "*?"))
                rest = rest[1:]
        return marked

    def condition(self, written: str, key: str, values: Json, s: Json) -> bool:
        name = written
        quantifier = ""
        if name.startswith("For"):
            quantifier, name = name.split(":")
        if_exists = name.endswith("IfExists")
        name = name.removesuffix("IfExists")
        present = self.keys.get(key.lower(), ())
        texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in _listed(values)]
        if name == "Null":
            return any((t.lower() == "true") == (not present) for t in texts)
        negative = "Not" in name
        filled = [self.filled(t, s) for t in texts]
        patterns = [f for f in filled if f is not None]
        test = _TESTS[name.replace("Not", "")]

        def satisfied(value: str) -> bool:
            hits = [_safely(test, pattern, value) for pattern in patterns]
            return not any(hits) if negative else any(hits)

        if quantifier:
            present = tuple(v for v in present if v)
        if not present:
            if if_exists:
                return True
            return quantifier == "ForAllValues" or (not quantifier and negative)
        if quantifier == "ForAllValues" or (negative and not quantifier):
            return all(satisfied(value) for value in present)
        return any(satisfied(value) for value in present)


def _statements(document: Json) -> list[Json]:
    found = document["Statement"]
    version = document.get("Version", "2008-10-17")
    return [{**s, "__version__": version} for s in (found if isinstance(found, list) else [found])]


def _listed(value: Json) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(pattern: str) -> Marked:
    return [(c, c in "*?") for c in pattern]


def _text(pattern: Marked) -> str:
    return "".join(c for c, _ in pattern)


def _like(pattern: Marked, text: str) -> bool:
    """Match wildcards: `reached[n]` says that the pattern so far matches the first n characters."""
    reached = [True] + [False] * len(text)
    for character, wild in pattern:
        if wild and character == "*":
            first = reached.index(True) if True in reached else len(reached)
            reached = [n >= first for n in range(len(reached))]
        else:
            reached = [False] + [
                was and (wild or character == there)
                for was, there in zip(reached[:-1], text, strict=True)
            ]
    return reached[-1]


def _arn_like(pattern: Marked, text: str) -> bool:
    parts: list[Marked] = [[]]
    for mark in pattern:
        if mark[0] == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(mark)
    texts = text.split(":", 5)
    return len(parts) == len(texts) == 6 and all(map(_like, parts, texts))


def _when(text: str) -> float:
    if re.fullmatch(r"\d{5,}", text):
        return float(text)
    found = re.fullmatch(
        r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?",
        text,
    )
    if not found:
        raise ValueError(text)
    year, month, day, hour, minute, second, zone = found.groups()
    moment = dt.datetime(
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        tzinfo=dt.UTC,
    ).timestamp()
    if zone and zone != "Z":
        sign = 1 if zone[0] == "+" else -1
        moment -= sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
    return moment


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _in_range(pattern: Marked, text: str) -> bool:
    network = ipaddress.ip_network(_text(pattern), strict=False)
    address = ipaddress.ip_address(text)
    return network.version == address.version and (
        int(network.network_address) <= int(address) <= int(network.broadcast_address)
    )


def _ordered(family: str, read: Callable[[str], Any]) -> dict[str, Callable[[Marked, str], bool]]:
    return {
        f"{family}Equals": lambda p, t: read(t) == read(_text(p)),
        f"{family}LessThan": lambda p, t: read(t) < read(_text(p)),
        f"{family}LessThanEquals": lambda p, t: read(t) <= read(_text(p)),
        f"{family}GreaterThan": lambda p, t: read(t) > read(_text(p)),
        f"{family}GreaterThanEquals": lambda p, t: read(t) >= read(_text(p)),
    }


_TESTS: dict[str, Callable[[Marked, str], bool]] = {
    "StringEquals": lambda p, t: _text(p) == t,
    "StringEqualsIgnoreCase": lambda p, t: _text(p).lower() == t.lower(),
    "StringLike": _like,
    **_ordered("Numeric", Decimal),
    **_ordered("Date", _when),
    "Bool": lambda p, t: _flag(_text(p)) == _flag(t),
    "BinaryEquals": lambda p, t: base64.b64decode(_text(p)) == base64.b64decode(t),
    "IpAddress": _in_range,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
}


def _safely(test: Callable[[Marked, str], bool], pattern: Marked, value: str) -> bool:
    try:
        return test(pattern, value)
    except (ValueError, InvalidOperation):
        return False


def _target(case: Case) -> Resource | None:
    """The resource whose policy the action's service asks."""
    service = case.action.split(":")[0].lower()
    for resource in case.resources:
        whole = case.resource == resource.arn
        inside = resource.service == "s3" and case.resource.startswith(resource.arn + "/")
        if resource.service == service and (whole or inside):
            return resource
    return None


def _account_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""


def _facts(case: Case, target: Resource | None) -> Keys:
    """The keys that say who asks, for what."""
    owner = target.account if target else _account_of(case.resource)
    facts = {"aws:ResourceAccount": owner}
    if case.kind in ("user", "role"):
        facts |= {"aws:PrincipalArn": case.arn, "aws:PrincipalAccount": case.account}
        facts["aws:PrincipalIsAWSService"] = "false"
    if case.kind == "user":
        facts |= {"aws:username": case.name, "aws:userid": f"<id of {case.name}>"}
        facts["aws:PrincipalType"] = "User"
    if case.kind == "role":
        facts |= {"aws:userid": f"<id of {case.name}>:{case.session}"}
        facts["aws:PrincipalType"] = "AssumedRole"
    if case.kind == "service":
        facts |= {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": case.name}
    if case.kind == "anonymous":
        facts["aws:PrincipalType"] = "Anonymous"
    return {key.lower(): (value,) for key, value in facts.items() if value}
