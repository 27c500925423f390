"""Writes the posture report: `python -m posture CDK_OUT [--output DIRECTORY] [--check]`.

Exit codes: 0 the report is written, 1 with `--check` something is red, 2 the input is unusable.
"""

import argparse
import json
import sys
from pathlib import Path

from posture.facts import Posture, posture
from proofs.findings import UnusableInputError

GREEN, RED, UNUSABLE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the result is the exit code."""
    options = _parser().parse_args(arguments)
    try:
        facts = posture(options.assembly)
    except UnusableInputError as error:
        sys.stderr.write(f"posture: {error}\n")
        return UNUSABLE
    if options.check:
        sys.stderr.writelines(f"posture of {facts.environment}: {line}\n" for line in facts.red)
        return GREEN if facts.holds else RED
    for path in write(facts, options.output):
        print(path)
    return GREEN


def write(facts: Posture, directory: Path) -> list[Path]:
    """Write the page, the picture and the facts."""
    # Whoever only checks needs neither templates nor Graphviz.
    from posture.page import page  # noqa: PLC0415
    from posture.picture import picture  # noqa: PLC0415

    directory.mkdir(parents=True, exist_ok=True)
    drawn = picture(facts)
    contents = {
        "index.html": page(facts, drawn.svg).encode(),
        "posture.json": json.dumps(facts.data(), indent=1).encode(),
        "picture.png": drawn.png,
    }
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return [directory / name for name in contents]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m posture",
        description="Write the posture report of a cloud assembly.",
        epilog="exit codes: 0 written, 1 with --check something is red, 2 unusable input",
    )
    parser.add_argument("assembly", type=Path, help="the directory that `cdk synth` wrote")
    parser.add_argument(
        "--output", type=Path, default=Path("report"), help="where it goes; default: report"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if anything is red"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
