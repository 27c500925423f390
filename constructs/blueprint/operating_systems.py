"""The operating systems of servers: where their images are, and what hardware they want (EC-1).

Value objects without the CDK.
"""

import re
from dataclasses import dataclass

# https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html: the letters behind
# the generation are options, of which the first, "g", is Graviton; a1 is the one family older than
# that rule. "gb" behind a dash is NVIDIA Grace. A Mac runs none of our systems.
_INSTANCE_TYPE = re.compile(
    r"(?!mac)(?P<family>[a-z]+)(-\d+tb)?\d+(?P<options>[a-z]*)(-(?P<model>[a-z0-9-]+))?\.[a-z0-9-]+"
)


@dataclass(frozen=True)
class OperatingSystem:
    """An operating system that AWS publishes images of, for one processor architecture.

    Attributes:
        name: As it stands in an environment file.
        family: "Linux" or "Windows": which scripts it runs.
        image_parameter: The public Systems Manager parameter that names its newest image.
        architecture: "arm64" (Graviton) or "x86_64".
        root_device: The device name of the image's root volume.
        volume_gib: Size of the root volume: the image with room for the workload and its logs.
    """

    name: str
    family: str
    image_parameter: str
    architecture: str
    root_device: str
    volume_gib: int

    def check_fits(self, instance_type: str) -> None:
        """Refuse an instance type that cannot start this system's images.

        EC2 finds out at launch only, and an Auto Scaling group then tries again for ever.

        Raises:
            ValueError: it is no instance type, or has another processor architecture.
        """
        architecture = architecture_of(instance_type)
        if architecture != self.architecture:
            raise ValueError(
                f"instance type {instance_type} has the {architecture} architecture and "
                f"{self.name} runs on {self.architecture}: take a type with that, or another system"
            )


def architecture_of(instance_type: str) -> str:
    """The processor architecture of an instance type such as t4g.small.

    Raises:
        ValueError: it is not written like an instance type of a server.
    """
    found = _INSTANCE_TYPE.fullmatch(instance_type)
    if not found:
        raise ValueError(f"{instance_type} is not an instance type of a server (t4g.small is one)")
    arm = (
        found["family"] == "a"
        or found["options"].startswith("g")
        or (found["model"] or "").startswith("gb")
    )
    return "arm64" if arm else "x86_64"


AMAZON_LINUX_2023 = OperatingSystem(
    "amazon-linux-2023",
    "Linux",
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
    "arm64",
    "/dev/xvda",
    16,
)
WINDOWS_SERVER_2022 = OperatingSystem(
    "windows-server-2022",
    "Windows",
    "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
    "x86_64",
    "/dev/sda1",
    50,
)
WINDOWS_SERVER_2025 = OperatingSystem(
    "windows-server-2025",
    "Windows",
    "/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base",
    "x86_64",
    "/dev/sda1",
    50,
)
OPERATING_SYSTEMS = {
    system.name: system for system in (AMAZON_LINUX_2023, WINDOWS_SERVER_2022, WINDOWS_SERVER_2025)
}
