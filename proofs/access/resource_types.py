"""Which resource types the proof reads, and which it knows to give nobody any permission.

Everything else is a finding: a type is trusted when somebody has thought about it and wrote it
down here, never because nobody knows it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from proofs.network import resource_types as network

# Read by the modules beside this one.
READ = frozenset(
    f"AWS::{name}"
    for name in (
        "Backup::BackupVault",
        "CloudFormation::StackSet",
        "EC2::VPCEndpoint",
        "IAM::Group",
        "IAM::GroupPolicy",
        "IAM::ManagedPolicy",
        "IAM::Policy",
        "IAM::Role",
        "IAM::RolePolicy",
        "IAM::User",
        "IAM::UserPolicy",
        "IAM::UserToGroupAddition",
        "KMS::Key",
        "S3::Bucket",
        "S3::BucketPolicy",
        "SNS::Topic",
        "SNS::TopicInlinePolicy",
        "SNS::TopicPolicy",
    )
)

# Types that carry no policy and grant nothing. Roles that they use are read as roles. Left out on
# purpose, among others: access keys, service-linked roles, and whatever is shared.
_NO_PERMISSIONS = re.compile(
    r"""AWS::(
        AccessAnalyzer::Analyzer
        |AutoScaling::(LifecycleHook|ScalingPolicy|ScheduledAction)
        |Backup::(BackupPlan|BackupSelection)
        |Budgets::Budget
        |CDK::Metadata
        |CloudFormation::(WaitCondition|WaitConditionHandle)
        |CloudTrail::Trail
        |CloudWatch::(Alarm|CompositeAlarm|Dashboard)
        |Config::(ConfigRule|ConfigurationRecorder|DeliveryChannel|RemediationConfiguration)
        |DirectConnect::DirectConnectGateway
        |EC2::(DHCPOptions|VPCDHCPOptionsAssociation|FlowLog|KeyPair|PlacementGroup|Volume
          |VolumeAttachment|SnapshotBlockPublicAccess|VPCEndpointConnectionNotification
          |NetworkInsightsAccessScope)
        |ElasticLoadBalancingV2::(Listener|ListenerCertificate|ListenerRule|TargetGroup)
        |Events::Rule
        |GuardDuty::Detector
        |IAM::(InstanceProfile|OIDCProvider|SAMLProvider|ServerCertificate|VirtualMFADevice)
        |KMS::Alias
        |Lambda::(Alias|EventInvokeConfig|EventSourceMapping|LayerVersion|Version)
        |Logs::(LogGroup|LogStream|MetricFilter|QueryDefinition|SubscriptionFilter)
        |RDS::(DBParameterGroup|DBClusterParameterGroup|OptionGroup)
        |Route53::(HostedZone|RecordSet)
        |S3::StorageLens
        |SNS::Subscription
        |SQS::Queue
        |SSM::(Association|MaintenanceWindow|Parameter|PatchBaseline)
        |SecretsManager::Secret
        |SecurityHub::(Hub|Standard)
    )""",
    re.VERBOSE,
)


def is_known(resource_type: str) -> bool:
    """Say whether the proof knows what the type means for access."""
    return (
        resource_type in READ
        # What the network proof reads is about traffic; of it, only endpoints have a policy.
        or resource_type in network.READ
        or _NO_PERMISSIONS.fullmatch(resource_type) is not None
        # Code changes what the role that runs it may change, and that role is read.
        or network.CUSTOM.fullmatch(resource_type) is not None
    )


def policies_in(value: Any, name: str = "Properties") -> Iterator[str]:  # noqa: ANN401 -- JSON
    """Name the properties that look like a policy document, written as text or not."""
    if isinstance(value, str) and '"Statement"' in value:
        try:
            value = json.loads(value)
        except ValueError:
            yield name
            return
    if isinstance(value, dict):
        if "Statement" in value:
            yield name
        for key, item in value.items():
            yield from policies_in(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from policies_in(item, name)
