"""Network Access Analyzer: its scopes; it analyses nothing here."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response
from moto.ec2.utils import random_id

from rehearsal.missing_apis.patching import kept


def install() -> None:
    """Add everything."""
    for action in (
        create_network_insights_access_scope,
        describe_network_insights_access_scopes,
        get_network_insights_access_scope_content,
        delete_network_insights_access_scope,
    ):
        setattr(EC2Response, action.__name__, action)


def _scopes(self: EC2Response) -> dict[str, Any]:
    return kept(self.ec2_backend, "access_scopes")


def _id(self: EC2Response) -> str:
    scope_id: str = self._get_param("NetworkInsightsAccessScopeId")
    if scope_id not in _scopes(self):
        raise EC2ClientError("InvalidNetworkInsightsAccessScopeId.NotFound", f"no {scope_id}")
    return scope_id


def create_network_insights_access_scope(self: EC2Response) -> ActionResult:
    """Keep the scope and its paths."""
    backend, scope_id = self.ec2_backend, random_id("nis")
    place = f"arn:aws:ec2:{backend.region_name}:{backend.account_id}"
    scope = {
        "NetworkInsightsAccessScopeId": scope_id,
        "NetworkInsightsAccessScopeArn": f"{place}:network-insights-access-scope/{scope_id}",
    }
    content = {
        "NetworkInsightsAccessScopeId": scope_id,
        "MatchPaths": self._get_param("MatchPaths", []),
        "ExcludePaths": self._get_param("ExcludePaths", []),
    }
    _scopes(self)[scope_id] = scope, content
    return ActionResult(
        {"NetworkInsightsAccessScope": scope, "NetworkInsightsAccessScopeContent": content}
    )


def describe_network_insights_access_scopes(self: EC2Response) -> ActionResult:
    """Name the scopes."""
    found = [scope for scope, _ in _scopes(self).values()]
    return ActionResult({"NetworkInsightsAccessScopes": found})


def get_network_insights_access_scope_content(self: EC2Response) -> ActionResult:
    """Give the paths of a scope."""
    _, content = _scopes(self)[_id(self)]
    return ActionResult({"NetworkInsightsAccessScopeContent": content})


def delete_network_insights_access_scope(self: EC2Response) -> ActionResult:
    """Delete a scope."""
    scope_id = _id(self)
    del _scopes(self)[scope_id]
    return ActionResult({"NetworkInsightsAccessScopeId": scope_id})
