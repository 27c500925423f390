"""The environments that changes are tried in, and what the access proof says after one."""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from proofs.access import prove_access
from proofs.access.cases import Case, cases
from proofs.access.claims import Row
from proofs.access.model import Access, Principal
from proofs.assembly import Assembly, read_assembly
from proofs.findings import CANNOT_PROVE, UnusableInputError
from stacks.environment import Environment
from stacks.loading import DIRECTORY, parse_environment
from tests.proofs.access.access_changes import EVERY_WAY_IN, TWO_ACCOUNTS
from tests.proofs.access.access_editor import AccessEditor
from tests.proofs.catalogue import make
from tests.synthesis import assembly_of, shipped_assembly

_SAML_METADATA = Path(__file__).parents[2] / "stacks" / "idp-metadata.xml"


@cache
def assembly(environment: str) -> Assembly:
    """The templates of an environment, read once."""
    if environment == EVERY_WAY_IN:
        return read_assembly(assembly_of(_every_way_in(), validate=False))
    return read_assembly(shipped_assembly(environment))


class _Memory:
    """The cases of everybody whom a change may leave as they were.

    What somebody can ask depends on themselves, on the rows about them, and on what resources and
    endpoints say; so somebody for whom all of this is the same has the same cases.
    """

    def __init__(self, environment: str) -> None:
        self._known: dict[object, tuple[Case, ...]] = {}
        prove_access(assembly(environment), cut=self._learn)

    def cut(self, access: Access, principal: Principal, rows: Sequence[Row]) -> Iterable[Case]:
        """The cases, from memory where it has them."""
        known = self._known.get(_key(access, principal, rows))
        return cases(access, principal, rows) if known is None else known

    def _learn(self, access: Access, principal: Principal, rows: Sequence[Row]) -> Iterable[Case]:
        found = tuple(cases(access, principal, rows))
        self._known[_key(access, principal, rows)] = found
        return found


def _key(access: Access, principal: Principal, rows: Sequence[Row]) -> object:
    """Everything that `cases` looks at."""
    accounts = frozenset(each.account for each in (*access.users, *access.roles))
    accounts |= {group.account for group in access.groups}
    asked = tuple(
        (row.kind, row.statement, row.actions, row.subject, row.stack, row.delegated)
        for row in rows
    )
    return principal, asked, access.guarded, access.endpoints, accounts


@cache
def _memory(environment: str) -> _Memory:
    return _Memory(environment)


def broken_by(environment: str, change: Callable[[AccessEditor], object]) -> set[str]:
    """The claims about access that do not hold for an environment after the change."""
    changed = make(AccessEditor(assembly(environment)), change).assembly
    cut = _memory(environment).cut
    try:
        return {finding.claim for finding in prove_access(changed, cut=cut).findings}
    except UnusableInputError:
        # `cdk synth` stops on it, with this claim.
        return {CANNOT_PROVE}


def _every_way_in() -> Environment:
    """Two accounts; B is of an organization, and a directory and GitHub sign in as well."""
    values = tomllib.loads((DIRECTORY / f"{TWO_ACCOUNTS}.toml").read_text(encoding="utf-8"))
    values["tags"]["environment"] = EVERY_WAY_IN
    values["partner"] |= {"organization_id": "o-a1b2c3d4e5", "source_cidrs": ["203.0.113.0/24"]}
    values["identity"] |= {
        "break_glass": {"users": ["richard"], "contact": "security@example.com"},
        "oidc": {"repository": "owner/name"},
        "saml": {"metadata_file": _SAML_METADATA.name, "groups": ["Developers"]},
    }
    return parse_environment(values, EVERY_WAY_IN, f"{EVERY_WAY_IN}.toml", _SAML_METADATA.parent)
