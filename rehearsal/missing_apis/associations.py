"""Systems Manager's associations: which document runs where, and how often."""

import json
from typing import Any
from uuid import uuid4

from moto.core.exceptions import JsonRESTError
from moto.ssm.responses import SimpleSystemManagerResponse

from rehearsal.missing_apis.patching import kept


def install() -> None:
    """Add everything."""
    for answer in (
        create_association,
        update_association,
        describe_association,
        list_associations,
        delete_association,
    ):
        setattr(SimpleSystemManagerResponse, answer.__name__, answer)


def _associations(self: SimpleSystemManagerResponse) -> dict[str, Any]:
    return kept(self.ssm_backend, "associations_of_documents")


def _one(self: SimpleSystemManagerResponse) -> str:
    association_id: str = self._get_param("AssociationId")
    if association_id not in _associations(self):
        raise JsonRESTError("AssociationDoesNotExist", f"There is no {association_id}")
    return association_id


def _described(self: SimpleSystemManagerResponse, association_id: str) -> str:
    asked = json.loads(self.body)
    # AWS owns these documents; anybody else's must be there.
    if not asked["Name"].startswith("AWS-"):
        self.ssm_backend.describe_document(asked["Name"], "$LATEST", "")
    described = {"AssociationVersion": "1", "DocumentVersion": "$DEFAULT", **asked}
    _associations(self)[association_id] = {**described, "AssociationId": association_id}
    return json.dumps({"AssociationDescription": _associations(self)[association_id]})


def create_association(self: SimpleSystemManagerResponse) -> str:
    """Run a document on targets, at once and then as scheduled."""
    return _described(self, str(uuid4()))


def update_association(self: SimpleSystemManagerResponse) -> str:
    """Write the association anew: what the call does not say is said no more."""
    return _described(self, _one(self))


def describe_association(self: SimpleSystemManagerResponse) -> str:
    """Describe an association."""
    return json.dumps({"AssociationDescription": _associations(self)[_one(self)]})


def list_associations(self: SimpleSystemManagerResponse) -> str:
    """Name all."""
    keys = ("AssociationId", "AssociationName", "Name", "ScheduleExpression", "Targets")
    found = [
        {key: each[key] for key in keys if key in each} for each in _associations(self).values()
    ]
    return json.dumps({"Associations": found})


def delete_association(self: SimpleSystemManagerResponse) -> str:
    """Run it no more."""
    del _associations(self)[_one(self)]
    return "{}"
