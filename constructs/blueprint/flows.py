"""Who may talk to whom: the value objects of the flow table.

A flow table is a tuple of `Flow` rows. Security groups and network ACLs are both generated
from it, and the proofs compare it with what the synthesized templates really allow.
Everything that is not a row is blocked. Nothing here knows the CDK.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ANYWHERE = "0.0.0.0/0"
HIGHEST_PORT = 65535
# Security groups carry the name of their zone in this tag, for people and for the proofs.
ZONE_TAG = "blueprint:zone"
# A stack that holds a flow table states it in its template's Metadata, under this key.
FLOWS_METADATA = "FlowTable"


class Protocol(StrEnum):
    """The IP protocols that a flow can name, by the name security group rules use."""

    TCP = "tcp"
    UDP = "udp"

    @property
    def number(self) -> int:
        """The IANA protocol number, which network ACL entries use."""
        return {Protocol.TCP: 6, Protocol.UDP: 17}[self]


@dataclass(frozen=True, order=True)
class Ports:
    """A protocol with an inclusive range of destination ports."""

    protocol: Protocol
    first: int
    last: int

    def __post_init__(self) -> None:
        """Refuse a range that is empty or outside 0-65535."""
        if not 0 <= self.first <= self.last <= HIGHEST_PORT:
            raise ValueError(
                f"ports {self.first}-{self.last}: allowed are 0 <= first <= last <= {HIGHEST_PORT}"
            )

    def __str__(self) -> str:
        """Give the notation of people and of the proofs: tcp/443 or tcp/1024-65535."""
        last = "" if self.first == self.last else f"-{self.last}"
        return f"{self.protocol}/{self.first}{last}"


def tcp(first: int, last: int | None = None) -> Ports:
    """One TCP port, or the range `first` to `last`, both included."""
    return Ports(Protocol.TCP, first, first if last is None else last)


SSH, HTTPS, RDP = tcp(22), tcp(443), tcp(3389)

# Where the answer to a client goes. Network ACLs keep no state, so they must let it through.
# 1024-65535 covers any client, NAT gateways and load balancers included:
# https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
ANY_CLIENT_PORTS = (1024, HIGHEST_PORT)
# Our own servers use less: Linux 32768-60999 (net.ipv4.ip_local_port_range), Windows Server
# 49152-65535 (same AWS page). Staying above 32767 keeps application and database ports shut.
SERVER_CLIENT_PORTS = (32768, HIGHEST_PORT)


@dataclass(frozen=True)
class Zone:
    """A place that traffic comes from or goes to: a tier, the internet, the company's network.

    `cidrs` without an entry means that this environment does not have the zone; `flow_table`
    leaves its rows out. `client_ports` is the range from which the zone opens connections;
    default: any client's, 1024-65535.
    """

    name: str
    cidrs: tuple[str, ...]
    client_ports: tuple[int, int] = ANY_CLIENT_PORTS

    def __str__(self) -> str:
        """Give the name: the zone as people and findings call it."""
        return self.name


INTERNET = Zone("internet", (ANYWHERE,))
# Network ACLs cannot name the prefix list of Amazon S3, so S3 is anywhere there; it is the
# route to the gateway endpoint that leads to S3 alone.
S3 = Zone("s3", (ANYWHERE,), SERVER_CLIENT_PORTS)


@dataclass(frozen=True)
class Flow:
    """One row of intended traffic: `source` may open connections to `destination` on `ports`.

    `via` names the tier whose NAT gateways carry the flow; default: none, it goes directly.
    """

    source: Zone
    destination: Zone
    ports: Ports
    purpose: str
    via: Zone | None = None

    def __str__(self) -> str:
        """Give the row as people and findings write it."""
        through = f" via {self.via}" if self.via else ""
        return f"{self.source} -> {self.destination} {self.ports}{through}"


def flow_table(*rows: Flow) -> tuple[Flow, ...]:
    """Keep the rows whose zones this environment has.

    Raises:
        ValueError: two rows say the same, so one of them explains traffic it does not cause.
    """
    table = tuple(
        row
        for row in rows
        if all(zone.cidrs for zone in (row.source, row.destination, row.via) if zone is not None)
    )
    seen: set[tuple[str, str, Ports]] = set()
    for row in table:
        key = (row.source.name, row.destination.name, row.ports)
        if key in seen:
            raise ValueError(f"the flow table has two rows for {row}: keep one of them")
        seen.add(key)
    return table


def flows_to_data(flows: Sequence[Flow]) -> dict[str, Any]:
    """Say the table in plain JSON values, as it stands in a template's Metadata."""
    zones = {
        zone.name: {"cidrs": list(zone.cidrs), "client_ports": list(zone.client_ports)}
        for flow in flows
        for zone in (flow.source, flow.destination)
    }
    rows = [
        {
            "source": flow.source.name,
            "destination": flow.destination.name,
            "ports": str(flow.ports),
            "purpose": flow.purpose,
            **({"via": flow.via.name} if flow.via else {}),
        }
        for flow in flows
    ]
    return {"zones": zones, "rows": rows}


def flows_from_data(data: Mapping[str, Any]) -> tuple[Flow, ...]:
    """Read what `flows_to_data` wrote.

    Raises:
        KeyError, TypeError, ValueError: the data are not of that form.
    """
    zones = {
        name: Zone(name, tuple(zone["cidrs"]), (zone["client_ports"][0], zone["client_ports"][1]))
        for name, zone in data["zones"].items()
    }

    def ports(text: str) -> Ports:
        protocol, _, numbers = text.partition("/")
        first, _, last = numbers.partition("-")
        return Ports(Protocol(protocol), int(first), int(last or first))

    return tuple(
        Flow(
            zones[row["source"]],
            zones[row["destination"]],
            ports(row["ports"]),
            row["purpose"],
            zones[row["via"]] if row.get("via") else None,
        )
        for row in data["rows"]
    )
