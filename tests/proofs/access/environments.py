"""Environments that no file ships: what comes with an organization, and who signs in elsewhere."""

from pathlib import Path
from typing import Any

from app import build_app
from stacks.loading import parse_environment

A, B, ADMINISTRATOR = "111122223333", "444455556666", "777788889999"
_METADATA = Path(__file__).parents[2] / "stacks" / "idp-metadata.xml"
_SMALLEST: dict[str, Any] = {
    "network": {"cidr": "10.0.0.0/16"},
    "account": A,
    "region": "eu-west-1",
}
_ORGANIZATION = {
    "id": "o-a1b2c3d4e5",
    "account": ADMINISTRATOR,
    "organizational_units": ["ou-ab12-3cd4ef56"],
    "regions": ["eu-west-1", "us-east-1"],
}
SECTIONS: dict[str, dict[str, Any]] = {
    "organization": {
        "partner": {"account": B, "users": ["alice"], "create_users": True},
        "organization": _ORGANIZATION,
    },
    "organization without a partner": {"organization": _ORGANIZATION},
    "federated": {
        "identity": {
            "saml": {"metadata_file": str(_METADATA), "groups": ["Auditors", "Developers"]},
            "oidc": {"repository": "example/infrastructure", "branch": "main"},
        }
    },
    "partner software": {
        "partner": {
            "account": B,
            "role": "importer",
            "external_id": "5d0c8f3e-71a9-4b62-9e04-c3f7d2586ab1",
        }
    },
}


def synthesized(name: str, directory: Path) -> Path:
    """The cloud assembly, without its validations: the proof is what the test does."""
    values = {**_SMALLEST, **SECTIONS[name]}
    environment = parse_environment(values, "test", "environments/test.toml")
    build_app(environment, outdir=directory, validate=False).synth()
    return directory
