"""Changes that somebody makes by hand to live buckets, load balancers, names and backups."""

import json
from collections.abc import Callable
from typing import Any

from tests.rehearsal.live import OPEN_POLICY, Live, Tampering, Undo

# What S3 answers and does not take.
ANSWERED_ONLY = {"ResponseMetadata", "TransitionDefaultMinimumObjectSize"}


def _s3(live: Live) -> tuple[Any, str]:
    bucket = next(
        each
        for each in live.resources.values()
        if each.resource_type == "AWS::S3::Bucket" and "LoggingConfiguration" in each.properties
    )
    return live.stand_in.client("s3"), bucket.physical_id


def _bucket_setting(
    read: str, write: str, key: str, value: dict[str, Any]
) -> Callable[[Live], Undo]:
    """Put another value, and put back what was read before."""

    def tamper(live: Live) -> Undo:
        s3, bucket = _s3(live)
        proper = getattr(s3, read)(Bucket=bucket)
        proper = proper.get(key, {k: v for k, v in proper.items() if k not in ANSWERED_ONLY})
        put = getattr(s3, write)
        put(Bucket=bucket, **{key: value})
        return lambda: put(Bucket=bucket, **{key: proper})

    return tamper


def _open_bucket_policy(live: Live) -> Undo:
    s3, bucket = _s3(live)
    proper = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.put_bucket_policy(Bucket=bucket, Policy=OPEN_POLICY)
    return lambda: s3.put_bucket_policy(Bucket=bucket, Policy=proper)


