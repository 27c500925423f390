"""The steps of a rehearsal, and what each must prove."""

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal import cdk, standin
from rehearsal.assembly import Assembly, UnusableAssemblyError
from rehearsal.inventory import Inventory, differences, take_inventory
from rehearsal.readback import NotReadBackError, UnresolvedError, Verdict, read_back
from rehearsal.readback.resolve import deployed_resources
from rehearsal.resources import is_played
from rehearsal.standin import StandIn
from rehearsal.steps import StepFailedError


@dataclass(frozen=True)
class Stage:
    """A stand-in that is ready for deployments.

    Attributes:
        stand_in: Where everything is deployed.
        accounts: The accounts of the assembly; who deploys acts in the first, which is the
            stand-in's own.
        baseline: What lived in all of them before the first deployment.
        retained: Physical ids of what templates retain, of destroyed stacks too.
    """

    stand_in: StandIn
    accounts: tuple[str, ...]
    baseline: Inventory
    retained: set[str] = field(default_factory=set)

    def inventory(self) -> Inventory:
        """What lives in all accounts."""
        return take_inventory(self.stand_in, self.accounts)


def refuse_unplayed(assembly: Assembly) -> None:
    """Refuse resource types that the stand-in would ignore: silence would look like success.

    Raises:
        UnusableAssemblyError: there are some; it names type, stack and logical ids.
    """
    unplayed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for stack in assembly.stacks:
        for logical_id, resource in stack.template["Resources"].items():
            if not is_played(resource["Type"]):
                unplayed[resource["Type"], stack.name].append(logical_id)
    if unplayed:
        lines = [
            f"{resource_type} in stack {stack} ({', '.join(sorted(ids))})"
            for (resource_type, stack), ids in sorted(unplayed.items())
        ]
        raise UnusableAssemblyError(
            f"the stand-in cannot play {'; '.join(lines)}. Add an adapter to rehearsal/resources/."
        )


@contextmanager
def open_stage(assembly: Assembly) -> Iterator[Stage]:
    """Start a stand-in for the assembly's accounts and region, and bootstrap them if need be.

    Raises:
        UnusableAssemblyError: the stand-in cannot play a resource type of the assembly.
        StepFailedError: bootstrapping failed.
    """
    refuse_unplayed(assembly)
    home, *_ = assembly.accounts
    with standin.running(home, assembly.region) as stand_in:
        for account in assembly.to_bootstrap:
            cdk.bootstrap(stand_in.of(account), trusted=None if account == home else home)
        yield Stage(stand_in, assembly.accounts, take_inventory(stand_in, assembly.accounts))


def deploy(stage: Stage, assembly: Assembly) -> Verdict:
    """Deploy, and compare what is live with the templates.

    Raises:
        StepFailedError: the deployment failed, or a template cannot be compared.
    """
    refuse_unplayed(assembly)
    cdk.deploy(stage.stand_in, _copy(stage, assembly))
    try:
        return read_back(stage.stand_in, assembly)
    except (NotReadBackError, UnresolvedError) as error:
        raise StepFailedError(f"reading back failed: {error}") from error


def deploy_again(stage: Stage, assembly: Assembly) -> None:
    """Deploy what is deployed.

    Raises:
        StepFailedError: something changed.
    """
    before = stage.inventory()
    outcome = cdk.deploy(stage.stand_in, _copy(stage, assembly))
    if not outcome.changed_nothing:
        raise StepFailedError(f"deploying again was not without changes:\n{outcome.output}")
    if changes := differences(before, stage.inventory()):
        raise StepFailedError("deploying again changed something:\n" + "\n".join(changes))


def destroy(stage: Stage, assembly: Assembly) -> list[str]:
    """Destroy the stacks; return the names of what their templates retain.

    Volumes that a launch template keeps count as retained: they are the data of their servers.

    Raises:
        StepFailedError: destroying failed, or something is left that no template retains.
    """
    # Before anything else: AWS may refuse half-way, and a removed stack tells nothing any more.
    stage.retained.update(_retained(stage, assembly), _kept_volumes(stage, assembly))
    cdk.destroy(stage.stand_in, _copy(stage, assembly))
    after = stage.inventory()
    kept = {key for key in after.keys() - stage.baseline.keys() if key[1] in stage.retained}
    rest = {key: value for key, value in after.items() if key not in kept}
    if left := differences(stage.baseline, rest):
        raise StepFailedError("destroying left something behind:\n" + "\n".join(left))
    return sorted(f"{kind} {identity}" for kind, identity in kept)


def run_then(stage: Stage, command: Sequence[str]) -> None:
    """Run a command that sees the stand-in as AWS.

    Raises:
        StepFailedError: it failed.
    """
    try:
        done = subprocess.run(command, env=stage.stand_in.environment, check=False)  # noqa: S603 - the person's own command
    except OSError as error:
        raise StepFailedError(f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        raise StepFailedError(f"{' '.join(command)} ended with exit code {done.returncode}")


def refuse_ways_out(stage: Stage) -> None:
    """Check that no child tried to leave the machine.

    Raises:
        StepFailedError: one did; the connection was refused, and that is a defect here.
    """
    if tried := stage.stand_in.refused_connections:
        raise StepFailedError(f"something tried to leave the machine: {', '.join(tried)}")


def _copy(stage: Stage, assembly: Assembly) -> Path:
    """A copy of the assembly's directory: the CLI writes a cache into it."""
    target = stage.stand_in.home / "assembly"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(assembly.directory, target)
    return target


def _retained(stage: Stage, assembly: Assembly) -> set[str]:
    return {
        physical_id
        for stack, logical_id, physical_id in deployed_resources(stage.stand_in, assembly)
        if stack.template["Resources"][logical_id].get("DeletionPolicy") == "Retain"
    }


def _kept_volumes(stage: Stage, assembly: Assembly) -> set[str]:
    """The volumes that stay, if launch templates keep some: of servers now, and of earlier ones."""
    if not any(
        not mapping["Ebs"].get("DeleteOnTermination", True)
        for stack in assembly.stacks
        for resource in stack.template["Resources"].values()
        if resource["Type"] == "AWS::EC2::LaunchTemplate"
        for mapping in resource["Properties"]["LaunchTemplateData"].get("BlockDeviceMappings", [])
    ):
        return set()
    # Servers are in the account that deploys; none of the others has a network.
    ec2 = stage.stand_in.ec2
    go_along = {
        mapping["Ebs"]["VolumeId"]
        for page in ec2.get_paginator("describe_instances").paginate()
        for reservation in page["Reservations"]
        for server in reservation["Instances"]
        for mapping in server["BlockDeviceMappings"]
        if mapping["Ebs"]["DeleteOnTermination"]
    }
    return {volume["VolumeId"] for volume in ec2.describe_volumes()["Volumes"]} - go_along
