"""The policies that AWS manages, as AWS published them when `aws_managed.json` was written.

AWS changes them without asking. The file says which version of each the proof is about.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from proofs.access.model import Policy
from proofs.access.policies import policy_of
from proofs.findings import Origin

_FILE = Path(__file__).with_name("aws_managed.json")
_ARN = re.compile(r"arn:aws:iam::aws:(policy/.+)")
HOW_TO_ADD = (
    "add its name to MANAGED in tests/proofs/access/aws_data.py and run "
    "`python -m tests.proofs.access.aws_data`"
)


def is_aws_managed(arn: str) -> bool:
    """Say whether the ARN is that of a policy that AWS manages."""
    return _ARN.fullmatch(arn) is not None


@cache
def aws_managed(arn: str) -> Policy | None:
    """The policy with this ARN; None: the file does not have it."""
    match = _ARN.fullmatch(arn)
    if match is None or match[1] not in _policies():
        return None
    name = match[1].rpartition("/")[2]
    return policy_of(_policies()[match[1]]["document"], name, Origin("AWS", name))


@cache
def _policies() -> Mapping[str, Any]:
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    policies: Mapping[str, Any] = content["policies"]
    return policies
