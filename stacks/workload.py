"""User data of servers: settings, and the boot script of the workload behind them."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import aws_ec2 as ec2

from blueprint.operating_systems import OperatingSystem

WORKLOAD = Path(__file__).parents[1] / "workload"


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
        boot = WORKLOAD / "linux" / "boot.sh"
    script.add_commands(boot.read_text(encoding="utf-8"))
    return script
