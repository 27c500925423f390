"""The network proof: who can talk to whom, for every packet, before anything is deployed.

Read `packets` first (what AWS does with one packet), then `matrix` (why trying one packet of each
kind is enough), then `closed_world`, `layers` and `structure` (what is claimed).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blueprint.flows import FLOWS_METADATA, Flow, flows_from_data
from proofs.assembly import Assembly, read_assembly
from proofs.findings import CANNOT_PROVE, Claim, Finding, UnusableInputError, claims_of
from proofs.network import filters, layers, resources, structure
from proofs.network.closed_world import CLOSED_WORLD, closed_world
from proofs.network.matrix import Analysis, Reach, matrix_of
from proofs.network.model import Network
from proofs.network.packets import Decision, End, Packet, evaluate
from proofs.network.ranges import traffic_text
from proofs.network.templates import network_of
from proofs.network.zones import Zones

__all__ = [
    "CLAIMS",
    "Decision",
    "End",
    "Network",
    "Packet",
    "Proof",
    "evaluate",
    "flows_of",
    "prove",
    "prove_assembly",
    "prove_network",
    "read_network",
    "with_comparison",
]

LIVE = "live-equals-templates"

# What is claimed, by the id that findings carry.
CLAIMS: Mapping[str, str] = {
    CLOSED_WORLD: "what can talk to what is the flow table: no packet more, no flow less",
    layers.GROUPS_ALONE: "security groups alone let through what the flow table asks of them",
    layers.ACLS_ALONE: "network ACLs alone let through what the flow table asks of them",
    layers.ROUTES_ALONE: "routes alone lead only where a row of the flow table goes",
    layers.ADVERSARIAL: "no private server is reached, even with a public address and any group",
    structure.EXPLICIT_ASSOCIATIONS: "every subnet has its own network ACL and route table",
    structure.EXPLICIT_EGRESS: "every security group states its egress",
    structure.GROUPS_OF_ZONES: "every security group belongs to a zone of the flow table",
    structure.IN_THEIR_ZONE: "every interface carries the group of the zone it stands in",
    structure.DEFAULT_GROUP_CLOSED: "the default security group lets nothing through",
    structure.NO_DEFAULT_GROUP: "no interface carries the default security group",
    structure.NO_STRAY_PUBLIC_ADDRESS: "no public address is handed out, or is in a private subnet",
    resources.NO_IPV6: "there is no trace of IPv6",
    filters.UNIQUE_NUMBERS: "no network ACL has two rows with one number",
    filters.ROWS_WITH_PORTS: "every network ACL row for TCP or UDP names ports",
    CANNOT_PROVE: "the proof understands everything that can carry traffic",
}


@dataclass(frozen=True)
class Proof:
    """What was found out about a network. Every claim holds if there is no finding."""

    findings: tuple[Finding, ...]
    matrix: Mapping[tuple[str, str], Reach]
    claims: tuple[Claim, ...]


def prove(assembly: Path, *, flows: Sequence[Flow] | None = None) -> Proof:
    """Prove the network of a cloud assembly directory.

    Args:
        assembly: What `cdk synth` wrote.
        flows: The intended traffic; default: the flow table in the template's metadata.

    Raises:
        UnusableInputError: it is no assembly, or holds no VPC or no flow table.
    """
    return prove_assembly(read_assembly(assembly), flows=flows)


def prove_assembly(assembly: Assembly, *, flows: Sequence[Flow] | None = None) -> Proof:
    """Prove the network of an assembly that was read already."""
    table = flows_of(assembly) if flows is None else tuple(flows)
    return prove_network(read_network(assembly, flows=table), table)


def read_network(assembly: Assembly | Path, *, flows: Sequence[Flow] | None = None) -> Network:
    """Read the network of an assembly; `Network.doubts` says what could not be read."""
    if isinstance(assembly, Path):
        assembly = read_assembly(assembly)
    return network_of(assembly, Zones(flows_of(assembly) if flows is None else tuple(flows)))


def prove_network(network: Network, flows: Sequence[Flow]) -> Proof:
    """Prove a network that was read already, from templates or from a live account."""
    analysis = Analysis(network, Zones(tuple(flows)).in_vpc(network.cidrs))
    found = [
        *closed_world(analysis),
        *layers.layers(analysis),
        *structure.structure(analysis),
        *network.doubts,
    ]
    order = list(CLAIMS)
    findings = tuple(sorted(found, key=lambda finding: order.index(finding.claim)))
    return Proof(findings, matrix_of(analysis), claims_of(CLAIMS, findings))


def with_comparison(live: Proof, planned: Proof) -> Proof:
    """The live network's proof with one more claim: its matrix is that of its templates."""
    found = []
    for source, destination in dict.fromkeys((*planned.matrix, *live.matrix)):
        texts = [
            traffic_text(matrix[source, destination].ports)
            if (source, destination) in matrix
            else "-"
            for matrix in (planned.matrix, live.matrix)
        ]
        if texts[0] != texts[1]:
            message = (
                f"{source} -> {destination}: the templates let {texts[0]} through, "
                f"the live network {texts[1]}."
            )
            found.append(Finding(LIVE, message, suggestion="deploy again, or look for drift"))
    description = "the live network lets through what its templates do"
    claim = Claim(LIVE, description, holds=not found)
    return Proof((*live.findings, *found), live.matrix, (*live.claims, claim))


def flows_of(assembly: Assembly) -> tuple[Flow, ...]:
    """The flow table that a template of the assembly states in its metadata.

    Raises:
        UnusableInputError: there is none, or more than one, or it has another form.
    """
    tables = assembly.metadata(FLOWS_METADATA)
    if len(tables) != 1:
        count = "no" if not tables else "more than one"
        raise UnusableInputError(f"{count} template has {FLOWS_METADATA} in its Metadata")
    stack, data = tables[0]
    try:
        # The CDK leaves null values out of a template, so a row without NAT has no "via".
        rows = [{"via": None, **row} for row in data["rows"]]
        return flows_from_data({**data, "rows": rows})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnusableInputError(f"the flow table of {stack.id} is malformed: {error}") from error
