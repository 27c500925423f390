"""What differs between accounts: the model of an environment file.

Unknown keys are mistakes. `stacks.loading` turns a refusal into a message for people.
"""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from blueprint.address_plan import (
    APP,
    DB,
    ENDPOINTS,
    LARGEST_PREFIX,
    SMALLEST_PREFIX,
    WEB,
    ZONE_PLACES,
    AddressPlan,
    Tier,
)
from blueprint.network import NatMode
from stacks.audit_settings import Audit
from stacks.fields import (
    PRIVATE,
    AccountId,
    Asn,
    AsTuple,
    Cidr,
    CompanyCidrs,
    DirectConnectGatewayId,
    PublicCidrs,
    Region,
    RetentionDays,
    RouterAddress,
    SecretName,
    Section,
    ServicePort,
    TagKey,
    TagValue,
    apart,
    refuse,
)
from stacks.identity_settings import Identity
from stacks.partner_settings import Organization, Partner
from stacks.server_settings import Servers
from stacks.tier_settings import MoreTier, apart_from_others

# One zone alone is no redundancy.
FEWEST_ZONES = 2
# The first four and the last address of a subnet are AWS's:
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
RESERVED_ADDRESSES = 5
# An Application Load Balancer wants eight free addresses in a subnet to scale into, and the NAT
# gateway beside it takes one; a Network Load Balancer takes one:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
NEIGHBOUR_ADDRESSES = 9


