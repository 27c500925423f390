"""How the proofs grow: `python tests/proofs/bench.py` prints the curves.

The networks are chains of tiers, from three tiers in two zones to twelve in four with more than
500 rules. They are written as templates, so that reading them counts too.

Access is proved for what is shipped, and for up to a hundred users and roles.
"""

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from app import build_app
from blueprint.flows import (
    HTTPS,
    INTERNET,
    S3,
    SERVER_CLIENT_PORTS,
    SSH,
    ZONE_TAG,
    Flow,
    Zone,
    flows_to_data,
    tcp,
)
from blueprint.network_acls import AclRow, network_acl_rows
from proofs.access import AccessProof, prove_access
from proofs.assembly import Assembly, Stack, read_assembly
from proofs.network import prove_assembly
from stacks.loading import load_environment

LIMIT_SECONDS = 5.0
SIZES = ((3, 2), (4, 3), (6, 3), (8, 4), (10, 4), (12, 4))
# What the access proof of an environment may take.
ACCESS_LIMITS = {"sandbox": 2.0, "production": 4.0}
PRINCIPALS = (5, 10, 20, 50, 100)
_VPC = "10.0.0.0/16"

Resources = dict[str, dict[str, Any]]


def assembly_of(tiers: int, zones: int) -> Assembly:
    """A chain of tiers, each with a network ACL, and a subnet and route table in every zone."""
    chain = [
        Zone(f"tier{index}", (f"10.0.{index * 16}.0/20",), SERVER_CLIENT_PORTS)
        for index in range(tiers)
    ]
    company = Zone("management", ("198.51.100.0/24",))
    flows = (
        Flow(INTERNET, chain[0], HTTPS, "customers"),
        Flow(chain[0], INTERNET, HTTPS, "updates"),
        Flow(company, chain[0], SSH, "administrators"),
        *(
            Flow(here, there, tcp(8000 + 10 * port), "calls")
            for here, there in pairwise(chain)
            for port in range(10)
        ),
        *(Flow(tier, S3, HTTPS, "buckets") for tier in chain),
    )
    resources: Resources = {
        "Vpc": _resource("VPC", CidrBlock=_VPC),
        "Igw": _resource("InternetGateway"),
        "Attachment": _resource(
            "VPCGatewayAttachment", VpcId={"Ref": "Vpc"}, InternetGatewayId={"Ref": "Igw"}
        ),
        "CloseDefault": {
            "Type": "Custom::VpcRestrictDefaultSG",
            "Properties": {
                "DefaultSecurityGroupId": {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}
            },
        },
    }
    for tier in chain:
        _add_tier(resources, tier, zones, flows, public=tier is chain[0])
    for index, flow in enumerate(
        flow for flow in flows if {flow.source, flow.destination} <= set(chain)
    ):
        _add_chain(resources, index, flow)
    template = {"Metadata": {"FlowTable": flows_to_data(flows)}, "Resources": resources}
    return Assembly((Stack("Network", "Network", template),))


def rules_in(assembly: Assembly) -> int:
    """Security group rules and network ACL rows."""
    resources = [r for stack in assembly.stacks for r in stack.resources.values()]
    rows: int = sum(
        r["Type"].endswith(("NetworkAclEntry", "GroupIngress", "GroupEgress")) for r in resources
    )
    return rows + sum(
        len(r["Properties"].get(f"SecurityGroup{direction}", []))
        for r in resources
        for direction in ("Ingress", "Egress")
    )


def _resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


def _add_tier(
    resources: Resources, tier: Zone, zones: int, flows: tuple[Flow, ...], *, public: bool
) -> None:
    name = tier.name.capitalize()
    resources[f"{name}Acl"] = _resource("NetworkAcl", VpcId={"Ref": "Vpc"})
    # One row set for each neighbour keeps every network ACL inside the quota of 20 rows.
    for row in network_acl_rows(tier.cidrs[0], flows, [_VPC]):
        resources[f"{name}Acl{'Out' if row.egress else 'In'}{row.number}"] = _entry(name, row)
    resources[f"{name}Group"] = _group(tier, flows)
    tables = []
    for zone in range(zones):
        subnet = f"{name}Subnet{zone}"
        cidr = tier.cidrs[0].replace(".0/20", "").rsplit(".", 1)
        resources[subnet] = _resource(
            "Subnet", VpcId={"Ref": "Vpc"}, CidrBlock=f"{cidr[0]}.{int(cidr[1]) + zone * 4}.0/22"
        )
        resources[f"{subnet}Table"] = _resource("RouteTable", VpcId={"Ref": "Vpc"})
        tables.append({"Ref": f"{subnet}Table"})
        for kind, target in (("RouteTable", f"{subnet}Table"), ("NetworkAcl", f"{name}Acl")):
            resources[f"{subnet}{kind}Association"] = _resource(
                f"Subnet{kind}Association",
                **{"SubnetId": {"Ref": subnet}, f"{kind}Id": {"Ref": target}},
            )
        if public:
            resources[f"{subnet}Route"] = _resource(
                "Route",
                RouteTableId=tables[-1],
                DestinationCidrBlock="0.0.0.0/0",
                GatewayId={"Ref": "Igw"},
            )
    resources[f"{name}S3"] = _resource(
        "VPCEndpoint",
        VpcId={"Ref": "Vpc"},
        ServiceName="com.amazonaws.eu-west-1.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=tables,
    )


