"""Everything that lives in the stand-in, to see what a step changed and what it left behind."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from rehearsal.standin import StandIn


@dataclass(frozen=True)
class _Kind:
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
_KINDS = (
    _Kind("VPC", "ec2", "describe_vpcs", "Vpcs", "VpcId"),
    _Kind("subnet", "ec2", "describe_subnets", "Subnets", "SubnetId"),
    _Kind("route table", "ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    _Kind("security group", "ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    _Kind("network ACL", "ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    _Kind(
        "internet gateway", "ec2", "describe_internet_gateways", "InternetGateways",
        "InternetGatewayId",
    ),
    _Kind("NAT gateway", "ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    _Kind("elastic address", "ec2", "describe_addresses", "Addresses", "PublicIp"),
    _Kind(
        "network interface", "ec2", "describe_network_interfaces", "NetworkInterfaces",
        "NetworkInterfaceId",
    ),
    _Kind("endpoint", "ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    _Kind(
        "instance connect endpoint", "ec2", "describe_instance_connect_endpoints",
        "InstanceConnectEndpoints", "InstanceConnectEndpointId",
    ),
    _Kind("flow log", "ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    _Kind("VPN gateway", "ec2", "describe_vpn_gateways", "VpnGateways", "VpnGatewayId"),
    _Kind(
        "customer gateway", "ec2", "describe_customer_gateways", "CustomerGateways",
        "CustomerGatewayId",
    ),
    _Kind("VPN connection", "ec2", "describe_vpn_connections", "VpnConnections", "VpnConnectionId"),
    _Kind(
        "Direct Connect association", "directconnect",
        "describe_direct_connect_gateway_associations", "directConnectGatewayAssociations",
        "associationId",
    ),
    _Kind(
        "server", "ec2", "describe_instances", "Reservations", "InstanceId", inside="Instances"
    ),
    _Kind("volume", "ec2", "describe_volumes", "Volumes", "VolumeId"),
    _Kind(
        "launch template", "ec2", "describe_launch_templates", "LaunchTemplates",
        "LaunchTemplateId",
    ),
    _Kind("key pair", "ec2", "describe_key_pairs", "KeyPairs", "KeyName"),
    _Kind(
        "Auto Scaling group", "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups",
        "AutoScalingGroupName",
    ),
    _Kind(
        "load balancer", "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"
    ),
    _Kind("target group", "elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
    _Kind("hosted zone", "route53", "list_hosted_zones", "HostedZones", "Id"),
    _Kind("backup plan", "backup", "list_backup_plans", "BackupPlansList", "BackupPlanId"),
    _Kind(
        "backup vault", "backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName"
    ),
    _Kind(
        "instance profile", "iam", "list_instance_profiles", "InstanceProfiles",
        "InstanceProfileName",
    ),
    _Kind(
        "role", "iam", "get_account_authorization_details", "RoleDetailList", "RoleName",
        _EVERY_IAM,
    ),
    _Kind(
        "user", "iam", "get_account_authorization_details", "UserDetailList", "UserName",
        _EVERY_IAM,
    ),
    _Kind(
        "group", "iam", "get_account_authorization_details", "GroupDetailList", "GroupName",
        _EVERY_IAM,
    ),
    _Kind(
        "managed policy", "iam", "get_account_authorization_details", "Policies", "Arn",
        _EVERY_IAM,
    ),
    _Kind("OIDC provider", "iam", "list_open_id_connect_providers",
        "OpenIDConnectProviderList", "Arn"),
    _Kind("SAML provider", "iam", "list_saml_providers", "SAMLProviderList", "Arn"),
    _Kind("analyzer", "accessanalyzer", "list_analyzers", "analyzers", "arn"),
    _Kind("topic", "sns", "list_topics", "Topics", "TopicArn"),
    _Kind("subscription", "sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    _Kind("event rule", "events", "list_rules", "Rules", "Name"),
    _Kind("key", "kms", "list_keys", "Keys", "KeyId"),
    _Kind("log group", "logs", "describe_log_groups", "logGroups", "logGroupName"),
    _Kind("function", "lambda", "list_functions", "Functions", "FunctionName"),
    _Kind("bucket", "s3", "list_buckets", "Buckets", "Name"),
    _Kind("repository", "ecr", "describe_repositories", "repositories", "repositoryName"),
    _Kind("parameter", "ssm", "describe_parameters", "Parameters", "Name"),
    _Kind("stack", "cloudformation", "describe_stacks", "Stacks", "StackName"),
)  # fmt: skip
# Public parameters are AWS's own; DescribeParameters of AWS does not list them.
_PUBLIC = "/aws/"
# Looking changes it.
_VOLATILE = {"RoleLastUsed"}
_STATES = ("State", "state", "Status")
_GONE = {"deleted", "delete-complete", "disassociated", "detached", "terminated"}

Inventory = Mapping[tuple[str, str], str]
"""What is said of each object, as JSON, by kind and id."""


def take_inventory(stand_in: StandIn, accounts: Sequence[str] = ()) -> Inventory:
    """List everything that lives in the account of `stand_in`, and in `accounts`.

    Kinds of the other accounts bear the account's number.
    """
    found = dict(_of_account(stand_in))
    for account in accounts:
        if account != stand_in.account:
            found |= {
                (f"{kind} of {account}", identity): said
                for (kind, identity), said in _of_account(stand_in.of(account)).items()
            }
    return found


def _of_account(stand_in: StandIn) -> Inventory:
    listed = (
        ((kind.name, identity), item) for kind in _KINDS for identity, item in _list(stand_in, kind)
    )
    return {
        key: json.dumps(item, sort_keys=True, default=str)
        for key, item in (*listed, *_password_policy(stand_in))
    }


def _password_policy(stand_in: StandIn) -> Iterator[tuple[tuple[str, str], object]]:
    """The account's, if it has one: no call lists it."""
    iam = stand_in.iam
    with suppress(iam.exceptions.NoSuchEntityException):
        policy = iam.get_account_password_policy()["PasswordPolicy"]
        yield ("password policy", "account"), policy


