"""The kinds of objects that an inventory lists, and where."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """Where a kind of object is listed, and by what it is known.

    Attributes:
        name: What people call it.
        service: The service's name in boto3.
        operation: The call that lists it.
        answer: The key of the list in the answer.
        key: The key of the id in an item.
        arguments: Arguments of the call.
        inside: The key of the list in each item of the answer, when items come in groups.
    """

    name: str
    service: str
    operation: str
    answer: str
    key: str
    arguments: tuple[tuple[str, object], ...] = ()
    inside: str = ""


_EVERY_IAM = (("Filter", ["Role", "User", "Group", "LocalManagedPolicy"]),)
KINDS = (
    Kind("VPC", "ec2", "describe_vpcs", "Vpcs", "VpcId"),
    Kind("subnet", "ec2", "describe_subnets", "Subnets", "SubnetId"),
    Kind("route table", "ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    Kind("security group", "ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    Kind("network ACL", "ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    Kind(
        "internet gateway", "ec2", "describe_internet_gateways", "InternetGateways",
        "InternetGatewayId",
    ),
    Kind("NAT gateway", "ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    Kind("elastic address", "ec2", "describe_addresses", "Addresses", "PublicIp"),
    Kind(
        "network interface", "ec2", "describe_network_interfaces", "NetworkInterfaces",
        "NetworkInterfaceId",
    ),
    Kind("endpoint", "ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    Kind(
        "instance connect endpoint", "ec2", "describe_instance_connect_endpoints",
        "InstanceConnectEndpoints", "InstanceConnectEndpointId",
    ),
    Kind("flow log", "ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    Kind("VPN gateway", "ec2", "describe_vpn_gateways", "VpnGateways", "VpnGatewayId"),
    Kind(
        "customer gateway", "ec2", "describe_customer_gateways", "CustomerGateways",
        "CustomerGatewayId",
    ),
    Kind("VPN connection", "ec2", "describe_vpn_connections", "VpnConnections", "VpnConnectionId"),
    Kind(
        "Direct Connect association", "directconnect",
        "describe_direct_connect_gateway_associations", "directConnectGatewayAssociations",
        "associationId",
    ),
    Kind(
        "server", "ec2", "describe_instances", "Reservations", "InstanceId", inside="Instances"
    ),
    Kind("volume", "ec2", "describe_volumes", "Volumes", "VolumeId"),
    Kind(
        "launch template", "ec2", "describe_launch_templates", "LaunchTemplates",
        "LaunchTemplateId",
    ),
    Kind("key pair", "ec2", "describe_key_pairs", "KeyPairs", "KeyName"),
    Kind(
        "Auto Scaling group", "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups",
        "AutoScalingGroupName",
    ),
    Kind(
        "load balancer", "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"
    ),
    Kind("target group", "elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
    Kind("hosted zone", "route53", "list_hosted_zones", "HostedZones", "Id"),
    Kind("backup plan", "backup", "list_backup_plans", "BackupPlansList", "BackupPlanId"),
    Kind(
        "backup vault", "backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName"
    ),
    Kind(
        "instance profile", "iam", "list_instance_profiles", "InstanceProfiles",
        "InstanceProfileName",
    ),
    Kind(
        "role", "iam", "get_account_authorization_details", "RoleDetailList", "RoleName",
        _EVERY_IAM,
    ),
    Kind(
        "user", "iam", "get_account_authorization_details", "UserDetailList", "UserName",
        _EVERY_IAM,
    ),
    Kind(
        "group", "iam", "get_account_authorization_details", "GroupDetailList", "GroupName",
        _EVERY_IAM,
    ),
    Kind(
        "managed policy", "iam", "get_account_authorization_details", "Policies", "Arn",
        _EVERY_IAM,
    ),
    Kind("OIDC provider", "iam", "list_open_id_connect_providers",
        "OpenIDConnectProviderList", "Arn"),
    Kind("SAML provider", "iam", "list_saml_providers", "SAMLProviderList", "Arn"),
    Kind("analyzer", "accessanalyzer", "list_analyzers", "analyzers", "arn"),
    Kind("topic", "sns", "list_topics", "Topics", "TopicArn"),
    Kind("subscription", "sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    Kind("event rule", "events", "list_rules", "Rules", "Name"),
    Kind("trail", "cloudtrail", "describe_trails", "trailList", "TrailARN"),
    Kind("metric filter", "logs", "describe_metric_filters", "metricFilters", "filterName"),
    Kind("alarm", "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    Kind(
        "configuration recorder", "config", "describe_configuration_recorders",
        "ConfigurationRecorders", "name",
    ),
    Kind(
        "delivery channel", "config", "describe_delivery_channels", "DeliveryChannels", "name"
    ),
    Kind("Config rule", "config", "describe_config_rules", "ConfigRules", "ConfigRuleName"),
    Kind("association", "ssm", "list_associations", "Associations", "AssociationId"),
    Kind(
        "access scope", "ec2", "describe_network_insights_access_scopes",
        "NetworkInsightsAccessScopes", "NetworkInsightsAccessScopeId",
    ),
    Kind("key", "kms", "list_keys", "Keys", "KeyId"),
    Kind("log group", "logs", "describe_log_groups", "logGroups", "logGroupName"),
    Kind("function", "lambda", "list_functions", "Functions", "FunctionName"),
    Kind("bucket", "s3", "list_buckets", "Buckets", "Name"),
    Kind("repository", "ecr", "describe_repositories", "repositories", "repositoryName"),
    Kind("parameter", "ssm", "describe_parameters", "Parameters", "Name"),
    Kind("stack", "cloudformation", "describe_stacks", "Stacks", "StackName"),
)  # fmt: skip
