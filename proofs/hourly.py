"""Count what a cloud assembly bills by the hour: kinds and counts, no prices."""

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
    (https://aws.amazon.com/route53/pricing/).
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
    counts = sum(
        (hourly_resources(json.loads(template.read_text("utf-8"))) for template in templates),
        Counter[str](),
    )
    if not counts:
        print("Billed by the hour: nothing.")
        return
    print("Billed by the hour:")
    for kind, count in sorted(counts.items()):
        print(f"  {count} x {kind}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "cdk.out"))
