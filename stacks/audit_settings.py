"""`[audit]`: what is recorded of the account, how long, and who hears of it (IA-12, OP-1 to OP-3).

`already-enabled`: the account has the service, from another stack or by hand; what reads it is made
all the same. `off`: the service is not used.
"""

import difflib
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from blueprint.alarm_rows import ALARM_NAMES
from blueprint.config_rows import CONFIG_RULES
from blueprint.event_rows import EVENT_ROWS
from stacks.fields import AsTuple, RetentionDays, Section, between, refuse, text

# Ten years, in days. CloudWatch Logs keeps nothing longer.
LONGEST_ARCHIVE = 3653
SUBSCRIPTIONS = {
    "email": r"[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+",
    "https": r"https://[^\s/]+\.[^\s/]+(/\S*)?",
    "sqs": r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+",
    "lambda": r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?",
}
# Everything that tells people, or has an opinion on the account, by its name.
NAMES = (*ALARM_NAMES, *(row.name for row in EVENT_ROWS), *(rule.name for rule in CONFIG_RULES))
# The rule whose findings are remediated.
UNUSED_CREDENTIALS = "UnusedCredentials"

Switch = Literal["create", "already-enabled", "off"]
Standard = Literal["foundational-best-practices", "cis"]


def _known(name: str) -> str:
    if name not in NAMES:
        close = difflib.get_close_matches(name, NAMES, n=1)
        refuse(
            "no alarm, event rule or Config rule of the blueprint",
            ", ".join(NAMES),
            f'write "{close[0]}"' if close else "remove it",
        )
    return name


OffName = Annotated[str, AfterValidator(_known)]
OffReason = Annotated[
    str,
    text(
        r"\S.{8,254}\S",
        "a sentence of 10 to 256 characters",
        reason="no reason",
        change="say why nobody needs to hear of it here",
    ),
]
Subscription = Annotated[
    str,
    text(
        "|".join(SUBSCRIPTIONS.values()),
        "an address of electronic mail, an https:// URL, or the ARN of an SQS queue or a Lambda "
        "function",
        reason="nothing that the topic can send to",
        change="write security@example.com, for example",
    ),
]


