"""What the stack Audit deploys: what records, what judges, and who hears of it."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from app import build_app
from blueprint.alarm_rows import ALARMS
from blueprint.config_rows import CONFIG_RULES
from blueprint.event_rows import EVENT_ROWS, ROOT_SIGN_IN_REGIONS
from stacks.loading import parse_environment
from stacks.network_flows import network_flows
from tests.conftest import Assembly
from tests.policies import Template, changed, flat, listed, of_type, without_code
from tests.readable import policy
from tests.stacks.test_network_stack import PolicySnapshot

ALL = ("sandbox", "production", "everything")
OFF = {
    "trail": "off",
    "config": "off",
    "guardduty": "off",
    "security_hub": "off",
    "inventory": False,
    "network_access_scope": False,
}
ALREADY = {"config": "already-enabled", "guardduty": "already-enabled"}
ALREADY |= {"security_hub": "already-enabled"}


@pytest.fixture(params=ALL)
def watched(request: pytest.FixtureRequest) -> Assembly:
    """Each environment that tests synthesize."""
    found: Assembly = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def audit_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Template]:
    """Synthesize the stack from keys of [audit], without the validations."""
    known: dict[str, Template] = {}

    def make(region: str = "eu-west-1", analyzer: str = "create", **audit: object) -> Template:
        key = json.dumps([region, analyzer, audit])
        if key not in known:
            folder = tmp_path_factory.mktemp("audit")
            values = {
                "region": region,
                "network": {"cidr": "10.0.0.0/16"},
                "identity": {"access_analyzer": {"external": analyzer}},
                "audit": audit,
            }
            environment = parse_environment(values, "test", "test.toml")
            build_app(environment, outdir=folder, validate=False).synth()
            known[key] = json.loads((folder / "Audit.template.json").read_text())
        return known[key]

    return make


def named(template: Template, kind: str) -> set[str]:
    """The names of the rows that a type has resources of, without the CDK's hash."""
    prefix = {"AWS::CloudWatch::Alarm": "Alarms", "AWS::Events::Rule": "Events"}.get(kind, "Rules")
    return {logical_id.removeprefix(prefix)[:-8] for logical_id in of_type(template, kind)}


def test_template_is_the_reviewed_one(assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    template = without_code(assembly.audit)
    assert template == snapshot(extension_class=JSONSnapshotExtension)


def test_policy_is_the_reviewed_one(assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    assert policy(assembly.audit) == snapshot(extension_class=PolicySnapshot)


def test_policy_of_every_switch_is_the_reviewed_one(
    everything: Assembly, snapshot: SnapshotAssertion
) -> None:
    assert policy(everything.audit) == snapshot(extension_class=PolicySnapshot)


# ---- Who hears of it


def unheard(template: Template) -> Iterator[str]:
    """Alarms and rules that do not reach the topic, and metrics that no alarm reads."""
    (topic,) = of_type(template, "AWS::SNS::Topic")
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    for name, alarm in alarms.items():
        if alarm["AlarmActions"] != [{"Ref": topic}] or alarm.get("ActionsEnabled") is False:
            yield name
    for name, rule in of_type(template, "AWS::Events::Rule").items():
        target = {"Id": "Topic", "Arn": {"Ref": topic}}
        # A role in the target would keep EventBridge from an encrypted topic.
        if rule["Targets"] != [target] or not rule["State"].startswith("ENABLED"):
            yield name
    for name, given in of_type(template, "AWS::Logs::MetricFilter").items():
        (metric,) = given["MetricTransformations"]
        read = [
            alarm
            for alarm in alarms.values()
            if (alarm["Namespace"], alarm["MetricName"])
            == (metric["MetricNamespace"], metric["MetricName"])
        ]
        if len(read) != 1:
            yield name


def test_every_alarm_and_rule_reaches_the_topic(watched: Assembly) -> None:
    assert list(unheard(watched.audit)) == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("AWS::CloudWatch::Alarm", {"AlarmActions": []}),
        ("AWS::CloudWatch::Alarm", {"ActionsEnabled": False}),
        ("AWS::CloudWatch::Alarm", {"MetricName": "Other"}),
        ("AWS::Events::Rule", {"Targets": []}),
        ("AWS::Events::Rule", {"State": "DISABLED"}),
        ("AWS::Logs::MetricFilter", {"MetricTransformations": [{"MetricName": "Other"}]}),
    ],
)
def test_what_nobody_would_hear_of_is_found(
    production: Assembly, kind: str, change: dict[str, Any]
) -> None:
    for metric in change.get("MetricTransformations", []):
        metric["MetricNamespace"] = "Other"
    for name in of_type(production.audit, kind):

        def mute(template: Template, name: str = name) -> None:
            template["Resources"][name]["Properties"].update(change)

        assert list(unheard(changed(production.audit, mute))), name


