"""What servers run: their part of the workload, and user data, which fetch it at the first boot."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from blueprint.address_plan import APP, DB, WEB
from blueprint.operating_systems import OperatingSystem

WORKLOAD = Path(__file__).parents[1] / "workload"
_NOT_FOR_SERVERS = ("*.md", "__pycache__")


class Workload(Construct):
    """The parts of the workload, each for the servers of its tiers.

    A part that changes replaces the servers that run it, and a new database server starts empty:
    so the database has a part of its own, which no change of the other tiers touches.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Name the files of each part; the CDK uploads them while deploying."""
        super().__init__(scope, construct_id)
        others = assets.Asset(
            self, "Others", path=str(WORKLOAD), exclude=[*_NOT_FOR_SERVERS, "linux/db"]
        )
        database = assets.Asset(
            self,
            "Database",
            path=str(WORKLOAD),
            # Nothing but these two folders: what is new elsewhere must not get in.
            exclude=["/*", "!/linux", "/linux/*", "!/linux/common", "!/linux/db", "__pycache__"],
            ignore_mode=cdk.IgnoreMode.GIT,
        )
        self._parts = {WEB.name: others, APP.name: others, DB.name: database}

    def arns(self, *tiers: str) -> list[str]:
        """What the servers of these tiers fetch; default: those of every tier."""
        parts = [self._parts[tier] for tier in tiers or self._parts]
        arns = [part.bucket.arn_for_objects(part.s3_object_key) for part in parts]
        return list(dict.fromkeys(arns))

    def hash_of(self, tier: str) -> str:
        """What the name of the tier's part ends with."""
        return self._parts[tier].asset_hash

    def settings(self, tier: str) -> dict[str, str]:
        """The settings by which the boot script finds the part of its tier."""
        part = self._parts[tier]
        return {"WORKLOAD_BUCKET": part.s3_bucket_name, "WORKLOAD_KEY": part.s3_object_key}


def user_data(system: OperatingSystem, settings: Mapping[str, str]) -> ec2.UserData:
    """What a server runs at its first boot.

    Args:
        system: Says which of the two boot scripts it is.
        settings: Environment variables of the script; values without quotes.
    """
    if system.family == "Windows":
        script = ec2.UserData.for_windows()
        script.add_commands(*(f"$env:{name} = '{value}'" for name, value in settings.items()))
        boot = WORKLOAD / "windows" / "boot.ps1"
    else:
        script = ec2.UserData.for_linux()
        script.add_commands(*(f"export {name}='{value}'" for name, value in settings.items()))
        boot = WORKLOAD / "linux" / "common" / "boot.sh"
    script.add_commands(boot.read_text(encoding="utf-8"))
    return script
