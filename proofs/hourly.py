"""Count what a cloud assembly bills by the hour: kinds and counts, no prices."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any


def hourly_resources(template: dict[str, Any]) -> Counter[str]:
    """Count the billed units of a template.

    An interface endpoint bills once a zone; a public IPv4 address bills whether it is in use or
    not, and a VPN connection has two, one a tunnel (https://aws.amazon.com/vpc/pricing/). A
    customer-managed key has a price a month, prorated by the hour
    (https://aws.amazon.com/kms/pricing/).
    """
    counts: Counter[str] = Counter()
    for resource in template.get("Resources", {}).values():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::EC2::NatGateway":
                counts["NAT gateway"] += 1
            case "AWS::EC2::EIP":
                counts["public IPv4 address"] += 1
            case "AWS::EC2::VPNConnection":
                counts["site-to-site VPN connection"] += 1
                counts["public IPv4 address"] += 2
            case "AWS::EC2::VPCEndpoint" if properties.get("VpcEndpointType") == "Interface":
                counts["interface endpoint, a zone"] += len(properties["SubnetIds"])
            case "AWS::KMS::Key":
                counts["customer-managed key"] += 1
    return counts


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
