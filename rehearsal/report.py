"""What a rehearsal shows: the network as it is live, the flow table, the verdict."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from rich.console import Console
from rich.table import Table

from rehearsal.assembly import Assembly
from rehearsal.readback import Verdict
from rehearsal.standin import StandIn

_NAME = "aws-cdk:subnet-name"
_PIPED_WIDTH = 150
_TARGETS = {
    "igw": "internet gateway",
    "nat": "NAT gateway",
    "vgw": "virtual private gateway",
}


def console() -> Console:
    """Where everything is shown; wide enough for the tables when it is no terminal."""
    shown = Console(highlight=False, emoji=False)
    return shown if shown.is_terminal else Console(width=_PIPED_WIDTH, highlight=False)


def show_network(to: Console, stand_in: StandIn, assembly: Assembly) -> None:
    """The subnets that are live, and who may talk to whom."""
    subnets = Table("tier", "subnet", "zone", "CIDR", "default route", title="Subnets, as live")
    for row in _subnets(stand_in):
        subnets.add_row(*row)
    to.print(subnets)
    for stack in assembly.stacks:
        flow_table = stack.template.get("Metadata", {}).get("FlowTable")
        if flow_table:
            to.print(_flows(stack.name, flow_table))


def show_servers(to: Console, stand_in: StandIn) -> None:
    """The servers that are live."""
    columns = ("name", "server", "type", "platform", "zone", "private address", "public address")
    shown = Table(*columns, title="Servers, as live")
    for row in sorted(_servers(stand_in)):
        shown.add_row(*row)
    if shown.row_count:
        to.print(shown)


def _servers(stand_in: StandIn) -> Iterator[tuple[str, ...]]:
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    for page in stand_in.ec2.get_paginator("describe_instances").paginate(Filters=running):  # type: ignore[arg-type] # a filter is written as a plain dict
        for server in (each for group in page["Reservations"] for each in group["Instances"]):
            tags = {tag["Key"]: tag["Value"] for tag in server.get("Tags", [])}
            yield (
                tags.get("Name", ""),
                server["InstanceId"],
                server["InstanceType"],
                server.get("Platform", "linux"),
                server["Placement"]["AvailabilityZone"],
                server["PrivateIpAddress"],
                server.get("PublicIpAddress", "none"),
            )


def _subnets(stand_in: StandIn) -> Iterator[tuple[str, ...]]:
    ec2 = stand_in.ec2
    default_routes = {
        association.get("SubnetId"): _default_route(dict(table))
        for table in ec2.describe_route_tables()["RouteTables"]
        for association in table["Associations"]
    }
    ours = ec2.describe_subnets(Filters=[{"Name": "tag-key", "Values": [_NAME]}])["Subnets"]
    for subnet in sorted(ours, key=lambda each: IPv4Network(each["CidrBlock"])):
        tags = {tag["Key"]: tag["Value"] for tag in subnet["Tags"]}
        yield (
            tags[_NAME],
            subnet["SubnetId"],
            subnet["AvailabilityZone"],
            subnet["CidrBlock"],
            default_routes.get(subnet["SubnetId"], "of the main route table"),
        )


def _default_route(table: Mapping[str, Any]) -> str:
    for route in table["Routes"]:
        if route.get("DestinationCidrBlock") == "0.0.0.0/0":
            target = str(route.get("GatewayId") or route.get("NatGatewayId"))
            return f"{_TARGETS.get(target.split('-', maxsplit=1)[0], '')} {target}".strip()
    learnt = [gateway["GatewayId"] for gateway in table.get("PropagatingVgws", [])]
    return f"none; learns from {', '.join(learnt)}" if learnt else "none"


def _flows(stack: str, flow_table: Mapping[str, Any]) -> Table:
    title = f"Who may talk to whom ({stack}); everything else is blocked"
    shown = Table("source", "destination", "ports", "via", "purpose", title=title)
    for row in flow_table["rows"]:
        columns = ("source", "destination", "ports", "via", "purpose")
        shown.add_row(*(row.get(column, "") for column in columns))
    return shown


def show_verdict(to: Console, verdict: Verdict) -> None:
    """How many statements were compared, and each difference."""
    count = len(verdict.differences)
    noun = "difference" if count == 1 else "differences"
    to.print(
        f"Read back: {verdict.objects} statements of the templates compared with what is live, "
        f"{count or 'no'} {noun}"
    )
    for difference in verdict.differences:
        to.print(f"  {difference}", markup=False)


def show_ways_in(to: Console, stand_in: StandIn) -> None:
    """How to look around in a stand-in that stays up."""
    credentials = stand_in.credentials
    to.print(f"The stand-in listens at {stand_in.endpoint}; Ctrl-C ends it. Look around:\n")
    for name, value in credentials.variables().items():
        to.print(f"  export {name}={value}", markup=False, soft_wrap=True)
    to.print(f"  export AWS_DEFAULT_REGION={stand_in.region}", soft_wrap=True)
    to.print(
        f"  aws --endpoint-url {stand_in.endpoint} ec2 describe-subnets --output table",
        soft_wrap=True,
    )
    to.print(
        f"  python -c \"import boto3; print(boto3.client('ec2', "
        f"endpoint_url='{stand_in.endpoint}').describe_vpcs()['Vpcs'])\"\n",
        markup=False,
        soft_wrap=True,
    )