BUCKETS: dict[str, Tampering] = {
    "bucket under another key": (
        _bucket_setting(
            "get_bucket_encryption",
            "put_bucket_encryption",
            "ServerSideEncryptionConfiguration",
            {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
        ),
        "encryption .*live is .*AES256",
    ),
    "versions no longer kept": (
        _bucket_setting(
            "get_bucket_versioning",
            "put_bucket_versioning",
            "VersioningConfiguration",
            {"Status": "Suspended"},
        ),
        "versioning .*live is Suspended",
    ),
    "public access unblocked": (
        _bucket_setting(
            "get_public_access_block",
            "put_public_access_block",
            "PublicAccessBlockConfiguration",
            {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": False,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        ),
        "public access .*live is BlockPublicPolicy = False",
    ),
    "ownership changed": (
        _bucket_setting(
            "get_bucket_ownership_controls",
            "put_bucket_ownership_controls",
            "OwnershipControls",
            {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        ),
        "ownership .*live is .*ObjectWriter",
    ),
    "access no longer logged": (
        _bucket_setting("get_bucket_logging", "put_bucket_logging", "BucketLoggingStatus", {}),
        "log .*live is None",
    ),
    "versions expire early": (
        _bucket_setting(
            "get_bucket_lifecycle_configuration",
            "put_bucket_lifecycle_configuration",
            "LifecycleConfiguration",
            {"Rules": [{"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]},
        ),
        "lifecycle .*live is .*'ExpireAfterDays': 1",
    ),
    "bucket's tags changed": (
        _bucket_setting(
            "get_bucket_tagging",
            "put_bucket_tagging",
            "Tagging",
            {"TagSet": [{"Key": "aws-cdk:auto-delete-objects", "Value": "true"}]},
        ),
        "tags .*live is .*aws-cdk:auto-delete-objects",
    ),
    "bucket policy opened": (_open_bucket_policy, "bucket policy .*live is .*'Resource'"),
}


def _balancer(live: Live) -> tuple[Any, str]:
    balancer = live.one("AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internet-facing")
    return live.stand_in.client("elbv2"), balancer.physical_id


def _balancer_attribute(key: str, value: str, proper: str) -> Callable[[Live], Undo]:
    def tamper(live: Live) -> Undo:
        elbv2, arn = _balancer(live)

        def put(each: str) -> None:
            elbv2.modify_load_balancer_attributes(
                LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": each}]
            )

        put(value)
        return lambda: put(proper)

    return tamper


def _change_groups(live: Live) -> Undo:
    elbv2, arn = _balancer(live)
    proper = live.one("AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internet-facing")
    other = live.one("AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internal")
    groups = [each.properties["SecurityGroups"] for each in (proper, other)]
    elbv2.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[*groups[0], *groups[1]])
    return lambda: elbv2.set_security_groups(LoadBalancerArn=arn, SecurityGroups=groups[0])


def _add_listener(live: Live) -> Undo:
    elbv2, arn = _balancer(live)
    target = live.one("AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=arn)
    added = elbv2.create_listener(
        LoadBalancerArn=arn,
        Port=80,
        Protocol="HTTP",
        DefaultActions=target.properties["DefaultActions"],
    )["Listeners"][0]["ListenerArn"]
    return lambda: elbv2.delete_listener(ListenerArn=added)


def _weaken_tls(live: Live) -> Undo:
    elbv2, arn = _balancer(live)
    listener = live.one("AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=arn)
    where = {
        "ListenerArn": listener.physical_id,
        "DefaultActions": listener.properties["DefaultActions"],
        "Certificates": listener.properties["Certificates"],
    }
    proper = listener.properties["SslPolicy"]
    elbv2.modify_listener(**where, SslPolicy="ELBSecurityPolicy-2016-08")
    return lambda: elbv2.modify_listener(**where, SslPolicy=proper)


def _preserve_client_address(live: Live) -> Undo:
    elbv2 = live.stand_in.client("elbv2")
    arn = live.one("AWS::ElasticLoadBalancingV2::TargetGroup", Protocol="TCP").physical_id

    def put(value: str) -> None:
        elbv2.modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": "preserve_client_ip.enabled", "Value": value}]
        )

    put("true")
    return lambda: put("false")


def _check_elsewhere(live: Live) -> Undo:
    elbv2 = live.stand_in.client("elbv2")
    group = live.one("AWS::ElasticLoadBalancingV2::TargetGroup", Protocol="HTTPS")
    where = {"TargetGroupArn": group.physical_id}
    proper = group.properties["HealthCheckPath"]
    elbv2.modify_target_group(**where, HealthCheckPath="/always")
    return lambda: elbv2.modify_target_group(**where, HealthCheckPath=proper)


def _deregister(live: Live) -> Undo:
    elbv2 = live.stand_in.client("elbv2")
    arn = live.one("AWS::ElasticLoadBalancingV2::TargetGroup", Protocol="HTTPS").physical_id
    health = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    where = {"TargetGroupArn": arn, "Targets": [{"Id": health[0]["Target"]["Id"]}]}
    elbv2.deregister_targets(**where)
    return lambda: elbv2.register_targets(**where)


LOAD_BALANCERS: dict[str, Tampering] = {
    "deletion protection taken": (
        _balancer_attribute("deletion_protection.enabled", "false", "true"),
        "attribute .* deletion_protection.enabled: .* true, live is false",
    ),
    "requests no longer logged": (
        _balancer_attribute("access_logs.s3.enabled", "false", "true"),
        "attribute .* access_logs.s3.enabled: .* true, live is false",
    ),
    "groups of a load balancer widened": (_change_groups, "load balancer .*SecurityGroups = "),
    "listener added": (_add_listener, "listener .* nothing, live is .*'Port': 80"),
    "TLS weakened": (_weaken_tls, "listener .*live is SslPolicy = ELBSecurityPolicy-2016-08"),
    "client addresses preserved": (
        _preserve_client_address,
        "attribute .* preserve_client_ip.enabled: .* false, live is true",
    ),
    "health checked elsewhere": (
        _check_elsewhere,
        "target group .*live is HealthCheckPath = /always",
    ),
    "server taken from its load balancer": (_deregister, "number of targets .* 3, live is 2"),
}


def _record(live: Live) -> tuple[Any, dict[str, Any]]:
    properties = live.one("AWS::Route53::RecordSet").properties
    return live.stand_in.client("route53"), properties


def _change_record(route53: Any, zone: str, action: str, record: dict[str, Any]) -> None:  # noqa: ANN401 - `StandIn.client` cannot know
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )


def _lead_astray(live: Live) -> Undo:
    route53, said = _record(live)
    key = {"Name": said["Name"], "Type": said["Type"]}
    astray = {**key, "TTL": 60, "ResourceRecords": [{"Value": "203.0.113.66"}]}
    alias = {**key, "AliasTarget": {"EvaluateTargetHealth": False, **said["AliasTarget"]}}
    _change_record(route53, said["HostedZoneId"], "UPSERT", astray)
    return lambda: _change_record(route53, said["HostedZoneId"], "UPSERT", alias)


def _add_record(live: Live) -> Undo:
    route53, said = _record(live)
    added = {
        "Name": "extra.blueprint.internal.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "203.0.113.66"}],
    }
    _change_record(route53, said["HostedZoneId"], "CREATE", added)
    return lambda: _change_record(route53, said["HostedZoneId"], "DELETE", added)


def _share_zone(live: Live) -> Undo:
    route53, said = _record(live)
    vpcs = live.stand_in.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
    where = {
        "HostedZoneId": said["HostedZoneId"],
        "VPC": {"VPCId": vpcs["Vpcs"][0]["VpcId"], "VPCRegion": live.stand_in.region},
    }
    route53.associate_vpc_with_hosted_zone(**where)
    return lambda: route53.disassociate_vpc_from_hosted_zone(**where)


NAMES: dict[str, Tampering] = {
    "name led astray": (_lead_astray, "record .*live is .*203.0.113.66"),
    "name added": (_add_record, "record .* extra.blueprint.internal A: .* nothing"),
    "zone shared": (_share_zone, "hosted zone .*live is VPCs = .*, "),
}


def _open_vault(live: Live) -> Undo:
    backup, vault = live.stand_in.client("backup"), live.one("AWS::Backup::BackupVault")
    where = {"BackupVaultName": vault.physical_id}
    backup.delete_backup_vault_access_policy(**where)
    policy = json.dumps(vault.properties["AccessPolicy"])
    return lambda: backup.put_backup_vault_access_policy(**where, Policy=policy)


def _shorten_backups(live: Live) -> Undo:
    backup = live.stand_in.client("backup")
    where = {"BackupPlanId": live.one("AWS::Backup::BackupPlan").physical_id}
    proper = backup.get_backup_plan(**where)["BackupPlan"]
    made = ("RuleId", "ScheduleExpressionTimezone", "StartWindowMinutes", "CompletionWindowMinutes")
    rules = [{k: v for k, v in rule.items() if k not in made} for rule in proper["Rules"]]
    short = [{**rule, "Lifecycle": {"DeleteAfterDays": 1}} for rule in rules]
    name = proper["BackupPlanName"]
    backup.update_backup_plan(**where, BackupPlan={"BackupPlanName": name, "Rules": short})
    return lambda: backup.update_backup_plan(
        **where, BackupPlan={"BackupPlanName": name, "Rules": rules}
    )


def _back_up_more(live: Live) -> Undo:
    backup, said = live.stand_in.client("backup"), live.one("AWS::Backup::BackupSelection")
    where = {"BackupPlanId": said.properties["BackupPlanId"]}
    more = {**said.properties["BackupSelection"], "SelectionName": "more", "Resources": ["*"]}
    added = backup.create_backup_selection(**where, BackupSelection=more)["SelectionId"]
    return lambda: backup.delete_backup_selection(**where, SelectionId=added)


BACKUPS: dict[str, Tampering] = {
    "vault opened": (_open_vault, "backup vault .*live is AccessPolicy = None"),
    "backups kept shorter": (_shorten_backups, "backup plan .*live is .*'DeleteAfterDays': 1"),
    "more backed up": (_back_up_more, "backup selection .* more: .* nothing, live is"),
}
