"""Values of environment files that tests of servers combine."""

from typing import Any

CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
KEY_PAIR = {"name": "break-glass", "reason": "Passwords of Windows servers"}
_FLEETS: dict[str, dict[str, Any]] = {
    "Linux": {"operating_system": "amazon-linux-2023", "instance_type": "m7g.medium"},
    "Windows": {"operating_system": "windows-server-2025", "instance_type": "m7i.large"},
    "Windows 2022": {"operating_system": "windows-server-2022", "instance_type": "m7i.large"},
}


def fleets(*families: str, count: int = 2) -> list[dict[str, Any]]:
    """One fleet of `count` servers for each of the families; "Windows" is its newest release."""
    return [{**_FLEETS[family], "count": count} for family in families]
