"""Say a template's network and access policy in lines that a reviewer reads."""

import re
from collections.abc import Iterator
from typing import Any

Resources = dict[str, dict[str, Any]]


# The types whose policies say who may do what, and the property that holds each policy.
POLICIES = {
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
    "AWS::IAM::ManagedPolicy": "PolicyDocument",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::Backup::BackupVault": "AccessPolicy",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
}


def policy(template: dict[str, Any]) -> str:
    """Who may talk to whom and who may do what, a line each."""
    resources: Resources = template["Resources"]
    sections = {
        "Flows": _flows(template.get("Metadata", {}).get("FlowTable", {}).get("rows", [])),
        "Subnets": _subnets(resources),
        "Routes": _routes(resources),
        "Security groups": _security_groups(resources),
        "Network ACLs": _network_acls(resources),
        "Servers": _servers(resources),
        "Trusts": _statements(resources, "AWS::IAM::Role"),
        "Roles": _roles(resources),
        "Groups": _groups(resources),
        "Users": _users(resources),
        "Policies": _statements(resources, "AWS::IAM::ManagedPolicy"),
        "Buckets": _statements(resources, "AWS::S3::BucketPolicy"),
        "Endpoints": _statements(resources, "AWS::EC2::VPCEndpoint"),
        "Keys": _statements(resources, "AWS::KMS::Key"),
        "Topics": _statements(resources, "AWS::SNS::TopicPolicy"),
        "Vaults": _statements(resources, "AWS::Backup::BackupVault"),
    }
    texts = {title: "".join(f"  {line}\n" for line in lines) for title, lines in sections.items()}
    return "\n".join(f"{title}\n{text}" for title, text in texts.items() if text)


def said(value: Any) -> str:  # noqa: ANN401 (a value of a template)
    """Write a value as it will stand after deployment; <Name.Attribute> for what is unknown yet."""
    if not isinstance(value, dict):
        return str(value)
    ((function, argument),) = value.items()
    match function:
        case "Ref":
            return f"<{argument}>"
        case "Fn::GetAtt":
            return f"<{'.'.join(argument)}>"
        case "Fn::GetStackOutput":
            return f"<{argument['StackName']}.{argument['OutputName'].removeprefix('Publish')}>"
        case "Fn::Join":
            return str(argument[0]).join(map(said, argument[1]))
        case _:
            return said(argument)


def statements_of(properties: dict[str, Any], key: str = "PolicyDocument") -> list[dict[str, Any]]:
    """The statements of a policy in one form: lists of text, and what is unusual under "odd"."""
    return [
        {
            "effect": statement["Effect"],
            "principals": [
                said(one) for principal in _principals(statement) for one in _list(principal)
            ],
            "actions": _list(statement.get("Action", [])),
            "resources": [said(resource) for resource in _list(statement.get("Resource", []))],
            "condition": statement.get("Condition", {}),
            "odd": sorted(set(statement) & {"NotAction", "NotResource", "NotPrincipal"}),
        }
        for statement in properties[key]["Statement"]
    ]


def _principals(statement: dict[str, Any]) -> list[Any]:
    principal = statement.get("Principal", {})
    return [principal] if principal == "*" else list(principal.values())


def _statements(resources: Resources, kind: str) -> Iterator[str]:
    for logical_id, properties in _of(resources, kind):
        if POLICIES[kind] not in properties:
            continue
        owner = properties.get("Bucket") or properties.get("Roles") or logical_id
        shown = _short(" ".join(said(one) for one in _list(owner)))
        statements = properties[POLICIES[kind]]["Statement"]
        for row, given in zip(statements_of(properties, POLICIES[kind]), statements, strict=True):
            by = f" by {', '.join(map(_short, row['principals']))}" if row["principals"] else ""
            on = "".join(f"\n    on {_short(resource)}" for resource in row["resources"])
            when = _conditions(row["condition"])
            odd = "".join(
                f" {name} {' '.join(map(said, _list(given[name])))}" for name in row["odd"]
            )
            actions = "".join(f" {action}" for action in row["actions"])
            yield f"{shown}: {row['effect']}{odd}{actions}{by}{on}{when}"


def _conditions(condition: dict[str, dict[str, Any]]) -> str:
    return "".join(
        f"\n    if {operator} {key} {', '.join(_short(said(one)) for one in _list(value))}"
        for operator, keys in condition.items()
        for key, value in keys.items()
    )


def _roles(resources: Resources) -> Iterator[str]:
    for logical_id, role in _of(resources, "AWS::IAM::Role"):
        boundary = _short(said(role.get("PermissionsBoundary", "none")))
        managed = [_short(said(arn)) for arn in role.get("ManagedPolicyArns", [])]
        of_aws = [arn for arn in managed if ":aws:policy/" in arn]
        inline = [document["PolicyName"] for document in role.get("Policies", [])]
        yield f"{logical_id}: boundary {boundary}; of AWS {of_aws}; inline {inline}"
        # Most policies name their roles; a boundary that is the role's policy too cannot.
        yield from (f"{logical_id}: has {arn}" for arn in managed if arn not in of_aws)


def _groups(resources: Resources) -> Iterator[str]:
    for _, group in _of(resources, "AWS::IAM::Group"):
        policies = [_short(said(arn)) for arn in group["ManagedPolicyArns"]]
        yield f"{group['GroupName']}: {', '.join(policies)}"


def _users(resources: Resources) -> Iterator[str]:
    for _, user in _of(resources, "AWS::IAM::User"):
        yield f"{user['UserName']}: {', '.join(_short(said(group)) for group in user['Groups'])}"


def _servers(resources: Resources) -> Iterator[str]:
    for logical_id, template in _of(resources, "AWS::EC2::LaunchTemplate"):
        data = template["LaunchTemplateData"]
        profile = _short(said(data["IamInstanceProfile"]["Name"]))
        (interface,) = data["NetworkInterfaces"]
        public = interface["AssociatePublicIpAddress"]
        yield f"{logical_id}: {profile}; {data['ImageId']}; public address: {public}"


def _short(text: str) -> str:
    """Names without hashes, which say nothing of who may do what."""
    return re.sub(r"(<\w+?)[0-9A-F]{8}(?=[.>])", r"\1", re.sub("[0-9a-f]{64}", "HASH", text))


def _list(value: Any) -> list[Any]:  # noqa: ANN401 (a value of a template)
    return value if isinstance(value, list) else [value]


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
