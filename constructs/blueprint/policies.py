"""Customer-managed policies, written as rows of statements (IA-4)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import Construct, IValidation

from blueprint.acknowledgements import acknowledge_each

# AWS has no resources for the actions of a statement with this reason.
NO_RESOURCE_LEVEL = (
    "AWS defines no resources for these actions, so that IAM takes no other value. Unsafe as soon "
    "as one of them gets a resource level."
)
# Characters, of which IAM counts all but white space:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LONGEST_POLICY = 6144
# The defaults for the characters of a trust policy and the managed policies of a role or group, on
# the same page.
LONGEST_TRUST_POLICY = 2048
MOST_POLICIES = 10
# Counted for a value that only deployment knows; an ARN is seldom longer.
UNKNOWN = 128


@dataclass(frozen=True)
class Statement:
    """One allowing statement of a policy.

    `wildcard` says why resources with a wildcard are safe here and what would make them unsafe;
    default: there is none, and one that slips in stops synthesis.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Mapping[str, object]] | None = None
    wildcard: str = ""


class StatementPolicy(iam.ManagedPolicy):
    """A customer-managed policy made of `Statement` rows.

    Invariant: it allows what the rows say, every wildcard in it has a reason, and IAM takes its
    length.

    Example:
        StatementPolicy(
            self,
            "Policy",
            description="Lists the buckets of the account",
            statements=[
                Statement(
                    sid="BucketNames",
                    actions=["s3:ListAllMyBuckets"],
                    resources=["*"],
                    wildcard=NO_RESOURCE_LEVEL,
                )
            ],
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        statements: Sequence[Statement],
        roles: Sequence[iam.IRole] = (),
    ) -> None:
        """Create the policy and attach it to `roles`."""
        super().__init__(scope, construct_id, description=description, roles=list(roles))
        self.allow(*statements)
        self.node.add_validation(_WithinQuota(self))

    def allow(self, *statements: Statement) -> None:
        """Add rows."""
        self.add_statements(
            *(
                iam.PolicyStatement(
                    sid=row.sid,
                    actions=list(row.actions),
                    resources=list(row.resources),
                    conditions=row.conditions,
                )
                for row in statements
            )
        )
        argued = dict.fromkeys(
            (arn, row.wildcard) for row in statements if row.wildcard for arn in row.resources
        )
        if argued:
            written = as_findings(cdk.Stack.of(self), [arn for arn, _ in argued])
            acknowledge_each(
                self,
                [
                    (f"AwsSolutions-IAM5[Resource::{arn}]", reason)
                    for arn, (_, reason) in zip(written, argued, strict=True)
                    if "*" in arn
                ],
            )


@jsii.implements(IValidation)
class _WithinQuota:
    """Refuses a policy that IAM would refuse, before anything is deployed."""

    def __init__(self, policy: iam.ManagedPolicy) -> None:
        self._policy = policy

    def validate(self) -> list[str]:
        """Return what is wrong, as the CDK asks when it synthesizes."""
        document = cdk.Stack.of(self._policy).resolve(self._policy.document)
        length = written_length(document)
        if length <= LONGEST_POLICY:
            return []
        message = (
            f"the policy has {length:,} characters. Allowed: {LONGEST_POLICY:,}. Change: split it "
            "into two policies, or name fewer actions."
        )
        return [message]


def written_length(document: object) -> int:
    """The characters of a resolved policy document as IAM counts them: all but white space."""
    return sum(not character.isspace() for character in json.dumps(_known(document)))


def _known(value: object) -> object:
    """Replace what only deployment knows by as many characters as it may have."""
    if isinstance(value, list):
        return [_known(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(str(_known(part)) for part in parts)
        case {"Ref": "AWS::AccountId" | "AWS::Partition" | "AWS::Region" | "AWS::URLSuffix"}:
            return "x" * len("ap-northeast-1")
        case {"Ref": _} | {"Fn::GetAtt": _} | {"Fn::ImportValue": _}:
            return "x" * UNKNOWN
        case _:
            return {key: _known(item) for key, item in value.items()}


def as_findings(stack: cdk.Stack, arns: Sequence[str]) -> list[str]:
    """Write ARNs as findings do: <LogicalId.Attribute> for what only deployment knows.

    Not for the ARN of another stack's resource: its finding names an export, stays, and stops
    synthesis.
    """
    return [_text(arn) for arn in stack.resolve(list(arns))]


def _text(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    ((function, argument),) = value.items()
    match function:
        case "Ref":
            return f"<{argument}>"
        case "Fn::GetAtt":
            return f"<{'.'.join(argument)}>"
        case "Fn::Join":
            return "".join(map(_text, argument[1]))
        case _:
            return json.dumps(value, separators=(",", ":"))
