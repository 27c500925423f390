"""The identity stack alone, which synthesizes in a second."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from app import CDK_JSON, PACKS
from stacks.identity import IdentityStack
from stacks.loading import parse_environment
from tests.policies import Template

METADATA = Path(__file__).with_name("idp-metadata.xml")


@pytest.fixture(scope="session")
def identity_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Template]:
    """Synthesize the stack alone, with the rule packs, from keys of [identity]."""

    def make(**identity: Any) -> Template:  # noqa: ANN401 (the values of a TOML file)
        folder = tmp_path_factory.mktemp("identity")
        values = {"network": {"cidr": "10.0.0.0/16"}, "identity": identity}
        environment = parse_environment(values, "test", "test.toml", METADATA.parent)
        app = cdk.App(
            outdir=str(folder / "out"),
            context=json.loads(CDK_JSON.read_text(encoding="utf-8"))["context"],
            builtin_cloud_formation_validation=False,
        )
        others = {name: cdk.Stack(app, name.capitalize()) for name in ("network", "servers")}
        IdentityStack(app, "Identity", environment=environment, **others)
        cdk.Validations.of(app).add_plugins(*(pack(app) for pack in PACKS))
        app.synth()
        template: Template = json.loads((folder / "out" / "Identity.template.json").read_text())
        return template

    return make