def _list(stand_in: StandIn, kind: _Kind) -> Iterator[tuple[str, dict[str, object]]]:
    client = stand_in.client(kind.service)
    arguments = dict(kind.arguments)
    if client.can_paginate(kind.operation):
        pages = client.get_paginator(kind.operation).paginate(**arguments)
    else:
        pages = [getattr(client, kind.operation)(**arguments)]
    for page in pages:
        groups = page[kind.answer]
        items = [item for group in groups for item in group[kind.inside]] if kind.inside else groups
        for item in items:
            described = _describe_key(stand_in, item) if kind.name == "key" else item
            if not _states(described) & _GONE and not item[kind.key].startswith(_PUBLIC):
                lasting = {key: described[key] for key in described.keys() - _VOLATILE}
                yield item[kind.key], lasting


def _states(item: Mapping[str, object]) -> set[str]:
    """The states that an item names, in words; a server's is an object."""
    states = (item.get(state) for state in _STATES)
    return {
        str(state.get("Name") if isinstance(state, dict) else state).lower() for state in states
    }


def _describe_key(stand_in: StandIn, item: dict[str, str]) -> dict[str, object]:
    """A key that waits for its deletion counts as deleted: nothing can use it."""
    metadata = stand_in.client("kms").describe_key(KeyId=item["KeyId"])["KeyMetadata"]
    waiting = metadata["KeyState"] == "PendingDeletion"
    return {**metadata, "State": "deleted" if waiting else metadata["KeyState"]}


def differences(before: Inventory, after: Inventory) -> list[str]:
    """What came, went or changed, one line each."""
    lines = [f"{kind} {identity} is new" for kind, identity in after.keys() - before.keys()]
    lines += [f"{kind} {identity} is gone" for kind, identity in before.keys() - after.keys()]
    lines += [
        f"{kind} {identity} changed"
        for kind, identity in before.keys() & after.keys()
        if before[kind, identity] != after[kind, identity]
    ]
    return sorted(lines)
