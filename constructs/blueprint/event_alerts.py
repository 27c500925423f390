"""Messages about events that people should not wait for (IA-12, OP-3)."""

from collections.abc import Sequence

from aws_cdk import aws_events as events
from constructs import Construct

from blueprint.acknowledgements import acknowledge
from blueprint.event_rows import EventRow


class EventAlerts(Construct):
    """An EventBridge rule a row.

    Invariant: an event that matches the row's pattern reaches the topic within seconds, if the
    topic's policy lets rules of this account in.

    Example:
        EventAlerts(
            self,
            "Events",
            topic="arn:aws:sns:eu-west-1:111122223333:alerts",
            rows=[
                EventRow(
                    name="GuardDutyFinding",
                    controls=("OP-3",),
                    description="GuardDuty found something",
                    pattern={"source": ["aws.guardduty"]},
                    service="guardduty",
                )
            ],
        )
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, topic: str, rows: Sequence[EventRow]
    ) -> None:
        """Create a rule for each of `rows`; `topic`: the ARN of the topic that hears of it."""
        super().__init__(scope, construct_id)
        for row in rows:
            # L1: the L2 has no such state.
            events.CfnRule(
                self,
                row.name,
                description=row.description,
                state=_state(row),
                event_pattern=row.pattern,
                # No role: EventBridge may fail to deliver to an encrypted topic with one. The
                # topic's policy lets it in:
                # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
                targets=[events.CfnRule.TargetProperty(id="Topic", arn=topic)],
            )
        acknowledge(
            self,
            "EventBridge tries for 24 hours to hand a message over; a queue of those that failed "
            "would be one that nobody reads. Unsafe if SNS were down for a day.",
            "Serverless-EventBusDLQ",
        )


def _state(row: EventRow) -> str:
    # A rule that is merely enabled hears of no call that CloudTrail counts as reading:
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
    kinds = row.pattern.get("detail-type")
    from_trail = isinstance(kinds, Sequence) and any("CloudTrail" in str(kind) for kind in kinds)
    return "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" if from_trail else "ENABLED"
