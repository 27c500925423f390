"""A role that IAM would refuse stops synthesis, with the figure; one at the quota does not."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from constructs import Construct

from app import add_validations
from blueprint.policies import LONGEST_TRUST_POLICY, MOST_POLICIES
from blueprint.role_quotas import RolesWithinQuotas

Make = Callable[[Construct, int], object]
EC2 = iam.ServicePrincipal("ec2.amazonaws.com")
# What a trust policy writes around the value of its condition.
FRAME = len(
    '{"Statement":[{"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":""}},'
    '"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}'
)


def with_trust(scope: Construct, characters: int) -> iam.Role:
    value = "x" * (characters - FRAME)
    principal = EC2.with_conditions({"StringEquals": {"sts:ExternalId": value}})
    return iam.Role(scope, "Role", assumed_by=principal)


def with_policies(scope: Construct, count: int) -> iam.Role:
    role = iam.Role(scope, "Role", assumed_by=EC2)
    for number in range(count):
        arn = f"arn:aws:iam::111122223333:policy/{number}"
        role.add_managed_policy(iam.ManagedPolicy.from_managed_policy_arn(role, arn, arn))
    return role


def named_by_one_policy(scope: Construct, count: int) -> None:
    role = with_policies(scope, count - 1)
    statement = iam.PolicyStatement(actions=["s3:ListAllMyBuckets"], resources=["*"])
    iam.ManagedPolicy(scope, "Policy", roles=[role], statements=[statement])


def problems(make: Make, figure: int) -> list[str]:
    app = cdk.App()
    make(cdk.Stack(cdk.Stage(app, "Stage"), "Stack"), figure)
    return RolesWithinQuotas(app).validate()


@pytest.mark.parametrize(
    ("make", "quota", "said"),
    [
        (
            with_trust,
            LONGEST_TRUST_POLICY,
            "the trust policy has 2,049 characters. Allowed: 2,048.",
        ),
        (with_policies, MOST_POLICIES, "the role has 11 managed policies. Allowed: 10."),
        (named_by_one_policy, MOST_POLICIES, "the role has 11 managed policies. Allowed: 10."),
    ],
)
def test_a_role_fits_the_quota_or_is_refused_with_the_figure(
    make: Make, quota: int, said: str
) -> None:
    assert problems(make, quota) == []
    (problem,) = problems(make, quota + 1)
    assert problem.startswith(f"Stage/Stack/Role/Resource: {said} Change: ")


def test_the_app_is_not_synthesized_with_such_a_role() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False)
    with_policies(cdk.Stack(app, "Stack"), MOST_POLICIES + 1)
    add_validations(app)
    with pytest.raises(RuntimeError, match="Stack/Role/Resource: the role has 11 managed policies"):
        app.synth()
