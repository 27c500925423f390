"""Private DNS: what the templates say, and what is live."""

from collections.abc import Iterator
from typing import Any

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import states

# Route 53 makes these itself.
_OF_THE_ZONE = {"NS", "SOA"}


@states("AWS::Route53::HostedZone")
def _zone(it: Deployed) -> Iterator[Fact]:
    vpcs = [vpc["VPCId"] for vpc in it.properties.get("VPCs", [])]
    yield _zone_fact(it.physical_id, it.properties["Name"], vpcs, private=bool(vpcs))


@states("AWS::Route53::RecordSet")
def _record(it: Deployed) -> Iterator[Fact]:
    yield _record_fact(
        it.properties["HostedZoneId"],
        it.properties,
        it.properties.get("ResourceRecords", []),
        it.properties.get("AliasTarget", {}).get("DNSName"),
    )


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live of the stacks' zones; a record that nobody stated is a difference."""
    route53 = account.stand_in.client("route53")
    for zone_id in account.ids("AWS::Route53::HostedZone"):
        zone = route53.get_hosted_zone(Id=zone_id)
        vpcs = [vpc["VPCId"] for vpc in zone.get("VPCs", [])]
        private = zone["HostedZone"]["Config"]["PrivateZone"]
        yield _zone_fact(zone_id, zone["HostedZone"]["Name"], vpcs, private=private)
        pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
        for record in (each for page in pages for each in page["ResourceRecordSets"]):
            if record["Type"] not in _OF_THE_ZONE:
                values = [each["Value"] for each in record.get("ResourceRecords", [])]
                alias = record.get("AliasTarget", {}).get("DNSName")
                yield _record_fact(zone_id, record, values, alias)


def _zone_fact(zone_id: str, name: str, vpc_ids: list[str], *, private: bool) -> Fact:
    value: Value = {"Name": name.rstrip("."), "Private": private, "VPCs": [*sorted(vpc_ids)]}
    return Fact(("hosted zone", zone_id), zone_id, value)


def _record_fact(
    zone_id: str, record: dict[str, Any], values: list[str], alias: str | None
) -> Fact:
    value: Value = {
        "Alias": alias and alias.rstrip("."),
        "TTL": str(record["TTL"]) if "TTL" in record else None,
        "Values": [*sorted(values)],
    }
    return Fact(("record", zone_id, record["Name"].rstrip("."), record["Type"]), zone_id, value)
