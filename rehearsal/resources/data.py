"""Keys, log groups and what else keeps data: the CDK's repository and parameter."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

import json
from typing import TYPE_CHECKING, Any

from rehearsal.resources.base import Live, Place, Properties, Resource, resource
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_logs import CloudWatchLogsClient

_DEFAULT_WINDOW_DAYS = 30


@resource(
    "AWS::KMS::Key",
    in_place=["Description", "EnableKeyRotation", "KeyPolicy", "PendingWindowInDays", "Tags"],
)
class Key(Resource):
    """A customer managed key."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the key."""
        key = self._client(place).create_key(
            Description=properties.get("Description", ""),
            Policy=json.dumps(properties["KeyPolicy"]),
            Tags=[
                {"TagKey": key, "TagValue": value} for key, value in place.tags(properties).items()
            ],
        )["KeyMetadata"]
        self._rotate(place, key["KeyId"], properties)
        return Live(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change description, policy and rotation."""
        kms = self._client(place)
        kms.update_key_description(KeyId=live.physical_id, Description=new.get("Description", ""))
        kms.put_key_policy(KeyId=live.physical_id, Policy=json.dumps(new["KeyPolicy"]))
        self._rotate(place, live.physical_id, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Schedule the deletion, as CloudFormation does: the key waits out its window."""
        days = int(properties.get("PendingWindowInDays", _DEFAULT_WINDOW_DAYS))
        self._client(place).schedule_key_deletion(KeyId=live.physical_id, PendingWindowInDays=days)

    @staticmethod
    def _client(place: Place) -> "KMSClient":
        kms: KMSClient = client("kms", place.account, place.region)
        return kms

    def _rotate(self, place: Place, key_id: str, properties: Properties) -> None:
        kms = self._client(place)
        if properties.get("EnableKeyRotation", False):
            kms.enable_key_rotation(KeyId=key_id)
        else:
            kms.disable_key_rotation(KeyId=key_id)


@resource(
    "AWS::Logs::LogGroup",
    replaces=["LogGroupName"],
    in_place=["KmsKeyId", "RetentionInDays", "Tags"],
)
class LogGroup(Resource):
    """A log group."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the log group."""
        name = properties.get("LogGroupName", place.generated_name())
        settings: dict[str, Any] = (
            {"kmsKeyId": properties["KmsKeyId"]} if "KmsKeyId" in properties else {}
        )
        if tags := place.tags(properties):
            settings["tags"] = tags
        self._client(place).create_log_group(logGroupName=name, **settings)
        self._retain(place, name, properties)
        arn = f"arn:aws:logs:{place.region}:{place.account}:log-group:{name}:*"
        return Live(name, {"Arn": arn})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change key and retention."""
        logs, name = self._client(place), live.physical_id
        if old.get("KmsKeyId") != new.get("KmsKeyId"):
            if "KmsKeyId" in new:
                logs.associate_kms_key(logGroupName=name, kmsKeyId=new["KmsKeyId"])
            else:
                logs.disassociate_kms_key(logGroupName=name)
        self._retain(place, name, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the log group with its logs."""
        self._client(place).delete_log_group(logGroupName=live.physical_id)

    @staticmethod
    def _client(place: Place) -> "CloudWatchLogsClient":
        logs: CloudWatchLogsClient = client("logs", place.account, place.region)
        return logs

    def _retain(self, place: Place, name: str, properties: Properties) -> None:
        logs = self._client(place)
        if "RetentionInDays" in properties:
            days = int(properties["RetentionInDays"])
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            logs.delete_retention_policy(logGroupName=name)


@resource(
    "AWS::ECR::Repository",
    replaces=["RepositoryName"],
    in_place=["ImageTagMutability", "LifecyclePolicy", "RepositoryPolicyText"],
)
class Repository(Resource):
    """A repository of container images."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the repository."""
        name = properties["RepositoryName"]
        answer = client("ecr", place.account, place.region).create_repository(repositoryName=name)
        live = Live(name, {"Arn": answer["repository"]["repositoryArn"]})
        return self.update(place, live, {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tag mutability and policies."""
        ecr, name = client("ecr", place.account, place.region), live.physical_id
        mutability = new.get("ImageTagMutability", "MUTABLE")
        ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability=mutability)
        if lifecycle := new.get("LifecyclePolicy"):
            text = lifecycle["LifecyclePolicyText"]
            ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=text)
        if policy := new.get("RepositoryPolicyText"):
            ecr.set_repository_policy(repositoryName=name, policyText=json.dumps(policy))
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the repository; one with images in it is a failure, as in AWS."""
        client("ecr", place.account, place.region).delete_repository(
            repositoryName=live.physical_id
        )


@resource("AWS::SSM::Parameter", replaces=["Name", "Type"], in_place=["Value"])
class Parameter(Resource):
    """A parameter."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Put the parameter."""
        live = Live(properties["Name"], {"Type": properties["Type"]})
        return self.update(place, live, {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change the value."""
        client("ssm", place.account, place.region).put_parameter(
            Name=live.physical_id, Type=new["Type"], Value=new["Value"], Overwrite=bool(old)
        )
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the parameter."""
        client("ssm", place.account, place.region).delete_parameter(Name=live.physical_id)
