"""Private DNS: hosted zones and their records."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from rehearsal.resources.base import Live, Place, Properties, Resource, UnsupportedError, resource
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


@resource("AWS::Route53::HostedZone", replaces=["Name"], in_place=["VPCs"])
class HostedZone(Resource):
    """A private hosted zone, which the VPCs that it names can ask."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the zone with its first VPC, and associate the others."""
        first, *others = _vpcs(properties)
        answer = _route53(place).create_hosted_zone(
            Name=properties["Name"],
            VPC=first,
            HostedZoneConfig={"PrivateZone": True},
            CallerReference=str(uuid4()),
        )
        zone_id = answer["HostedZone"]["Id"].removeprefix("/hostedzone/")
        for vpc in others:
            _route53(place).associate_vpc_with_hosted_zone(HostedZoneId=zone_id, VPC=vpc)
        return Live(zone_id, {"Id": zone_id})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Associate VPCs that are new, and dissociate those that are gone."""
        route53, zone_id = _route53(place), live.physical_id
        before, after = _vpcs(old), _vpcs(new)
        for vpc in (each for each in after if each not in before):
            route53.associate_vpc_with_hosted_zone(HostedZoneId=zone_id, VPC=vpc)
        for vpc in (each for each in before if each not in after):
            route53.disassociate_vpc_from_hosted_zone(HostedZoneId=zone_id, VPC=vpc)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the zone; one with records in it is a failure, as in AWS."""
        _route53(place).delete_hosted_zone(Id=live.physical_id)


def _vpcs(properties: Properties) -> list[Any]:
    vpcs = [
        {"VPCId": vpc["VPCId"], "VPCRegion": vpc["VPCRegion"]} for vpc in properties.get("VPCs", [])
    ]
    if not vpcs:
        raise UnsupportedError("the stand-in plays private zones only: name a VPC")
    return vpcs


@resource(
    "AWS::Route53::RecordSet",
    replaces=["HostedZoneId", "Name", "Type"],
    in_place=["AliasTarget", "ResourceRecords", "TTL"],
)
class RecordSet(Resource):
    """A record of a hosted zone: addresses, or an alias of a load balancer."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the record; one that exists is a failure, as in AWS."""
        _change(place, "CREATE", properties)
        return Live(properties["Name"].removesuffix("."))

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Let the name say something else."""
        _change(place, "UPSERT", new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the record."""
        _change(place, "DELETE", properties)


def _change(
    place: Place, action: Literal["CREATE", "UPSERT", "DELETE"], properties: Properties
) -> None:
    record: Any = {"Name": properties["Name"], "Type": properties["Type"]}
    if alias := properties.get("AliasTarget"):
        record["AliasTarget"] = {"EvaluateTargetHealth": False, **alias}
    else:
        record["TTL"] = int(properties["TTL"])
        record["ResourceRecords"] = [{"Value": value} for value in properties["ResourceRecords"]]
    _route53(place).change_resource_record_sets(
        HostedZoneId=properties["HostedZoneId"],
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )


def _route53(place: Place) -> "Route53Client":
    route53: Route53Client = client("route53", place.account, place.region)
    return route53
