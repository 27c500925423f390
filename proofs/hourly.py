"""Count what a cloud assembly bills by the hour or by the event: kinds and counts, no prices."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Resource = Mapping[str, Any]


def hourly_resources(template: dict[str, Any]) -> Counter[str]:
    """Count the billed units of a template.

    An interface endpoint bills once a zone; a public IPv4 address bills whether it is in use or
    not, and a VPN connection has two, one a tunnel (https://aws.amazon.com/vpc/pricing/). An
    internet-facing load balancer has one a zone. Servers of an Auto Scaling group count as often
    as its smallest size says. A customer-managed key, a volume and detailed monitoring have a
    price a month, prorated by the hour (https://aws.amazon.com/kms/pricing/,
    https://aws.amazon.com/ebs/pricing/, https://aws.amazon.com/cloudwatch/pricing/); a hosted zone
    has one a month, and none when it is deleted within twelve hours
    (https://aws.amazon.com/route53/pricing/). An alarm has one a month, prorated.
    """
    resources = template.get("Resources", {})
    counts = sum((_units(resource) for resource in resources.values()), Counter[str]())
    for number, launch in _launches(resources):
        for kind, count in launch.items():
            counts[kind] += number * count
    return counts


def _units(resource: Resource) -> Counter[str]:
    kind, properties = resource["Type"].removeprefix("AWS::"), resource.get("Properties", {})
    if kind == "EC2::VPCEndpoint" and properties.get("VpcEndpointType") == "Interface":
        return Counter({"interface endpoint, a zone": len(properties["SubnetIds"])})
    if kind == "ElasticLoadBalancingV2::LoadBalancer":
        public = properties["Scheme"] == "internet-facing"
        addresses = {"public IPv4 address": len(properties["Subnets"])} if public else {}
        return Counter({f"{properties['Type']} load balancer": 1, **addresses})
    return Counter(_UNITS.get(kind, {}))


_UNITS = {
    "EC2::NatGateway": {"NAT gateway": 1},
    "EC2::EIP": {"public IPv4 address": 1},
    "EC2::VPNConnection": {"site-to-site VPN connection": 1, "public IPv4 address": 2},
    "KMS::Key": {"customer-managed key": 1},
    "Route53::HostedZone": {"private hosted zone, a month": 1},
    "CloudWatch::Alarm": {"alarm": 1},
}


def event_resources(template: dict[str, Any]) -> Counter[str]:
    """Count what bills by what happens, which no template knows.

    AWS Config bills each recorded change and each evaluation of a rule
    (https://aws.amazon.com/config/pricing/), GuardDuty what it analyses
    (https://aws.amazon.com/guardduty/pricing/), Security Hub each check
    (https://aws.amazon.com/security-hub/pricing/), CloudTrail data events; the first copy of
    management events is free, and their way into a log group is not
    (https://aws.amazon.com/cloudtrail/pricing/, https://aws.amazon.com/cloudwatch/pricing/). A
    metric bills in hours with an event. Rules on events of AWS are free
    (https://aws.amazon.com/eventbridge/pricing/), and so is what Systems Manager asks of EC2
    servers (https://aws.amazon.com/systems-manager/pricing/).
    """
    resources = template.get("Resources", {}).values()
    return sum((_events(resource) for resource in resources), Counter[str]())


def _events(resource: Resource) -> Counter[str]:
    kind, properties = resource["Type"].removeprefix("AWS::"), resource.get("Properties", {})
    counts = Counter(_EVENTS.get(kind, {}))
    if kind == "AccessAnalyzer::Analyzer" and properties["Type"] == "ACCOUNT_UNUSED_ACCESS":
        counts["analyzer, for every user and role a month"] += 1
    for selector in properties.get("EventSelectors", []):
        for data in selector.get("DataResources", []):
            counts["bucket whose data events are recorded"] += len(data["Values"])
    return counts


_EVENTS = {
    "CloudTrail::Trail": {"trail, for its way into a log group": 1},
    "Config::ConfigRule": {"Config rule, for every evaluation": 1},
    "Config::ConfigurationRecorder": {"Config recorder, for every recorded change": 1},
    "EC2::FlowLog": {"flow log, for its way into a log group": 1},
    "EC2::NetworkInsightsAccessScope": {"access scope, for every interface when analysed": 1},
    "GuardDuty::Detector": {"GuardDuty detector, for what it analyses": 1},
    "Logs::MetricFilter": {"metric, in hours with an event": 1},
    "SecurityHub::Standard": {"Security Hub standard, for every check": 1},
    "SNS::Topic": {"topic, for every message": 1},
}


def _launches(resources: Mapping[str, Resource]) -> Iterator[tuple[int, Counter[str]]]:
    """How many servers are launched alike, and what each of them bills."""
    for resource in resources.values():
        own = resource.get("Properties", {})
        if resource["Type"] == "AWS::EC2::Instance":
            yield 1, _server({**_template(resources, own), **own})
        elif resource["Type"] == "AWS::AutoScaling::AutoScalingGroup":
            yield int(own["MinSize"]), _server(_template(resources, own))


def _template(resources: Mapping[str, Resource], own: Resource) -> Resource:
    specification = own.get("LaunchTemplate")
    if specification is None:
        return {}
    name = specification["LaunchTemplateId"]["Ref"]
    data: Resource = resources[name]["Properties"]["LaunchTemplateData"]
    return data


def _server(launch: Resource) -> Counter[str]:
    counts = Counter({f"{launch['InstanceType']} server": 1})
    if launch.get("Monitoring"):
        counts["detailed monitoring of a server"] = 1
    for card in launch.get("NetworkInterfaces", []):
        counts["public IPv4 address"] += bool(card.get("AssociatePublicIpAddress"))
    for device in launch.get("BlockDeviceMappings", []):
        counts["GiB of volumes"] += device["Ebs"]["VolumeSize"]
    return +counts


def main(assembly: Path) -> None:
    """Print the counts of all templates in `assembly`."""
    templates = sorted(assembly.glob("*.template.json"))
    if not templates:
        sys.exit(f"{assembly}: no templates there. Change: synthesize first, with make synth.")
    contents = [json.loads(template.read_text("utf-8")) for template in templates]
    for unit, count in (("hour", hourly_resources), ("event", event_resources)):
        _print(unit, sum((count(content) for content in contents), Counter[str]()))


def _print(unit: str, counts: Counter[str]) -> None:
    if not counts:
        print(f"Billed by the {unit}: nothing.")
        return
    print(f"Billed by the {unit}:")
    for kind, count in sorted(counts.items()):
        print(f"  {count} x {kind}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "cdk.out"))