class Network(Section):
    """`[network]`: addresses, zones and the ways out."""

    cidr: Cidr = Field(description="The addresses of the VPC")
    zones: int | tuple[str, ...] = Field(
        default=FEWEST_ZONES,
        description="Availability Zones: how many, or their names in the region",
    )
    nat: Annotated[NatMode, Field(strict=False)] = Field(
        default=NatMode.NONE,
        description="NAT gateways, by which the app tier reaches the internet; billed by the hour",
    )
    interface_endpoints: bool = Field(
        default=False,
        description="Systems Manager and CloudWatch Logs without internet; billed by the hour",
    )
    instance_connect_endpoint: bool = Field(
        default=True, description="SSH and RDP by IAM, without an open port; free of charge"
    )
    flow_log_retention_days: RetentionDays = Field(
        default=30, description="Days that flow logs are kept"
    )

    tiers: Annotated[tuple[MoreTier, ...], AsTuple, AfterValidator(apart_from_others)] = ()

    @field_validator("cidr")
    @classmethod
    def _private_and_large_enough(cls, value: str) -> str:
        network = IPv4Network(value)
        allowed = f"a private network (RFC 1918) from /{LARGEST_PREFIX} to /{SMALLEST_PREFIX}"
        if not any(network.subnet_of(private) for private in PRIVATE):
            refuse("not a private network", allowed, "choose one inside 10.0.0.0/8, for example")
        if network.prefixlen > SMALLEST_PREFIX:
            refuse("smaller than the address plan needs (8 tiers x 4 zones)", allowed, "widen it")
        if network.prefixlen < LARGEST_PREFIX:
            refuse("larger than a VPC can be", allowed, "narrow it")
        return value

    @field_validator("zones", mode="before")
    @classmethod
    def _two_to_four_zones(cls, value: object) -> object:
        allowed = f"{FEWEST_ZONES} to {ZONE_PLACES}, or a list of as many zone names of the region"
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            if len(set(value)) != len(value):
                refuse("a zone is named twice", allowed, "name each zone once")
            count, value = len(value), tuple(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            count = value
        else:
            refuse("neither a number nor a list of names", allowed, f"write {FEWEST_ZONES}")
        if not FEWEST_ZONES <= count <= ZONE_PLACES:
            places = f"the address plan has {ZONE_PLACES} places"
            refuse(f"{count} zones, and {places}", allowed, "choose 2, 3 or 4 zones")
        return value


class Ports(Section):
    """`[ports]`: where the application and the database listen."""

    application: ServicePort = Field(default=8080, description="Where the app tier listens")
    database: ServicePort = Field(default=5432, description="Where the db tier listens")

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.application == self.database:
            reason = f"application and database are both {self.application}"
            refuse(reason, "two different ports", "one of them")
        return self


class Management(Section):
    """`[management]`: the company's public addresses that administer the web tier."""

    cidrs: PublicCidrs = Field(
        default=(), description="The company's networks, as the internet sees them"
    )
    protocols: Annotated[tuple[Literal["ssh", "rdp"], ...], AsTuple, Field(min_length=1)] = Field(
        default=("ssh", "rdp"),
        description="What administrators use, from here and over the private connection",
    )

    @field_validator("protocols")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            refuse("a protocol is named twice", "ssh, rdp, or both", "name it once")
        return value


class NoConnection(Section):
    """`[on_premises]` with connection = "none": no private connection."""

    connection: Literal["none"] = Field(
        default="none", description="How the company's network is connected"
    )

    @property
    def cidrs(self) -> tuple[str, ...]:
        """No network is behind no connection."""
        return ()


class Vpn(Section):
    """`[on_premises]` with connection = "vpn": two IPsec tunnels to the company's router."""

    connection: Literal["vpn"] = Field(description="How the company's network is connected")
    cidrs: CompanyCidrs = Field(description="The company's networks behind the connection")
    customer_gateway_address: RouterAddress = Field(
        description="Where the company's router is reached"
    )
    bgp_asn: Asn = Field(default=65000, description="The autonomous system number of the company")
    routing: Literal["static", "bgp"] = Field(
        default="static", description="Who says which networks are behind the router"
    )
    pre_shared_key_secrets: Annotated[tuple[SecretName, ...], AsTuple] = Field(
        default=(),
        description="Two secrets in Secrets Manager, one a tunnel; without them AWS makes the keys",
    )

    @field_validator("pre_shared_key_secrets")
    @classmethod
    def _one_a_tunnel(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) not in {0, 2}:
            refuse(
                f"{len(value)} secrets for two tunnels",
                "none (AWS generates the keys), or the names of two Secrets Manager secrets",
                "name one secret a tunnel",
            )
        return value


class DirectConnection(Section):
    """`[on_premises]` with connection = "direct-connect": the company's Direct Connect gateway."""

    connection: Literal["direct-connect"] = Field(
        description="How the company's network is connected"
    )
    cidrs: CompanyCidrs = Field(description="The company's networks behind the connection")
    direct_connect_gateway_id: DirectConnectGatewayId = Field(
        description="The gateway that the VPC is associated with"
    )


class Environment(Section):
    """An environment file: one account and region, its network, servers and people.

    `name` is the name of the file. Without `account` or `region` the stacks are deployed to those
    of the AWS CLI profile, and synthesize for any.
    """

    name: TagValue
    account: AccountId | None = Field(
        default=None, description="Where the stacks belong; without it, that of the AWS profile"
    )
    region: Region | None = Field(
        default=None, description="Where the stacks belong; without it, that of the AWS profile"
    )
    removal_policy: Literal["destroy", "retain"] = Field(
        default="retain",
        description="What becomes of data, keys and logs when a stack is destroyed",
    )
    # 50 tags a resource, of which CloudFormation and the CDK take some.
    tags: Annotated[dict[TagKey, TagValue], Field(max_length=40)] = Field(
        default_factory=dict, description="Tags of every resource, in `[tags]`; at most 40"
    )
    network: Network
    ports: Ports = Ports()
    management: Management = Management()
    on_premises: Annotated[
        NoConnection | Vpn | DirectConnection, Field(discriminator="connection")
    ] = NoConnection()
    servers: Servers = Servers()
    identity: Identity = Identity()
    audit: Audit = Audit()
    partner: Partner | None = None
    organization: Organization | None = None

    @property
    def plan(self) -> AddressPlan:
        """The address plan of the VPC."""
        return AddressPlan(self.network.cidr)

    @property
    def zone_count(self) -> int:
        """How many Availability Zones the environment spans."""
        zones = self.network.zones
        return zones if isinstance(zones, int) else len(zones)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers of the VPC; that of the endpoints exists when one of them does."""
        network = self.network
        has_endpoints = network.interface_endpoints or network.instance_connect_endpoint
        more = (each.tier for each in network.tiers)
        return (WEB, APP, DB, *([ENDPOINTS] if has_endpoints else []), *more)

    def logs_are_reachable(self, tier: Tier) -> bool:
        """Whether servers of the tier have a path to CloudWatch Logs."""
        return "Session Manager" in ways_in(self, tier.name, "Linux")

    @model_validator(mode="after")
    def _zones_of_the_region(self) -> Self:
        zones = self.network.zones
        if isinstance(zones, int):
            return self
        if self.region is None:
            refuse(
                f"network.zones names {zones[0]!r} and region is absent",
                "names with a region, or a number",
                f"add region, or write zones = {len(zones)}",
            )
        for zone in zones:
            if not (zone.startswith(self.region) and zone.removeprefix(self.region).isalpha()):
                refuse(
                    f"network.zones: {zone!r} is not a zone of region {self.region}",
                    f"{self.region}a, {self.region}b and so on",
                    "name zones of this region, or change region",
                )
        return self

    @model_validator(mode="after")
    def _networks_apart(self) -> Self:
        apart(
            network__cidr=(self.network.cidr,),
            management__cidrs=self.management.cidrs,
            on_premises__cidrs=self.on_premises.cidrs,
        )
        return self

    @model_validator(mode="after")
    def _other_accounts(self) -> Self:
        if self.partner:
            self.partner.check(account=self.account)
        if self.organization:
            self.organization.check(account=self.account, region=self.region)
        return self

    @model_validator(mode="after")
    def _audit_fits(self) -> Self:
        self.audit.check(
            removal_policy=self.removal_policy,
            break_glass=self.identity.break_glass is not None,
            network__flow_log_retention_days=self.network.flow_log_retention_days,
            servers__log_retention_days=self.servers.log_retention_days,
        )
        return self

    @model_validator(mode="after")
    def _certificate_of_the_region(self) -> Self:
        balancer = self.servers.load_balancer
        if balancer is None:
            return self
        if self.region is None:
            refuse(
                "servers.load_balancer has a certificate and region is absent",
                "a certificate of the environment's region",
                f'add region = "{balancer.region}"',
            )
        if balancer.region != self.region:
            refuse(
                f"servers.load_balancer.certificate_arn is of region {balancer.region}",
                f"a certificate of region {self.region}",
                "name a certificate of this region",
            )
        if self.account not in {None, balancer.account}:
            refuse(
                f"servers.load_balancer.certificate_arn is of account {balancer.account}",
                f"a certificate of account {self.account}",
                "name a certificate of this account",
            )
        return self

    @model_validator(mode="after")
    def _backups_can_be_kept(self) -> Self:
        days = self.servers.backup_retention_days
        if days and self.removal_policy == "destroy":
            refuse(
                f'servers.backup_retention_days is {days} and removal_policy is "destroy": AWS '
                "deletes no vault that holds backups",
                'no backups, or removal_policy = "retain"',
                "servers.backup_retention_days, to 0",
            )
        return self

    @model_validator(mode="after")
    def _management_reaches_something(self) -> Self:
        if self.servers.load_balancer and self.management.cidrs:
            refuse(
                "management.cidrs reach nothing: behind servers.load_balancer, web servers have no "
                "public address",
                "management.cidrs or servers.load_balancer",
                "remove management.cidrs, and use Session Manager or the Instance Connect Endpoint",
            )
        return self

    @model_validator(mode="after")
    def _servers_in_every_zone(self) -> Self:
        zones = self.zone_count
        for tier, fleets in self.servers.tiers.items():
            most = max(fleet.count for fleet in fleets)
            if self.servers.auto_scaling and most < zones:
                refuse(
                    f"servers.{tier}: {most} servers in {zones} zones",
                    "with auto_scaling, one fleet a tier that has a server in each zone",
                    f"count, to {zones} or more",
                )
        return self

    @model_validator(mode="after")
    def _addresses_suffice(self) -> Self:
        free = 2 ** (32 - self.plan.subnet_mask) - RESERVED_ADDRESSES
        for tier, fleets in self.servers.tiers.items():
            # One more a fleet: Auto Scaling starts a replacement before the old server goes.
            needed = sum(-(-fleet.count // self.zone_count) + 1 for fleet in fleets)
            needed += NEIGHBOUR_ADDRESSES
            if needed > free:
                refuse(
                    f"servers.{tier} needs {needed} addresses a subnet, load balancer and NAT "
                    f"gateway included, and a /{self.plan.subnet_mask} subnet of network.cidr "
                    f"{self.network.cidr} has {free}",
                    "servers that fit",
                    "fewer servers, or a wider network.cidr",
                )
        return self

    @model_validator(mode="after")
    def _a_way_in(self) -> Self:
        for tier, fleets in self.servers.tiers.items():
            for fleet in fleets:
                if not ways_in(self, tier, fleet.operating_system.family):
                    refuse(
                        f"servers.{tier}: nobody could get onto a {fleet.operating_system.family} "
                        "server",
                        "a way in to every server: Session Manager (NAT or interface endpoints), "
                        "EC2 Instance Connect Endpoint or a management network, which for Windows "
                        "need a key pair that its password is encrypted for",
                        "network.interface_endpoints = true, for example",
                    )
        return self


def ways_in(environment: Environment, tier: str, family: str) -> list[str]:
    """How a person gets onto a server of the tier that runs Linux or Windows.

    Session Manager needs a path from the server to the AWS API. SSH needs no key pair: EC2
    Instance Connect puts a key in place for a minute. RDP needs a password, which EC2 gives only
    to the holder of a key pair.
    """
    network, servers = environment.network, environment.servers
    remote = "ssh" if family == "Linux" else "rdp"
    public = tier == WEB.name and servers.load_balancer is None
    reached = remote in environment.management.protocols
    has_nat = tier == APP.name and network.nat is not NatMode.NONE
    ways = {
        "Session Manager": network.interface_endpoints or public or has_nat,
    }
    if family == "Linux" or servers.key_pair:
        ways |= {
            "EC2 Instance Connect Endpoint": network.instance_connect_endpoint,
            "management network": public and reached and bool(environment.management.cidrs),
            "private connection": (
                tier != WEB.name and reached and bool(environment.on_premises.cidrs)
            ),
        }
    return [way for way, exists in ways.items() if exists]
