"""What a rehearsal shows of who watches an account, as it is live."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from rehearsal.assembly import Assembly
from rehearsal.readback.account import Account
from rehearsal.readback.resolve import deployed_resources
from rehearsal.standin import StandIn

Row = tuple[str, str]


def show_watching(to: Console, stand_in: StandIn, assembly: Assembly) -> None:
    """What records, judges and tells."""
    shown = Table("account", "what", "how", title="What watches, as live")
    for number in assembly.accounts:
        account = _account(stand_in, assembly, number)
        for area in (_trails, _alarms, _configuration, _detection, _people):
            for row in area(account):
                shown.add_row(number, *row)
    if shown.row_count:
        to.print(shown)


def _account(stand_in: StandIn, assembly: Assembly, number: str) -> Account:
    """What the stacks of an account hold."""
    ids: dict[str, list[str]] = {}
    for stack, logical_id, physical_id in deployed_resources(stand_in, assembly):
        if stack.account == number:
            resource_type = stack.template["Resources"][logical_id]["Type"]
            ids.setdefault(resource_type, []).append(physical_id)
    return Account(stand_in.of(number), ids)


def _trails(account: Account) -> Iterator[Row]:
    cloudtrail = account.stand_in.client("cloudtrail")
    for name in account.ids("AWS::CloudTrail::Trail"):
        trail = cloudtrail.get_trail(Name=name)["Trail"]
        logging = cloudtrail.get_trail_status(Name=name)["IsLogging"]
        yield (
            "trail",
            ", ".join(
                (
                    "logging" if logging else "stopped",
                    "all regions" if trail["IsMultiRegionTrail"] else "one region",
                    "validated" if trail["LogFileValidationEnabled"] else "not validated",
                )
            ),
        )


def _alarms(account: Account) -> Iterator[Row]:
    if names := account.ids("AWS::CloudWatch::Alarm"):
        cloudwatch = account.stand_in.client("cloudwatch")
        pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=names)
        alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
        telling = [each for each in alarms if each["ActionsEnabled"] and each["AlarmActions"]]
        yield "alarms", f"{len(alarms)}, of which {len(telling)} tell somebody"
    events = account.stand_in.client("events")
    rules = [events.describe_rule(Name=name) for name in account.ids("AWS::Events::Rule")]
    if rules:
        enabled = [each for each in rules if each["State"] != "DISABLED"]
        yield "event rules", f"{len(rules)}, of which {len(enabled)} are enabled"


def _configuration(account: Account) -> Iterator[Row]:
    config = account.stand_in.client("config")
    if account.ids("AWS::Config::ConfigurationRecorder"):
        (status,) = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
        yield "configuration recorder", "recording" if status["recording"] else "stopped"
    if rules := account.ids("AWS::Config::ConfigRule"):
        yield "Config rules", str(len(rules))


def _detection(account: Account) -> Iterator[Row]:
    guardduty = account.stand_in.client("guardduty")
    for detector in account.ids("AWS::GuardDuty::Detector"):
        yield "GuardDuty", guardduty.get_detector(DetectorId=detector)["Status"].lower()
    if account.ids("AWS::SecurityHub::Hub"):
        enabled = account.stand_in.client("securityhub").get_enabled_standards()
        standards = [each["StandardsArn"] for each in enabled["StandardsSubscriptions"]]
        names = (arn.split("/", 1)[1].split("/")[0] for arn in standards)
        yield "Security Hub", "\n".join(sorted(names)) or "no standard"
    ssm = account.stand_in.client("ssm")
    for identity in account.ids("AWS::SSM::Association"):
        found = ssm.describe_association(AssociationId=identity)["AssociationDescription"]
        targets = "; ".join(f"{each['Key']} {each['Values']}" for each in found["Targets"])
        yield found["Name"], f"{found['ScheduleExpression']}, on {targets}"


def _people(account: Account) -> Iterator[Row]:
    sns = account.stand_in.client("sns")
    for arn in account.ids("AWS::SNS::Topic"):
        found = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
        told = ", ".join(each["Endpoint"] for each in found) or "nobody"
        yield f"topic {arn.rpartition(':')[2]}", f"tells {told}"
