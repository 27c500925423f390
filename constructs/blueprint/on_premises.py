"""Connections to the company's network: site-to-site VPN and Direct Connect (NW-6)."""

from collections.abc import Sequence

from aws_cdk import aws_directconnect as directconnect
from aws_cdk import aws_ec2 as ec2
from constructs import Construct


class VirtualPrivateGateway(Construct):
    """The VPC's end of a private connection; route tables learn the company's routes from it.

    Invariant: only the given subnets' route tables lead to the company.

    Example:
        gateway = VirtualPrivateGateway(self, "Gateway", vpc=vpc, subnets=subnets)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
    ) -> None:
        """Create the gateway, attach it to `vpc` and propagate its routes to `subnets`."""
        super().__init__(scope, construct_id)
        gateway = ec2.CfnVPNGateway(self, "Resource", type="ipsec.1")
        self.gateway_id = gateway.ref
        self.attachment = ec2.CfnVPCGatewayAttachment(
            self, "Attachment", vpc_id=vpc.vpc_id, vpn_gateway_id=gateway.ref
        )
        propagation = ec2.CfnVPNGatewayRoutePropagation(
            self,
            "RoutePropagation",
            vpn_gateway_id=gateway.ref,
            route_table_ids=[subnet.route_table.route_table_id for subnet in subnets],
        )
        propagation.add_resource_dependency(self.attachment)


class SiteToSiteVpn(Construct):
    """A VPN of two IPsec tunnels to the company's router.

    Invariant: no pre-shared key is in the template. AWS generates both keys, or CloudFormation
    reads them from Secrets Manager while it deploys.

    Example:
        SiteToSiteVpn(
            self,
            "Vpn",
            gateway=gateway,
            customer_gateway_address="198.51.100.10",
            bgp_asn=65000,
            static_routes=["192.168.0.0/16"],
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        gateway: VirtualPrivateGateway,
        customer_gateway_address: str,
        bgp_asn: int,
        static_routes: Sequence[str] = (),
        pre_shared_key_secrets: Sequence[str] = (),
    ) -> None:
        """Create the connection.

        Args:
            scope: The construct that owns the connection.
            construct_id: PascalCase noun, unique in the scope.
            gateway: The VPC's end.
            customer_gateway_address: Public IPv4 address of the company's router.
            bgp_asn: The company's autonomous system number.
            static_routes: CIDRs of the company; default: none, BGP announces them.
            pre_shared_key_secrets: Names of two Secrets Manager secrets, one a tunnel; default:
                AWS generates the keys.
        """
        super().__init__(scope, construct_id)
        customer_gateway = ec2.CfnCustomerGateway(
            self,
            "CustomerGateway",
            type="ipsec.1",
            ip_address=customer_gateway_address,
            bgp_asn=bgp_asn,
        )
        connection = ec2.CfnVPNConnection(
            self,
            "Connection",
            type="ipsec.1",
            customer_gateway_id=customer_gateway.ref,
            vpn_gateway_id=gateway.gateway_id,
            static_routes_only=bool(static_routes),
            vpn_tunnel_options_specifications=[
                ec2.CfnVPNConnection.VpnTunnelOptionsSpecificationProperty(
                    pre_shared_key=f"{{{{resolve:secretsmanager:{name}:SecretString}}}}"
                )
                for name in pre_shared_key_secrets
            ]
            or None,
        )
        for index, cidr in enumerate(static_routes, start=1):
            ec2.CfnVPNConnectionRoute(
                self,
                f"Route{index}",
                vpn_connection_id=connection.ref,
                destination_cidr_block=cidr,
            )


class DirectConnect(Construct):
    """Associates the VPC with the company's Direct Connect gateway.

    Invariant: the company learns the prefixes of this VPC and no others.

    Example:
        DirectConnect(
            self,
            "DirectConnect",
            gateway=gateway,
            direct_connect_gateway_id="a1b2c3d4-5678-90ab-cdef-11111EXAMPLE",
            allowed_prefixes=["10.0.0.0/16"],
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        gateway: VirtualPrivateGateway,
        direct_connect_gateway_id: str,
        allowed_prefixes: Sequence[str],
    ) -> None:
        """Create the association; `allowed_prefixes` are the CIDRs announced to the company."""
        super().__init__(scope, construct_id)
        association = directconnect.CfnDirectConnectGatewayAssociation(
            self,
            "Resource",
            associated_gateway_id=gateway.gateway_id,
            direct_connect_gateway_id=direct_connect_gateway_id,
            allowed_prefixes_to_direct_connect_gateway=list(allowed_prefixes),
        )
        association.add_resource_dependency(gateway.attachment)
