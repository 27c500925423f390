"""Changes of a Servers template that break its rules: the proof that no rule is asleep."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from tests.stacks import server_rules as rules
from tests.stacks.server_rules import Rule

Resources = dict[str, Any]
Change = Callable[[Resources], Iterator[Resources]]
GONE = object()

INSTANCE, TEMPLATE = "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"
GROUP, BALANCER = "AWS::AutoScaling::AutoScalingGroup", "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER, BUCKET = "AWS::ElasticLoadBalancingV2::Listener", "AWS::S3::Bucket"
BUCKET_POLICY, ROLE, POLICY = "AWS::S3::BucketPolicy", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
KEY, LOGS, ENDPOINT = "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::EC2::VPCEndpoint"
VAULT, FUNCTION = "AWS::Backup::BackupVault", "AWS::Lambda::Function"
SELECTION = "AWS::Backup::BackupSelection"
SELECTED = "Properties.BackupSelection.Conditions.StringEquals"
STATEMENT = "Properties.PolicyDocument.Statement"
DATA = "Properties.LaunchTemplateData"
VOLUME = f"{DATA}.BlockDeviceMappings.0.Ebs"
DEVICES, METADATA = f"{DATA}.BlockDeviceMappings", f"{DATA}.MetadataOptions"
TEMPLATE_ADDRESS = f"{DATA}.NetworkInterfaces.0.AssociatePublicIpAddress"
INSTANCE_ADDRESS = "Properties.NetworkInterfaces.0.AssociatePublicIpAddress"
ENCRYPTION = (
    "Properties.BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault"
)
LAST = f"{STATEMENT}.-1"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def put(kind: str, path: str, value: object, only: str = "") -> Change:
    """Set one value, in each resource of the kind in turn; `only`: where the id starts like it."""

    def change(original: Resources) -> Iterator[Resources]:
        for logical_id, resource in original.items():
            if resource["Type"] == kind and logical_id.startswith(only):
                changed = copy.deepcopy(original)
                *places, last = path.split(".")
                target: Any = changed[logical_id]
                for place in places:
                    target = target[int(place) if isinstance(target, list) else place]
                key: Any = int(last) if isinstance(target, list) else last
                if value is GONE:
                    del target[key]
                else:
                    target[key] = value
                yield changed

    return change


def add(kind: str, **properties: object) -> Change:
    """Add a resource."""

    def change(original: Resources) -> Iterator[Resources]:
        yield {**copy.deepcopy(original), "Added": {"Type": kind, "Properties": properties}}

    return change


def drop(kind: str) -> Change:
    """Remove each resource of the kind in turn."""

    def change(original: Resources) -> Iterator[Resources]:
        for logical_id, resource in original.items():
            if resource["Type"] == kind:
                yield {key: value for key, value in original.items() if key != logical_id}

    return change


def share_user_data(original: Resources) -> Iterator[Resources]:
    """Boot the database servers with what the application servers run."""
    (app,) = (name for name in original if name.startswith("AppLinuxTemplate"))
    data = original[app]["Properties"]["LaunchTemplateData"]["UserData"]
    yield from put(TEMPLATE, f"{DATA}.UserData", data, only="Db")(original)


def retag(kind: str, key: str, value: str | None, only: str = "") -> Change:
    """Set a tag of what launch templates launch, in each in turn; None takes it away."""

    def change(original: Resources) -> Iterator[Resources]:
        for logical_id, resource in original.items():
            if resource["Type"] == TEMPLATE and logical_id.startswith(only):
                changed = copy.deepcopy(original)
                data = changed[logical_id]["Properties"]["LaunchTemplateData"]
                for specification in data["TagSpecifications"]:
                    if specification["ResourceType"] == kind:
                        tags = {tag["Key"]: tag["Value"] for tag in specification["Tags"]}
                        specification["Tags"] = [
                            {"Key": name, "Value": text}
                            for name, text in {**tags, key: value}.items()
                            if text is not None
                        ]
                yield changed

    return change


def in_statement(only: str, sid: str, key: str, value: object) -> Change:
    """Set one part of the statement `sid`, in each policy whose id starts with `only`."""

    def change(original: Resources) -> Iterator[Resources]:
        for logical_id, resource in original.items():
            if resource["Type"] == POLICY and logical_id.startswith(only):
                changed = copy.deepcopy(original)
                document = changed[logical_id]["Properties"]["PolicyDocument"]
                (statement,) = (each for each in document["Statement"] if each["Sid"] == sid)
                statement[key] = value
                yield changed

    return change


def objects_of_data(key: str) -> dict[str, Any]:
    return {"Fn::Join": ["", [{"Fn::GetAtt": ["Data2D4B752F", "Arn"]}, key]]}


ANY_DATA = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects_of_data("/*")}
USER_DATA = {"Fn::Base64": "#!/bin/bash\n" + "x" * rules.LONGEST_USER_DATA}
# An example key of AWS's own documentation, in two parts for scanners of repositories.
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPx" + "RfiCYEXAMPLEKEY"

# By rule: changes of production's template that break it.
PRODUCTION: dict[Rule, dict[str, Change]] = {
    rules.metadata_needs_a_token_and_stays_on_the_server: {
        "IMDSv1": put(TEMPLATE, f"{METADATA}.HttpTokens", "optional"),
        "hops": put(TEMPLATE, f"{METADATA}.HttpPutResponseHopLimit", 2),
        "defaults": put(TEMPLATE, f"{METADATA}", GONE),
    },
    rules.every_server_is_launched_from_a_template: {
        "old version": put(GROUP, "Properties.LaunchTemplate.Version", "1"),
    },
    rules.servers_and_volumes_say_whose_they_are: {
        "a server of nobody": retag("instance", "blueprint:environment", None),
        "a volume of nobody": retag("volume", "blueprint:environment", None),
        "a volume of another": retag("volume", "blueprint:environment", "sandbox"),
        "named after its template": retag("instance", "Name", "Servers/Db/LinuxTemplate/Resource"),
    },
    rules.volumes_are_encrypted_gp3_under_a_customer_key: {
        "gp2": put(TEMPLATE, f"{VOLUME}.VolumeType", "gp2"),
        "in the clear": put(TEMPLATE, f"{VOLUME}.Encrypted", value=False),
        "AWS's key": put(TEMPLATE, f"{VOLUME}.KmsKeyId", "alias/aws/ebs"),
        "no key": put(TEMPLATE, f"{VOLUME}.KmsKeyId", GONE),
        "another device": put(TEMPLATE, f"{DEVICES}.0.DeviceName", "/dev/sdb"),
        "the image's": put(TEMPLATE, f"{DEVICES}", []),
        "a volume beside": add("AWS::EC2::Volume", Size=8),
    },
    rules.only_web_servers_without_a_load_balancer_are_public: {
        "behind a load balancer": put(TEMPLATE, TEMPLATE_ADDRESS, value=True),
        "left to the subnet": put(TEMPLATE, TEMPLATE_ADDRESS, GONE),
    },
    rules.servers_are_monitored_in_detail: {
        "template": put(TEMPLATE, f"{DATA}.Monitoring.Enabled", value=False),
    },
    rules.protection_from_deletion_is_as_the_environment_says: {
        "load balancer": put(BALANCER, "Properties.LoadBalancerAttributes.0.Value", "false"),
        "server of a group": put(TEMPLATE, f"{DATA}.DisableApiTermination", value=False),
        "left to AWS": put(TEMPLATE, f"{DATA}.DisableApiTermination", GONE),
    },
    rules.actions_exist_and_any_resource_stands_only_where_aws_has_none: {
        "every action": put(POLICY, f"{STATEMENT}.0.Action", "*"),
        "every action of a service": put(POLICY, f"{STATEMENT}.0.Action", "s3:*"),
        "a prefix of actions": put(POLICY, f"{STATEMENT}.0.Action", "ssm:Get*"),
        "a misspelt action": put(POLICY, f"{STATEMENT}.0.Action", "ssm:GetParametr"),
        "any resource": put(POLICY, f"{STATEMENT}.1.Resource", "*"),
        "any resource too": put(POLICY, f"{STATEMENT}.1.Resource.0", "*"),
        "a resource that AWS ignores": put(POLICY, f"{STATEMENT}.0.Resource", "arn:aws:ssm:::x"),
        "all but": put(POLICY, f"{STATEMENT}.0.NotAction", "iam:*"),
    },
    rules.policies_are_managed_by_the_customer: {
        "inline": put(ROLE, "Properties.Policies", [{"PolicyName": "x"}]),
        "inline beside": add("AWS::IAM::Policy", Roles=[{"Ref": "AppRole77A8B204"}]),
        "AWS's": put(ROLE, "Properties.ManagedPolicyArns", [ADMINISTRATOR]),
    },
    rules.every_role_stays_within_a_boundary: {
        "none": put(ROLE, "Properties.PermissionsBoundary", GONE),
        "AWS's": put(ROLE, "Properties.PermissionsBoundary", ADMINISTRATOR, only="Db"),
        "an action beyond": put(POLICY, f"{STATEMENT}.0.Action", "s3:DeleteObject", only="AppRole"),
        "IAM in it": put(POLICY, f"{STATEMENT}.0.Action", "iam:PassRole", only="Boundary"),
        "IAM in that of backups": put(POLICY, f"{LAST}.Action", "iam:PassRole", only="Backups"),
        "attached to servers": put(
            POLICY, "Properties.Roles", [{"Ref": "AppRole77A8B204"}], only="Boundary"
        ),
    },
    rules.servers_are_trusted_as_servers_only: {
        "the account": put(
            ROLE,
            "Properties.AssumeRolePolicyDocument.Statement.0.Principal",
            {"AWS": "*"},
            only="App",
        ),
    },
    rules.each_tier_touches_its_own_data_only: {
        "web reads": put(POLICY, f"{STATEMENT}.0", ANY_DATA, only="WebRole"),
        "app reads all": put(POLICY, f"{STATEMENT}.0", ANY_DATA, only="AppRole"),
        "db reads all": put(POLICY, f"{STATEMENT}.0", ANY_DATA, only="DbRole"),
        "db takes the password over": in_statement("DbRole", "FirstPassword", "Condition", {}),
        "db writes all of its prefix": in_statement(
            "DbRole", "Backups", "Resource", objects_of_data("/db/*")
        ),
        "web decrypts": put(
            POLICY,
            f"{STATEMENT}.0.Resource",
            {"Fn::GetAtt": ["DataKey5F086070", "Arn"]},
            only="WebRole",
        ),
    },
    rules.nothing_looks_like_a_secret: {
        "access key": put(
            TEMPLATE, f"{DATA}.UserData.Fn::Base64", "export X='AKIAIOSFODNN7EXAMPLE'"
        ),
        "its secret": put(TEMPLATE, f"{DATA}.UserData.Fn::Base64", f"export X='{SECRET_KEY}'"),
        "password": put(TEMPLATE, f"{DATA}.UserData.Fn::Base64", "DB_PASSWORD='hunter2'"),
        "private key": put(TEMPLATE, f"{DATA}.UserData.Fn::Base64", "-----BEGIN PRIVATE KEY-----"),
        "of a user": add("AWS::IAM::AccessKey", UserName="x"),
    },
    rules.buckets_are_private_versioned_and_logged: {
        "public": put(
            BUCKET, "Properties.PublicAccessBlockConfiguration.RestrictPublicBuckets", value=False
        ),
        "public by default": put(BUCKET, "Properties.PublicAccessBlockConfiguration", GONE),
        "one version": put(BUCKET, "Properties.VersioningConfiguration", GONE),
        "object ACLs": put(BUCKET, "Properties.OwnershipControls", GONE),
        "no record": put(BUCKET, "Properties.LoggingConfiguration", GONE, only="Data2"),
    },
    rules.data_are_encrypted_under_keys_that_rotate: {
        "S3's key": put(BUCKET, ENCRYPTION, {"SSEAlgorithm": "AES256"}, only="Data2"),
        "AWS's key": put(BUCKET, f"{ENCRYPTION}.KMSMasterKeyID", GONE, only="Data2"),
        "one key for ever": put(KEY, "Properties.EnableKeyRotation", value=False),
        "logs": put(LOGS, "Properties.KmsKeyId", GONE),
        "backups": put(VAULT, "Properties.EncryptionKeyArn", GONE),
    },
    rules.backups_are_of_the_environments_own_servers: {
        "every environment's": put(SELECTION, f"{SELECTED}.1", GONE),
        "another environment's": put(SELECTION, f"{SELECTED}.1.ConditionValue", "sandbox"),
        "a tier less": drop(SELECTION),
    },
    rules.nothing_reaches_a_bucket_or_the_public_without_tls: {
        "plain HTTP": put(BUCKET_POLICY, f"{STATEMENT}.0", GONE),
        "TLS 1.1": put(
            BUCKET_POLICY, f"{STATEMENT}.1.Condition.NumericLessThan", {"s3:TlsVersion": 1.1}
        ),
        "objects": put(BUCKET_POLICY, f"{STATEMENT}.0.Resource.1", GONE),
        "one principal": put(
            BUCKET_POLICY, f"{STATEMENT}.0.Principal", {"AWS": "arn:aws:iam::1:root"}
        ),
        "no policy": drop(BUCKET_POLICY),
        "listener": put(LISTENER, "Properties.Protocol", "HTTP", only="Web"),
        "old TLS": put(LISTENER, "Properties.SslPolicy", "ELBSecurityPolicy-2016-08", only="Web"),
    },
    rules.the_way_to_s3_leads_to_the_data_and_to_updates_only: {
        "any bucket": put(ENDPOINT, f"{STATEMENT}.0.Resource", "*"),
        "any action": put(ENDPOINT, f"{STATEMENT}.0.Action", "s3:*"),
        "its policy": put(ENDPOINT, f"{STATEMENT}.0.Action", "s3:PutBucketPolicy"),
        "anyone": put(ENDPOINT, f"{STATEMENT}.0.Condition", {}),
        "anyone's names": put(ENDPOINT, f"{STATEMENT}.1.Condition", {}),
        "any asset": put(ENDPOINT, f"{STATEMENT}.2.Resource", "arn:aws:s3:::cdk-assets/*"),
        "a way out": put(ENDPOINT, f"{STATEMENT}.3.Action", "s3:PutObject"),
        "a bucket beside": put(ENDPOINT, f"{STATEMENT}.3.Resource.0", "arn:aws:s3:::mine/*"),
        "all but": put(ENDPOINT, f"{STATEMENT}.3.NotResource", "arn:aws:s3:::mine/*"),
        "no route to it": put(ENDPOINT, "Properties.RouteTableIds.0", GONE),
    },
    rules.leaked_credentials_open_no_data_from_outside: {
        "everywhere": put(BUCKET_POLICY, f"{LAST}", GONE, only="DataPolicy"),
        "not db": put(BUCKET_POLICY, f"{LAST}.Principal.AWS.1", GONE, only="DataPolicy"),
        "another endpoint": put(
            BUCKET_POLICY,
            f"{LAST}.Condition.StringNotEquals",
            {"aws:SourceVpce": "vpce-1"},
            only="DataPolicy",
        ),
        "if there is one": put(
            BUCKET_POLICY,
            f"{LAST}.Condition",
            {"StringNotEqualsIfExists": {"aws:SourceVpce": {"Ref": "S3Endpoint06AFDAD7"}}},
            only="DataPolicy",
        ),
    },
    rules.data_go_or_stay_as_the_environment_says: {
        "a bucket lost": put(BUCKET, "DeletionPolicy", "Delete"),
        "a key lost": put(KEY, "DeletionPolicy", "Delete"),
        "a log lost": put(LOGS, "DeletionPolicy", "Delete"),
        "a vault lost": put(VAULT, "DeletionPolicy", "Delete"),
        "lost by default": put(BUCKET, "DeletionPolicy", GONE),
        "replaced": put(BUCKET, "UpdateReplacePolicy", "Delete"),
        "volumes lost": put(TEMPLATE, f"{VOLUME}.DeleteOnTermination", value=True, only="Db"),
        "volumes piling up": put(
            TEMPLATE, f"{VOLUME}.DeleteOnTermination", value=False, only="Web"
        ),
    },
    rules.user_data_fit: {
        "too long": put(TEMPLATE, f"{DATA}.UserData", USER_DATA),
    },
    rules.workload_settings_are_those_of_the_tier: {
        "none": put(TEMPLATE, f"{DATA}.UserData.Fn::Base64", "#!/bin/bash\n"),
        "of another tier": retag("instance", "blueprint:tier", "app", only="DbLinux"),
    },
    rules.the_database_runs_a_part_of_the_workload_of_its_own: {
        "shared": share_user_data,
        "readable": put(POLICY, f"{STATEMENT}.0.Resource", "arn:aws:s3:::assets/x.zip", only="Db"),
    },
    rules.keys_exist_for_breaking_glass_only: {
        "a key pair": add("AWS::EC2::KeyPair", KeyName="x", KeyType="rsa"),
        "a key on servers": put(TEMPLATE, f"{DATA}.KeyName", "mine"),
    },
    rules.every_fleet_is_launched_and_spread: {
        "one less": put(GROUP, "Properties.MinSize", "0"),
        "none": drop(GROUP),
        "no room to replace": put(GROUP, "Properties.MaxSize", "1"),
        "one zone less": put(GROUP, "Properties.VPCZoneIdentifier.0", GONE),
    },
    rules.quotas_are_kept: {
        "a long policy": put(POLICY, f"{STATEMENT}.0.Resource", ["x" * 6144]),
        "a long bucket policy": put(BUCKET_POLICY, f"{STATEMENT}.0.Resource", ["x" * 20480]),
        "a long endpoint policy": put(ENDPOINT, f"{STATEMENT}.0.Resource", ["x" * 20480]),
        "many resources": lambda original: iter(
            [original | {f"R{n}": {"Type": "X"} for n in range(500)}]
        ),
        "many policies": lambda original: iter(
            [original | {f"P{n}": original["AppRolePolicyE15119A6"] for n in range(10)}]
        ),
    },
}
# The same for the sandbox: single servers, public ones among them, and nothing kept.
SANDBOX: dict[Rule, dict[str, Change]] = {
    rules.every_server_is_launched_from_a_template: {
        "by itself": put(INSTANCE, "Properties.LaunchTemplate", GONE),
        "own metadata": put(INSTANCE, "Properties.MetadataOptions", {}),
        "own key": put(INSTANCE, "Properties.KeyName", "mine"),
    },
    rules.only_web_servers_without_a_load_balancer_are_public: {
        "app": put(INSTANCE, INSTANCE_ADDRESS, value=True, only="App"),
        "db": put(INSTANCE, INSTANCE_ADDRESS, value=True, only="Db"),
        "db template": put(TEMPLATE, TEMPLATE_ADDRESS, value=True, only="Db"),
        "elastic": add("AWS::EC2::EIP", InstanceId="i-1"),
    },
    rules.servers_are_monitored_in_detail: {
        "instance": put(INSTANCE, "Properties.Monitoring", value=False),
    },
    rules.protection_from_deletion_is_as_the_environment_says: {
        "a sandbox that stays": put(INSTANCE, "Properties.DisableApiTermination", value=True),
        "a template that stays": put(TEMPLATE, f"{DATA}.DisableApiTermination", value=True),
    },
    rules.data_go_or_stay_as_the_environment_says: {
        "a bucket left": put(BUCKET, "DeletionPolicy", "Retain"),
        "a key left": put(KEY, "DeletionPolicy", "Retain"),
        "a log left": put(LOGS, "DeletionPolicy", "Retain"),
        "a server left": put(INSTANCE, "DeletionPolicy", "Retain"),
        "volumes left": put(TEMPLATE, f"{VOLUME}.DeleteOnTermination", value=False),
        "full buckets left": drop("Custom::S3AutoDeleteObjects"),
    },
    rules.every_role_stays_within_a_boundary: {
        "not the emptying function": put(
            ROLE, "Properties.PermissionsBoundary", GONE, only="CustomS3"
        ),
    },
    rules.no_function_makes_a_log_group_of_its_own: {
        "AWS's policy": put(ROLE, "Properties.ManagedPolicyArns", ["x"], only="CustomS3"),
    },
    rules.every_fleet_is_launched_and_spread: {
        "another size": put(INSTANCE, "Properties.InstanceType", "t4g.nano"),
        "another tier's subnet": put(
            INSTANCE, "Properties.NetworkInterfaces.0.SubnetId", "subnet-1"
        ),
    },
}
