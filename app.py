"""Composition root: environment -> stacks -> validations. No resources."""

import json
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from stacks.environment import Environment
from stacks.loading import EnvironmentRefusedError, load_environment
from stacks.network import NetworkStack

ROOT = Path(__file__).parent


def build_app(environment: Environment, *, outdir: str | None = None) -> cdk.App:
    app = cdk.App(outdir=outdir, context=feature_flags())
    NetworkStack(app, "Network", environment=environment)
    return app


def feature_flags() -> dict[str, Any]:
    return json.loads((ROOT / "cdk.json").read_text())["context"]


def main() -> None:
    name = cdk.App().node.try_get_context("environment")
    try:
        environment = load_environment(name or "sandbox")
    except EnvironmentRefusedError as refused:
        sys.exit(str(refused))
    build_app(environment).synth()


if __name__ == "__main__":
    main()