class Audit(Section):
    """`[audit]`: the trail, what is derived from it, and the services that watch beside it."""

    trail: Literal["create", "off"] = Field(
        default="create", description="CloudTrail in all regions, and the alarms on it"
    )
    log_retention_days: RetentionDays = Field(
        default=365, description="Days that the trail is kept in CloudWatch Logs"
    )
    archive_days: Annotated[int, between(1, LONGEST_ARCHIVE)] = Field(
        default=400, description="Days that trail and configuration are kept in Amazon S3"
    )
    # Locked in governance mode: who may bypass it is decided by IAM.
    object_lock_days: Annotated[int, between(0, LONGEST_ARCHIVE)] = Field(
        default=0, description="Days that nobody deletes files of the trail; 0: off"
    )
    minimum_retention_days: Annotated[int, between(0, LONGEST_ARCHIVE)] = Field(
        default=0, description="The environment's policy: nothing is kept for less; 0: none"
    )
    data_events: bool = Field(
        default=False,
        description="Record reads and writes of objects in the data bucket; billed by the event",
    )
    subscriptions: Annotated[tuple[Subscription, ...], AsTuple] = Field(
        default=(), description="Who hears of alarms; mail and HTTPS have to confirm a message"
    )
    config: Switch = Field(
        default="create", description="AWS Config; an account has one recorder a region"
    )
    guardduty: Switch = Field(
        default="create", description="GuardDuty; an account has one detector a region"
    )
    security_hub: Switch = Field(
        default="off", description="Security Hub; an account has one a region"
    )
    security_hub_standards: Annotated[tuple[Standard, ...], AsTuple] = Field(
        default=("foundational-best-practices", "cis"),
        description="What Security Hub checks the account against",
    )
    remediate_unused_credentials: bool = Field(
        default=False,
        description="Delete passwords and switch off keys that the rule of Config finds unused",
    )
    inventory: bool = Field(
        default=True, description="Systems Manager lists what servers run and lack"
    )
    network_access_scope: bool = Field(
        default=True, description="The flow table, for AWS's Network Access Analyzer to check"
    )
    off: Mapping[OffName, OffReason] = Field(
        default={},
        description="Alarms and rules by name, each with the reason why nobody needs to hear of it",
    )

    @field_validator("subscriptions", "security_hub_standards")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            refuse("one is named twice", "each once", "remove one of them")
        return value

    @model_validator(mode="after")
    def _lock_within_the_archive(self) -> Self:
        if self.object_lock_days > self.archive_days:
            refuse(
                f"object_lock_days is {self.object_lock_days}, and archive_days deletes after "
                f"{self.archive_days}",
                "a lock no longer than the archive",
                "raise archive_days, or lower object_lock_days",
            )
        return self

    @model_validator(mode="after")
    def _needs_the_trail(self) -> Self:
        if self.trail == "off" and (self.data_events or self.object_lock_days):
            refuse(
                'data_events and object_lock_days are about the trail, and trail is "off"',
                'neither, or trail = "create"',
                "remove them, or the trail's switch",
            )
        return self

    @model_validator(mode="after")
    def _needs_the_configuration(self) -> Self:
        wanted = {
            "remediate_unused_credentials = true": self.remediate_unused_credentials,
            'security_hub = "create"': self.security_hub == "create",
        }
        for setting, on in wanted.items():
            if on and self.config == "off":
                refuse(
                    f'{setting} works on what Config records, and config is "off"',
                    'config = "create" or "already-enabled"',
                    f"config, or remove {setting.split()[0]}",
                )
        return self

    @model_validator(mode="after")
    def _needs_its_rule(self) -> Self:
        if self.remediate_unused_credentials and UNUSED_CREDENTIALS in self.off:
            refuse(
                f"remediate_unused_credentials = true acts on what {UNUSED_CREDENTIALS} finds, and "
                "off has that rule",
                "one of the two",
                f"off, without {UNUSED_CREDENTIALS}, or remove remediate_unused_credentials",
            )
        return self

    @model_validator(mode="after")
    def _standards_of_an_own_hub(self) -> Self:
        given = "security_hub_standards" in self.model_fields_set
        if given and self.security_hub != "create":
            refuse(
                f'security_hub_standards are chosen, and security_hub is "{self.security_hub}"',
                'standards with security_hub = "create"; whoever enabled the hub chooses its own',
                "security_hub, or remove security_hub_standards",
            )
        return self

    def check(self, *, removal_policy: str, break_glass: bool, **retention: int) -> None:
        """Refuse what does not fit the rest of the environment.

        Args:
            removal_policy: The environment's.
            break_glass: Whether it has a role for emergencies.
            retention: Days that other sections keep records; keywords are their keys, "__" for a
                dot.
        """
        if self.object_lock_days and removal_policy == "destroy":
            refuse(
                f"audit.object_lock_days is {self.object_lock_days} and removal_policy is "
                '"destroy": nobody can empty a locked bucket',
                'no lock, or removal_policy = "retain"',
                "audit.object_lock_days, to 0",
            )
        if break_glass and self.trail == "off":
            refuse(
                'identity.break_glass has an alarm on the trail, and audit.trail is "off"',
                'audit.trail = "create" with identity.break_glass',
                "audit.trail, or remove identity.break_glass",
            )
        own = {
            "audit__log_retention_days": self.log_retention_days,
            "audit__archive_days": self.archive_days,
        }
        for key, days in {**retention, **own}.items():
            if days < self.minimum_retention_days:
                name = key.replace("__", ".")
                refuse(
                    f"{name} is {days}, less than audit.minimum_retention_days = "
                    f"{self.minimum_retention_days}",
                    f"{self.minimum_retention_days} days or more",
                    f"raise {name}, or lower the environment's policy",
                )


def protocol(endpoint: str) -> str:
    """How a topic sends to a subscription that passed the checks."""
    service = endpoint.split(":")[2] if endpoint.startswith("arn:") else ""
    return service or ("https" if endpoint.startswith("https:") else "email")
