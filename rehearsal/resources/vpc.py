"""VPC, subnets, route tables, routes and the gateways that routes lead to."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from rehearsal.resources.base import Live, Place, Properties, Resource, resource


@resource(
    "AWS::EC2::VPC",
    replaces=["CidrBlock", "InstanceTenancy"],
    in_place=["EnableDnsHostnames", "EnableDnsSupport", "Tags"],
)
class Vpc(Resource):
    """A VPC with its default security group, network ACL and route table."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the VPC."""
        vpc_id = place.ec2.create_vpc(
            CidrBlock=properties["CidrBlock"],
            InstanceTenancy=properties.get("InstanceTenancy", "default"),
            TagSpecifications=place.ec2_tags("vpc", properties),
        )["Vpc"]["VpcId"]
        _set_dns(place, vpc_id, properties)
        groups = place.ec2.describe_security_groups(
            Filters=[
                {"Name": "vpc-id", "Values": [vpc_id]},
                {"Name": "group-name", "Values": ["default"]},
            ]
        )["SecurityGroups"]
        return Live(
            vpc_id,
            {
                "VpcId": vpc_id,
                "CidrBlock": properties["CidrBlock"],
                "DefaultSecurityGroup": groups[0]["GroupId"],
            },
        )

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change DNS attributes and tags."""
        _set_dns(place, live.physical_id, new)
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the VPC."""
        place.ec2.delete_vpc(VpcId=live.physical_id)


def _set_dns(place: Place, vpc_id: str, properties: Properties) -> None:
    # One attribute a call: EC2 refuses two.
    support = bool(properties.get("EnableDnsSupport", True))
    hostnames = bool(properties.get("EnableDnsHostnames", False))
    place.ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": support})
    place.ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": hostnames})


@resource(
    "AWS::EC2::Subnet",
    replaces=["AvailabilityZone", "CidrBlock", "VpcId"],
    in_place=["MapPublicIpOnLaunch", "Tags"],
)
class Subnet(Resource):
    """A subnet."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the subnet."""
        subnet = place.ec2.create_subnet(
            VpcId=properties["VpcId"],
            CidrBlock=properties["CidrBlock"],
            AvailabilityZone=properties["AvailabilityZone"],
            TagSpecifications=place.ec2_tags("subnet", properties),
        )["Subnet"]
        live = Live(
            subnet["SubnetId"],
            {
                "SubnetId": subnet["SubnetId"],
                "AvailabilityZone": subnet["AvailabilityZone"],
                "CidrBlock": subnet["CidrBlock"],
                "VpcId": subnet["VpcId"],
            },
        )
        return self.update(place, live, properties, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change public addresses on launch, and tags."""
        public = bool(new.get("MapPublicIpOnLaunch", False))
        place.ec2.modify_subnet_attribute(
            SubnetId=live.physical_id, MapPublicIpOnLaunch={"Value": public}
        )
        if old is not new:
            place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the subnet."""
        place.ec2.delete_subnet(SubnetId=live.physical_id)


@resource("AWS::EC2::RouteTable", replaces=["VpcId"], in_place=["Tags"])
class RouteTable(Resource):
    """A route table; it has the local route from the start."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the route table."""
        table = place.ec2.create_route_table(
            VpcId=properties["VpcId"],
            TagSpecifications=place.ec2_tags("route-table", properties),
        )["RouteTable"]
        return Live(table["RouteTableId"], {"RouteTableId": table["RouteTableId"]})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the route table."""
        place.ec2.delete_route_table(RouteTableId=live.physical_id)


@resource("AWS::EC2::SubnetRouteTableAssociation", replaces=["SubnetId"], in_place=["RouteTableId"])
class SubnetRouteTableAssociation(Resource):
    """Which route table a subnet uses."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Associate the subnet."""
        association = place.ec2.associate_route_table(
            RouteTableId=properties["RouteTableId"], SubnetId=properties["SubnetId"]
        )
        return Live(association["AssociationId"], {"Id": association["AssociationId"]})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Move the subnet to another route table; EC2 gives the association a new id."""
        association = place.ec2.replace_route_table_association(
            AssociationId=live.physical_id, RouteTableId=new["RouteTableId"]
        )
        return Live(association["NewAssociationId"], {"Id": association["NewAssociationId"]})

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Give the subnet back to the VPC's main route table."""
        # By subnet: whoever moved the subnet meanwhile gave the association another id.
        subnet_id = properties["SubnetId"]
        tables = place.ec2.describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}]
        )["RouteTables"]
        for association in (each for table in tables for each in table["Associations"]):
            if association.get("SubnetId") == subnet_id:
                place.ec2.disassociate_route_table(
                    AssociationId=association["RouteTableAssociationId"]
                )


