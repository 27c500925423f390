"""One topic for whatever people have to hear of (IA-12, OP-1)."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from blueprint.acknowledgements import acknowledge
from blueprint.customer_key import CustomerKey

# Who publishes, and as what: alarms of CloudWatch and rules of EventBridge.
PUBLISHERS = {
    "cloudwatch": ("alarm", cdk.ArnFormat.COLON_RESOURCE_NAME),
    "events": ("rule", cdk.ArnFormat.SLASH_RESOURCE_NAME),
}


class AlertsTopic(Construct):
    """An encrypted topic, with those who subscribe to it.

    Invariant: only alarms and event rules of this account and region publish to it, over TLS.

    Example:
        AlertsTopic(
            self,
            "Alerts",
            subscriptions={"security@example.com": "email"},
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        subscriptions: Mapping[str, str],
        removal_policy: cdk.RemovalPolicy,
    ) -> None:
        """Create key, topic and subscriptions.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            subscriptions: Endpoint -> protocol of SNS: email, https, sqs or lambda. Mail and HTTPS
                endpoints have to confirm once; queues and functions have to let the topic in.
            removal_policy: What happens to the key of the messages when the stack is destroyed.
        """
        super().__init__(scope, construct_id)
        self.key = CustomerKey(self, "Key", removal_policy=removal_policy)
        self.topic = sns.Topic(
            self,
            "Resource",
            display_name="Security alerts",
            master_key=self.key,
            enforce_ssl=True,
        )
        self._allow_publishers()
        for number, (endpoint, protocol) in enumerate(subscriptions.items(), start=1):
            # L1: the L2 of a queue or function wants the resource, which is of another stack.
            subscription = sns.CfnSubscription(
                self,
                f"Subscription{number}",
                topic_arn=self.topic.topic_arn,
                protocol=protocol,
                endpoint=endpoint,
            )
            acknowledge(
                subscription,
                "SNS tries for hours to deliver; a queue of what failed would be one that nobody "
                "reads. Unsafe for a contact that is one person's mailbox.",
                "Serverless-SNSRedrivePolicy",
            )

    def _allow_publishers(self) -> None:
        stack = cdk.Stack.of(self)
        for service, (resource, arn_format) in PUBLISHERS.items():
            source = stack.format_arn(
                service=service, resource=resource, resource_name="*", arn_format=arn_format
            )
            own: dict[str, dict[str, str]] = {
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": source},
            }
            principal = iam.ServicePrincipal(f"{service}.amazonaws.com")
            self.topic.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[principal],
                    actions=["sns:Publish"],
                    resources=[self.topic.topic_arn],
                    conditions=own,
                )
            )
            self.key.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[principal],
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=["*"],
                    conditions=own if service == "cloudwatch" else self._of_own_topics(),
                )
            )

    def _of_own_topics(self) -> dict[str, dict[str, str]]:
        # EventBridge does not say to KMS whose rule it is, and a condition on that silences it:
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        # The topic, which a key cannot name before it exists, decides whose rules come in.
        topics = cdk.Stack.of(self).format_arn(service="sns", resource="*")
        return {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": topics}}
