"""Security groups and network ACLs."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import TYPE_CHECKING

from rehearsal.resources.base import Live, Place, Properties, Resource, UnsupportedError, resource

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef, NetworkAclEntryTypeDef

_INLINE_RULE = {
    "CidrIp",
    "Description",
    "DestinationSecurityGroupId",
    "FromPort",
    "IpProtocol",
    "SourceSecurityGroupId",
    "ToPort",
}
_ALLOW_ALL: "IpPermissionTypeDef" = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _permission(rule: Properties) -> "IpPermissionTypeDef":
    permission: IpPermissionTypeDef = {"IpProtocol": str(rule["IpProtocol"])}
    if "FromPort" in rule:
        permission["FromPort"], permission["ToPort"] = int(rule["FromPort"]), int(rule["ToPort"])
    note = {"Description": rule["Description"]} if "Description" in rule else {}
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    if group:
        permission["UserIdGroupPairs"] = [{"GroupId": group, **note}]  # type: ignore[typeddict-item] # mypy does not merge typed dicts
    else:
        permission["IpRanges"] = [{"CidrIp": rule["CidrIp"], **note}]  # type: ignore[typeddict-item] # the same
    return permission


@resource(
    "AWS::EC2::SecurityGroup",
    replaces=["GroupDescription", "GroupName", "VpcId"],
    in_place=["SecurityGroupEgress", "SecurityGroupIngress", "Tags"],
)
class SecurityGroup(Resource):
    """A security group with the rules that are written into it."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the group; EC2's allow-all egress stays when the template has no egress."""
        # Refuse first: a group that is half made would stay behind.
        for key in ("SecurityGroupIngress", "SecurityGroupEgress"):
            _inline(properties, key)
        group_id = place.ec2.create_security_group(
            GroupName=properties.get("GroupName", place.generated_name()),
            Description=properties["GroupDescription"],
            VpcId=properties["VpcId"],
            TagSpecifications=place.ec2_tags("security-group", properties),
        )["GroupId"]
        _change_rules(place, group_id, {}, properties)
        return Live(group_id, {"GroupId": group_id, "VpcId": properties["VpcId"]})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Revoke the rules that are gone, authorize the new ones; rules of others stay."""
        _change_rules(place, live.physical_id, old, new)
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the group."""
        place.ec2.delete_security_group(GroupId=live.physical_id)


def _inline(properties: Properties, key: str) -> "list[IpPermissionTypeDef]":
    rules = properties.get(key) or []
    for rule in rules:
        if unknown := set(rule) - _INLINE_RULE:
            raise UnsupportedError(f"{key}: the stand-in does not understand {sorted(unknown)}")
    return [_permission(rule) for rule in rules]


def _change_rules(place: Place, group_id: str, old: Properties, new: Properties) -> None:
    for key in ("SecurityGroupIngress", "SecurityGroupEgress"):
        before, after = _inline(old, key), _inline(new, key)
        if key == "SecurityGroupEgress":
            # EC2 gives a group without egress its allow-all rule.
            before, after = before or [_ALLOW_ALL], after or [_ALLOW_ALL]
        gone = [rule for rule in before if rule not in after]
        added = [rule for rule in after if rule not in before]
        if key == "SecurityGroupEgress":
            if gone:
                place.ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=gone)
            if added:
                place.ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=added)
        else:
            if gone and old:
                place.ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=gone)
            if added:
                place.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=added)


_RULE = ["CidrIp", "Description", "FromPort", "GroupId", "IpProtocol", "ToPort"]


