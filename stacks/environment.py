"""What differs between accounts: the model of an environment file.

Unknown keys are mistakes. `stacks.loading` turns a refusal into a message for people.
"""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

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
from blueprint.flows import RDP
from blueprint.network import NatMode
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
    RouterAddress,
    SecretName,
    TagKey,
    TagValue,
    apart,
    refuse,
)

# One zone alone is no redundancy.
FEWEST_ZONES = 2
# Above the ports that only root may open; below those from which our servers call out (32768),
# so that a network ACL row for answers never opens a service.
FIRST_SERVICE_PORT, LAST_SERVICE_PORT = 1024, 32767
# The retention times that CloudWatch Logs takes, in days:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Network(_Section):
    """`[network]`: addresses, zones and the ways out."""

    cidr: Cidr
    zones: int | tuple[str, ...] = FEWEST_ZONES
    nat: Annotated[NatMode, Field(strict=False)] = NatMode.NONE
    interface_endpoints: bool = False
    instance_connect_endpoint: bool = True
    flow_log_retention_days: int = 30

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

    @field_validator("flow_log_retention_days")
    @classmethod
    def _retention_of_cloudwatch(cls, value: int) -> int:
        if value not in RETENTION_DAYS:
            allowed = ", ".join(str(days) for days in RETENTION_DAYS)
            refuse("not a retention time of CloudWatch Logs", allowed, "choose one of these days")
        return value


class Ports(_Section):
    """`[ports]`: where the application and the database listen."""

    application: int = 8080
    database: int = 5432

    @field_validator("application", "database")
    @classmethod
    def _service_port(cls, value: int) -> int:
        if not FIRST_SERVICE_PORT <= value <= LAST_SERVICE_PORT or value == RDP.first:
            refuse(
                "not a port for a service",
                f"{FIRST_SERVICE_PORT} to {LAST_SERVICE_PORT}, except {RDP.first} (RDP)",
                "choose another port; from 32768 on, servers call out",
            )
        return value

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.application == self.database:
            reason = f"application and database are both {self.application}"
            refuse(reason, "two different ports", "change one of them")
        return self


class Management(_Section):
    """`[management]`: the company's public addresses that administer the web tier."""

    cidrs: PublicCidrs = ()
    protocols: Annotated[tuple[Literal["ssh", "rdp"], ...], AsTuple, Field(min_length=1)] = (
        "ssh",
        "rdp",
    )

    @field_validator("protocols")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            refuse("a protocol is named twice", "ssh, rdp, or both", "name it once")
        return value


class NoConnection(_Section):
    """`[on_premises]` with connection = "none"."""

    connection: Literal["none"] = "none"

    @property
    def cidrs(self) -> tuple[str, ...]:
        """No network is behind no connection."""
        return ()


class Vpn(_Section):
    """`[on_premises]` with connection = "vpn": two IPsec tunnels to the company's router."""

    connection: Literal["vpn"]
    cidrs: CompanyCidrs
    customer_gateway_address: RouterAddress
    bgp_asn: Asn = 65000
    routing: Literal["static", "bgp"] = "static"
    pre_shared_key_secrets: Annotated[tuple[SecretName, ...], AsTuple] = ()

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


class DirectConnection(_Section):
    """`[on_premises]` with connection = "direct-connect": the company's Direct Connect gateway."""

    connection: Literal["direct-connect"]
    cidrs: CompanyCidrs
    direct_connect_gateway_id: DirectConnectGatewayId


class Environment(_Section):
    """An environment file: one account and region, and what its network looks like.

    `name` is the name of the file. Without `account` or `region` the stacks are deployed to those
    of the AWS CLI profile, and synthesize for any.
    """

    name: str
    account: AccountId | None = None
    region: Region | None = None
    removal_policy: Literal["destroy", "retain"] = "retain"
    # 50 tags a resource, of which CloudFormation and the CDK take some.
    tags: Annotated[dict[TagKey, TagValue], Field(max_length=40)] = Field(default_factory=dict)
    network: Network
    ports: Ports = Ports()
    management: Management = Management()
    on_premises: Annotated[
        NoConnection | Vpn | DirectConnection, Field(discriminator="connection")
    ] = NoConnection()

    @property
    def plan(self) -> AddressPlan:
        """The address plan of the VPC."""
        return AddressPlan(self.network.cidr)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers of the VPC; that of the endpoints exists when one of them does."""
        network = self.network
        has_endpoints = network.interface_endpoints or network.instance_connect_endpoint
        return (WEB, APP, DB, ENDPOINTS) if has_endpoints else (WEB, APP, DB)

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
