"""What a rehearsal shows of people and trust, as it is live."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from rehearsal import crossing
from rehearsal.assembly import Assembly
from rehearsal.readback.resolve import Deployed, Resolver
from rehearsal.standin import StandIn

_GROUP, _ROLE = "AWS::IAM::Group", "AWS::IAM::Role"


def show_people(to: Console, stand_in: StandIn, assembly: Assembly) -> None:
    """The groups with their members, and who may assume which role."""
    groups = Table("account", "group", "members", "policies", title="Groups, as live")
    roles = Table(
        "account", "role", "may be assumed by", "if", title="Who may assume what, as live"
    )
    for account in assembly.accounts:
        here = stand_in.of(account)
        for row in _groups(here, assembly):
            groups.add_row(account, *row)
        for row in _roles(here, assembly):
            roles.add_row(account, *row)
    for table in (groups, roles):
        if table.row_count:
            to.print(table)


def show_crossings(to: Console, stand_in: StandIn, assembly: Assembly) -> None:
    """Go every way from one account into another, and say what was done.

    Raises:
        StepFailedError: a way leads elsewhere.
    """
    for each in crossing.find(stand_in, assembly):
        keys = crossing.go(stand_in, each)
        asked = "".join(f", {name} {value}" for name, value in each.asked.items())
        to.print(
            f"From account {each.user_account} into {each.role_account}, with boto3:\n"
            f"  {each.user}, a member of {each.group}, got an access key for this only\n"
            f"  sts:AssumeRole {each.role_arn}, with an MFA code{asked}\n"
            f"  s3:ListBucket {each.bucket}, prefix {each.prefix}: {', '.join(keys)}\n"
            f"  s3:GetObject: read what account {each.role_account} had written\n"
            "  key and object are deleted again\n"
            "  The stand-in judges no condition (MFA, external id, name, address): this shows that "
            "the parts fit,\n  and not that anybody else is kept out.",
            markup=False,
            soft_wrap=True,
        )


def _live(stand_in: StandIn, assembly: Assembly, resource_type: str) -> Iterator[Deployed]:
    for stack in assembly.stacks_of(stand_in.account):
        for resource in Resolver(stand_in, stack).resources():
            if resource.resource_type == resource_type:
                yield resource


def _groups(stand_in: StandIn, assembly: Assembly) -> Iterator[tuple[str, ...]]:
    iam = stand_in.iam
    for group in _live(stand_in, assembly, _GROUP):
        name = group.physical_id
        users = [user["UserName"] for user in iam.get_group(GroupName=name)["Users"]]
        attached = iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]
        # CloudFormation's names end in something random, which no reader needs.
        policies = [
            policy["PolicyName"].rpartition("-")[0] or policy["PolicyName"] for policy in attached
        ]
        yield name, ", ".join(users) or "nobody", "\n".join(policies)


def _roles(stand_in: StandIn, assembly: Assembly) -> Iterator[tuple[str, ...]]:
    for role in _live(stand_in, assembly, _ROLE):
        answer = stand_in.iam.get_role(RoleName=role.physical_id)["Role"]
        trust: Any = answer["AssumeRolePolicyDocument"]
        for statement in trust["Statement"]:
            # Roles of services are many, and no way in for anybody.
            people = {
                kind: who for kind, who in statement["Principal"].items() if kind != "Service"
            }
            for who in people.values():
                principals = [who] if isinstance(who, str) else who
                yield role.physical_id, "\n".join(principals), "\n".join(_conditions(statement))


def _conditions(statement: dict[str, Any]) -> Iterator[str]:
    for operator, conditions in statement.get("Condition", {}).items():
        for key, value in conditions.items():
            values = [value] if isinstance(value, str) else value
            yield f"{key} {operator} {' or '.join(values)}"
