"""Which images start on which instance types."""

import gzip
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pytest

from blueprint.operating_systems import (
    AMAZON_LINUX_2023,
    OPERATING_SYSTEMS,
    WINDOWS_SERVER_2025,
    architecture_of,
)

# Examples of every rule of AWS's page on names, and of every exception:
# https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
GRAVITON = (  # noqa: SIM905 (rows of names read better than a column)
    "a1.metal t4g.small m7gd.large m8g.metal-48xl c6gn.large c8gb.large r8gn.large x2gd.large "
    "x8g.large i4g.large im4gn.large is4gen.large i8ge.large g5g.xlarge hpc7g.4xlarge m9gd.large"
).split()
GRACE = ["p6e-gb200.36xlarge"]
X86 = (  # noqa: SIM905 (the same)
    "t2.micro t3a.large m7i-flex.large c5a.large c5ad.large m8azn.large g4dn.xlarge g4ad.xlarge "
    "g5.xlarge g6f.large gr6.4xlarge p4de.24xlarge p5.48xlarge p6-b200.48xlarge inf2.xlarge "
    "trn1n.32xlarge hpc7a.12xlarge u-6tb1.56xlarge u7i-12tb.224xlarge u7inh-32tb.480xlarge "
    "x2iedn.large z1d.large dl2q.24xlarge vt1.3xlarge i7ie.large"
).split()


@pytest.fixture(scope="module")
def described() -> Mapping[str, Any]:
    """What EC2's DescribeInstanceTypes says of 1,400 types, as moto keeps it."""
    content = (files("moto") / "ec2/resources/instance_types.json.gz").read_bytes()
    types: dict[str, Any] = json.loads(gzip.decompress(content))
    return types


@pytest.mark.parametrize("instance_type", [*GRAVITON, *GRACE])
def test_graviton_and_grace_are_arm(instance_type: str) -> None:
    assert architecture_of(instance_type) == "arm64"


@pytest.mark.parametrize("instance_type", X86)
def test_every_other_processor_is_x86(instance_type: str) -> None:
    assert architecture_of(instance_type) == "x86_64"


def test_names_say_what_ec2_says_of_every_server(described: Mapping[str, Any]) -> None:
    servers = {name: type_ for name, type_ in described.items() if not name.startswith("mac")}
    assert len(servers) > 1000
    assert {
        name: architecture_of(name)
        for name, type_ in servers.items()
        if architecture_of(name) not in type_["ProcessorInfo"]["SupportedArchitectures"]
    } == {}


@pytest.mark.parametrize(
    "name",
    [
        *("t4g", "small", "T4G.small", "t4g.small ", "t4g,small", "mac2-m2.metal", "mac-m4.metal"),
        *("t4g.gigantic", "t4g.smal", "t4g.xxlarge", "t4g.2large", "m8g.metal-48", "t4g.small-2"),
    ],
)
def test_what_is_no_server_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is not an instance type of a server"):
        architecture_of(name)


def test_a_system_refuses_the_processor_that_cannot_start_it() -> None:
    AMAZON_LINUX_2023.check_fits("t4g.small")
    WINDOWS_SERVER_2025.check_fits("t3.large")
    for system, other in ((AMAZON_LINUX_2023, "t3.large"), (WINDOWS_SERVER_2025, "t4g.small")):
        with pytest.raises(ValueError, match=f"{other} has the .* architecture: .*{system.name}"):
            system.check_fits(other)


# What Windows refuses for its name has too little, and what it takes has enough: all but two of the
# first generation, which have 1.7 GiB. https://learn.microsoft.com/windows-server/get-started/hardware-requirements
def test_windows_takes_no_type_with_less_memory_than_it_needs(
    described: Mapping[str, Any],
) -> None:
    intel = {
        name: type_["MemoryInfo"]["SizeInMiB"] >= 2048
        for name, type_ in described.items()
        if not name.startswith("mac") and architecture_of(name) == "x86_64"
    }
    taken = {name: WINDOWS_SERVER_2025.misfit(name) is None for name in intel}
    assert {name for name in intel if intel[name] != taken[name]} == {"c1.medium", "m1.small"}
    assert set(intel.values()) == {True, False}


def test_an_image_parameter_names_the_system_and_the_architecture() -> None:
    for system in OPERATING_SYSTEMS.values():
        assert system.image_parameter.startswith("/aws/service/ami-")
        # Windows has no image for Graviton, so its parameters leave the architecture out.
        assert (system.architecture == "arm64") == system.image_parameter.endswith("-arm64")