def _entry(name: str, row: AclRow) -> dict[str, Any]:
    ports = {"PortRange": {"From": row.ports.first, "To": row.ports.last}} if row.ports else {}
    return _resource(
        "NetworkAclEntry",
        NetworkAclId={"Ref": f"{name}Acl"},
        RuleNumber=row.number,
        Egress=row.egress,
        RuleAction="allow" if row.allow else "deny",
        CidrBlock=row.cidr,
        Protocol=row.ports.protocol.number if row.ports else -1,
        **ports,
    )


def _group(tier: Zone, flows: tuple[Flow, ...]) -> dict[str, Any]:
    inbound = [f for f in flows if f.destination == tier and not f.source.name.startswith("tier")]
    return _resource(
        "SecurityGroup",
        VpcId={"Ref": "Vpc"},
        Tags=[{"Key": ZONE_TAG, "Value": tier.name}],
        SecurityGroupIngress=[_rule(f) | {"CidrIp": f.source.cidrs[0]} for f in inbound],
        SecurityGroupEgress=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
        ],
    )


def _add_chain(resources: Resources, index: int, flow: Flow) -> None:
    source, destination = (
        {"Ref": f"{z.name.capitalize()}Group"} for z in (flow.source, flow.destination)
    )
    resources[f"Out{index}"] = _resource(
        "SecurityGroupEgress", GroupId=source, DestinationSecurityGroupId=destination, **_rule(flow)
    )
    resources[f"In{index}"] = _resource(
        "SecurityGroupIngress", GroupId=destination, SourceSecurityGroupId=source, **_rule(flow)
    )


def _rule(flow: Flow) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": flow.ports.first, "ToPort": flow.ports.last}


def principals(count: int) -> Stack:
    """Half of them users with a policy of their own, half of them servers' roles."""
    resources: Resources = {}
    for number in range(count):
        statement = {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": f"arn:aws:s3:::data/{number}/*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        own: dict[str, Any] = {"Policies": [{"PolicyName": "own", "PolicyDocument": document}]}
        if number % 2:
            trusting = {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ec2.amazonaws.com"},
            }
            own["AssumeRolePolicyDocument"] = {**document, "Statement": [trusting]}
            resources[f"Role{number}"] = {"Type": "AWS::IAM::Role", "Properties": own}
        else:
            own["UserName"] = f"user{number}"
            resources[f"User{number}"] = {"Type": "AWS::IAM::User", "Properties": own}
    return Stack("Crowd", "Crowd", {"Resources": resources}, None, "111122223333", "eu-west-1")


def claims_about(count: int, directory: Path) -> None:
    """Write what `principals` has as claims."""
    rows = ['stack = "Crowd"', "[conditions]", 'mfa = ["Bool aws:MultiFactorAuthPresent true"]']
    for number in range(count):
        who = f"role Role{number}" if number % 2 else f"user user{number}"
        rows.append(
            f'[[allow]]\nto = ["{who}"]\nactions = ["s3:GetObject", "s3:PutObject"]\n'
            f'on = ["arn:aws:s3:::data/{number}/*"]\nwhen = ["mfa"]'
        )
        if number % 2:
            rows.append(f'[[assume]]\nroles = ["Role{number}"]\nby = ["service ec2.amazonaws.com"]')
    (directory / "crowd.toml").write_text("\n".join(rows), encoding="utf-8")
    (directory / "rules.toml").write_text("", encoding="utf-8")


def told(proof: AccessProof, seconds: float) -> str:
    """One line about a proof."""
    contexts = sum(len(case.contexts) for case in proof.cases)
    verdict = "every claim holds" if not proof.findings else str(proof.findings[0])
    bar = "#" * round(seconds * 20)
    return f"{len(proof.cases):5} cases, {contexts:6} contexts: {seconds:5.2f} s {bar} {verdict}"


def access_of_environments() -> bool:
    """Measure the access proof of what is shipped; say whether it is fast enough."""
    fast = True
    for name, limit in ACCESS_LIMITS.items():
        with tempfile.TemporaryDirectory() as directory:
            build_app(load_environment(name), outdir=Path(directory), validate=False).synth()
            start = time.process_time()
            proof = prove_access(read_assembly(Path(directory)))
            seconds = time.process_time() - start
        fast = fast and seconds <= limit
        sys.stdout.write(f"{name:10} (limit {limit:.0f} s), {told(proof, seconds)}\n")
    return fast


def access_of_crowds() -> None:
    """Measure how the access proof grows with users and roles."""
    for count in PRINCIPALS:
        with tempfile.TemporaryDirectory() as directory:
            claims_about(count, Path(directory))
            start = time.process_time()
            proof = prove_access(Assembly((principals(count),)), Path(directory))
            seconds = time.process_time() - start
        sys.stdout.write(f"{count:3} principals, {told(proof, seconds)}\n")


def network() -> bool:
    """Measure every size; say whether the largest is fast enough."""
    seconds = 0.0
    for tiers, zones in SIZES:
        assembly = assembly_of(tiers, zones)
        start = time.perf_counter()
        proof = prove_assembly(assembly)
        seconds = time.perf_counter() - start
        verdict = "every claim holds" if not proof.findings else str(proof.findings[0])
        bar = "#" * round(seconds * 20)
        sys.stdout.write(
            f"{tiers:2} tiers x {zones} zones, {rules_in(assembly):4} rules: "
            f"{seconds:5.2f} s {bar} {verdict}\n"
        )
    return seconds <= LIMIT_SECONDS


def main() -> int:
    """Measure everything; the exit code says whether it is fast enough."""
    fast = [network(), access_of_environments()]
    access_of_crowds()
    return 0 if all(fast) else 1


if __name__ == "__main__":
    sys.exit(main())
