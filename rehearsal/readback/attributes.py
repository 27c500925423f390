"""What Fn::GetAtt gives: asked of the service that owns the resource, not of the deployment."""

from collections.abc import Callable

from rehearsal.standin import StandIn


def _itself(_: StandIn, physical_id: str) -> str:
    return physical_id


def _default_group(stand_in: StandIn, vpc_id: str) -> str:
    groups = stand_in.ec2.describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [vpc_id]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )
    return groups["SecurityGroups"][0]["GroupId"]


def _log_group_arn(stand_in: StandIn, name: str) -> str:
    groups = stand_in.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next(str(group["arn"]) for group in groups if group["logGroupName"] == name)


def _load_balancer(stand_in: StandIn, arn: str) -> dict[str, str]:
    answer = stand_in.client("elbv2").describe_load_balancers(LoadBalancerArns=[arn])
    balancer: dict[str, str] = answer["LoadBalancers"][0]
    return balancer


ATTRIBUTES: dict[tuple[str, str], Callable[[StandIn, str], str]] = {
    ("AWS::Backup::BackupPlan", "BackupPlanId"): _itself,
    ("AWS::Backup::BackupVault", "BackupVaultName"): _itself,
    ("AWS::CloudTrail::Trail", "Arn"): lambda stand_in, name: str(
        stand_in.client("cloudtrail").get_trail(Name=name)["Trail"]["TrailARN"]
    ),
    ("AWS::CloudWatch::Alarm", "Arn"): lambda stand_in, name: str(
        stand_in.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0][
            "AlarmArn"
        ]
    ),
    ("AWS::Config::ConfigRule", "Arn"): lambda stand_in, name: str(
        stand_in.client("config").describe_config_rules(ConfigRuleNames=[name])["ConfigRules"][0][
            "ConfigRuleArn"
        ]
    ),
    ("AWS::EC2::EIP", "AllocationId"): lambda stand_in, address: stand_in.ec2.describe_addresses(
        PublicIps=[address]
    )["Addresses"][0]["AllocationId"],
    ("AWS::EC2::Instance", "PrivateIp"): lambda stand_in, server: stand_in.ec2.describe_instances(
        InstanceIds=[server]
    )["Reservations"][0]["Instances"][0]["PrivateIpAddress"],
    ("AWS::EC2::LaunchTemplate", "LatestVersionNumber"): lambda stand_in, template: str(
        stand_in.ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"][0][
            "LatestVersionNumber"
        ]
    ),
    ("AWS::EC2::NetworkAcl", "Id"): _itself,
    ("AWS::EC2::SecurityGroup", "GroupId"): _itself,
    ("AWS::EC2::VPC", "DefaultSecurityGroup"): _default_group,
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "CanonicalHostedZoneID"): (
        lambda stand_in, arn: _load_balancer(stand_in, arn)["CanonicalHostedZoneId"]
    ),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "DNSName"): (
        lambda stand_in, arn: _load_balancer(stand_in, arn)["DNSName"]
    ),
    ("AWS::Backup::BackupVault", "BackupVaultArn"): lambda stand_in, name: str(
        stand_in.client("backup").describe_backup_vault(BackupVaultName=name)["BackupVaultArn"]
    ),
    ("AWS::Events::Rule", "Arn"): lambda stand_in, name: str(
        stand_in.client("events").describe_rule(Name=name)["Arn"]
    ),
    ("AWS::GuardDuty::Detector", "Id"): _itself,
    ("AWS::IAM::InstanceProfile", "Arn"): lambda stand_in, name: stand_in.iam.get_instance_profile(
        InstanceProfileName=name
    )["InstanceProfile"]["Arn"],
    ("AWS::IAM::Role", "Arn"): lambda stand_in, name: stand_in.iam.get_role(RoleName=name)["Role"][
        "Arn"
    ],
    ("AWS::IAM::User", "Arn"): lambda stand_in, name: stand_in.iam.get_user(UserName=name)["User"][
        "Arn"
    ],
    ("AWS::KMS::Key", "Arn"): lambda stand_in, key: str(
        stand_in.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    ),
    ("AWS::Lambda::Function", "Arn"): lambda stand_in, name: str(
        stand_in.client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    ),
    ("AWS::Logs::LogGroup", "Arn"): _log_group_arn,
    ("AWS::SNS::Topic", "TopicArn"): _itself,
    ("AWS::S3::Bucket", "Arn"): lambda _, name: f"arn:aws:s3:::{name}",
}
