"""What the policies of a template say, and what AWS says about their actions.

It reads statements one by one. Whether a request passes all policies together is the business of
the access proof, never of this file.
"""

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple, cast

from policy_sentry.querying.all import get_all_actions
from policy_sentry.shared.iam_data import get_service_prefix_data

Template = dict[str, Any]
Change = Callable[[Template], None]

READING = {"List", "Read"}
# What people change for themselves; written out once more, so that no list in the code grows
# unseen.
ENROL = {"iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice"}
REPLACE = {"iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice", "iam:ResyncMFADevice"}
# Keys that every request may have; AWS lists them apart from the services':
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL_KEYS = frozenset(
    f"aws:{name}".lower()
    for name in (
        "MultiFactorAuthAge",
        "MultiFactorAuthPresent",
        "PrincipalArn",
        "RequestedRegion",
        "ResourceAccount",
        "ResourceOrgID",
        "SecureTransport",
        "SourceAccount",
    )
)

# The resource type of an action that AWS's service reference gives none, by AWS's own examples:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html
UNLISTED = {"ssmmessages:OpenDataChannel": ("ssm", "session")}


class Row(NamedTuple):
    """A statement, and the policy that has it."""

    policy: str
    statement: dict[str, Any]

    @property
    def actions(self) -> frozenset[str]:
        """Every action that the statement is about, wildcards written out."""
        patterns = listed(self.statement.get("Action", self.statement.get("NotAction")))
        named = frozenset(action for pattern in patterns for action in named_by(pattern))
        return named if "Action" in self.statement else frozenset(all_actions().values()) - named

    @property
    def resources(self) -> list[str]:
        return [flat(arn) for arn in listed(self.statement["Resource"])]

    @property
    def conditions(self) -> dict[str, dict[str, Any]]:
        return cast("dict[str, dict[str, Any]]", self.statement.get("Condition", {}))

    @property
    def allows(self) -> bool:
        return bool(self.statement["Effect"] == "Allow")


@cache
def named_by(pattern: str) -> frozenset[str]:
    """The actions that IAM's wildcards * and ? match; actions have no case."""
    known, lower = all_actions(), pattern.lower()
    if not {"*", "?"} & set(pattern):
        return frozenset({known[lower]} if lower in known else ())
    expression = re.compile(re.escape(lower).replace(r"\*", ".*").replace(r"\?", "."))
    return frozenset(name for key, name in known.items() if expression.fullmatch(key))


@cache
def all_actions() -> dict[str, str]:
    """Every action as AWS writes it, by its name in lower case."""
    return {str(action).lower(): str(action) for action in get_all_actions()}


def listed(value: Any) -> list[Any]:  # noqa: ANN401 (the values of a template)
    return value if isinstance(value, list) else [value]


def flat(value: Any) -> str:  # noqa: ANN401 (the values of a template)
    """Write an ARN with the names of what only deployment knows."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    match function:
        case "Fn::Join":
            return "".join(flat(part) for part in argument[1])
        case "Fn::GetAtt":
            return f"<{'.'.join(argument)}>"
        case "Fn::GetStackOutput":
            return f"<{argument['StackName']}.{argument['OutputName']}>"
        case _:
            return f"<{argument.removeprefix('AWS::')}>".replace(":", "")


def changed(template: Template, change: Change) -> Template:
    twin = copy.deepcopy(template)
    change(twin)
    return twin


def statement_of(template: Template, sid: str) -> dict[str, Any]:
    return next(row.statement for row in managed(template) if row.statement.get("Sid") == sid)


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {
        logical_id: resource.get("Properties", {})
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def without_code(template: Template) -> Template:
    """A copy for a snapshot: functions have tests of their own, and would bury the rest."""
    changed = copy.deepcopy(template)
    for function in of_type(changed, "AWS::Lambda::Function").values():
        function["Code"] = "tested elsewhere"
    return changed


def managed(template: Template) -> list[Row]:
    """The statements of every managed policy of the template."""
    return [
        Row(logical_id, statement)
        for logical_id, policy in of_type(template, "AWS::IAM::ManagedPolicy").items()
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def of_group(template: Template, name: str) -> list[Row]:
    """What a group's own policies say, RequireMfa included."""
    (group,) = (
        group
        for group in of_type(template, "AWS::IAM::Group").values()
        if group["GroupName"] == name
    )
    attached = {arn["Ref"] for arn in group["ManagedPolicyArns"] if "Ref" in arn}
    return [row for row in managed(template) if row.policy in attached]


@cache
def privilege(action: str) -> dict[str, Any]:
    service, _, name = action.partition(":")
    found: dict[str, Any] = get_service_prefix_data(service)["privileges"][name]
    return found


def access_level(action: str) -> str:
    return str(privilege(action)["access_level"])


def problems(rows: Iterable[Row]) -> list[str]:
    """What is wrong with statements by AWS's own word."""
    return [
        f"{row.policy}.{row.statement.get('Sid')}: {problem}"
        for row in rows
        for check in (_unknown_actions, _unknown_keys, _wrong_resources)
        for problem in check(row)
    ]


def _unknown_actions(row: Row) -> Iterator[str]:
    for pattern in listed(row.statement.get("Action", row.statement.get("NotAction"))):
        if not named_by(pattern):
            yield f"AWS has no action {pattern}"


def _unknown_keys(row: Row) -> Iterator[str]:
    keys = {key.lower() for keys in row.conditions.values() for key in keys} - GLOBAL_KEYS
    if not row.allows:
        # A denial is about every action; its keys are global ones.
        yield from (f"{key} is no global condition key" for key in keys)
        return
    for action in sorted(row.actions):
        types = _types_of(action, row.resources).values()
        known = {
            known
            for part in (*privilege(action)["resource_types"].values(), *types)
            for known in part["condition_keys"]
        }
        for key in keys:
            if not any(_same_key(key, name.lower()) for name in known):
                yield f"{action} has no condition key {key} on {', '.join(row.resources)}"


def _same_key(key: str, known: str) -> bool:
    # ${TagKey} stands for the name of a tag, ${EncryptionContextKey} for one of a context.
    return re.fullmatch(re.sub(r"\\\$\\\{\w+\\\}", ".+", re.escape(known)), key) is not None


def _wrong_resources(row: Row) -> Iterator[str]:
    for action in sorted(row.actions) if row.allows else ():
        types = {name for name in privilege(action)["resource_types"] if name}
        if "*" in row.resources:
            if types:
                yield f"{action} has resources ({', '.join(sorted(types))}): name them"
        elif not _types_of(action, row.resources):
            yield f"{action} is never granted on {', '.join(row.resources)}"


def _types_of(action: str, arns: list[str]) -> dict[str, dict[str, Any]]:
    """The resource types of an action that one of the ARNs can mean."""
    prefix, *unlisted = UNLISTED.get(action, (action.partition(":")[0],))
    service = get_service_prefix_data(prefix)["resources"]
    return {
        name: service[name]
        for name in unlisted or privilege(action)["resource_types"]
        if name and any(_can_mean(arn, service[name]["arn"]) for arn in arns)
    }


def _can_mean(arn: str, pattern: str) -> bool:
    if not arn.startswith("arn:"):
        return True  # a resource of this template or of another
    _, _, service, _, _, resource = arn.split(":", 5)
    _, _, known_service, _, _, known = pattern.split(":", 5)
    return service == known_service and resource.startswith(known.partition("$")[0])
