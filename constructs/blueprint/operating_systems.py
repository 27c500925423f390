"""The operating systems of servers: where their images are, and what hardware they want (EC-1).

Value objects without the CDK.
"""

import re
from dataclasses import dataclass

# https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html: the letters behind
# the generation are options, of which the first, "g", is Graviton; a1 is the one family older than
# that rule. "gb" behind a dash is NVIDIA Grace. A Mac runs none of our systems. Families are not
# listed: AWS adds some every month, and cfn-lint (`make check`) knows those of a region.
_INSTANCE_TYPE = re.compile(
    r"(?!mac)(?P<family>[a-z]+)(-\d+tb)?\d+(?P<options>[a-z]*)(-(?P<model>[a-z0-9-]+))?"
    r"\.(nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?)"
)
# Windows Server with its desktop needs 2 GiB, which these sizes lack:
# https://learn.microsoft.com/windows-server/get-started/hardware-requirements
_LESS_THAN_2_GIB = ("nano", "micro")


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
        too_small: The sizes of instance types that have too little memory for it; default: none.
    """

    name: str
    family: str
    image_parameter: str
    architecture: str
    root_device: str
    volume_gib: int
    too_small: tuple[str, ...] = ()

    @property
    def fitting(self) -> str:
        """Which instance types can start this system's images, in words."""
        sizes = f", not {' or '.join(self.too_small)}" if self.too_small else ""
        return f"a type with the {self.architecture} architecture, which {self.name} has{sizes}"

    def misfit(self, instance_type: str) -> str | None:
        """Why the instance type cannot start this system's images; None: it can."""
        try:
            architecture = architecture_of(instance_type)
        except ValueError:
            return "is none for Linux or Windows"
        if architecture != self.architecture:
            return f"has the {architecture} architecture"
        if instance_type.partition(".")[2] in self.too_small:
            return f"has less than the 2 GiB of memory that {self.family} Server needs"
        return None

    def check_fits(self, instance_type: str) -> None:
        """Refuse an instance type that cannot start this system's images.

        EC2 finds out at launch only, and an Auto Scaling group then tries again for ever.

        Raises:
            ValueError: it is no instance type, or one that `misfit` says something about.
        """
        reason = self.misfit(instance_type)
        if reason:
            raise ValueError(
                f"instance type {instance_type} {reason}: take {self.fitting}, or another system"
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
    _LESS_THAN_2_GIB,
)
WINDOWS_SERVER_2025 = OperatingSystem(
    "windows-server-2025",
    "Windows",
    "/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base",
    "x86_64",
    "/dev/sda1",
    50,
    _LESS_THAN_2_GIB,
)
OPERATING_SYSTEMS = {
    system.name: system for system in (AMAZON_LINUX_2023, WINDOWS_SERVER_2022, WINDOWS_SERVER_2025)
}
