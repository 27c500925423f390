"""The private connection to the company's network: VPN and Direct Connect."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import Any

from rehearsal.resources.base import Live, Place, Properties, Resource, resource
from rehearsal.resources.clients import client


@resource("AWS::EC2::VPNGateway", replaces=["AmazonSideAsn", "Type"], in_place=["Tags"])
class VpnGateway(Resource):
    """A virtual private gateway."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the gateway."""
        settings: dict[str, Any] = {}
        if "AmazonSideAsn" in properties:
            settings["AmazonSideAsn"] = int(properties["AmazonSideAsn"])
        gateway = place.ec2.create_vpn_gateway(
            Type=properties["Type"],
            TagSpecifications=place.ec2_tags("vpn-gateway", properties),
            **settings,
        )["VpnGateway"]
        return Live(gateway["VpnGatewayId"], {"VPNGatewayId": gateway["VpnGatewayId"]})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the gateway."""
        place.ec2.delete_vpn_gateway(VpnGatewayId=live.physical_id)


@resource(
    "AWS::EC2::VPNGatewayRoutePropagation", replaces=["VpnGatewayId"], in_place=["RouteTableIds"]
)
class VpnGatewayRoutePropagation(Resource):
    """Route tables that learn the gateway's routes."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Enable propagation."""
        self._change(place, properties["VpnGatewayId"], set(), set(properties["RouteTableIds"]))
        return Live(place.generated_name())

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Enable it for new route tables, disable it for those that are gone."""
        before, after = set(old["RouteTableIds"]), set(new["RouteTableIds"])
        self._change(place, new["VpnGatewayId"], before, after)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Disable propagation."""
        self._change(place, properties["VpnGatewayId"], set(properties["RouteTableIds"]), set())

    @staticmethod
    def _change(place: Place, gateway_id: str, before: set[str], after: set[str]) -> None:
        for table_id in sorted(after - before):
            place.ec2.enable_vgw_route_propagation(GatewayId=gateway_id, RouteTableId=table_id)
        for table_id in sorted(before - after):
            place.ec2.disable_vgw_route_propagation(GatewayId=gateway_id, RouteTableId=table_id)


@resource("AWS::EC2::CustomerGateway", replaces=["BgpAsn", "IpAddress", "Type"], in_place=["Tags"])
class CustomerGateway(Resource):
    """The company's router."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the gateway."""
        gateway = place.ec2.create_customer_gateway(
            Type=properties["Type"],
            IpAddress=properties["IpAddress"],
            BgpAsn=int(properties["BgpAsn"]),
            TagSpecifications=place.ec2_tags("customer-gateway", properties),
        )["CustomerGateway"]
        gateway_id = gateway["CustomerGatewayId"]
        return Live(gateway_id, {"CustomerGatewayId": gateway_id})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the gateway."""
        place.ec2.delete_customer_gateway(CustomerGatewayId=live.physical_id)


@resource(
    "AWS::EC2::VPNConnection",
    replaces=["CustomerGatewayId", "StaticRoutesOnly", "Type", "VpnGatewayId"],
    in_place=["Tags"],
)
class VpnConnection(Resource):
    """A site-to-site VPN connection; the tunnels' keys are AWS's own."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the connection."""
        connection = place.ec2.create_vpn_connection(
            Type=properties["Type"],
            CustomerGatewayId=properties["CustomerGatewayId"],
            VpnGatewayId=properties["VpnGatewayId"],
            Options={"StaticRoutesOnly": bool(properties.get("StaticRoutesOnly", False))},
            TagSpecifications=place.ec2_tags("vpn-connection", properties),
        )["VpnConnection"]
        connection_id = connection["VpnConnectionId"]
        return Live(connection_id, {"VpnConnectionId": connection_id})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the connection."""
        place.ec2.delete_vpn_connection(VpnConnectionId=live.physical_id)


@resource("AWS::EC2::VPNConnectionRoute", replaces=["DestinationCidrBlock", "VpnConnectionId"])
class VpnConnectionRoute(Resource):
    """A static route of a VPN connection."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the route."""
        place.ec2.create_vpn_connection_route(**properties)
        return Live(place.generated_name())

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the route."""
        place.ec2.delete_vpn_connection_route(**properties)


@resource(
    "AWS::DirectConnect::DirectConnectGatewayAssociation",
    replaces=["AssociatedGatewayId", "DirectConnectGatewayId"],
    in_place=["AllowedPrefixesToDirectConnectGateway"],
)
class DirectConnectGatewayAssociation(Resource):
    """The VPC's virtual private gateway on the company's Direct Connect gateway."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the association."""
        answer = self._client(place).create_direct_connect_gateway_association(
            directConnectGatewayId=properties["DirectConnectGatewayId"],
            gatewayId=properties["AssociatedGatewayId"],
            addAllowedPrefixesToDirectConnectGateway=[
                {"cidr": cidr} for cidr in _prefixes(properties)
            ],
        )["directConnectGatewayAssociation"]
        return Live(answer["associationId"], {"AssociationId": answer["associationId"]})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Announce other prefixes."""
        before, after = _prefixes(old), _prefixes(new)
        self._client(place).update_direct_connect_gateway_association(
            associationId=live.physical_id,
            addAllowedPrefixesToDirectConnectGateway=[{"cidr": c} for c in after - before],
            removeAllowedPrefixesToDirectConnectGateway=[{"cidr": c} for c in before - after],
        )
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the association."""
        self._client(place).delete_direct_connect_gateway_association(
            associationId=live.physical_id
        )

    @staticmethod
    def _client(place: Place) -> Any:  # noqa: ANN401 - no stubs for Direct Connect
        return client("directconnect", place.account, place.region)


def _prefixes(properties: Properties) -> set[str]:
    return set(properties.get("AllowedPrefixesToDirectConnectGateway", []))
