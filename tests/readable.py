"""Say a template's network policy in lines that a reviewer reads."""

from collections.abc import Iterator
from typing import Any

Resources = dict[str, dict[str, Any]]


def network_policy(template: dict[str, Any]) -> str:
    """The flow table and the rules generated from it, a line each."""
    resources: Resources = template["Resources"]
    sections = {
        "Flows": _flows(template["Metadata"]["FlowTable"]["rows"]),
        "Subnets": _subnets(resources),
        "Routes": _routes(resources),
        "Security groups": _security_groups(resources),
        "Network ACLs": _network_acls(resources),
    }
    return "\n".join(
        f"{title}\n" + "".join(f"  {line}\n" for line in lines) for title, lines in sections.items()
    )


def _flows(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        via = f" via {row['via']}" if "via" in row else ""
        arrow = f"{row['source']} -> {row['destination']}{via}"
        yield f"{arrow:38} {row['ports']:10} {row['purpose']}"


def _subnets(resources: Resources) -> Iterator[str]:
    for logical_id, properties in _of(resources, "AWS::EC2::Subnet"):
        public = properties.get("MapPublicIpOnLaunch", False)
        yield f"{logical_id:38} {properties['CidrBlock']:16} public address on launch: {public}"


def _routes(resources: Resources) -> Iterator[str]:
    for logical_id, properties in _of(resources, "AWS::EC2::Route"):
        target = properties.get("GatewayId") or properties.get("NatGatewayId")
        yield f"{logical_id:38} {properties['DestinationCidrBlock']} to {_name(target)}"
    for logical_id, properties in _of(resources, "AWS::EC2::VPNGatewayRoutePropagation"):
        tables = ", ".join(_name(table) for table in properties["RouteTableIds"])
        yield f"{logical_id:38} into {tables}"


def _security_groups(resources: Resources) -> Iterator[str]:
    for logical_id, properties in _of(resources, "AWS::EC2::SecurityGroup"):
        for rule in properties.get("SecurityGroupIngress", []):
            yield f"{logical_id:38} in  {_ports(rule):14} from {rule['CidrIp']}"
        for rule in properties.get("SecurityGroupEgress", []):
            yield f"{logical_id:38} out {_ports(rule):14} to {rule['CidrIp']}"
    for _, rule in _of(resources, "AWS::EC2::SecurityGroupIngress"):
        group, peer = _name(rule["GroupId"]), _name(rule["SourceSecurityGroupId"])
        yield f"{group:38} in  {_ports(rule):14} from {peer}"
    for _, rule in _of(resources, "AWS::EC2::SecurityGroupEgress"):
        group, peer = _name(rule["GroupId"]), _name(rule["DestinationSecurityGroupId"])
        yield f"{group:38} out {_ports(rule):14} to {peer}"


def _network_acls(resources: Resources) -> Iterator[str]:
    for _, row in _of(resources, "AWS::EC2::NetworkAclEntry"):
        acl, direction = _name(row["NetworkAclId"]), "out" if row["Egress"] else "in"
        ports = row.get("PortRange")
        shown = f"tcp/{_range(ports['From'], ports['To'])}" if ports else "everything"
        action = row["RuleAction"]
        yield f"{acl:24} {direction:3} {row['RuleNumber']} {action:5} {shown:16} {row['CidrBlock']}"


def _of(resources: Resources, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for logical_id, resource in resources.items():
        if resource["Type"] == kind:
            yield logical_id[:-8], resource["Properties"]  # without the CDK's hash


def _name(value: Any) -> str:  # noqa: ANN401 (an intrinsic function of a template)
    if isinstance(value, dict):
        target = value.get("Ref") or value["Fn::GetAtt"][0]
        return str(target)[:-8]
    return str(value)


def _ports(rule: dict[str, Any]) -> str:
    return f"{rule['IpProtocol']}/{_range(rule['FromPort'], rule['ToPort'])}"


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
