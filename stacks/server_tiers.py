"""The servers of one tier: its fleets, and the load balancer in front of them if it has one."""

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from blueprint.address_plan import Tier
from blueprint.flows import Zone
from blueprint.load_balancers import HEALTH_PATH, PublicLoadBalancer, TierLoadBalancer
from blueprint.server_fleets import ServerGroup, ServerInstances
from blueprint.server_roles import ServerRole
from blueprint.server_template import ServerTemplate
from stacks.environment import Environment
from stacks.network import NetworkStack
from stacks.server_settings import Fleet
from stacks.workload import user_data

TargetGroup = elbv2.ApplicationTargetGroup | elbv2.NetworkTargetGroup


@dataclass(frozen=True)
class Common:
    """What the servers of every tier share."""

    environment: Environment
    network: NetworkStack
    volumes_key: kms.IKey
    access_logs: s3.IBucket
    key_pair: ec2.IKeyPair | None

    @property
    def keeps(self) -> bool:
        """Whether what holds data outlives the stack."""
        return self.environment.removal_policy == "retain"


@dataclass(frozen=True)
class Place:
    """Where a tier stands in the network.

    `balancer` without addresses: the environment has no load balancer there.
    """

    tier: Tier
    zone: Zone
    balancer: Zone
    port: int

    @property
    def holds_data(self) -> bool:
        """Whether its servers keep data on their volumes."""
        return self.tier.name == "db"

    @property
    def is_public(self) -> bool:
        """Whether its load balancer, or else its servers, face the internet."""
        return self.tier.name == "web"


class TierServers(Construct):
    """Every server of one tier."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        common: Common,
        place: Place,
        role: ServerRole,
        settings: Mapping[str, str],
    ) -> None:
        """Launch the fleets that the environment names for the tier.

        `settings` are those of the workload, as environment variables of the boot script.
        """
        super().__init__(scope, construct_id)
        self._common, self._place = common, place
        self._settings = {
            "TIER": place.tier.name,
            "REGION": cdk.Stack.of(self).region,
            "LISTEN_PORT": str(place.port),
            **settings,
        }
        self._subnets = common.network.network.subnets(place.tier)
        self._balancer = self._add_balancer() if place.balancer.cidrs else None
        self._addresses: list[str] = []
        for fleet in common.environment.servers.tiers[place.tier.name]:
            self._add_fleet(fleet, role)

    @property
    def endpoint(self) -> elbv2.INetworkLoadBalancer | list[str]:
        """Where clients inside the VPC find the tier."""
        if isinstance(self._balancer, TierLoadBalancer):
            return self._balancer.load_balancer
        return self._addresses

    def _add_balancer(self) -> PublicLoadBalancer | TierLoadBalancer:
        network, servers = self._common.network, self._common.environment.servers
        group = network.security_groups.of(self._place.balancer)
        if servers.load_balancer and self._place.is_public:
            return PublicLoadBalancer(
                self,
                "LoadBalancer",
                vpc=network.network.vpc,
                subnets=self._subnets,
                security_group=group,
                certificate_arn=servers.load_balancer.certificate_arn,
                access_logs=self._common.access_logs,
                deletion_protection=servers.termination_protection,
            )
        return TierLoadBalancer(
            self,
            "LoadBalancer",
            vpc=network.network.vpc,
            subnets=self._subnets,
            security_group=group,
            port=self._place.port,
            health_path=HEALTH_PATH if self._place.tier.name == "app" else None,
            deletion_protection=servers.termination_protection,
        )

    def _add_fleet(self, fleet: Fleet, role: ServerRole) -> None:
        common, system = self._common, fleet.operating_system
        servers = common.environment.servers
        template = ServerTemplate(
            self,
            f"{system.family}Template",
            tier=self._place.tier.name,
            operating_system=system,
            security_group=common.network.security_groups.of(self._place.zone),
            instance_profile=role.instance_profile,
            volumes_key=common.volumes_key,
            user_data=user_data(system, self._settings),
            instance_type=fleet.instance_type if servers.auto_scaling else None,
            public_address=self._place.is_public and self._balancer is None,
            # Only a database server holds what exists nowhere else; others would leave a volume
            # behind, and its bill, whenever they are replaced.
            keep_volumes=common.keeps and self._place.holds_data,
            termination_protection=servers.termination_protection,
            key_pair=common.key_pair,
        )
        group: ServerGroup | ServerInstances
        if servers.auto_scaling:
            group = ServerGroup(
                self,
                system.family,
                vpc=common.network.network.vpc,
                template=template,
                subnets=self._subnets,
                count=fleet.count,
                behind_load_balancer=self._balancer is not None,
            )
        else:
            group = ServerInstances(
                self,
                system.family,
                tier=self._place.tier.name,
                template=template,
                instance_type=fleet.instance_type,
                subnets=self._subnets,
                count=fleet.count,
            )
            self._addresses += group.addresses
        if self._balancer:
            group.serve(self._balancer.targets, self._place.port)
