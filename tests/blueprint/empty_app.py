"""An empty CDK app into which files of the blueprint were copied; runs their examples.

Prints as JSON what is wrong with each folder of the working directory. A folder holds a package
`blueprint` and `order.txt`, the names of its modules: those first that others import. Nothing here
knows the project.
"""

import importlib
import inspect
import json
import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct


def names_of_examples(stack: cdk.Stack) -> dict[str, Any]:
    """What an example takes from the app that it is copied into."""
    own = Construct(stack, "Own")
    vpc = ec2.Vpc(own, "Vpc", availability_zones=["eu-west-1a", "eu-west-1b"])
    role = iam.Role(own, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    return {
        "self": stack,
        "cdk": cdk,
        "vpc": vpc,
        "subnets": vpc.private_subnets,
        "security_group": ec2.SecurityGroup(own, "Group", vpc=vpc),
        "instance_profile": iam.InstanceProfile(own, "Profile", role=role),
        "boundary": iam.ManagedPolicy.from_aws_managed_policy_name("PowerUserAccess"),
        "bucket": s3.Bucket(own, "Bucket"),
        "key": kms.Key(own, "Key"),
    }


def constructs_of(module: ModuleType) -> list[type[Construct]]:
    """The construct classes that the module defines, in the order of the file."""
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Construct)
        and value.__module__ == module.__name__
    ]


def example_of(cls: type) -> str:
    """The code below `Example:` in a class's docstring, or nothing."""
    text = inspect.cleandoc(cls.__doc__ or "")
    found = re.search(r"^Example:\n((?: .*\n?|\n)+)", text, re.MULTILINE)
    return textwrap.dedent(found[1]) if found else ""


def run_copy(folder: Path) -> dict[str, str]:
    """Import the copied files, run their examples in one stack, and synthesize it."""
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    names = names_of_examples(stack)
    wrong: dict[str, str] = {}
    subject = "its imports"
    try:
        for module in map(importlib.import_module, (folder / "order.txt").read_text().split()):
            names |= {name: value for name, value in vars(module).items() if name[0] != "_"}
            for cls in constructs_of(module):
                subject, example = cls.__name__, example_of(cls)
                if f"{subject}(" not in example:
                    wrong[subject] = "its docstring has no Example that makes one"
                exec(example, names)  # noqa: S102 (the code of our own docstring)
        subject = "synthesis"
        app.synth()
    except Exception as error:  # noqa: BLE001 (whatever an example can raise is a finding)
        wrong[subject] = f"{type(error).__name__}: {error}"
    return wrong


def main() -> None:
    """Run each copy as if it were alone."""
    report = {}
    for folder in Path.cwd().iterdir():
        for name in [name for name in sys.modules if name.partition(".")[0] == "blueprint"]:
            del sys.modules[name]
        sys.path.insert(0, str(folder))
        report[folder.name] = run_copy(folder)
        sys.path.remove(str(folder))
    print(json.dumps(report))  # noqa: T201 (this is the answer)


if __name__ == "__main__":
    main()
