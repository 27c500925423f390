"""Reads policy documents with what AWS knows today."""

from collections.abc import Mapping

from proofs.access import vocabulary
from proofs.access.documents import PolicyType, read_policy
from proofs.access.model import Policy
from proofs.findings import Origin


class _Aws:
    """The names that AWS knows."""

    def knows_action(self, pattern: str) -> bool:
        return vocabulary.knows_action_pattern(pattern)

    def knows_key(self, key: str) -> bool:
        return vocabulary.knows_key(key)


def policy_of(
    document: Mapping[str, object],
    name: str,
    origin: Origin,
    type_: PolicyType = PolicyType.IDENTITY,
) -> Policy:
    """Read a document; default: as a policy of users, groups and roles.

    Raises:
        PolicyError: something in it is not understood.
    """
    return read_policy(document, type_=type_, name=name, origin=origin, vocabulary=_Aws())
