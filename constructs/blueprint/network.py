"""The three-tier VPC: subnets, route tables and gateways (NW-1, NW-4, NW-5)."""

from collections.abc import Sequence
from enum import StrEnum

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from blueprint.acknowledgements import HIPAA, NIST_R5, PCI, acknowledge, in_packs
from blueprint.address_plan import TIER_PLACES, ZONE_PLACES, AddressPlan, Route, Tier
from blueprint.providers import may_not_log

# The CDK's singleton behind `restrict_default_security_group`.
_RESTRICT_PROVIDER = "Custom::VpcRestrictDefaultSGCustomResourceProvider"


class NatMode(StrEnum):
    """How many NAT gateways the private tiers share. Each is billed by the hour."""

    NONE = "none"
    SINGLE = "single"
    PER_ZONE = "per-zone"


class ThreeTierVpc(Construct):
    """A VPC whose tiers keep their addresses and logical ids while it grows.

    Invariant: every subnet lies where the address plan puts it, has a route table of its own and
    gives no public address on launch; the default security group lets nothing through.

    Example:
        network = ThreeTierVpc(
            self,
            "Vpc",
            plan=AddressPlan("10.0.0.0/16"),
            zones=["eu-west-1a", "eu-west-1b"],
            tiers=[WEB, APP, DB],
            nat=NatMode.SINGLE,
        )
        vpc, subnets = network.vpc, network.subnets(APP)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: AddressPlan,
        zones: Sequence[str],
        tiers: Sequence[Tier],
        nat: NatMode = NatMode.NONE,
    ) -> None:
        """Create the VPC.

        Args:
            scope: The construct that owns the VPC.
            construct_id: PascalCase noun, unique in the scope.
            plan: Where every tier and zone has its addresses.
            zones: Availability Zones, at most four, by name or as a token.
            tiers: The rows of subnets; places that none of them takes stay free.
            nat: NAT gateways for tiers that route to one; default: none, so those tiers have no
                default route.
        """
        super().__init__(scope, construct_id)
        self._plan = plan
        gateways = {NatMode.NONE: 0, NatMode.SINGLE: 1, NatMode.PER_ZONE: len(zones)}[nat]
        self.vpc: ec2.IVpc = ec2.Vpc(
            self,
            # The default child: logical ids read "Vpc...", not "VpcVpc...".
            "Resource",
            ip_addresses=ec2.IpAddresses.cidr(plan.cidr),
            availability_zones=list(zones),
            reserved_azs=ZONE_PLACES - len(zones),
            subnet_configuration=self._subnets(tiers, has_nat=gateways > 0),
            nat_gateways=gateways,
            # Lambda-backed: CloudFormation alone cannot empty the default security group (NW-2).
            restrict_default_security_group=True,
        )
        may_not_log(self, _RESTRICT_PROVIDER)
        if not all(cdk.Token.is_unresolved(zone) for zone in zones):
            self._acknowledge_zone_names()
        for tier in tiers:
            if tier.default_route is Route.INTERNET_GATEWAY:
                self._acknowledge_public_route(tier)

    def subnets(self, tier: Tier) -> list[ec2.ISubnet]:
        """The subnets of the tier, one a zone, in the order of the zones."""
        return self.vpc.select_subnets(subnet_group_name=_group_name(tier)).subnets

    def _acknowledge_zone_names(self) -> None:
        cdk.Validations.of(self).acknowledge(
            cdk.Acknowledgment(
                id="CloudFormation-Validate::W3010",
                reason="The environment names its zones, so that subnets stay in them when AWS "
                "adds one, and checks that they belong to its region. Unsafe in a template that "
                "is deployed to several regions.",
            )
        )

    def _acknowledge_public_route(self, tier: Tier) -> None:
        for subnet in self.subnets(tier):
            acknowledge(
                subnet,
                f"The {tier.name} tier serves the internet, so its route table leads to the "
                "internet gateway (NW-5). Unsafe on a tier whose servers nobody outside the VPC "
                "should reach.",
                *in_packs("VPCNoUnrestrictedRouteToIGW", HIPAA, NIST_R5, PCI),
            )

    def _subnets(self, tiers: Sequence[Tier], *, has_nat: bool) -> list[ec2.SubnetConfiguration]:
        at = {tier.place: tier for tier in tiers}
        types = {
            Route.INTERNET_GATEWAY: ec2.SubnetType.PUBLIC,
            Route.NAT: (
                ec2.SubnetType.PRIVATE_WITH_EGRESS if has_nat else ec2.SubnetType.PRIVATE_ISOLATED
            ),
            Route.NONE: ec2.SubnetType.PRIVATE_ISOLATED,
        }
        return [
            ec2.SubnetConfiguration(
                name=_group_name(at[place]),
                subnet_type=types[at[place].default_route],
                cidr_mask=self._plan.subnet_mask,
                # A public address is what a server asks for, never what a subnet hands out.
                map_public_ip_on_launch=(
                    False if at[place].default_route is Route.INTERNET_GATEWAY else None
                ),
            )
            if place in at
            else ec2.SubnetConfiguration(
                name=f"Reserved{place}",
                subnet_type=ec2.SubnetType.PRIVATE_ISOLATED,
                cidr_mask=self._plan.subnet_mask,
                reserved=True,
            )
            for place in range(TIER_PLACES)
        ]


def _group_name(tier: Tier) -> str:
    return tier.name.capitalize()
