"""Says why one request is allowed or denied: `python -m proofs explain CDK_OUT ...`.

Exit codes: 0 allowed, 1 denied, 2 the input is unusable.
"""

import argparse
from pathlib import Path

from proofs.access.evaluate import Request, evaluate, member_of
from proofs.access.model import Access, Context, Principal
from proofs.access.outsiders import outsiders
from proofs.access.templates import access_of
from proofs.access.vocabulary import has_resource_level, knows_key
from proofs.access.witnesses import OTHER
from proofs.access.wording import situation, thing, who
from proofs.assembly import read_assembly
from proofs.findings import UnusableInputError

ALLOWED, DENIED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("assembly", type=Path, help="the directory that `cdk synth` wrote")
    parser.add_argument(
        "--principal", required=True, help="a user, role, group or service: its name or ARN"
    )
    parser.add_argument("--action", required=True, help="such as s3:GetObject")
    parser.add_argument("--resource", help="its ARN; default: any that no template names")
    parser.add_argument(
        "--context",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a key of the request, such as aws:MultiFactorAuthPresent=true; again for more",
    )


def explain(options: argparse.Namespace) -> tuple[str, int]:
    """Decide the request; give the answer as text, and the exit code.

    Raises:
        UnusableInputError: principal, action or key is unknown, or the templates are unclear.
    """
    access = access_of(read_assembly(options.assembly))
    if access.doubts:
        raise UnusableInputError(access.doubts[0].message)
    principal = _principal(access, options.principal)
    anything = _any_resource(options.action)
    resource = options.resource or anything
    context = _context(options.context)
    decision = evaluate(access, Request(principal, options.action, resource, context))
    answer = "allowed" if decision.allowed else "denied"
    lines = [
        f"{answer}: {who(principal)} {options.action} on {thing(resource)}{situation(context)}",
        f"  because {decision.reason}",
        *(
            f"  {'allows' if statement.allows else 'denies'}: {statement.origin}"
            for statement in decision.statements
        ),
    ]
    return "\n".join(lines), ALLOWED if decision.allowed else DENIED


def _principal(access: Access, wanted: str) -> Principal:
    """The principal with this name or ARN; of a group, somebody who is in it alone."""
    members = {group.name: member_of(group) for group in access.groups}
    everybody = [*access.users, *access.roles, *outsiders(access)]
    by_name = {**{each.name: each for each in reversed(everybody)}, **members}
    by_arn = {each.arn: each for each in reversed(everybody) if each.arn}
    found = by_arn.get(wanted) or by_name.get(wanted)
    if found is None:
        known = ", ".join(sorted(by_name))
        raise UnusableInputError(
            f"--principal {wanted}: no template has it. Allowed: {known}, or an ARN of one"
        )
    return found


def _any_resource(action: str) -> str:
    try:
        return OTHER if has_resource_level(action) else "*"
    except KeyError as error:
        raise UnusableInputError(
            f"--action {action}: AWS has no such action. Allowed: one such as s3:GetObject"
        ) from error


def _context(texts: list[str]) -> Context:
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not knows_key(key.lower()):
            raise UnusableInputError(
                f"--context {text}: no key of AWS with a value. "
                "Allowed: KEY=VALUE, such as aws:MultiFactorAuthPresent=true"
            )
        found[key.lower()] = (*found.get(key.lower(), ()), value)
    return found
