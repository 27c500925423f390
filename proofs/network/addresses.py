"""IPv4 addresses: CIDR blocks as numbers, and which of them the internet can hold."""

from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network

Span = tuple[int, int]
EVERYTHING: Span = (0, 2**32 - 1)


@dataclass(frozen=True, order=True)
class Cidr:
    """An IPv4 block as its first and last address."""

    first: int
    last: int

    def __contains__(self, address: int) -> bool:
        """Say whether the address is in the block."""
        return self.first <= address <= self.last

    def covers(self, other: "Cidr") -> bool:
        """Say whether `other` lies in this block."""
        return self.first <= other.first and other.last <= self.last

    def overlaps(self, other: "Cidr") -> bool:
        """Say whether the blocks share an address."""
        return self.first <= other.last and other.first <= self.last

    @property
    def prefix(self) -> int:
        """The prefix length: routes with a longer one win."""
        return 33 - (self.last - self.first + 1).bit_length()

    def __str__(self) -> str:
        """Give the usual notation."""
        return f"{IPv4Address(self.first)}/{self.prefix}"


@cache
def cidr(text: str) -> Cidr:
    """Read a CIDR; EC2 clears host bits, so they are allowed.

    Raises:
        ValueError: it is no IPv4 CIDR.
    """
    network = IPv4Network(text, strict=False)
    return Cidr(int(network.network_address), int(network.broadcast_address))


ANYWHERE = cidr("0.0.0.0/0")
# No packet between two hosts has such an address: this host, loopback, link-local (instance
# metadata, DNS and time: security groups and network ACLs do not filter them), multicast, reserved.
# https://www.iana.org/assignments/iana-ipv4-special-registry/
NOT_UNICAST = tuple(
    map(cidr, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"))
)
# An internet gateway carries no packet to or from these (RFC 1918, RFC 6598).
NOT_ROUTED = tuple(map(cidr, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
# Blocks for documentation: examples use them as public addresses, Amazon S3 has none of them.
DOCUMENTATION = tuple(map(cidr, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))


def within(address: int, blocks: tuple[Cidr, ...]) -> bool:
    """Say whether one of the blocks holds the address."""
    return any(address in block for block in blocks)


def address_text(address: int) -> str:
    """Write an address with dots."""
    return str(IPv4Address(address))
