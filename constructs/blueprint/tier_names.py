"""Names of the private tiers inside the VPC, so that no server is configured with an address."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

# .internal is kept free for private use: https://www.icann.org/en/board-activities-and-meetings/materials/approved-resolutions-special-meeting-of-the-icann-board-29-07-2024-en
DOMAIN = "blueprint.internal"


class TierNames(Construct):
    """A private zone with one name a tier: app.blueprint.internal.

    Invariant: only resolvers of the VPC answer for it.

    Example:
        names = TierNames(self, "Names", vpc=vpc)
        names.add("app", ["10.0.32.4"])
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> None:
        """Create the private zone for `vpc`."""
        super().__init__(scope, construct_id)
        self._zone = route53.PrivateHostedZone(self, "Zone", zone_name=DOMAIN, vpc=vpc)

    def add(self, tier: str, servers: Sequence[str] | elbv2.INetworkLoadBalancer) -> None:
        """Name a tier; `servers`: their addresses, or the load balancer in front of them.

        Raises:
            ValueError: no address, which Route 53 would refuse while deploying.
        """
        if isinstance(servers, Sequence) and not servers:
            raise ValueError(f"the {tier} tier has no servers to name: give an address, or no name")
        route53.ARecord(
            self,
            tier.capitalize(),
            zone=self._zone,
            record_name=tier,
            target=(
                route53.RecordTarget.from_ip_addresses(*servers)
                if isinstance(servers, Sequence)
                else route53.RecordTarget.from_alias(targets.LoadBalancerTarget(servers))
            ),
            # A replaced server is found again within a minute.
            ttl=cdk.Duration.minutes(1) if isinstance(servers, Sequence) else None,
        )

    @staticmethod
    def of(tier: str) -> str:
        """The name of the tier."""
        return f"{tier}.{DOMAIN}"