@resource(
    "AWS::EC2::Route",
    replaces=["RouteTableId", "DestinationCidrBlock"],
    in_place=["GatewayId", "NatGatewayId"],
)
class Route(Resource):
    """A route to an internet, VPN or NAT gateway."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the route."""
        place.ec2.create_route(**properties)
        destination = properties["DestinationCidrBlock"]
        return Live(f"{properties['RouteTableId']}|{destination}", {"CidrBlock": destination})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Lead the route elsewhere."""
        place.ec2.replace_route(**new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the route."""
        place.ec2.delete_route(
            RouteTableId=properties["RouteTableId"],
            DestinationCidrBlock=properties["DestinationCidrBlock"],
        )


@resource("AWS::EC2::InternetGateway", in_place=["Tags"])
class InternetGateway(Resource):
    """An internet gateway."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the gateway."""
        gateway = place.ec2.create_internet_gateway(
            TagSpecifications=place.ec2_tags("internet-gateway", properties)
        )["InternetGateway"]
        gateway_id = gateway["InternetGatewayId"]
        return Live(gateway_id, {"InternetGatewayId": gateway_id})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the gateway."""
        place.ec2.delete_internet_gateway(InternetGatewayId=live.physical_id)


@resource("AWS::EC2::VPCGatewayAttachment", replaces=["VpcId", "InternetGatewayId", "VpnGatewayId"])
class VpcGatewayAttachment(Resource):
    """An internet or VPN gateway on its VPC."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Attach the gateway."""
        vpc_id = properties["VpcId"]
        if gateway_id := properties.get("VpnGatewayId"):
            place.ec2.attach_vpn_gateway(VpnGatewayId=gateway_id, VpcId=vpc_id)
            return Live(f"VGW|{vpc_id}")
        place.ec2.attach_internet_gateway(
            InternetGatewayId=properties["InternetGatewayId"], VpcId=vpc_id
        )
        return Live(f"IGW|{vpc_id}")

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Detach the gateway."""
        vpc_id = properties["VpcId"]
        if gateway_id := properties.get("VpnGatewayId"):
            place.ec2.detach_vpn_gateway(VpnGatewayId=gateway_id, VpcId=vpc_id)
        else:
            place.ec2.detach_internet_gateway(
                InternetGatewayId=properties["InternetGatewayId"], VpcId=vpc_id
            )


@resource("AWS::EC2::EIP", replaces=["Domain"], in_place=["Tags"])
class ElasticAddress(Resource):
    """An elastic address; `Ref` is the address itself."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Allocate the address."""
        address = place.ec2.allocate_address(
            Domain=properties.get("Domain", "vpc"),
            TagSpecifications=place.ec2_tags("elastic-ip", properties),
        )
        attributes = {"AllocationId": address["AllocationId"], "PublicIp": address["PublicIp"]}
        return Live(address["PublicIp"], attributes)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.attributes["AllocationId"], old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Release the address."""
        place.ec2.release_address(AllocationId=live.attributes["AllocationId"])


@resource("AWS::EC2::NatGateway", replaces=["AllocationId", "SubnetId"], in_place=["Tags"])
class NatGateway(Resource):
    """A public NAT gateway."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the gateway."""
        gateway = place.ec2.create_nat_gateway(
            SubnetId=properties["SubnetId"],
            AllocationId=properties["AllocationId"],
            TagSpecifications=place.ec2_tags("natgateway", properties),
        )["NatGateway"]
        return Live(gateway["NatGatewayId"], {"NatGatewayId": gateway["NatGatewayId"]})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the gateway; its address stays allocated."""
        place.ec2.delete_nat_gateway(NatGatewayId=live.physical_id)
