"""The whole access proof on synthesized environments: it holds, and what is changed is told."""

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from proofs.access import AccessProof, prove_access
from proofs.access.summary import grants, table
from proofs.assembly import Assembly, read_assembly
from proofs.findings import Finding
from tests.proofs.access.environments import SECTIONS, synthesized
from tests.synthesis import shipped_assembly

Template = dict[str, Any]
Resources = dict[str, dict[str, Any]]
ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
}


@cache
def shipped(environment: str) -> Assembly:
    return read_assembly(shipped_assembly(environment))


def changed(environment: str, stack: str, change: Callable[[Template], None]) -> AccessProof:
    stacks = []
    for each in shipped(environment).stacks:
        template = copy.deepcopy(dict(each.template))
        if each.id == stack:
            change(template)
        stacks.append(replace(each, template=template))
    return prove_access(Assembly(tuple(stacks)))


def only(resources: Resources, kind: str, start: str = "") -> tuple[str, dict[str, Any]]:
    """The resource of this type whose logical id begins so."""
    (found,) = (
        (name, resource["Properties"])
        for name, resource in resources.items()
        if resource["Type"] == f"AWS::{kind}" and name.startswith(start)
    )
    return found


def about(proof: AccessProof, claim: str, text: str) -> Finding:
    return next(f for f in proof.findings if f.claim == claim and text in f.message)


@pytest.mark.parametrize("environment", ["sandbox", "two-accounts", "production"])
def test_every_claim_holds_for_what_is_shipped(environment: str) -> None:
    proof = prove_access(shipped(environment))
    assert proof.findings == ()
    assert all(claim.holds for claim in proof.claims)
    assert proof.cases


@pytest.mark.parametrize("name", SECTIONS)
def test_every_claim_holds_with_an_organization_and_with_other_ways_in(
    name: str, tmp_path: Path
) -> None:
    assert prove_access(read_assembly(synthesized(name, tmp_path))).findings == ()


def test_more_than_claimed_is_told_with_an_example() -> None:
    def change(template: Template) -> None:
        _, policy = only(template["Resources"], "IAM::ManagedPolicy", "AuditorsPolicy")
        policy["PolicyDocument"]["Statement"].append(
            {"Sid": "More", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        )

    finding = about(
        changed("sandbox", "Identity", change), "access-closed-world", "s3:GetObject on any other"
    )
    assert finding.message.startswith("a member of group Auditors may s3:GetObject on any other ")
    assert "with aws:multifactorauthage = " in finding.message
    assert "aws:multifactorauthpresent = true" in finding.message
    assert "and no claim says so: an identity policy allows it (Identity/Auditors" in (
        finding.message
    )
    assert "(More)" in finding.message
    assert finding.stack == "Identity"
    assert finding.logical_ids[0].startswith("AuditorsPolicy")
    assert finding.packet is not None
    assert finding.packet["action"] == "s3:GetObject"


def test_less_than_claimed_is_told_with_the_row() -> None:
    def change(template: Template) -> None:
        for resource in template["Resources"].values():
            for statement in (
                resource.get("Properties", {}).get("PolicyDocument", {}).get("Statement", [])
            ):
                if statement["Action"] == "s3:ListAllMyBuckets":
                    statement["Action"] = "s3:GetBucketLocation"

    proof = changed("sandbox", "Servers", change)
    finding = about(proof, "access-closed-world", "says that role AppRole")
    assert finding.message.startswith("servers.toml/")
    assert (
        " says that role AppRole of account <AccountId> may s3:ListAllMyBuckets on * with no "
        "context key at all, "
    ) in finding.message
    assert finding.message.endswith("and it is denied: no identity policy allows it.")
    assert finding.stack == "Servers"
    assert finding.suggestion.startswith("restore what allowed it, or remove it from servers.toml/")


def test_a_way_to_more_rights_is_told_with_its_steps() -> None:
    def change(template: Template) -> None:
        _, policy = only(template["Resources"], "IAM::ManagedPolicy", "ServerOperatorsPolicy")
        policy["PolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*"}
        )

    finding = about(changed("sandbox", "Identity", change), "no-escalation", "ServerOperators")
    assert finding.message.startswith(
        "a member of group ServerOperators can raise their own rights: attach a policy to a user. "
        "Allowed are iam:AttachUserPolicy on any other resource with "
    )
    assert "Identity/ServerOperatorsPolicy" in finding.message


def test_what_is_ruled_out_is_told_with_the_rule() -> None:
    def change(template: Template) -> None:
        _, role = only(template["Resources"], "IAM::Role", "AppRole")
        del role["PermissionsBoundary"]
        role.setdefault("Policies", []).append(
            {
                "PolicyName": "More",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}],
                },
            }
        )

    finding = about(changed("sandbox", "Servers", change), "servers-without-iam", "AppRole")
    assert finding.message.startswith(
        "role AppRole of account <AccountId> may iam:GetUser on any other resource with no context "
    )
    assert ", which rules.toml/always #" in finding.message
    assert " rules out: an identity policy allows it (Servers/AppRole" in finding.message


def test_a_member_more_is_found_whatever_the_templates_say_of_groups() -> None:
    def change(template: Template) -> None:
        (user,) = (
            resource["Properties"]
            for resource in template["Resources"].values()
            if resource["Properties"].get("UserName") == "richard"
        )
        user["Groups"].append({"Ref": only(template["Resources"], "IAM::Group", "Admin")[0]})

    def fact(template: Template) -> None:
        template["Metadata"]["AccessFacts"]["members"]["richard"].append("Administrators")

    for wrong in (change, fact):
        findings = changed("two-accounts", "Identity", wrong).findings
        assert any("user richard" in finding.message for finding in findings), wrong


def test_a_role_that_no_claim_speaks_of_is_found() -> None:
    def change(template: Template) -> None:
        template["Resources"]["Extra"] = {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": ANYBODY},
        }

    proof = changed("sandbox", "Servers", change)
    closed = about(proof, "access-closed-world", "<Servers.Extra>")
    assert (closed.stack, closed.logical_ids[-1]) == ("Servers", "Extra")
    assert about(proof, "only-the-partner-assumes", "somebody of account <another account>")


def test_a_role_of_the_claims_that_is_not_there_is_found() -> None:
    def change(template: Template) -> None:
        name, _ = only(template["Resources"], "IAM::Role", "PasswordPolicyRole")
        template["Resources"][f"Other{name}"] = template["Resources"].pop(name)

    findings = changed("sandbox", "Identity", change).findings
    assert findings


def test_what_cannot_be_read_is_no_success() -> None:
    def change(template: Template) -> None:
        _, role = only(template["Resources"], "IAM::Role", "AppRole")
        role["AssumeRolePolicyDocument"]["Statement"][0]["Action"] = "sts:Assume"

    proof = changed("sandbox", "Servers", change)
    assert not next(claim for claim in proof.claims if claim.id == "cannot-prove").holds


def test_the_table_has_a_row_for_everybody_of_the_templates() -> None:
    rows = table(grants(prove_access(shipped("sandbox")).cases))
    assert rows[0].split()[0] == "who"
    administrators = next(row for row in rows if "Administrators" in row)
    assert "all but" in administrators
    assert not any("somebody" in row or "service" in row.split("  ")[0] for row in rows)
