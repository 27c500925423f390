"""The field types of an environment file, each refusing what AWS or the blueprint cannot take."""

import re
from ipaddress import IPv4Address, IPv4Network, ip_network
from itertools import combinations
from typing import Annotated, NoReturn

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from blueprint.flows import RDP


def _networks(*cidrs: str) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(cidr) for cidr in cidrs)


PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
# Networks without hosts of their own: this host, loopback, link-local, multicast, reserved.
_NO_HOST = _networks("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
# No packet of the internet comes from these (RFC 6890). The ranges for documentation are left
# out on purpose: the shipped environments use them as examples.
_NOT_INTERNET = (*PRIVATE, *_NO_HOST, *_networks("100.64.0.0/10"))


class Section(BaseModel):
    """A section of an environment file: unknown keys are mistakes, values are never coerced."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True
    )


def refuse(reason: str, allowed: str, change: str) -> NoReturn:
    """Refuse a value: why, what is allowed instead, and what to change."""
    raise PydanticCustomError(
        "refused",
        "{reason}. Allowed: {allowed}. Change: {change}",
        {"reason": reason, "allowed": allowed, "change": change},
    )


def _ipv4_network(value: str) -> str:
    allowed = "an IPv4 network in CIDR notation, such as 10.0.0.0/16"
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        refuse("not a network", allowed, "write address/prefix length")
    if not isinstance(network, IPv4Network):
        refuse("IPv6, and the VPC has IPv4 only", allowed, "name IPv4 networks")
    if str(network) != value:
        refuse("address bits are set behind the prefix", allowed, f'write "{network}"')
    return value


def _public_network(value: str) -> str:
    network = IPv4Network(value)
    if any(network.overlaps(other) for other in _NOT_INTERNET) and network.prefixlen > 0:
        refuse(
            "not a network of the internet",
            "public addresses, as the internet sees them",
            "name those; private networks of the company belong under on_premises.cidrs",
        )
    if network.prefixlen < WIDEST_MANAGEMENT:
        refuse(
            "far more than a company's network",
            f"networks of /{WIDEST_MANAGEMENT} or narrower",
            "name the addresses that people really use",
        )
    return value


def _company_network(value: str) -> str:
    network = IPv4Network(value)
    if network.prefixlen < WIDEST_COMPANY or any(network.overlaps(odd) for odd in _NO_HOST):
        refuse(
            "no company's network",
            f"unicast networks of /{WIDEST_COMPANY} or narrower",
            "name the networks behind the connection",
        )
    return value


def _router_address(value: str) -> str:
    allowed = "the public IPv4 address of the company's router"
    try:
        address = IPv4Address(value)
    except ValueError:
        refuse("not an IPv4 address", allowed, "write four numbers with dots")
    if any(address in network for network in _NOT_INTERNET):
        refuse("not an address of the internet", allowed, "name the router's outside address")
    return value


def _asn(value: int) -> int:
    # 64512 is the virtual private gateway's own number; 7224 and 9059 are Amazon's:
    # https://docs.aws.amazon.com/vpn/latest/s2svpn/cgw-options.html
    if not 1 <= value <= LAST_ASN or value in {7224, 9059, 64512}:
        refuse(
            "not an autonomous system number for a customer gateway",
            f"1 to {LAST_ASN}, except 7224, 9059 and 64512, which are Amazon's",
            "take the company's number, or a private one such as 65000",
        )
    return value


def _tag_key(value: str) -> str:
    if value.lower().startswith(("aws:", "blueprint:")):
        refuse(
            "a reserved prefix",
            "keys without the prefixes aws: and blueprint:",
            "rename the tag",
        )
    return value


def _service_port(value: int) -> int:
    if not FIRST_SERVICE_PORT <= value <= LAST_SERVICE_PORT or value == RDP.first:
        refuse(
            "not a port for a service",
            f"{FIRST_SERVICE_PORT} to {LAST_SERVICE_PORT}, except {RDP.first} (RDP)",
            "choose another port; from 32768 on, servers call out",
        )
    return value


def _retention_days(value: int) -> int:
    if value not in RETENTION_DAYS:
        allowed = ", ".join(str(days) for days in RETENTION_DAYS)
        refuse("not a retention time of CloudWatch Logs", allowed, "choose one of these days")
    return value


def between(first: int, last: int) -> AfterValidator:
    """Refuse numbers outside `first` to `last`, both included."""

    def check(value: int) -> int:
        if not first <= value <= last:
            refuse("out of range", f"{first} to {last}", "choose a number in between")
        return value

    return AfterValidator(check)


def apart(**networks: tuple[str, ...]) -> None:
    """Refuse networks that overlap; keywords say under which key they stand, "__" for a dot."""
    named = [(key.replace("__", "."), cidr) for key, cidrs in networks.items() for cidr in cidrs]
    for (key, one), (other_key, two) in combinations(named, 2):
        if IPv4Network(one).overlaps(IPv4Network(two)):
            refuse(
                f"{key} {one} overlaps {other_key} {two}",
                "networks that are apart",
                "one of them",
            )


def text(
    pattern: str, what: str, *, reason: str = "not of that form", change: str = "this value"
) -> AfterValidator:
    """Refuse text that does not match, saying in words what is allowed."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, flags=re.ASCII):
            refuse(reason, what, change)
        return value

    return AfterValidator(check)


def _tuple(value: object) -> object:
    # TOML has lists only; the frozen model holds tuples.
    return tuple(value) if isinstance(value, list) else value


# The retention times that CloudWatch Logs takes, in days:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip
# 65,536 addresses are plenty for administrators; 10.0.0.0/8 is the largest private network.
WIDEST_MANAGEMENT, WIDEST_COMPANY = 16, 8
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-customergateway.html
LAST_ASN = 2147483647

# Above the ports that only root may open; below those from which our servers call out (32768),
# so that a network ACL row for answers never opens a service.
FIRST_SERVICE_PORT, LAST_SERVICE_PORT = 1024, 32767

ServicePort = Annotated[int, AfterValidator(_service_port)]
RetentionDays = Annotated[int, AfterValidator(_retention_days)]
Cidr = Annotated[str, AfterValidator(_ipv4_network)]
PublicCidrs = Annotated[
    tuple[Annotated[Cidr, AfterValidator(_public_network)], ...], BeforeValidator(_tuple)
]
CompanyCidrs = Annotated[
    tuple[Annotated[Cidr, AfterValidator(_company_network)], ...],
    BeforeValidator(_tuple),
    Field(min_length=1),
]
RouterAddress = Annotated[str, AfterValidator(_router_address)]
Asn = Annotated[int, AfterValidator(_asn)]
AccountId = Annotated[str, text(r"\d{12}", "12 digits in quotes")]
Region = Annotated[str, text(r"[a-z]{2}(-[a-z]+)+-\d", "a region such as eu-west-1")]
SecretName = Annotated[
    str, text(r"[A-Za-z0-9/_+=.@-]{1,512}", "the name of a secret: letters, digits and /_+=.@-")
]
DirectConnectGatewayId = Annotated[
    str, text(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "an id such as 8ef1a3b2-...")
]
# The characters that every service takes:
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_TEXT = "letters, digits, spaces and +-=._:/@, at most"
TagKey = Annotated[
    str, text(r"[A-Za-z0-9 +\-=._:/@]{1,128}", f"{_TAG_TEXT} 128"), AfterValidator(_tag_key)
]
TagValue = Annotated[str, text(r"[A-Za-z0-9 +\-=._:/@]{1,256}", f"{_TAG_TEXT} 256")]
KeyPairName = Annotated[
    str, text(r"[A-Za-z0-9._-]{1,100}", "1 to 100 letters, digits and ._- without spaces")
]
# Stands in a tag; ten characters do not make an argument, but less cannot be one.
Reason = Annotated[
    str,
    text(
        r"[A-Za-z0-9][A-Za-z0-9 +\-=._:/@]{9,255}",
        "a sentence of 10 to 256 letters, digits, spaces and +-=._:/@",
    ),
]
AsTuple = BeforeValidator(_tuple)
