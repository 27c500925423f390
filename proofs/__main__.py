"""Proves a cloud assembly: `python -m proofs CDK_OUT [--environment NAME] [--json] [--live]`.

`python -m proofs explain CDK_OUT --principal WHO --action ACTION ...` says why one request is
allowed or denied.

Exit codes: 0 every claim holds, 1 some claim is false, 2 the input is unusable.
"""

import argparse
import sys
from pathlib import Path

from proofs import explain, report
from proofs.access import AccessProof, prove_access
from proofs.assembly import Assembly, read_assembly
from proofs.findings import UnusableInputError
from proofs.network import Proof, flows_of, prove_assembly, prove_network, with_comparison

ENVIRONMENT_METADATA = "Environment"
HOLDS, FALSE, UNUSABLE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the result is the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        output, code = _explain(given[1:]) if given[:1] == ["explain"] else _prove(given)
    except UnusableInputError as error:
        sys.stderr.write(f"proofs: {error}\n")
        return UNUSABLE
    sys.stdout.write(output + "\n")
    return code


def _explain(arguments: list[str]) -> tuple[str, int]:
    parser = argparse.ArgumentParser(
        prog="python -m proofs explain",
        description="Say whether one request is allowed, and which statement decides.",
        epilog="exit codes: 0 allowed, 1 denied, 2 unusable input",
    )
    explain.add_arguments(parser)
    return explain.explain(parser.parse_args(arguments))


def _prove(arguments: list[str]) -> tuple[str, int]:
    options = _parser().parse_args(arguments)
    assembly = read_assembly(options.assembly)
    environment = _environment(assembly, options.environment)
    network = _network(assembly, options)
    # Who may do what is a matter of the templates; `--live` reads the network.
    access = None if options.live else prove_access(assembly)
    if options.json:
        output = report.as_json(network, access, environment)
    else:
        output = report.text(network, access, str(environment or options.assembly))
    return output, FALSE if _findings(network, access) else HOLDS


def _findings(network: Proof, access: AccessProof | None) -> bool:
    return bool(network.findings or (access and access.findings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs",
        description="Prove who can talk to whom, and who may do what, in synthesized templates.",
        epilog="exit codes: 0 every claim holds, 1 some claim is false, 2 unusable input. "
        "`python -m proofs explain` says why one request is allowed or denied.",
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


def _network(assembly: Assembly, options: argparse.Namespace) -> Proof:
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
