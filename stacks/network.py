"""The network of the workload account."""

import aws_cdk as cdk
from constructs import Construct

from blueprint.address_plan import APP, DB, ENDPOINTS
from blueprint.endpoints import InstanceConnectEndpoint, InterfaceEndpoints
from blueprint.flow_logs import FlowLogs
from blueprint.flows import FLOWS_METADATA, flows_to_data
from blueprint.network import ThreeTierVpc
from blueprint.network_acls import NetworkAcl, network_acl_rows
from blueprint.on_premises import DirectConnect, SiteToSiteVpn, VirtualPrivateGateway
from blueprint.security_groups import ZoneSecurityGroups
from stacks.environment import Environment, NoConnection, Vpn
from stacks.environment_stack import EnvironmentStack
from stacks.network_flows import network_flows, zones_of


class NetworkStack(EnvironmentStack):
    """VPC, tiers, security groups, network ACLs, endpoints, flow logs, on-premises connection."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        """Wire the network that `environment` describes."""
        self._zones = environment.network.zones
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            description="Three-tier network with proved reachability",
        )
        settings = environment.network
        flows, zones = network_flows(environment), zones_of(environment)
        self.template_options.metadata = {
            "Environment": environment.name,
            FLOWS_METADATA: flows_to_data(flows),
        }
        self.network = ThreeTierVpc(
            self,
            "Vpc",
            plan=environment.plan,
            zones=self.availability_zones,
            tiers=environment.tiers,
            nat=settings.nat,
        )
        vpc = self.network.vpc
        private = (settings.cidr, *environment.on_premises.cidrs)
        for tier in environment.tiers:
            NetworkAcl(
                self,
                f"{tier.name.capitalize()}NetworkAcl",
                vpc=vpc,
                subnets=self.network.subnets(tier),
                rows=network_acl_rows(environment.plan.block(tier), flows, private),
            )
        self.zones = zones
        self.security_groups = ZoneSecurityGroups(
            self,
            "SecurityGroups",
            vpc=vpc,
            zones=zones.in_vpc,
            flows=flows,
        )
        if settings.interface_endpoints:
            InterfaceEndpoints(
                self,
                "InterfaceEndpoints",
                vpc=vpc,
                subnets=self.network.subnets(ENDPOINTS),
                security_group=self.security_groups.of(zones.interface_endpoints),
            )
        if settings.instance_connect_endpoint:
            InstanceConnectEndpoint(
                self,
                "InstanceConnect",
                subnet=self.network.subnets(ENDPOINTS)[0],
                security_group=self.security_groups.of(zones.instance_connect),
            )
        FlowLogs(
            self,
            "FlowLogs",
            vpc=vpc,
            retention_days=settings.flow_log_retention_days,
            removal_policy=self.removal_policy,
        )
        self._connect_on_premises(environment)

    @property
    def availability_zones(self) -> list[str]:
        """The environment's zones; asking the CLI for them would need credentials at synth."""
        if isinstance(self._zones, int):
            return [cdk.Fn.select(index, cdk.Fn.get_azs()) for index in range(self._zones)]
        return list(self._zones)

    def _connect_on_premises(self, environment: Environment) -> None:
        company = environment.on_premises
        if isinstance(company, NoConnection):
            return
        gateway = VirtualPrivateGateway(
            self,
            "VirtualPrivateGateway",
            vpc=self.network.vpc,
            subnets=[*self.network.subnets(APP), *self.network.subnets(DB)],
        )
        if isinstance(company, Vpn):
            SiteToSiteVpn(
                self,
                "Vpn",
                gateway=gateway,
                customer_gateway_address=company.customer_gateway_address,
                bgp_asn=company.bgp_asn,
                static_routes=company.cidrs if company.routing == "static" else (),
                pre_shared_key_secrets=company.pre_shared_key_secrets,
            )
        else:
            DirectConnect(
                self,
                "DirectConnect",
                gateway=gateway,
                direct_connect_gateway_id=company.direct_connect_gateway_id,
                allowed_prefixes=[environment.network.cidr],
            )
