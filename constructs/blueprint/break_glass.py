"""The way in when every other is broken (IA-6)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from blueprint.acknowledgements import acknowledge
from blueprint.alerts_topic import AlertsTopic
from blueprint.event_alerts import EventAlerts
from blueprint.event_rows import EventRow
from blueprint.groups import aws_policy_arn

SESSION = cdk.Duration.hours(1)


class BreakGlass(Construct):
    """A role that may do everything for an hour, and a message to people when it is assumed.

    The message needs two things that this construct cannot make: a CloudTrail trail of the account
    that logs management events, from which EventBridge hears of the assumption, and a contact who
    has confirmed the subscription. Without either, nobody is told, and nothing says so.

    Invariant: only the named users assume it, with MFA of the last hour, and only in the region
    whose rule sees it: an assumption through the endpoint of another region is refused, not missed.

    Example:
        BreakGlass(
            self,
            "BreakGlass",
            users=[iam.User(self, "Ann")],
            contact="security@example.com",
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        users: Sequence[iam.IUser],
        contact: str,
        removal_policy: cdk.RemovalPolicy,
    ) -> None:
        """Create the role and its alarm.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            users: Who may assume the role.
            contact: Electronic mail address of those who are told; has to confirm once.
            removal_policy: What happens to the key of the messages when the stack is destroyed.
        """
        super().__init__(scope, construct_id)
        self.role = self._add_role(users)
        alerts = AlertsTopic(
            self, "Alerts", subscriptions={contact: "email"}, removal_policy=removal_policy
        )
        EventAlerts(
            self,
            "Events",
            topic=alerts.topic.topic_arn,
            rows=[
                EventRow(
                    name="Assumed",
                    controls=("IA-6", "IA-12"),
                    description="The break-glass role is assumed",
                    pattern={
                        "source": ["aws.sts"],
                        "detail-type": ["AWS API Call via CloudTrail"],
                        "detail": {
                            "eventSource": ["sts.amazonaws.com"],
                            "eventName": ["AssumeRole"],
                            "requestParameters": {"roleArn": [self.role.role_arn]},
                        },
                    },
                    service="trail",
                )
            ],
        )

    def _add_role(self, users: Sequence[iam.IUser]) -> iam.Role:
        name = "AdministratorAccess"
        role = iam.Role(
            self,
            "Role",
            # Named users and not the account: a policy that allows sts:AssumeRole opens it to
            # nobody else.
            assumed_by=iam.CompositePrincipal(
                *(iam.ArnPrincipal(user.user_arn) for user in users)
            ).with_conditions(
                {
                    "Bool": {"aws:MultiFactorAuthPresent": "true"},
                    "NumericLessThan": {"aws:MultiFactorAuthAge": str(SESSION.to_seconds())},
                    "StringEquals": {"aws:RequestedRegion": cdk.Stack.of(self).region},
                }
            ),
            description="For emergencies; whoever assumes it alarms people",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(name)],
            max_session_duration=SESSION,
        )
        acknowledge(
            role,
            "An emergency may need any right; the role is open to few people with fresh MFA, for "
            "an hour, and not without a message. Unsafe for work that is planned.",
            f"AwsSolutions-IAM4[Policy::{aws_policy_arn(name)}]",
        )
        return role
