"""Proves a cloud assembly: `python -m proofs CDK_OUT [--environment NAME] [--json] [--live]`.

Exit codes: 0 every claim holds, 1 some claim is false, 2 the input is unusable.
"""

import argparse
import sys
from pathlib import Path

from proofs import report
from proofs.assembly import Assembly, read_assembly
from proofs.findings import UnusableInputError
from proofs.network import Proof, flows_of, prove_assembly, prove_network, with_comparison

ENVIRONMENT_METADATA = "Environment"
HOLDS, FALSE, UNUSABLE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the result is the exit code."""
    options = _parser().parse_args(arguments)
    try:
        assembly = read_assembly(options.assembly)
        environment = _environment(assembly, options.environment)
        proof = _proof(assembly, options)
    except UnusableInputError as error:
        sys.stderr.write(f"proofs: {error}\n")
        return UNUSABLE
    output = (
        report.as_json(proof, environment)
        if options.json
        else report.text(proof, f"Who can talk to whom: {environment or options.assembly}")
    )
    sys.stdout.write(output + "\n")
    return FALSE if proof.findings else HOLDS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs",
        description="Prove that a synthesized network lets through what its flow table says.",
        epilog="exit codes: 0 every claim holds, 1 some claim is false, 2 unusable input",
    )
    parser.add_argument("assembly", type=Path, help="the directory that `cdk synth` wrote")
    parser.add_argument("--environment", help="refuse an assembly of another environment")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--live", action="store_true", help="prove the deployed network instead, and compare"
    )
    parser.add_argument(
        "--live-account",
        metavar="ACCOUNT_ID",
        help="the account that --live may read; needed unless AWS_ENDPOINT_URL is this machine",
    )
    return parser


def _environment(assembly: Assembly, wanted: str | None) -> str | None:
    names = {str(name) for _, name in assembly.metadata(ENVIRONMENT_METADATA)}
    if wanted is not None and names != {wanted}:
        found = ", ".join(sorted(names)) or "none"
        raise UnusableInputError(f"the assembly is for the environment {found}, not {wanted}")
    return next(iter(names), None)


def _proof(assembly: Assembly, options: argparse.Namespace) -> Proof:
    planned = prove_assembly(assembly)
    if not options.live:
        return planned
    # boto3 is there for deployments only: proving templates must not need it.
    from proofs.network.live import live_network  # noqa: PLC0415

    flows = flows_of(assembly)
    live = prove_network(live_network(flows, account=options.live_account), flows)
    return with_comparison(live, planned)


if __name__ == "__main__":
    sys.exit(main())
