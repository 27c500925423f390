"""What differs between accounts: the model of an environment file.

Unknown keys are mistakes. `stacks.loading` turns a refusal into a message for people.
"""

from ipaddress import IPv4Network, ip_address, ip_network
from typing import Annotated, Literal, NoReturn, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

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

_PRIVATE = tuple(ip_network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
# Below the ports from which our servers call out (32768), so that a network ACL row for answers
# never opens a service; above the ports that only root may open.
_FIRST_SERVICE_PORT, _LAST_SERVICE_PORT = 1024, 32767
# The retention times that CloudWatch Logs takes, in days.
_RETENTION = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip


def _refuse(reason: str, allowed: str, change: str) -> NoReturn:
    kind = "refused"
    template = "{reason}. Allowed: {allowed}. Change: {change}."
    raise PydanticCustomError(
        kind, template, {"reason": reason, "allowed": allowed, "change": change}
    )


def _ipv4_network(value: str) -> str:
    allowed = "an IPv4 network in CIDR notation, such as 10.0.0.0/16"
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        _refuse("not a network", allowed, "write address/prefix length")
    if not isinstance(network, IPv4Network):
        _refuse("an IPv6 network, and the VPC has IPv4 only", allowed, "name IPv4 networks")
    if str(network) != value:
        _refuse("address bits are set behind the prefix", allowed, f'write "{network}"')
    return value


def _refuse_overlap(cidrs: tuple[str, ...], others: tuple[str, ...] = ()) -> None:
    pairs = [(one, two) for i, one in enumerate(cidrs) for two in (*cidrs[i + 1 :], *others)]
    for one, two in pairs:
        if IPv4Network(one).overlaps(IPv4Network(two)):
            _refuse(f"{one} overlaps {two}", "networks that are apart", "change one of them")


def _tuple(value: object) -> object:
    # TOML has lists only; the frozen model holds tuples.
    return tuple(value) if isinstance(value, list) else value


Cidr = Annotated[str, AfterValidator(_ipv4_network)]
Cidrs = Annotated[tuple[Cidr, ...], BeforeValidator(_tuple)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Network(_Model):
    """`[network]`: addresses, zones and the ways out."""

    cidr: Cidr
    zones: int | tuple[str, ...] = 2
    nat: Annotated[NatMode, Field(strict=False)] = NatMode.NONE
    interface_endpoints: bool = False
    instance_connect_endpoint: bool = True
    flow_log_retention_days: int = 30

    @field_validator("cidr")
    @classmethod
    def _private_and_large_enough(cls, value: str) -> str:
        network = IPv4Network(value)
        allowed = f"a private network (RFC 1918) from /{LARGEST_PREFIX} to /{SMALLEST_PREFIX}"
        if not any(network.subnet_of(private) for private in _PRIVATE):
            _refuse("not a private network", allowed, "choose one inside 10.0.0.0/8, for example")
        if network.prefixlen > SMALLEST_PREFIX:
            _refuse(
                "smaller than the address plan needs (8 tiers x 4 zones)", allowed, "widen it"
            )
        if network.prefixlen < LARGEST_PREFIX:
            _refuse("larger than a VPC can be", allowed, "narrow it")
        return value

    @field_validator("zones", mode="before")
    @classmethod
    def _two_to_four_zones(cls, value: object) -> object:
        allowed = f"2 to {ZONE_PLACES}, or a list of as many zone names of the region"
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            if len(set(value)) != len(value):
                _refuse("a zone is named twice", allowed, "name each zone once")
            count, value = len(value), tuple(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            count = value
        else:
            _refuse("neither a number nor a list of names", allowed, "write zones = 2")
        if not 2 <= count <= ZONE_PLACES:
            _refuse(
                f"{count} zones, and the address plan reserves {ZONE_PLACES} places",
                allowed,
                "choose 2, 3 or 4 zones",
            )
        return value

    @field_validator("flow_log_retention_days")
    @classmethod
    def _retention_of_cloudwatch(cls, value: int) -> int:
        if value not in _RETENTION:
            _refuse(
                "not a retention time of CloudWatch Logs",
                ", ".join(str(days) for days in _RETENTION),
                "choose one of these numbers of days",
            )
        return value


class Ports(_Model):
    """`[ports]`: where the application and the database listen."""

    application: int = 8080
    database: int = 5432

    @field_validator("application", "database")
    @classmethod
    def _service_port(cls, value: int) -> int:
        if not _FIRST_SERVICE_PORT <= value <= _LAST_SERVICE_PORT or value == RDP.first:
            _refuse(
                "not a port for a service",
                f"{_FIRST_SERVICE_PORT} to {_LAST_SERVICE_PORT}, except {RDP.first} (RDP)",
                "choose another port; from 32768 on, servers call out",
            )
        return value

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.application == self.database:
            _refuse(
                f"application and database share port {self.application}",
                "two different ports",
                "change one of them",
            )
        return self


class Management(_Model):
    """`[management]`: the company's public addresses that administer the web tier."""

    cidrs: Cidrs = ()
    protocols: Annotated[tuple[Literal["ssh", "rdp"], ...], BeforeValidator(_tuple)] = (
        "ssh",
        "rdp",
    )

    @field_validator("cidrs")
    @classmethod
    def _narrow(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for cidr in value:
            if IPv4Network(cidr).prefixlen < 16:
                _refuse(
                    f"{cidr} is far more than a company's network",
                    "networks of /16 or narrower",
                    "name the addresses that administrators really use",
                )
        _refuse_overlap(value)
        return value


class OnPremises(_Model):
    """`[on_premises]`: the private connection to the company's network."""

    connection: Literal["none", "vpn", "direct-connect"] = "none"
    cidrs: Cidrs = ()
    customer_gateway_address: str | None = None
    bgp_asn: Annotated[int, Field(ge=1, le=4294967294)] = 65000
    routing: Literal["static", "bgp"] = "static"
    pre_shared_key_secrets: Annotated[tuple[str, ...], BeforeValidator(_tuple)] = ()
    direct_connect_gateway_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")] | None = None

    @field_validator("cidrs")
    @classmethod
    def _apart(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for cidr in value:
            if IPv4Network(cidr).prefixlen < 8:
                _refuse(f"{cidr} is no company's network", "/8 or narrower", "narrow it")
        _refuse_overlap(value)
        return value

    @field_validator("customer_gateway_address")
    @classmethod
    def _public_address(cls, value: str | None) -> str | None:
        try:
            ok = value is None or ip_address(value).version == 4
        except ValueError:
            ok = False
        if not ok:
            _refuse("not an IPv4 address", "the router's public IPv4 address", "write a.b.c.d")
        return value

    @field_validator("pre_shared_key_secrets")
    @classmethod
    def _one_a_tunnel(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) not in {0, 2}:
            _refuse(
                f"{len(value)} secrets for two tunnels",
                "none (AWS generates the keys), or the names of two Secrets Manager secrets",
                "name one secret a tunnel",
            )
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed: dict[str, tuple[str, ...]] = {
            "none": (),
            "vpn": ("cidrs", "customer_gateway_address"),
            "direct-connect": ("cidrs", "direct_connect_gateway_id"),
        }
        for key in needed[self.connection]:
            if not getattr(self, key):
                _refuse(
                    f'connection "{self.connection}" without {key}',
                    f"{' and '.join(needed[self.connection])} with this connection",
                    f"add on_premises.{key}, or set connection to none",
                )
        if self.connection == "none" and self.cidrs:
            _refuse(
                "cidrs without a connection", "cidrs with vpn or direct-connect", "choose one"
            )
        return self


class Environment(_Model):
    """An environment file: one account and region, and what its network looks like."""

    name: str
    account: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] | None = None
    removal_policy: Literal["destroy", "retain"] = "retain"
    tags: dict[str, Annotated[str, Field(min_length=1, max_length=256)]] = Field(
        default_factory=dict
    )
    network: Network
    ports: Ports = Ports()
    management: Management = Management()
    on_premises: OnPremises = OnPremises()

    @property
    def plan(self) -> AddressPlan:
        """The address plan of the VPC."""
        return AddressPlan(self.network.cidr)

    @property
    def has_endpoints(self) -> bool:
        """Whether the tier of endpoints exists."""
        return self.network.interface_endpoints or self.network.instance_connect_endpoint

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers of the VPC."""
        return (WEB, APP, DB, ENDPOINTS) if self.has_endpoints else (WEB, APP, DB)

    @model_validator(mode="after")
    def _zones_of_the_region(self) -> Self:
        if isinstance(self.network.zones, int):
            return self
        if self.region is None:
            _refuse(
                "network.zones has names and region is absent",
                "names with a region, or a number",
                "add region, or write zones = 2",
            )
        for zone in self.network.zones:
            if not (zone.startswith(self.region) and zone.removeprefix(self.region).isalpha()):
                _refuse(
                    f'network.zones: "{zone}" is not a zone of {self.region}',
                    f"{self.region}a and so on",
                    "name zones of this region, or change region",
                )
        return self

    @model_validator(mode="after")
    def _networks_apart(self) -> Self:
        for key, cidrs in (
            ("management", self.management.cidrs),
            ("on_premises", self.on_premises.cidrs),
        ):
            for cidr in cidrs:
                if IPv4Network(cidr).overlaps(IPv4Network(self.network.cidr)):
                    _refuse(
                        f"{key}.cidrs: {cidr} overlaps network.cidr {self.network.cidr}",
                        "networks that are apart",
                        "change one of them",
                    )
        _refuse_overlap(self.management.cidrs, self.on_premises.cidrs)
        return self
