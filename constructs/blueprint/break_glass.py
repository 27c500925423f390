"""The way in when every other is broken (IA-6)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from blueprint.acknowledgements import acknowledge
from blueprint.customer_key import CustomerKey
from blueprint.groups import aws_policy_arn
from blueprint.policies import Statement, StatementPolicy

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
        key = CustomerKey(self, "Key", removal_policy=removal_policy)
        topic = sns.Topic(
            self, "Topic", display_name="Break-glass role", master_key=key, enforce_ssl=True
        )
        subscription = sns.Subscription(
            self, "Contact", topic=topic, protocol=sns.SubscriptionProtocol.EMAIL, endpoint=contact
        )
        acknowledge(
            subscription,
            "Mail that its receiver does not take cannot be delivered by a queue either. Unsafe "
            "for a contact that is one person's mailbox.",
            "Serverless-SNSRedrivePolicy",
        )
        self._add_rule(topic, key)

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

    def _add_rule(self, topic: sns.Topic, key: CustomerKey) -> None:
        stack = cdk.Stack.of(self)
        publisher = iam.Role(
            self,
            "Publisher",
            # A role, because a topic that is open to the service is open to the rules of everybody.
            assumed_by=iam.ServicePrincipal(
                "events.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description="Tells people that the break-glass role was assumed",
        )
        StatementPolicy(
            self,
            "PublisherPolicy",
            description="Tells people that the break-glass role was assumed",
            roles=[publisher],
            statements=[
                Statement("Topic", ["sns:Publish"], [topic.topic_arn]),
                Statement("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn]),
            ],
        )
        # L1: the L2 has no such state. CloudTrail counts AssumeRole among the events that only
        # read, and a rule that is merely enabled hears of none of those:
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
        rule = events.CfnRule(
            self,
            "Rule",
            description="The break-glass role is assumed",
            state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            event_pattern={
                "source": ["aws.sts"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventSource": ["sts.amazonaws.com"],
                    "eventName": ["AssumeRole"],
                    "requestParameters": {"roleArn": [self.role.role_arn]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Topic", arn=topic.topic_arn, role_arn=publisher.role_arn
                )
            ],
        )
        acknowledge(
            rule,
            "EventBridge tries for 24 hours to hand a message over; a queue of those that failed "
            "would be one that nobody reads. Unsafe if SNS were down for a day.",
            "Serverless-EventBusDLQ",
        )
