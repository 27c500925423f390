"""Sets of ports as sorted, disjoint, inclusive ranges, and how people write them."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Range: TypeAlias = tuple[int, int]
Ranges: TypeAlias = tuple[Range, ...]

# Every value of a 16-bit port. ICMP has no ports; its type and code are two bytes and take the
# same place as type * 256 + code. Protocols with neither use the whole range as "yes".
ALL: Ranges = ((0, 65535),)
NONE: Ranges = ()

TCP, UDP, ICMP = 6, 17, 1
_NAMES = {TCP: "tcp", UDP: "udp", ICMP: "icmp"}
OTHER_PROTOCOLS = "all other protocols"


def protocol_name(number: int) -> str:
    """Give the name that security group rules use, or "protocol 47"."""
    return _NAMES.get(number, f"protocol {number}")


def union(ranges: Iterable[Range]) -> Ranges:
    """The canonical form: sorted, disjoint, neighbours joined."""
    joined: list[Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


def intersection(left: Ranges, right: Ranges) -> Ranges:
    """The ports in both sets."""
    if left == ALL:
        return right
    if right == ALL:
        return left
    return tuple(
        (max(a, c), min(b, d)) for a, b in left for c, d in right if max(a, c) <= min(b, d)
    )


def difference(left: Ranges, right: Ranges) -> Ranges:
    """The ports in `left` that are not in `right`."""
    rest = left
    for first, last in right:
        rest = tuple(
            piece
            for a, b in rest
            for piece in ((a, min(b, first - 1)), (max(a, last + 1), b))
            if piece[0] <= piece[1]
        )
    return rest


def ports_text(protocol: str, ranges: Ranges) -> str:
    """Write ports as people do: "tcp/443", "tcp/22,1024-65535", "icmp/8.0", "protocol 47"."""
    if protocol not in _NAMES.values() or ranges == ALL:
        return protocol if protocol not in ("tcp", "udp") else f"{protocol}/any port"
    write = _icmp if protocol == "icmp" else str
    return f"{protocol}/" + ",".join(
        write(first) if first == last else f"{write(first)}-{write(last)}" for first, last in ranges
    )


def traffic_text(ports: Mapping[str, Ranges]) -> str:
    """Write the ports of several protocols; nothing: "-", all of them: "everything"."""
    if OTHER_PROTOCOLS in ports and all(ranges == ALL for ranges in ports.values()):
        return "everything"
    texts = [ports_text(protocol, ranges) for protocol, ranges in ports.items() if ranges]
    return ", ".join(texts) or "-"


def _icmp(value: int) -> str:
    return f"{value >> 8}.{value & 255}"
