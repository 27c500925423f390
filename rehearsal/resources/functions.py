"""Lambda functions, and the custom resources that they implement."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

import io
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rehearsal.handlers import Function, invoke
from rehearsal.resources.base import RESOURCES, Live, Place, Properties, Resource, resource
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

# The code of the functions that exist, by ARN: the stand-in keeps it, and gives no way to read it.
_FUNCTIONS: dict[str, Function] = {}
_DEFAULT_TIMEOUT_SECONDS = 3
CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"


@resource(
    "AWS::Lambda::Function",
    replaces=["FunctionName"],
    in_place=[
        "Architectures",
        "Code",
        "Description",
        "Environment",
        "Handler",
        "LoggingConfig",
        "MemorySize",
        "Role",
        "Runtime",
        "Tags",
        "Timeout",
    ],
)
class LambdaFunction(Resource):
    """A function, its code an asset or in the template; custom resources run it as a process."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the function and unpack its code."""
        name = properties.get("FunctionName", place.generated_name(64))
        answer = self._client(place).create_function(
            FunctionName=name,
            Code=_code(properties),  # type: ignore[arg-type] # one of its variants
            Tags=place.tags(properties),
            **_configuration(properties),
        )
        _FUNCTIONS[answer["FunctionArn"]] = _function(place, name, properties)
        return Live(name, {"Arn": answer["FunctionArn"]})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change code and configuration."""
        lambda_, name = self._client(place), live.physical_id
        lambda_.update_function_configuration(FunctionName=name, **_configuration(new))
        if old["Code"] != new["Code"]:
            lambda_.update_function_code(FunctionName=name, **_code(new))
        _FUNCTIONS[live.attributes["Arn"]] = _function(place, name, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the function."""
        self._client(place).delete_function(FunctionName=live.physical_id)
        del _FUNCTIONS[live.attributes["Arn"]]

    @staticmethod
    def _client(place: Place) -> "LambdaClient":
        lambda_: LambdaClient = client("lambda", place.account, place.region)
        return lambda_


def _configuration(properties: Properties) -> dict[str, Any]:
    keys = (
        "Description", "Environment", "Handler", "LoggingConfig", "MemorySize", "Role", "Runtime",
        "Timeout",
    )  # fmt: skip
    return {key: properties[key] for key in keys if key in properties}


def _code(properties: Properties) -> dict[str, Any]:
    """The code as Lambda takes it: CloudFormation makes a file of code in the template."""
    code: dict[str, Any] = dict(properties["Code"])
    if "ZipFile" in code:
        archive = io.BytesIO()
        suffix = "py" if properties["Runtime"].startswith("python") else "js"
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr(f"index.{suffix}", code["ZipFile"])
        code["ZipFile"] = archive.getvalue()
    return code


def _function(place: Place, name: str, properties: Properties) -> Function:
    code = _code(properties)
    if "ZipFile" in code:
        archive = code["ZipFile"]
    else:
        s3: S3Client = client("s3", place.account, place.region)
        archive = s3.get_object(Bucket=code["S3Bucket"], Key=code["S3Key"])["Body"].read()
    directory = Path(tempfile.mkdtemp(prefix=f"{name[:40]}-"))
    with zipfile.ZipFile(io.BytesIO(archive)) as unpacked:
        unpacked.extractall(directory)
    return Function(
        name=name,
        directory=directory,
        handler=properties["Handler"],
        runtime=properties["Runtime"],
        timeout_seconds=int(properties.get("Timeout", _DEFAULT_TIMEOUT_SECONDS)),
        environment=properties.get("Environment", {}).get("Variables", {}),
        role_arn=properties["Role"],
        region=place.region,
    )


class CustomResource(Resource):
    """A resource whose create, update and delete are a Lambda function's."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Ask the function to create the resource."""
        return self._request(place, "Create", properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Ask the function to update it; another physical id means a replacement."""
        extra = {"PhysicalResourceId": live.physical_id, "OldResourceProperties": dict(old)}
        return self._request(place, "Update", new, **extra)

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Ask the function to delete it."""
        self._request(place, "Delete", properties, PhysicalResourceId=live.physical_id)

    def refuse_unknown(self, properties: object) -> None:
        """Nothing is unknown: the properties are the function's own."""

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """CloudFormation replaces the resource only when another function makes it."""
        return bool(old["ServiceToken"] != new["ServiceToken"])

    def new_id_is_replacement(self, old: Properties, new: Properties) -> bool:
        """The function says by a new id that it made another resource."""
        return True

    @staticmethod
    def _request(place: Place, kind: str, properties: Properties, **extra: object) -> Live:
        function = _FUNCTIONS[properties["ServiceToken"]]
        sts: STSClient = client("sts", place.account, place.region)
        session = sts.assume_role(RoleArn=function.role_arn, RoleSessionName="handler")
        event = {
            "RequestType": kind,
            "ServiceToken": properties["ServiceToken"],
            "StackId": place.stack_id,
            "RequestId": str(uuid4()),
            "LogicalResourceId": place.logical_id,
            "ResourceType": place.resource_type,
            # CloudFormation hands every scalar over as a string.
            "ResourceProperties": _as_strings(dict(properties)),
            **{key: _as_strings(value) for key, value in extra.items()},
        }
        answer = invoke(function, event, session["Credentials"])
        data = {key: str(value) for key, value in (answer.get("Data") or {}).items()}
        return Live(answer["PhysicalResourceId"], data)


def _as_strings(value: object) -> object:
    if isinstance(value, dict):
        return {key: _as_strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_strings(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


@resource("AWS::CDK::Metadata", in_place=["Analytics"])
class Metadata(Resource):
    """The CDK's usage note; it is no resource anywhere but in the template."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Make up a name."""
        return Live(place.generated_name())

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Nothing to change."""
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Nothing to delete."""


RESOURCES[CUSTOM_RESOURCE] = CustomResource()