@resource("AWS::EC2::SecurityGroupIngress", replaces=[*_RULE, "SourceSecurityGroupId"])
class SecurityGroupIngress(Resource):
    """One ingress rule that is a resource of its own."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Authorize the rule; `Ref` is the rule's id."""
        rules = place.ec2.authorize_security_group_ingress(
            GroupId=properties["GroupId"], IpPermissions=[_permission(properties)]
        )["SecurityGroupRules"]
        return Live(rules[0]["SecurityGroupRuleId"], {"Id": rules[0]["SecurityGroupRuleId"]})

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Revoke the rule."""
        place.ec2.revoke_security_group_ingress(
            GroupId=properties["GroupId"], SecurityGroupRuleIds=[live.physical_id]
        )


@resource("AWS::EC2::SecurityGroupEgress", replaces=[*_RULE, "DestinationSecurityGroupId"])
class SecurityGroupEgress(Resource):
    """One egress rule that is a resource of its own."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Authorize the rule; `Ref` is the rule's id."""
        rules = place.ec2.authorize_security_group_egress(
            GroupId=properties["GroupId"], IpPermissions=[_permission(properties)]
        )["SecurityGroupRules"]
        return Live(rules[0]["SecurityGroupRuleId"], {"Id": rules[0]["SecurityGroupRuleId"]})

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Revoke the rule."""
        place.ec2.revoke_security_group_egress(
            GroupId=properties["GroupId"], SecurityGroupRuleIds=[live.physical_id]
        )


@resource("AWS::EC2::NetworkAcl", replaces=["VpcId"], in_place=["Tags"])
class NetworkAcl(Resource):
    """A network ACL, which denies everything until it has entries."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the network ACL."""
        acl_id = place.ec2.create_network_acl(
            VpcId=properties["VpcId"], TagSpecifications=place.ec2_tags("network-acl", properties)
        )["NetworkAcl"]["NetworkAclId"]
        return Live(acl_id, {"Id": acl_id})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the network ACL."""
        place.ec2.delete_network_acl(NetworkAclId=live.physical_id)


@resource(
    "AWS::EC2::NetworkAclEntry",
    replaces=["Egress", "NetworkAclId", "RuleNumber"],
    in_place=["CidrBlock", "Icmp", "PortRange", "Protocol", "RuleAction"],
)
class NetworkAclEntry(Resource):
    """One numbered row of a network ACL."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the row."""
        place.ec2.create_network_acl_entry(
            NetworkAclId=properties["NetworkAclId"], **_entry(properties)
        )
        return Live(place.generated_name())

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Rewrite the row under its number."""
        place.ec2.replace_network_acl_entry(NetworkAclId=new["NetworkAclId"], **_entry(new))
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the row."""
        place.ec2.delete_network_acl_entry(
            NetworkAclId=properties["NetworkAclId"],
            RuleNumber=int(properties["RuleNumber"]),
            Egress=bool(properties.get("Egress", False)),
        )


def _entry(properties: Properties) -> "NetworkAclEntryTypeDef":
    entry: NetworkAclEntryTypeDef = {
        "RuleNumber": int(properties["RuleNumber"]),
        "Egress": bool(properties.get("Egress", False)),
        "Protocol": str(properties["Protocol"]),
        "RuleAction": properties["RuleAction"],
        "CidrBlock": properties["CidrBlock"],
    }
    if ports := properties.get("PortRange"):
        entry["PortRange"] = {"From": int(ports["From"]), "To": int(ports["To"])}
    if icmp := properties.get("Icmp"):
        entry["IcmpTypeCode"] = {"Type": int(icmp["Type"]), "Code": int(icmp["Code"])}
    return entry


@resource("AWS::EC2::SubnetNetworkAclAssociation", replaces=["NetworkAclId", "SubnetId"])
class SubnetNetworkAclAssociation(Resource):
    """Which network ACL filters a subnet."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Take the subnet from the network ACL that it has."""
        subnet_id = properties["SubnetId"]
        acls = place.ec2.describe_network_acls(
            Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}]
        )["NetworkAcls"]
        current = next(
            association["NetworkAclAssociationId"]
            for acl in acls
            for association in acl["Associations"]
            if association["SubnetId"] == subnet_id
        )
        association = place.ec2.replace_network_acl_association(
            AssociationId=current, NetworkAclId=properties["NetworkAclId"]
        )["NewAssociationId"]
        return Live(association, {"AssociationId": association})

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Give the subnet back to the VPC's default network ACL, unless another one took it."""
        acls = place.ec2.describe_network_acls()["NetworkAcls"]
        mine = next(acl for acl in acls if acl["NetworkAclId"] == properties["NetworkAclId"])
        default = next(acl for acl in acls if acl["IsDefault"] and acl["VpcId"] == mine["VpcId"])
        # By subnet: whoever moved the subnet meanwhile gave the association another id.
        for association in mine["Associations"]:
            if association["SubnetId"] == properties["SubnetId"]:
                place.ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"],
                    NetworkAclId=default["NetworkAclId"],
                )
