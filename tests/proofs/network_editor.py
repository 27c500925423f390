"""Finds things of the network in a synthesized template, and changes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from tests.proofs.template_editor import JsonObject, Part, TemplateEditor

ANYWHERE = "0.0.0.0/0"
_PEERS = (
    *("CidrIp", "CidrIpv6", "SourcePrefixListId", "DestinationPrefixListId"),
    *("SourceSecurityGroupId", "DestinationSecurityGroupId"),
)


@dataclass
class NetworkEditor(TemplateEditor):
    """A copy of the network's template, to be changed."""

    def cidr(self, zone: str) -> str:
        """The first CIDR of a zone of the flow table."""
        cidr: str = self.template["Metadata"]["FlowTable"]["zones"][zone]["cidrs"][0]
        return cidr

    def vpc(self) -> JsonObject:
        """A reference to the VPC."""
        return {"Ref": self.one("EC2::VPC").name}

    def subnets(self, tier: str) -> list[Part]:
        """The subnets of a tier, in the order of their addresses."""
        tag = {"Key": "aws-cdk:subnet-name", "Value": tier.title()}
        found = [part for part in self.all("EC2::Subnet") if tag in part.properties["Tags"]]
        return sorted(found, key=lambda part: IPv4Network(part.properties["CidrBlock"]))

    def subnet(self, tier: str) -> Part:
        """The first subnet of a tier."""
        return self.subnets(tier)[0]

    def table(self, tier: str) -> JsonObject:
        """A reference to the route table of a tier's first subnet."""
        return self.tables(tier)[0]

    def tables(self, tier: str) -> list[JsonObject]:
        """References to the route tables of a tier."""
        return [
            self._association(subnet, "RouteTable").properties["RouteTableId"]
            for subnet in self.subnets(tier)
        ]

    def table_association(self, tier: str) -> Part:
        """What ties the first subnet of a tier to its route table."""
        return self._association(self.subnet(tier), "RouteTable")

    def default_routes(self, tier: str) -> list[Part]:
        """The routes to anywhere of a tier."""
        return [
            route
            for table in self.tables(tier)
            for route in self.where("EC2::Route", RouteTableId=table, DestinationCidrBlock=ANYWHERE)
        ]

    def s3_endpoint(self) -> Part:
        """The gateway endpoint."""
        (endpoint,) = self.where("EC2::VPCEndpoint", VpcEndpointType="Gateway")
        return endpoint

    def acl(self, tier: str) -> JsonObject:
        """A reference to the network ACL of a tier."""
        acl: JsonObject = self.acl_association(tier).properties["NetworkAclId"]
        return acl

    def acl_association(self, tier: str) -> Part:
        """What ties the first subnet of a tier to its network ACL."""
        return self._association(self.subnet(tier), "NetworkAcl")

    def _association(self, subnet: Part, kind: str) -> Part:
        wanted = f"EC2::Subnet{kind}Association"
        (association,) = self.where(wanted, SubnetId={"Ref": subnet.name})
        return association

    def rows(self, tier: str) -> list[Part]:
        """The rows of a tier's network ACL."""
        return self.where("EC2::NetworkAclEntry", NetworkAclId=self.acl(tier))

    def row(
        self, tier: str, direction: str, *, port: int | None = None, cidr: str, action: str
    ) -> Part:
        """The first row of a network ACL whose port range starts with `port`; None: all ports."""
        return next(
            part
            for part in self.rows(tier)
            if part.properties["Egress"] is (direction == "out")
            and part.properties["RuleAction"] == action
            and part.properties["CidrBlock"] == cidr
            and part.properties.get("PortRange", {}).get("From") == port
        )

    def allow(self, tier: str, direction: str, port: int, cidr: str) -> Part:
        """The row that allows `port` for `cidr`: a zone's name, or a CIDR."""
        cidr = cidr if "/" in cidr else self.cidr(cidr)
        return self.row(tier, direction, port=port, cidr=cidr, action="allow")

    def deny(self, tier: str, direction: str) -> Part:
        """The row that denies the VPC's own addresses."""
        cidr = self.one("EC2::VPC").properties["CidrBlock"]
        return self.row(tier, direction, cidr=cidr, action="deny")

    def add_row(self, tier: str, direction: str, **values: object) -> None:
        """Add a row to a network ACL; default: everything from anywhere is allowed, first."""
        row: JsonObject = {
            "NetworkAclId": self.acl(tier),
            "Egress": direction == "out",
            "RuleNumber": 1,
            "RuleAction": "allow",
            "Protocol": -1,
            "CidrBlock": ANYWHERE,
            **values,
        }
        given = {name: value for name, value in row.items() if value is not None}
        self.add("AddedRow", "EC2::NetworkAclEntry", **given)

    # Security groups

    def group(self, zone: str) -> JsonObject:
        """A reference to the security group of a zone."""
        return {"Fn::GetAtt": [self.group_part(zone).name, "GroupId"]}

    def group_part(self, zone: str) -> Part:
        """The security group of a zone."""
        tag = {"Key": "blueprint:zone", "Value": zone}
        groups = self.all("EC2::SecurityGroup")
        return next(part for part in groups if tag in part.properties["Tags"])

    def front(self, tier: str) -> str:
        """The zone that clients of a tier connect to: its load balancer, or the tier itself."""
        balancer = "load-balancer" if tier == "web" else f"{tier}-load-balancer"
        return balancer if balancer in self.template["Metadata"]["FlowTable"]["zones"] else tier

    def before(self, tier: str) -> str:
        """The zone that connects to the servers of a private tier."""
        front = self.front(tier)
        return {"app": "web", "db": "app"}[tier] if front == tier else front

    def rule(self, zone: str, direction: str, port: int, peer: str) -> Part:
        """The rule of a zone's group for `port` and `peer`: a zone that has a group, or a CIDR."""
        wanted = peer if "/" in peer else self.group(peer)
        return next(
            part
            for part in self._rules(zone, direction)
            if part.properties.get("FromPort") == port and wanted in part.properties.values()
        )

    def aim(self, rule: Part, peer: str) -> None:
        """Give a rule another peer: a zone that has a group, a CIDR, or a prefix list."""
        side = "Destination" if "Destination" in str(sorted(rule.properties)) else "Source"
        for name in _PEERS:
            rule.properties.pop(name, None)
        if peer.startswith("pl-"):
            rule.properties[f"{side}PrefixListId"] = peer
        elif "/" in peer:
            rule.properties["CidrIpv6" if ":" in peer else "CidrIp"] = peer
        else:
            rule.properties[f"{side}SecurityGroupId"] = self.group(peer)

    def add_rule(
        self, zone: str, direction: str, peer: str, protocol: str = "tcp", *ports: int
    ) -> None:
        """Add an inline rule; `ports` are one port, a range, or none for a protocol without."""
        rule: JsonObject = {"IpProtocol": protocol}
        if ports:
            rule |= {"FromPort": ports[0], "ToPort": ports[-1]}
        part = Part(rule, self._inline(zone, direction))
        if "/" in peer:
            rule["CidrIpv6" if ":" in peer else "CidrIp"] = peer
        else:
            side = "Destination" if direction == "out" else "Source"
            rule[f"{side}SecurityGroupId"] = self.group(peer)
        if isinstance(part.holder, list):
            part.holder.append(rule)

    def _rules(self, zone: str, direction: str) -> Iterator[Part]:
        inline = self._inline(zone, direction)
        yield from (Part(rule, inline) for rule in inline)
        kind = "Egress" if direction == "out" else "Ingress"
        yield from self.where(f"EC2::SecurityGroup{kind}", GroupId=self.group(zone))

    def _inline(self, zone: str, direction: str) -> list[JsonObject]:
        kind = "Egress" if direction == "out" else "Ingress"
        rules: list[JsonObject] = self.group_part(zone).properties.setdefault(
            f"SecurityGroup{kind}", []
        )
        return rules
