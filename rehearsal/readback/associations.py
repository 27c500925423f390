"""Associations and access scopes: what the templates say, and what is live."""

from collections.abc import Iterator
from typing import Any

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import settings, states

_ASSOCIATION: dict[str, Value] = {
    "ApplyOnlyAtCronInterval": False,
    "AssociationName": None,
    "ComplianceSeverity": None,
    "MaxConcurrency": None,
    "MaxErrors": None,
    "Name": None,
    "Parameters": {},
    "ScheduleExpression": None,
    "SyncCompliance": None,
    "Targets": [],
}


@states("AWS::SSM::Association")
def _association(it: Deployed) -> Iterator[Fact]:
    yield Fact(
        ("association", it.physical_id), it.physical_id, settings(it.properties, **_ASSOCIATION)
    )


@states("AWS::EC2::NetworkInsightsAccessScope")
def _scope(it: Deployed) -> Iterator[Fact]:
    yield _scope_fact(it.physical_id, it.properties)


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live of the stacks' associations and scopes."""
    ssm, ec2 = account.stand_in.client("ssm"), account.stand_in.ec2
    live = {each["AssociationId"] for each in ssm.list_associations()["Associations"]}
    for identity in account.ids("AWS::SSM::Association"):
        if identity in live:
            found = ssm.describe_association(AssociationId=identity)["AssociationDescription"]
            yield Fact(("association", identity), identity, settings(found, **_ASSOCIATION))
    scopes = ec2.describe_network_insights_access_scopes()["NetworkInsightsAccessScopes"]
    existing = {scope["NetworkInsightsAccessScopeId"] for scope in scopes}
    for identity in account.ids("AWS::EC2::NetworkInsightsAccessScope"):
        if identity in existing:
            answer = ec2.get_network_insights_access_scope_content(
                NetworkInsightsAccessScopeId=identity
            )
            yield _scope_fact(identity, dict(answer["NetworkInsightsAccessScopeContent"]))


def _scope_fact(identity: str, said: dict[str, Any]) -> Fact:
    value = settings(said, MatchPaths=[], ExcludePaths=[])
    return Fact(("access scope", identity), identity, value)
