"""The flow table as a question to AWS, about the live account (NW-2, NW-3)."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from blueprint.flows import Flow, Zone

_Scope = ec2.CfnNetworkInsightsAccessScope


class NetworkAccessScope(Construct):
    """A scope of Network Access Analyzer: every path of a VPC that the flow table does not have.

    An analysis of it, which somebody starts and pays for each network interface, finds nothing as
    long as the account is as the table says.

    Invariant: a path is left out only if its source, destination, protocol and port are those of
    one row.

    Example:
        web = Zone("web", ("10.0.0.0/18",))
        NetworkAccessScope(
            self,
            "AccessScope",
            vpc_id=vpc.vpc_id,
            flows=[Flow(INTERNET, web, HTTPS, "visitors")],
            groups={web: security_group.security_group_id},
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc_id: str,
        flows: Sequence[Flow],
        groups: Mapping[Zone, str],
    ) -> None:
        """Create the scope.

        Args:
            scope: The construct that owns it.
            construct_id: PascalCase noun, unique in the scope.
            vpc_id: The VPC whose paths are looked for.
            flows: The rows whose paths are intended.
            groups: The security groups of the zones in the VPC; other zones are addresses.
        """
        super().__init__(scope, construct_id)
        self._groups = groups
        inside = _Scope.PathStatementRequestProperty(
            resource_statement=_Scope.ResourceStatementRequestProperty(resources=[vpc_id])
        )
        _Scope(
            self,
            "Resource",
            match_paths=[
                _Scope.AccessScopePathRequestProperty(source=inside),
                _Scope.AccessScopePathRequestProperty(destination=inside),
            ],
            exclude_paths=[self._path(flow) for flow in flows],
        )

    def _path(self, flow: Flow) -> ec2.CfnNetworkInsightsAccessScope.AccessScopePathRequestProperty:
        ports = flow.ports
        numbers = f"{ports.first}" if ports.first == ports.last else f"{ports.first}-{ports.last}"
        source, destination = self._end(flow.source), self._end(flow.destination)
        return _Scope.AccessScopePathRequestProperty(
            source=_Scope.PathStatementRequestProperty(
                resource_statement=source,
                # The packet as it leaves: a NAT gateway changes its source on the way.
                packet_header_statement=_Scope.PacketHeaderStatementRequestProperty(
                    protocols=[ports.protocol.value],
                    destination_ports=[numbers],
                    source_addresses=None if source else list(flow.source.cidrs),
                    destination_addresses=None if destination else list(flow.destination.cidrs),
                ),
            ),
            destination=_Scope.PathStatementRequestProperty(resource_statement=destination)
            if destination
            else None,
        )

    def _end(
        self, zone: Zone
    ) -> ec2.CfnNetworkInsightsAccessScope.ResourceStatementRequestProperty | None:
        group = self._groups.get(zone)
        return _Scope.ResourceStatementRequestProperty(resources=[group]) if group else None