def test_an_event_alarms_at_once_and_silence_does_not(watched: Assembly) -> None:
    for alarm in of_type(watched.audit, "AWS::CloudWatch::Alarm").values():
        assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, "notBreaching")


def allowed(statements: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Who may do what, when; each condition as text."""
    return {
        (
            json.dumps(statement["Principal"]),
            action,
            flat_conditions(statement.get("Condition", {})),
        )
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    }


def flat_conditions(conditions: dict[str, dict[str, Any]]) -> str:
    return "; ".join(
        f"{operator} {key} {flat(value)}"
        for operator, keys in sorted(conditions.items())
        for key, value in sorted(keys.items())
    )


def of_service(service: str, *actions: str, when: str) -> set[tuple[str, str, str]]:
    principal = json.dumps({"Service": f"{service}.amazonaws.com"})
    return {(principal, action, when) for action in actions}


SOURCES = {"cloudwatch": "alarm:*", "events": "rule/*"}


def from_own(service: str, account: str = "111122223333", region: str = "ap-northeast-1") -> str:
    arn = f"arn:aws:{service}:{region}:{account}:{SOURCES[service]}"
    return f"ArnLike aws:SourceArn {arn}; StringEquals aws:SourceAccount {account}"


def test_the_topic_lets_in_alarms_and_rules_of_this_account_and_nobody_else(
    production: Assembly,
) -> None:
    (given,) = of_type(production.audit, "AWS::SNS::TopicPolicy").values()
    statements = given["PolicyDocument"]["Statement"]
    assert allowed(statements) == {
        *of_service("cloudwatch", "sns:Publish", when=from_own("cloudwatch")),
        *of_service("events", "sns:Publish", when=from_own("events")),
    }
    (denied,) = (row for row in statements if row["Effect"] == "Deny")
    assert denied["Principal"] == "*"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_key_of_the_topic_works_for_both_services_and_the_account(
    production: Assembly,
) -> None:
    (topic,) = of_type(production.audit, "AWS::SNS::Topic").values()
    (key_id, _) = topic["KmsMasterKeyId"]["Fn::GetAtt"]
    key = of_type(production.audit, "AWS::KMS::Key")[key_id]
    use = ("kms:Decrypt", "kms:GenerateDataKey")
    topics = "arn:aws:sns:ap-northeast-1:111122223333:*"
    services = {row for row in allowed(key["KeyPolicy"]["Statement"]) if "Service" in row[0]}
    assert services == {
        *of_service("cloudwatch", *use, when=from_own("cloudwatch")),
        # KMS does not hear whose rule it is; the topic does.
        *of_service(
            "events", *use, when=f"ArnLike kms:EncryptionContext:aws:sns:topicArn {topics}"
        ),
    }


def test_subscriptions_are_those_of_the_environment(everything: Assembly) -> None:
    subscriptions = of_type(everything.audit, "AWS::SNS::Subscription").values()
    given = {row["Endpoint"]: row["Protocol"] for row in subscriptions}
    assert tuple(given) == everything.environment.audit.subscriptions
    assert sorted(given.values()) == ["email", "https", "lambda", "sqs"]


# ---- The trail


def test_the_trail_misses_no_region_no_service_and_no_change_of_its_files(
    watched: Assembly,
) -> None:
    (trail,) = of_type(watched.audit, "AWS::CloudTrail::Trail").values()
    for switch in (
        "IsLogging",
        "IsMultiRegionTrail",
        "IncludeGlobalServiceEvents",
        "EnableLogFileValidation",
    ):
        assert trail[switch] is True, switch
    assert trail["KMSKeyId"]
    (group,) = of_type(watched.audit, "AWS::Logs::LogGroup").values()
    assert group["RetentionInDays"] == watched.environment.audit.log_retention_days
    assert group["KmsKeyId"] == trail["KMSKeyId"]


def test_only_this_trail_writes_its_bucket_and_uses_its_key(production: Assembly) -> None:
    template = production.audit
    (trail,) = of_type(template, "AWS::CloudTrail::Trail").values()
    arn = "arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/" + trail["TrailName"]
    own = f"StringEquals aws:SourceArn {arn}"
    (bucket,) = (
        given["PolicyDocument"]["Statement"]
        for given in of_type(template, "AWS::S3::BucketPolicy").values()
        if given["Bucket"] == trail["S3BucketName"]
    )
    assert allowed(bucket) == {
        *of_service("cloudtrail", "s3:GetBucketAcl", when=own),
        *of_service(
            "cloudtrail",
            "s3:PutObject",
            when=f"{own}; StringEquals s3:x-amz-acl bucket-owner-full-control",
        ),
    }
    key = of_type(template, "AWS::KMS::Key")[trail["KMSKeyId"]["Fn::GetAtt"][0]]
    uses = {row for row in allowed(key["KeyPolicy"]["Statement"]) if "cloudtrail" in row[0]}
    context = f"StringEquals kms:EncryptionContext:aws:cloudtrail:arn {arn}"
    assert uses == {
        *of_service("cloudtrail", "kms:DescribeKey", when=own),
        *of_service("cloudtrail", "kms:GenerateDataKey", when=f"{own}; {context}"),
    }


def buckets(template: Template) -> dict[str, dict[str, Any]]:
    """The buckets by the place of their construct."""
    found = of_type(template, "AWS::S3::Bucket").items()
    return {name.partition("Archive")[0].partition("AccessLogs")[0]: own for name, own in found}


def test_records_are_kept_as_long_as_the_environment_says(watched: Assembly) -> None:
    days = watched.environment.audit.archive_days
    for place, own in buckets(watched.audit).items():
        (rule,) = own["LifecycleConfiguration"]["Rules"]
        assert rule["ExpirationInDays"] == (days if place else 365)
        assert own["VersioningConfiguration"] == {"Status": "Enabled"}
        assert set(own["PublicAccessBlockConfiguration"].values()) == {True}


def test_the_lock_is_on_the_trail_and_config_has_a_bucket_without(
    production: Assembly, sandbox: Assembly
) -> None:
    locked = buckets(production.audit)["Trail"]
    assert locked["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {
        "Days": 365,
        "Mode": "GOVERNANCE",
    }
    for template in (production.audit, sandbox.audit):
        assert "ObjectLockConfiguration" not in buckets(template)["Configuration"]
    assert not any("ObjectLock" in str(own) for own in buckets(sandbox.audit).values())


def test_a_sandbox_leaves_no_records_behind(sandbox: Assembly, production: Assembly) -> None:
    kept = {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::Logs::LogGroup", "AWS::KMS::Key"}
    for assembly, expected in ((sandbox, "Delete"), (production, "Retain")):
        for name, resource in assembly.audit["Resources"].items():
            if resource["Type"] in kept:
                assert resource["DeletionPolicy"] == expected, name
    assert len(of_type(sandbox.audit, "Custom::S3AutoDeleteObjects")) == 3
    assert not of_type(production.audit, "Custom::S3AutoDeleteObjects")


def test_data_events_are_those_of_the_data_bucket_where_asked_for(
    production: Assembly, sandbox: Assembly
) -> None:
    (trail,) = of_type(production.audit, "AWS::CloudTrail::Trail").values()
    (selector,) = trail["EventSelectors"]
    assert (selector["ReadWriteType"], selector["IncludeManagementEvents"]) == ("All", True)
    ((data,),) = (selector["DataResources"],)
    assert (data["Type"], [flat(value) for value in data["Values"]]) == (
        "AWS::S3::Object",
        ["<Servers.WatchedBucketArn>/"],
    )
    (trail,) = of_type(sandbox.audit, "AWS::CloudTrail::Trail").values()
    assert "EventSelectors" not in trail


def test_alarms_are_on_the_roles_that_the_environment_has(
    production: Assembly, sandbox: Assembly
) -> None:
    assert named(sandbox.audit, "AWS::CloudWatch::Alarm") == {row.name for row in ALARMS}
    roles = {"CrossAccountRoleAssumed", "BreakGlassRoleAssumed"}
    assert named(production.audit, "AWS::CloudWatch::Alarm") == {row.name for row in ALARMS} | roles
    patterns = {
        name: flat(given["FilterPattern"])
        for name, given in of_type(production.audit, "AWS::Logs::MetricFilter").items()
    }
    (partner,) = (text for name, text in patterns.items() if "CrossAccountRole" in name)
    assert ":iam::111122223333:role/PartnerData" in partner
    (emergency,) = (text for name, text in patterns.items() if "BreakGlassRole" in name)
    assert "<Identity.WatchedRoleArn>" in emergency


# ---- Configuration


def waits_for(template: Template, name: str) -> set[str]:
    """What is complete before the resource is created."""
    resources = template["Resources"]
    found: set[str] = set()
    new = {name}
    while new:
        one = resources[new.pop()]
        direct = set(listed(one.get("DependsOn", [])))
        text = json.dumps(one.get("Properties", {}))
        direct |= {other for other in resources if f'"{other}"' in text}
        new |= direct - found
        found |= direct
    return found


def out_of_order(template: Template) -> Iterator[str]:
    """What a first deployment would stumble over."""
    (recorder,) = of_type(template, "AWS::Config::ConfigurationRecorder")
    (channel,) = of_type(template, "AWS::Config::DeliveryChannel")
    for rule in of_type(template, "AWS::Config::ConfigRule"):
        if not {recorder, channel} <= waits_for(template, rule):
            yield f"{rule} is there before recorder and channel"
    # CloudFormation calls the recorder complete once there is a channel, which needs a recorder.
    if channel in waits_for(template, recorder) or recorder in waits_for(template, channel):
        yield "recorder and channel wait for each other"
    for name in (recorder, channel, *of_type(template, "AWS::CloudTrail::Trail")):
        kinds = {template["Resources"][other]["Type"] for other in waits_for(template, name)}
        if not {"AWS::S3::BucketPolicy", "AWS::IAM::ManagedPolicy"} <= kinds:
            yield f"{name} is there before it may write"


def test_a_first_deployment_has_recorder_channel_and_rules_in_order(watched: Assembly) -> None:
    assert list(out_of_order(watched.audit)) == []


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::Config::ConfigRule",
        "AWS::Config::ConfigurationRecorder",
        "AWS::Config::DeliveryChannel",
        "AWS::CloudTrail::Trail",
    ],
)
def test_a_dependency_that_is_missing_is_found(production: Assembly, kind: str) -> None:
    for name in of_type(production.audit, kind):

        def forget(template: Template, name: str = name) -> None:
            del template["Resources"][name]["DependsOn"]

        assert list(out_of_order(changed(production.audit, forget))), name


@pytest.mark.parametrize("first", ["ConfigurationRecorder", "DeliveryChannel"])
def test_recorder_and_channel_that_wait_are_found(production: Assembly, first: str) -> None:
    (recorder,) = of_type(production.audit, "AWS::Config::ConfigurationRecorder")
    (channel,) = of_type(production.audit, "AWS::Config::DeliveryChannel")
    one, other = (recorder, channel) if first == "DeliveryChannel" else (channel, recorder)
    twin = changed(production.audit, lambda t: t["Resources"][one]["DependsOn"].append(other))
    assert "recorder and channel wait for each other" in list(out_of_order(twin))


def test_config_records_everything(watched: Assembly) -> None:
    (recorder,) = of_type(watched.audit, "AWS::Config::ConfigurationRecorder").values()
    assert recorder["RecordingGroup"] == {"AllSupported": True, "IncludeGlobalResourceTypes": True}


def test_rules_are_the_rows_but_for_those_that_are_off(watched: Assembly) -> None:
    off = set(watched.environment.audit.off)
    assert named(watched.audit, "AWS::Config::ConfigRule") == (
        {rule.name for rule in CONFIG_RULES} - off
    )
    given = {
        name[len("Rules") : -8]: own
        for name, own in of_type(watched.audit, "AWS::Config::ConfigRule").items()
    }
    for rule in CONFIG_RULES:
        if rule.name not in off:
            source = {"Owner": "AWS", "SourceIdentifier": rule.identifier}
            assert given[rule.name]["Source"] == source
            parameters = given[rule.name].get("InputParameters", {})
            assert parameters.items() >= rule.parameters.items()
    passwords = watched.environment.identity.password_policy
    wanted = given["PasswordPolicy"]["InputParameters"]
    assert wanted["MinimumPasswordLength"] == str(passwords.minimum_length)
    assert wanted["MaxPasswordAge"] == str(passwords.maximum_age_days)


def test_unused_credentials_are_revoked_where_asked_for_and_by_nothing_else(
    everything: Assembly, production: Assembly
) -> None:
    kind = "AWS::Config::RemediationConfiguration"
    assert not of_type(production.audit, kind)
    (given,) = of_type(everything.audit, kind).values()
    assert given["TargetId"] == "AWSConfigRemediation-RevokeUnusedIAMUserCredentials"
    rule = of_type(everything.audit, "AWS::Config::ConfigRule")[given["ConfigRuleName"]["Ref"]]
    age = given["Parameters"]["MaxCredentialUsageAge"]["StaticValue"]["Values"]
    assert age == [rule["InputParameters"]["maxCredentialUsageAge"]]
    assert rule["Source"]["SourceIdentifier"] == "IAM_USER_UNUSED_CREDENTIALS_CHECK"
    (role_id, _) = given["Parameters"]["AutomationAssumeRole"]["StaticValue"]["Values"][0][
        "Fn::GetAtt"
    ]
    (trust,) = of_type(everything.audit, "AWS::IAM::Role")[role_id]["AssumeRolePolicyDocument"][
        "Statement"
    ]
    assert trust["Principal"] == {"Service": "ssm.amazonaws.com"}
    assert flat_conditions(trust["Condition"]) == (
        "ArnLike aws:SourceArn "
        "arn:aws:ssm:eu-west-1:111122223333:automation-execution/*; "
        "StringEquals aws:SourceAccount 111122223333"
    )


# ---- Threats, inventory, the network


def test_the_hub_judges_by_the_standards_of_the_environment(
    production: Assembly, sandbox: Assembly
) -> None:
    (hub,) = of_type(production.audit, "AWS::SecurityHub::Hub").values()
    assert hub["EnableDefaultStandards"] is False
    standards = of_type(production.audit, "AWS::SecurityHub::Standard").values()
    assert [flat(own["StandardsArn"]).partition("standards/")[2] for own in standards] == [
        "aws-foundational-security-best-practices/v/1.0.0",
        "cis-aws-foundations-benchmark/v/3.0.0",
    ]
    for kind in ("AWS::SecurityHub::Hub", "AWS::SecurityHub::Standard"):
        assert not of_type(sandbox.audit, kind)


def test_inventory_only_reads_the_servers_of_this_environment(watched: Assembly) -> None:
    rows = of_type(watched.audit, "AWS::SSM::Association").values()
    own = [{"Key": "tag:blueprint:environment", "Values": [watched.environment.name]}]
    assert all(row["Targets"] == own for row in rows)
    parameters = {row["Name"]: row["Parameters"] for row in rows}
    assert set(parameters) == {"AWS-GatherSoftwareInventory", "AWS-RunPatchBaseline"}
    assert parameters["AWS-RunPatchBaseline"] == {
        "Operation": ["Scan"],
        "RebootOption": ["NoReboot"],
    }


def test_the_access_scope_leaves_out_the_rows_of_the_flow_table_and_no_more(
    watched: Assembly,
) -> None:
    (scope,) = of_type(watched.audit, "AWS::EC2::NetworkInsightsAccessScope").values()
    vpc = {"Fn::GetStackOutput": {"StackName": "Network", "OutputName": "WatchedVpc"}}
    inside = {"ResourceStatement": {"Resources": [vpc]}}
    assert scope["MatchPaths"] == [{"Source": inside}, {"Destination": inside}]
    flows = network_flows(watched.environment)
    assert len(scope["ExcludePaths"]) == len(flows)
    for path, flow in zip(scope["ExcludePaths"], flows, strict=True):
        header = path["Source"]["PacketHeaderStatement"]
        assert header["Protocols"] == [flow.ports.protocol.value]
        assert header["DestinationPorts"] == [str(flow.ports).partition("/")[2]]
        for end, addresses in (("Source", "SourceAddresses"), ("Destination", None)):
            own = path.get(end, {}).get("ResourceStatement", {}).get("Resources")
            zone = flow.source if end == "Source" else flow.destination
            key = addresses or "DestinationAddresses"
            # A security group of the zone, or its addresses; never neither, which is everybody.
            assert (own is None) == (header.get(key) == list(zone.cidrs)), flow


# ---- Switches


def kinds(template: Template) -> set[str]:
    return {resource["Type"].removeprefix("AWS::") for resource in template["Resources"].values()}


def test_with_everything_off_the_topic_stays_and_nothing_publishes(
    audit_of: Callable[..., Template],
) -> None:
    assert kinds(audit_of(analyzer="off", **OFF)) == {"KMS::Key", "SNS::Topic", "SNS::TopicPolicy"}


def test_what_the_account_has_already_is_not_made_and_listened_to(
    audit_of: Callable[..., Template],
) -> None:
    template = audit_of(analyzer="already-enabled", **ALREADY)
    for kind in (
        "Config::ConfigurationRecorder",
        "Config::DeliveryChannel",
        "GuardDuty::Detector",
        "SecurityHub::Hub",
        "SecurityHub::Standard",
    ):
        assert kind not in kinds(template)
    assert named(template, "AWS::Config::ConfigRule") == {rule.name for rule in CONFIG_RULES}
    heard = {"AccessAnalyzerFinding", "ConfigNonCompliance", "GuardDutyFinding"}
    heard |= {"SecurityHubFinding"}
    assert heard <= named(template, "AWS::Events::Rule")


SWITCHES = {
    "trail": (
        {"CloudTrail::Trail", "Logs::MetricFilter", "CloudWatch::Alarm", "Logs::LogGroup"},
        {"RootSignIn", "TrailStopped", "WatchingStopped"},
    ),
    "config": (
        {"Config::ConfigRule", "Config::ConfigurationRecorder", "Config::DeliveryChannel"},
        {"ConfigNonCompliance"},
    ),
    "guardduty": ({"GuardDuty::Detector"}, {"GuardDutyFinding"}),
    "security_hub": ({"SecurityHub::Hub", "SecurityHub::Standard"}, {"SecurityHubFinding"}),
    "inventory": ({"SSM::Association"}, {"ServerNonCompliance"}),
    "network_access_scope": ({"EC2::NetworkInsightsAccessScope"}, set[str]()),
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_takes_away_what_it_names_and_no_other(
    audit_of: Callable[..., Template], switch: str
) -> None:
    resources, events = SWITCHES[switch]
    region = ROOT_SIGN_IN_REGIONS[0]
    on = audit_of(region, security_hub="create")
    # Without Config, Security Hub has nothing to judge.
    needs = {"security_hub": "off"} if switch == "config" else {"security_hub": "create"}
    template = audit_of(region, **{**needs, switch: OFF[switch]})
    gone = resources | (SWITCHES["security_hub"][0] if switch == "config" else set())
    silent = events | (SWITCHES["security_hub"][1] if switch == "config" else set())
    assert gone <= kinds(on)
    assert kinds(template) & gone == set()
    lost = named(on, "AWS::Events::Rule") - named(template, "AWS::Events::Rule")
    assert lost == silent


def test_what_is_off_by_name_is_not_there_and_the_template_says_why(
    audit_of: Callable[..., Template],
) -> None:
    off = {
        "NetworkAclChanges": "SecurityGroupChanges says as much",
        "GuardDutyFinding": "The company's own team looks at findings",
        "RootMfa": "The root user of a member account has no password",
    }
    template = audit_of(off=off)
    every = audit_of(security_hub="create")
    for kind, name in (
        ("AWS::CloudWatch::Alarm", "NetworkAclChanges"),
        ("AWS::Events::Rule", "GuardDutyFinding"),
        ("AWS::Config::ConfigRule", "RootMfa"),
    ):
        assert name in named(every, kind)
        assert name not in named(template, kind)
    assert not any("NetworkAclChanges" in key for key in template["Resources"])
    assert template["Metadata"]["SwitchedOff"] == off


def test_root_sign_ins_are_listened_to_where_they_happen(
    audit_of: Callable[..., Template],
) -> None:
    rules = partial(named, kind="AWS::Events::Rule")
    assert "RootSignIn" in rules(audit_of(ROOT_SIGN_IN_REGIONS[0]))
    assert "RootSignIn" not in rules(audit_of(security_hub="create"))
    assert {row.name for row in EVENT_ROWS} - rules(audit_of(security_hub="create")) == {
        "RootSignIn"
    }


def test_every_environment_of_the_files_is_watched() -> None:
    for file in (Path(__file__).parents[2] / "environments").glob("*.toml"):
        assert "[audit]" in file.read_text(encoding="utf-8"), file.name
