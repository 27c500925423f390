"""Which resource types the proof reads, and which it knows to carry no traffic of the VPC.

Everything else is a finding: a type is trusted when somebody has thought about it and wrote it
down here, never because nobody knows it.
"""

import re

# Read by the modules beside this one.
READ = frozenset(
    f"AWS::{name}"
    for name in (
        "AutoScaling::AutoScalingGroup",
        "AutoScaling::LaunchConfiguration",
        "CloudFormation::StackSet",
        "DirectConnect::DirectConnectGatewayAssociation",
        "EC2::CustomerGateway",
        "EC2::EIP",
        "EC2::EIPAssociation",
        "EC2::Instance",
        "EC2::InstanceConnectEndpoint",
        "EC2::InternetGateway",
        "EC2::LaunchTemplate",
        "EC2::NatGateway",
        "EC2::NetworkAcl",
        "EC2::NetworkAclEntry",
        "EC2::NetworkInterface",
        "EC2::NetworkInterfaceAttachment",
        "EC2::Route",
        "EC2::RouteTable",
        "EC2::SecurityGroup",
        "EC2::SecurityGroupEgress",
        "EC2::SecurityGroupIngress",
        "EC2::Subnet",
        "EC2::SubnetCidrBlock",
        "EC2::SubnetNetworkAclAssociation",
        "EC2::SubnetRouteTableAssociation",
        "EC2::VPC",
        "EC2::VPCCidrBlock",
        "EC2::VPCEndpoint",
        "EC2::VPCGatewayAttachment",
        "EC2::VPNConnection",
        "EC2::VPNConnectionRoute",
        "EC2::VPNGateway",
        "EC2::VPNGatewayRoutePropagation",
        "ElasticLoadBalancing::LoadBalancer",
        "ElasticLoadBalancingV2::LoadBalancer",
        "Lambda::Function",
        "RDS::DBCluster",
        "RDS::DBInstance",
        "RDS::DBSubnetGroup",
    )
)

# Types that put no interface into a VPC and change no path.
_NO_TRAFFIC = re.compile(
    r"""AWS::(
        (AccessAnalyzer|Backup|Budgets|CDK|CloudTrail|CloudWatch|Config|Events|GuardDuty|IAM|KMS
          |Logs|Inspector|InspectorV2|Macie|SNS|SQS|SSM|SSO|SecretsManager|SecurityHub|ResourceGroups
          )::\w+
        |CloudFormation::(WaitCondition|WaitConditionHandle)
        |AutoScaling::(LifecycleHook|ScalingPolicy|ScheduledAction)
        |DirectConnect::DirectConnectGateway
        |EC2::(DHCPOptions|VPCDHCPOptionsAssociation|FlowLog|KeyPair|PlacementGroup|Volume
          |VolumeAttachment|NetworkInsightsAccessScope|NetworkInsightsAccessScopeAnalysis
          |NetworkInsightsAnalysis|NetworkInsightsPath|SnapshotBlockPublicAccess
          |VPCEndpointConnectionNotification)
        |ElasticLoadBalancingV2::(Listener|ListenerCertificate|ListenerRule|TargetGroup)
        |Lambda::(Alias|EventInvokeConfig|LayerVersion|LayerVersionPermission|Permission|Url|Version)
        |RDS::(DBParameterGroup|DBClusterParameterGroup|OptionGroup)
        |Route53::(HostedZone|RecordSet)
        |S3::(Bucket|BucketPolicy|StorageLens)
    )""",
    re.VERBOSE,
)
# Custom resources carry no traffic, but their code may change what does: `Resources` refuses those
# that are told of a network resource.
CUSTOM = re.compile(r"Custom::.+|AWS::CloudFormation::CustomResource")
# Empties the default security group; what it is told is the group's id.
RESTRICT_DEFAULT_GROUP = "Custom::VpcRestrictDefaultSG"


def is_known(resource_type: str) -> bool:
    """Say whether the proof knows what the type means for traffic."""
    return (
        resource_type in READ
        or _NO_TRAFFIC.fullmatch(resource_type) is not None
        or CUSTOM.fullmatch(resource_type) is not None
    )
