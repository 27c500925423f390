"""Alarms on what a trail records (IA-1, IA-9, IA-12, OP-1)."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from blueprint.alarm_rows import Alarm

NAMESPACE = "Blueprint/Activity"
# Seconds in which events are counted; the first one alarms.
PERIOD = 300


class TrailAlarms(Construct):
    """A metric filter and an alarm a row, on the log group of a trail.

    Invariant: one event that matches the row's pattern is enough, and silence is no alarm.

    Example:
        TrailAlarms(
            self,
            "Alarms",
            log_group="trail",
            topic="arn:aws:sns:eu-west-1:111122223333:alerts",
            alarms=[
                Alarm(
                    name="KeyCreated",
                    controls=("IA-12",),
                    cis=None,
                    description="An access key was created",
                    pattern="{ $.eventName = CreateAccessKey }",
                )
            ],
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        log_group: str,
        topic: str,
        alarms: Sequence[Alarm],
    ) -> None:
        """Create them.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            log_group: Name of the log group that the trail writes to.
            topic: ARN of the topic that hears of an alarm.
            alarms: The rows.
        """
        super().__init__(scope, construct_id)
        for alarm in alarms:
            # L1: an L2 costs twice the time in synthesis and says no more.
            logs.CfnMetricFilter(
                self,
                f"{alarm.name}Filter",
                log_group_name=log_group,
                filter_pattern=alarm.pattern,
                metric_transformations=[
                    logs.CfnMetricFilter.MetricTransformationProperty(
                        metric_namespace=NAMESPACE, metric_name=alarm.name, metric_value="1"
                    )
                ],
            )
            cloudwatch.CfnAlarm(
                self,
                alarm.name,
                alarm_description=alarm.description,
                namespace=NAMESPACE,
                metric_name=alarm.name,
                statistic="Sum",
                period=PERIOD,
                evaluation_periods=1,
                threshold=1,
                comparison_operator="GreaterThanOrEqualToThreshold",
                treat_missing_data="notBreaching",
                alarm_actions=[topic],
            )
