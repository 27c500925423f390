"""What every Servers template keeps, whatever the environment: rules that name what breaks them."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from blueprint.address_plan import APP, DB
from stacks.environment import Environment
from tests.readable import said, statements_of

Properties = dict[str, Any]
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html (20 KB)
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html (32 KB)
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html (20,480)
MOST_RESOURCES, MOST_POLICIES_A_ROLE = 500, 10
LONGEST_POLICY = {
    "AWS::IAM::ManagedPolicy": 6_144,
    "AWS::S3::BucketPolicy": 20_480,
    "AWS::KMS::Key": 32_768,
    "AWS::EC2::VPCEndpoint": 20_480,
}
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
LONGEST_USER_DATA = 16 * 1024
# More than any name or ARN that takes the place of an intrinsic function.
LONGEST_VALUE = 130
DATA_TYPES = {"AWS::KMS::Key", "AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::Backup::BackupVault"}
# By tier: what its servers may do with which objects of the data bucket, and on what condition.
IF_ABSENT = str({"Null": {"s3:if-none-match": "false"}})
DATA_RIGHTS: dict[str, set[tuple[str, str, str]]] = {
    "web": set(),
    "app": {
        ("s3:GetObject", "/app/*", "{}"),
        ("s3:PutObject", "/app/*", "{}"),
        ("s3:GetObject", "/db/password", "{}"),
    },
    "db": {
        ("s3:PutObject", "/db/backups/*", "{}"),
        # Never over the one that the application trusts.
        ("s3:PutObject", "/db/password", IF_ABSENT),
        ("s3:GetObject", "/db/password", "{}"),
    },
}
USE_DATA = {
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
}
# Of AWS: packages, the Systems Manager agent, patching.
UPDATE_BUCKETS = (
    "al2023-repos",
    "amazon-ssm",
    "aws-patch-manager",
    "aws-ssm",
    "aws-windows-downloads",
    "patch-baseline-snapshot",
)
SECRETS = (
    r"A[KS]IA[0-9A-Z]{16}",
    r"-----BEGIN",
    r"AWS::IAM::AccessKey",
    r"LoginProfile",
    # AWS Config is told what to ask of passwords: how long, how old, how many before.
    (
        r"(?i)(password|secret)(?!(length|age|reuseprevention)['\"]: ['\"]\d+['\"])"
        r"\w*['\"]?\s*[:=]\s*['\"][^'\"{$]+['\"]"
    ),
    # A secret access key: 40 characters of base64, letters of both cases and digits among them;
    # logical ids, which end in eight digits of a hash, may be as long.
    r"(?<![\w/+])(?!\w{32}[0-9A-F]{8}\b)(?=[^\"]{0,39}[a-z])(?=[^\"]{0,39}[A-Z])(?=[^\"]{0,39}\d)[A-Za-z0-9/+]{40}(?![\w/+=])",
)


@dataclass(frozen=True)
class Servers:
    """A Servers template, and the environment that it is for."""

    environment: Environment
    resources: dict[str, Properties]

    def of(self, kind: str) -> dict[str, Properties]:
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.resources.items()
            if resource["Type"] == kind
        }

    @property
    def templates(self) -> Iterator[tuple[str, Properties]]:
        """The launch templates: logical id, data."""
        for logical_id, template in self.of("AWS::EC2::LaunchTemplate").items():
            yield logical_id, template["LaunchTemplateData"]

    def roles(self) -> dict[str, str]:
        """The roles of servers by their tier, as launch templates name them."""
        profiles = self.of("AWS::IAM::InstanceProfile")
        return {
            tier_of(data): profiles[data["IamInstanceProfile"]["Name"]["Ref"]]["Roles"][0]["Ref"]
            for _, data in self.templates
        }

    def statements(self, role: str) -> Iterator[Properties]:
        attached = self.of("AWS::IAM::Role")[role].get("ManagedPolicyArns", [])
        for logical_id, policy in self.of("AWS::IAM::ManagedPolicy").items():
            if {"Ref": role} in policy.get("Roles", []) or {"Ref": logical_id} in attached:
                yield from statements_of(policy)


def data_buckets(servers: Servers) -> list[str]:
    """All but those that hold the access log of another."""
    return [
        logical_id
        for logical_id, bucket in servers.of("AWS::S3::Bucket").items()
        if "LoggingConfiguration" in bucket
    ]


def launch_tags(data: Properties, kind: str) -> dict[str, str]:
    return {
        tag["Key"]: tag["Value"]
        for specification in data["TagSpecifications"]
        if specification["ResourceType"] == kind
        for tag in specification["Tags"]
    }


def tier_of(data: Properties) -> str:
    return launch_tags(data, "instance")["blueprint:tier"]


def servers_and_volumes_say_whose_they_are(servers: Servers) -> Iterator[str]:
    environment = servers.environment
    for logical_id, data in servers.templates:
        tier, family = tier_of(data), "Windows" if "Windows" in data["ImageId"] else "Linux"
        wanted = {
            **environment.tags,
            "blueprint:environment": environment.name,
            "blueprint:tier": tier,
            "Name": f"Servers/{tier.capitalize()}/{family}",
        }
        for kind in ("instance", "volume"):
            if launch_tags(data, kind) != wanted:
                yield f"{logical_id} {kind}"


def metadata_needs_a_token_and_stays_on_the_server(servers: Servers) -> Iterator[str]:
    for logical_id, data in servers.templates:
        if data.get("MetadataOptions") != {
            "HttpEndpoint": "enabled",
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": 1,
        }:
            yield logical_id


def every_server_is_launched_from_a_template(servers: Servers) -> Iterator[str]:
    known = servers.of("AWS::EC2::LaunchTemplate")
    own = {"MetadataOptions", "BlockDeviceMappings", "UserData", "ImageId", "KeyName"}
    for kind in ("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"):
        for logical_id, properties in servers.of(kind).items():
            template = properties.get("LaunchTemplate", {})
            found = template.get("LaunchTemplateId", {}).get("Ref")
            newest = {"Fn::GetAtt": [found, "LatestVersionNumber"]}
            if found not in known or template["Version"] != newest or own & set(properties):
                yield logical_id


def volumes_are_encrypted_gp3_under_a_customer_key(servers: Servers) -> Iterator[str]:
    keys = servers.of("AWS::KMS::Key")
    for logical_id, data in servers.templates:
        # A mapping of another device would leave the image's own root volume as it is.
        root = "/dev/sda1" if "Windows" in data["ImageId"] else "/dev/xvda"
        devices = [device["DeviceName"] for device in data.get("BlockDeviceMappings", [])]
        volumes = [device["Ebs"] for device in data.get("BlockDeviceMappings", [])]
        if devices != [root] or not all(
            volume["Encrypted"] is True
            and volume["VolumeType"] == "gp3"
            and said(volume.get("KmsKeyId")) in {f"<{key}.Arn>" for key in keys}
            for volume in volumes
        ):
            yield logical_id
    yield from servers.of("AWS::EC2::Volume")


def only_web_servers_without_a_load_balancer_are_public(servers: Servers) -> Iterator[str]:
    public = set() if servers.environment.servers.load_balancer else {"web"}
    interfaces = [
        (logical_id, tier_of(data), interface)
        for logical_id, data in servers.templates
        for interface in data["NetworkInterfaces"]
    ]
    templates = dict(servers.templates)
    for logical_id, instance in servers.of("AWS::EC2::Instance").items():
        template = instance.get("LaunchTemplate", {}).get("LaunchTemplateId", {}).get("Ref")
        if template in templates:
            tier = tier_of(templates[template])
            interfaces += [(logical_id, tier, one) for one in instance["NetworkInterfaces"]]
    for logical_id, tier, interface in interfaces:
        if interface.get("AssociatePublicIpAddress") is not (tier in public):
            yield logical_id
    for kind in ("AWS::EC2::EIP", "AWS::EC2::EIPAssociation"):
        yield from servers.of(kind)


def servers_are_monitored_in_detail(servers: Servers) -> Iterator[str]:
    for logical_id, data in servers.templates:
        if data.get("Monitoring") != {"Enabled": True}:
            yield logical_id
    for logical_id, instance in servers.of("AWS::EC2::Instance").items():
        if instance.get("Monitoring") is not True:
            yield logical_id


def protection_from_deletion_is_as_the_environment_says(servers: Servers) -> Iterator[str]:
    protected = servers.environment.servers.termination_protection
    for logical_id, data in servers.templates:
        if data.get("DisableApiTermination", False) is not protected:
            yield logical_id
    for logical_id, instance in servers.of("AWS::EC2::Instance").items():
        if instance.get("DisableApiTermination") is not protected:
            yield logical_id
    for logical_id, balancer in servers.of("AWS::ElasticLoadBalancingV2::LoadBalancer").items():
        attributes = {pair["Key"]: pair["Value"] for pair in balancer["LoadBalancerAttributes"]}
        if attributes["deletion_protection.enabled"] != str(protected).lower():
            yield logical_id


@cache
def action_resources() -> dict[str, list[str]]:
    """The resource types of every action of AWS, from the reference that cfn-lint carries."""
    # Importing cfn-lint for one of its files would take seconds.
    package = find_spec("cfnlint")
    assert package
    assert package.origin
    path = Path(package.origin).parent / "data" / "AdditionalSpecs" / "Policies.json"
    return {
        f"{service}:{action}".lower(): about.get("Resources", [])
        for service, described in json.loads(path.read_text(encoding="utf-8")).items()
        for action, about in described["Actions"].items()
    }


def actions_exist_and_any_resource_stands_only_where_aws_has_none(
    servers: Servers,
) -> Iterator[str]:
    known = action_resources()
    for logical_id, policy in servers.of("AWS::IAM::ManagedPolicy").items():
        for statement in statements_of(policy):
            anywhere = "*" in statement["resources"]
            for action in statement["actions"]:
                # An action with a wildcard is unknown too; one on the wrong side allows too much,
                # or nothing at all.
                if action.lower() not in known or anywhere is bool(known[action.lower()]):
                    yield f"{logical_id} {action}"
            if statement["odd"]:
                yield f"{logical_id} {statement['odd']}"


def policies_are_managed_by_the_customer(servers: Servers) -> Iterator[str]:
    yield from servers.of("AWS::IAM::Policy")
    yield from servers.of("AWS::IAM::RolePolicy")
    ours = [{"Ref": policy} for policy in servers.of("AWS::IAM::ManagedPolicy")]
    for logical_id, role in servers.of("AWS::IAM::Role").items():
        if "Policies" in role:
            yield logical_id
        attached = role.get("ManagedPolicyArns", [])
        yield from (f"{logical_id} {arn}" for arn in attached if arn not in ours)


def every_role_stays_within_a_boundary(servers: Servers) -> Iterator[str]:
    policies = servers.of("AWS::IAM::ManagedPolicy")
    for role, properties in servers.of("AWS::IAM::Role").items():
        boundary = said(properties.get("PermissionsBoundary", "none")).strip("<>")
        if boundary not in policies or policies[boundary].get("Roles"):
            yield f"{role} has no boundary"
            continue
        most = {action for row in statements_of(policies[boundary]) for action in row["actions"]}
        for statement in servers.statements(role):
            yield from (f"{role} {action}" for action in set(statement["actions"]) - most)
        if any(re.match("(iam|sts|organizations):", action) for action in most):
            yield f"{boundary} reaches IAM"


def servers_are_trusted_as_servers_only(servers: Servers) -> Iterator[str]:
    for role in servers.roles().values():
        trust = servers.of("AWS::IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"]
        if [(row["Principal"], row["Action"], row["Effect"]) for row in trust] != [
            ({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole", "Allow")
        ]:
            yield role


def each_tier_touches_its_own_data_only(servers: Servers) -> Iterator[str]:
    buckets = servers.of("AWS::S3::Bucket")
    keys = servers.of("AWS::KMS::Key")
    for tier, role in servers.roles().items():
        objects, decrypts = set(), False
        for statement in servers.statements(role):
            for resource in statement["resources"]:
                owner = re.match(r"<(\w+)\.Arn>(.*)", resource)
                if owner and owner[1] in buckets:
                    condition = str(statement["condition"])
                    objects |= {(action, owner[2], condition) for action in statement["actions"]}
                decrypts |= bool(owner and owner[1] in keys)
        if objects != DATA_RIGHTS[tier] or decrypts is not bool(DATA_RIGHTS[tier]):
            yield f"{tier}: {sorted(objects)}"


def nothing_looks_like_a_secret(servers: Servers) -> Iterator[str]:
    for logical_id, resource in servers.resources.items():
        text = json.dumps(resource)
        yield from (f"{logical_id} {pattern}" for pattern in SECRETS if re.search(pattern, text))


def buckets_are_private_versioned_and_logged(servers: Servers) -> Iterator[str]:
    buckets = servers.of("AWS::S3::Bucket")
    logs = {
        said(bucket["LoggingConfiguration"]["DestinationBucketName"])
        for bucket in buckets.values()
        if "LoggingConfiguration" in bucket
    }
    for logical_id, bucket in buckets.items():
        blocked = bucket.get("PublicAccessBlockConfiguration", {})
        ownership = bucket.get("OwnershipControls", {}).get("Rules")
        private = len(blocked) == 4 and all(blocked.values())
        versioned = bucket.get("VersioningConfiguration") == {"Status": "Enabled"}
        # Only the bucket that holds the log of another is without one.
        recorded = "LoggingConfiguration" in bucket or f"<{logical_id}>" in logs
        if not (private and versioned and recorded) or ownership != [
            {"ObjectOwnership": "BucketOwnerEnforced"}
        ]:
            yield logical_id


def data_are_encrypted_under_keys_that_rotate(servers: Servers) -> Iterator[str]:
    keys = servers.of("AWS::KMS::Key")
    yield from (key for key, properties in keys.items() if not properties.get("EnableKeyRotation"))
    arns = {f"<{key}.Arn>" for key in keys}
    for logical_id, bucket in servers.of("AWS::S3::Bucket").items():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = rule["ServerSideEncryptionByDefault"]
        # Services deliver access logs under keys of S3 only.
        is_log = "LoggingConfiguration" not in bucket
        if default["SSEAlgorithm"] != ("AES256" if is_log else "aws:kms"):
            yield logical_id
        if not is_log and said(default.get("KMSMasterKeyID")) not in arns:
            yield logical_id
    for logical_id, group in servers.of("AWS::Logs::LogGroup").items():
        if said(group.get("KmsKeyId")) not in arns:
            yield logical_id
    for logical_id, vault in servers.of("AWS::Backup::BackupVault").items():
        if said(vault.get("EncryptionKeyArn")) not in arns:
            yield logical_id


def backups_are_of_the_environments_own_servers(servers: Servers) -> Iterator[str]:
    # Another environment in the account has the same tiers, and a plan of its own.
    own = {
        "ConditionKey": "aws:ResourceTag/blueprint:environment",
        "ConditionValue": servers.environment.name,
    }
    tiers = set()
    for logical_id, properties in servers.of("AWS::Backup::BackupSelection").items():
        selection = properties["BackupSelection"]
        (equal,) = selection["Conditions"].values()
        tiers |= {
            one["ConditionValue"]
            for one in equal
            if one["ConditionKey"] == "aws:ResourceTag/blueprint:tier"
        }
        if own not in equal or "ListOfTags" in selection:
            yield logical_id
    if tiers != (
        DATA_RIGHTS.keys() if servers.environment.servers.backup_retention_days else set()
    ):
        yield f"of {sorted(tiers)}"


def nothing_reaches_a_bucket_or_the_public_without_tls(servers: Servers) -> Iterator[str]:
    policies = {
        policy["Bucket"]["Ref"]: statements_of(policy)
        for policy in servers.of("AWS::S3::BucketPolicy").values()
    }
    for bucket in servers.of("AWS::S3::Bucket"):
        everything = {f"<{bucket}.Arn>", f"<{bucket}.Arn>/*"}
        conditions = [
            statement["condition"]
            for statement in policies.get(bucket, [])
            if statement["effect"] == "Deny"
            and statement["actions"] == ["s3:*"]
            and statement["principals"] == ["*"]
            and set(statement["resources"]) == everything
        ]
        for wanted in (
            {"Bool": {"aws:SecureTransport": "false"}},
            {"NumericLessThan": {"s3:TlsVersion": 1.2}},
        ):
            if wanted not in conditions:
                yield f"{bucket} {wanted}"
    balancers = servers.of("AWS::ElasticLoadBalancingV2::LoadBalancer")
    for logical_id, listener in servers.of("AWS::ElasticLoadBalancingV2::Listener").items():
        balancer = balancers[listener["LoadBalancerArn"]["Ref"]]
        if balancer["Scheme"] == "internet-facing" and (
            listener["Protocol"] != "HTTPS"
            or not listener.get("SslPolicy", "").startswith("ELBSecurityPolicy-TLS13-1-2")
            or not listener.get("Certificates")
        ):
            yield logical_id


def the_way_to_s3_leads_to_the_data_and_to_updates_only(servers: Servers) -> Iterator[str]:
    environment = servers.environment
    own = {"aws:PrincipalAccount": environment.account or {"Ref": "AWS::AccountId"}}
    updates = re.compile(
        rf"arn:(aws|<AWS::Partition>):s3:::({'|'.join(UPDATE_BUCKETS)})"
        rf"-{environment.region or '<AWS::Region>'}(-\w+)?/\*"
    )
    workload = {
        resource
        for role in servers.roles().values()
        for statement in servers.statements(role)
        for resource in statement["resources"]
        if resource.endswith(".zip")
    }
    data = {f"<{bucket}.Arn>{rest}" for bucket in data_buckets(servers) for rest in ("", "/*")}
    for logical_id, endpoint in servers.of("AWS::EC2::VPCEndpoint").items():
        for statement in statements_of(endpoint):
            resources = set(statement["resources"])
            # Each statement is one of these: data, the names of buckets, the workload, updates.
            ours = statement["condition"] == {"StringEquals": own} and (
                (resources == data and set(statement["actions"]) <= USE_DATA)
                or (resources == {"*"} and statement["actions"] == ["s3:ListAllMyBuckets"])
                or (resources == workload and statement["actions"] == ["s3:GetObject"])
            )
            public = statement["actions"] == ["s3:GetObject"] and all(
                map(updates.fullmatch, resources)
            )
            if statement["effect"] != "Allow" or statement["odd"] or not (ours or public):
                yield f"{logical_id} {statement}"
        tables = {said(table) for table in endpoint["RouteTableIds"]}
        if len(tables) != 3 * environment.zone_count or not all(
            re.match("<Network.OutputRefVpc(Web|App|Db)Subnet.RouteTable", table)
            for table in tables
        ):
            yield f"{logical_id} from {sorted(tables)}"


def leaked_credentials_open_no_data_from_outside(servers: Servers) -> Iterator[str]:
    (endpoint,) = servers.of("AWS::EC2::VPCEndpoint")
    roles = {f"<{role}.Arn>" for tier, role in servers.roles().items() if tier != "web"}
    for policy in servers.of("AWS::S3::BucketPolicy").values():
        bucket = policy["Bucket"]["Ref"]
        if bucket in data_buckets(servers) and not any(
            statement["effect"] == "Deny"
            and statement["actions"] == ["s3:*"]
            and set(statement["principals"]) == roles
            and set(statement["resources"]) == {f"<{bucket}.Arn>", f"<{bucket}.Arn>/*"}
            and statement["condition"] == {"StringNotEquals": {"aws:SourceVpce": {"Ref": endpoint}}}
            for statement in statements_of(policy)
        ):
            yield bucket


def data_go_or_stay_as_the_environment_says(servers: Servers) -> Iterator[str]:
    keep = servers.environment.removal_policy == "retain"
    wanted = "Retain" if keep else "Delete"
    for logical_id, resource in servers.resources.items():
        policies = {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")}
        if resource["Type"] in DATA_TYPES and policies != {wanted}:
            yield logical_id
        if not keep and not policies <= {None, "Delete"}:
            yield logical_id
    for logical_id, data in servers.templates:
        for device in data["BlockDeviceMappings"]:
            # Servers of the other tiers hold nothing, and a kept volume of theirs only bills.
            if device["Ebs"]["DeleteOnTermination"] is (keep and tier_of(data) == "db"):
                yield logical_id
    # CloudFormation deletes empty buckets only.
    emptied = {said(e["BucketName"]) for e in servers.of("Custom::S3AutoDeleteObjects").values()}
    if emptied != (set() if keep else {f"<{name}>" for name in servers.of("AWS::S3::Bucket")}):
        yield "Custom::S3AutoDeleteObjects"


def no_function_makes_a_log_group_of_its_own(servers: Servers) -> Iterator[str]:
    for logical_id, function in servers.of("AWS::Lambda::Function").items():
        role = servers.of("AWS::IAM::Role")[function["Role"]["Fn::GetAtt"][0]]
        if "ManagedPolicyArns" in role or "logs:" in str(role):
            yield logical_id


def user_data_of(data: Properties) -> str:
    return said(data["UserData"]["Fn::Base64"])


def settings_of(data: Properties) -> dict[str, str]:
    lines = r"^(?:<powershell>)?(?:export |\$env:)(\w+)(?:=| = )'(.*)'$"
    return dict(re.findall(lines, user_data_of(data), re.MULTILINE))


def user_data_fit(servers: Servers) -> Iterator[str]:
    for logical_id, data in servers.templates:
        if len(filled(user_data_of(data))) > LONGEST_USER_DATA:
            yield logical_id


def workload_settings_are_those_of_the_tier(servers: Servers) -> Iterator[str]:
    environment = servers.environment
    network, ports = environment.network, environment.ports
    logged = {
        "web": network.interface_endpoints or not environment.servers.load_balancer,
        "app": network.interface_endpoints or network.nat.value != "none",
        "db": network.interface_endpoints,
    }
    (data_bucket,) = data_buckets(servers)
    by_tier = {
        "web": {
            "LISTEN_PORT": "443",
            "UPSTREAM_HOST": "app.blueprint.internal",
            "UPSTREAM_PORT": str(ports.application),
        },
        "app": {
            "LISTEN_PORT": str(ports.application),
            "UPSTREAM_HOST": "db.blueprint.internal",
            "UPSTREAM_PORT": str(ports.database),
            "DATA_BUCKET": f"<{data_bucket}>",
        },
        "db": {
            "LISTEN_PORT": str(ports.database),
            "DATA_BUCKET": f"<{data_bucket}>",
            # With groups, the load balancer in front of them is who connects.
            "CLIENTS": environment.plan.block(DB if environment.servers.auto_scaling else APP),
        },
    }
    for logical_id, data in servers.templates:
        tier, settings = tier_of(data), settings_of(data)
        region = environment.region or "<AWS::Region>"
        workload = {settings.pop("WORKLOAD_BUCKET", ""), settings.pop("WORKLOAD_KEY", "")}
        granted = " ".join(
            resource
            for statement in servers.statements(servers.roles()[tier])
            for resource in statement["resources"]
        )
        group = settings.pop("LOG_GROUP", "")
        if (
            settings != {"TIER": tier, "REGION": region, **by_tier[tier]}
            or not all(part and part in granted for part in workload)
            or bool(group) is not logged[tier]
            or (group and f"{group[:-1]}.Arn>" not in granted)
        ):
            yield f"{logical_id} {settings}"


def the_database_runs_a_part_of_the_workload_of_its_own(servers: Servers) -> Iterator[str]:
    parts: dict[str, set[str]] = {}
    for _, data in servers.templates:
        parts.setdefault(tier_of(data), set()).add(settings_of(data).get("WORKLOAD_KEY", ""))
    if parts["db"] & (parts["web"] | parts["app"]):
        yield f"db shares {parts['db']}"
    for tier, role in servers.roles().items():
        readable = {
            resource
            for statement in servers.statements(role)
            for resource in statement["resources"]
            if resource.endswith(".zip")
        }
        if len(readable) != 1:
            yield f"{tier} reads {sorted(readable)}"


def keys_exist_for_breaking_glass_only(servers: Servers) -> Iterator[str]:
    pairs, asked = servers.of("AWS::EC2::KeyPair"), servers.environment.servers.key_pair
    names = {said(data.get("KeyName", "")) for _, data in servers.templates}
    if asked is None:
        yield from (*pairs, *(names - {""}))
        return
    reason = {"Key": "blueprint:reason", "Value": asked.reason}
    if [(pair["KeyName"], pair["KeyType"], reason in pair["Tags"]) for pair in pairs.values()] != [
        (asked.name, "rsa", True)
    ] or names != {f"<{name}>" for name in pairs}:
        yield "AWS::EC2::KeyPair"


def every_fleet_is_launched_and_spread(servers: Servers) -> Iterator[str]:
    environment = servers.environment
    settings, zones = environment.servers, environment.zone_count
    templates = dict(servers.templates)
    asked = Counter(
        {
            (tier, fleet.operating_system.image_parameter, fleet.instance_type): fleet.count
            for tier, fleets in settings.tiers.items()
            for fleet in fleets
        }
    )
    found: Counter[tuple[str, str, str]] = Counter()
    subnets: dict[tuple[str, str], set[str]] = {}
    for kind in ("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"):
        for logical_id, launched in servers.of(kind).items():
            data = templates[launched["LaunchTemplate"]["LaunchTemplateId"]["Ref"]]
            tier, image = tier_of(data), data["ImageId"].removeprefix("resolve:ssm:")
            size = str(launched.get("InstanceType", data.get("InstanceType")))
            found[tier, image, size] += int(launched.get("MinSize", 1))
            if "MaxSize" in launched and int(launched["MaxSize"]) != int(launched["MinSize"]) + 1:
                yield logical_id
            placed = launched.get("VPCZoneIdentifier") or [
                interface["SubnetId"] for interface in launched["NetworkInterfaces"]
            ]
            subnets.setdefault((tier, image), set()).update(map(said, placed))
    if found != asked:
        yield f"{found} launched, {asked} asked"
    for (tier, image, _), count in asked.items():
        wanted = zones if settings.auto_scaling else min(count, zones)
        placed_in = subnets.get((tier, image), set())
        ours = [name for name in placed_in if f"Vpc{tier.capitalize()}Subnet" in name]
        if len(ours) != wanted or len(placed_in) != wanted:
            yield f"{tier} {image} in {sorted(placed_in)}"


def quotas_are_kept(servers: Servers) -> Iterator[str]:
    if len(servers.resources) > MOST_RESOURCES:
        yield f"{len(servers.resources)} resources"
    for kind, most in LONGEST_POLICY.items():
        for logical_id, properties in servers.of(kind).items():
            document = json.dumps(properties.get("PolicyDocument") or properties["KeyPolicy"])
            if longest(json.loads(document)) > most:
                yield logical_id
    attached = Counter(
        said(role)
        for policy in servers.of("AWS::IAM::ManagedPolicy").values()
        for role in policy.get("Roles", [])
    )
    yield from (role for role, count in attached.items() if count > MOST_POLICIES_A_ROLE)


def filled(text: str) -> str:
    """The text, with the longest value for everything that only deployment knows."""
    return re.sub(r"<[\w.:]+>", "x" * LONGEST_VALUE, text)


def longest(document: Any) -> int:  # noqa: ANN401 (a policy document of a template)
    """The characters of a policy, whatever stands for its intrinsic functions; blanks are free."""
    if isinstance(document, dict) and len(document) == 1:
        (key,) = document
        if key == "Ref" or key.startswith("Fn::"):
            return len(filled(said(document))) + 2
    if isinstance(document, dict):
        return sum(len(key) + 4 + longest(value) for key, value in document.items()) + 1
    if isinstance(document, list):
        return sum(longest(value) + 1 for value in document) + 1
    return len(str(document).replace(" ", "")) + 2


Rule = Callable[[Servers], Iterator[str]]
RULES: tuple[Rule, ...] = (
    metadata_needs_a_token_and_stays_on_the_server,
    every_server_is_launched_from_a_template,
    servers_and_volumes_say_whose_they_are,
    volumes_are_encrypted_gp3_under_a_customer_key,
    only_web_servers_without_a_load_balancer_are_public,
    servers_are_monitored_in_detail,
    protection_from_deletion_is_as_the_environment_says,
    actions_exist_and_any_resource_stands_only_where_aws_has_none,
    policies_are_managed_by_the_customer,
    every_role_stays_within_a_boundary,
    servers_are_trusted_as_servers_only,
    each_tier_touches_its_own_data_only,
    nothing_looks_like_a_secret,
    buckets_are_private_versioned_and_logged,
    data_are_encrypted_under_keys_that_rotate,
    backups_are_of_the_environments_own_servers,
    nothing_reaches_a_bucket_or_the_public_without_tls,
    the_way_to_s3_leads_to_the_data_and_to_updates_only,
    leaked_credentials_open_no_data_from_outside,
    data_go_or_stay_as_the_environment_says,
    no_function_makes_a_log_group_of_its_own,
    user_data_fit,
    workload_settings_are_those_of_the_tier,
    the_database_runs_a_part_of_the_workload_of_its_own,
    keys_exist_for_breaking_glass_only,
    every_fleet_is_launched_and_spread,
    quotas_are_kept,
)


def broken(servers: Servers) -> list[str]:
    """Every rule that the template breaks, with what breaks it."""
    return [f"{rule.__name__}: {what}" for rule in RULES for what in rule(servers)]
