"""Which alarms, event rules and Config rules an environment has."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from blueprint.alarm_rows import ALARMS, Alarm, role_alarms
from blueprint.config_rows import ConfigRule, config_rules
from blueprint.event_rows import EVENT_ROWS, EventRow
from stacks.environment import Environment


class _Row(Protocol):
    @property
    def name(self) -> str: ...


Row = TypeVar("Row", bound=_Row)


def _on(environment: Environment, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.name not in environment.audit.off]


def alarms_of(
    environment: Environment, *, cross_account_role: str | None, break_glass_role: str | None
) -> list[Alarm]:
    """The alarms on the trail, with those on the roles that the environment has."""
    roles = role_alarms(cross_account_role=cross_account_role, break_glass_role=break_glass_role)
    return _on(environment, (*ALARMS, *roles))


def rules_of(environment: Environment) -> list[ConfigRule]:
    """The rules of AWS Config, with what the environment asks of passwords."""
    passwords = environment.identity.password_policy
    return _on(
        environment,
        config_rules(
            minimum_password_length=passwords.minimum_length,
            maximum_password_age_days=passwords.maximum_age_days,
        ),
    )


def events_of(environment: Environment) -> list[EventRow]:
    """The rows whose service watches, and whose events happen in the environment's region."""
    settings, region = environment.audit, environment.region
    services = {
        "access-analyzer": environment.identity.access_analyzer.watches,
        "config": settings.config != "off",
        "guardduty": settings.guardduty != "off",
        "inventory": settings.inventory,
        "security-hub": settings.security_hub != "off",
        "trail": settings.trail != "off",
    }
    return [
        row
        for row in _on(environment, EVENT_ROWS)
        if services[row.service]
        # A region that is not known yet could be any.
        if region is None or not row.regions or region in row.regions
    ]
