"""`[servers]`: what runs in each tier."""

import re
from collections import Counter
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from blueprint.operating_systems import (
    AMAZON_LINUX_2023,
    OPERATING_SYSTEMS,
    OperatingSystem,
)
from stacks.fields import (
    AsTuple,
    KeyPairName,
    Reason,
    RetentionDays,
    Section,
    between,
    refuse,
)

MOST_SERVERS = 100
# AWS Backup keeps a recovery point for at most 100 years; ten are plenty for servers.
LONGEST_BACKUP_DAYS = 3650


def _operating_system(value: object) -> object:
    if isinstance(value, OperatingSystem):
        return value
    if not (isinstance(value, str) and value in OPERATING_SYSTEMS):
        refuse("an unknown operating system", ", ".join(OPERATING_SYSTEMS), "name one of these")
    return OPERATING_SYSTEMS[value]


class Fleet(Section):
    """`[[servers.web]]`, `[[servers.app]]`, `[[servers.db]]`: like servers of one tier."""

    operating_system: Annotated[OperatingSystem, BeforeValidator(_operating_system)] = Field(
        default=AMAZON_LINUX_2023,
        description="What the servers run; Linux, Windows or one fleet of each in a tier, db Linux",
    )
    instance_type: str = Field(
        default="t4g.small", description="An EC2 type of the operating system's architecture"
    )
    count: Annotated[int, between(1, MOST_SERVERS)] = Field(
        default=1, description="How many servers, spread over the zones"
    )

    @model_validator(mode="after")
    def _type_fits(self) -> Self:
        system = self.operating_system
        reason = system.misfit(self.instance_type)
        if reason:
            example = "t4g.small" if system.architecture == "arm64" else "t3.large"
            refuse(
                f"instance_type {self.instance_type!r} {reason}",
                system.fitting,
                f"instance_type, to {example} for example",
            )
        return self


class KeyPair(Section):
    """`[servers.key_pair]`: a key for breaking glass, its private half in Parameter Store."""

    name: KeyPairName = Field(description="The name of the key pair in EC2")
    reason: Reason = Field(
        description="Why the environment has a key that someone can lose; a tag of the key pair"
    )


class LoadBalancer(Section):
    """`[servers.load_balancer]`: an Application Load Balancer in front of the web tier."""

    certificate_arn: str = Field(description="Its certificate in AWS Certificate Manager")

    @field_validator("certificate_arn")
    @classmethod
    def _certificate(cls, value: str) -> str:
        if not re.fullmatch(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+", value):
            refuse(
                "no ARN of a certificate",
                "arn:aws:acm:REGION:ACCOUNT:certificate/ID",
                "copy it from AWS Certificate Manager",
            )
        return value

    @property
    def region(self) -> str:
        """The region of the certificate."""
        return self.certificate_arn.split(":")[3]

    @property
    def account(self) -> str:
        """The account of the certificate."""
        return self.certificate_arn.split(":")[4]


Fleets = Annotated[tuple[Fleet, ...], AsTuple, Field(min_length=1)]


class Servers(Section):
    """`[servers]`: how servers are kept, and the fleets of each tier.

    Without fleets, each tier has one Linux server.
    """

    auto_scaling: bool = Field(
        default=False,
        description="Auto Scaling groups that replace unhealthy servers, or single instances",
    )
    termination_protection: bool = Field(
        default=True, description="AWS refuses to delete stacks, servers and load balancers"
    )
    backup_retention_days: Annotated[int, between(0, LONGEST_BACKUP_DAYS)] = Field(
        default=35, description="Days that daily backups are kept; 0 makes none"
    )
    log_retention_days: RetentionDays = Field(
        default=30, description="Days that the servers' logs are kept"
    )
    key_pair: KeyPair | None = None
    load_balancer: LoadBalancer | None = None
    web: Fleets = (Fleet(),)
    app: Fleets = (Fleet(),)
    db: Fleets = (Fleet(),)

    @property
    def tiers(self) -> dict[str, tuple[Fleet, ...]]:
        """The fleets by the name of their tier."""
        return {"web": self.web, "app": self.app, "db": self.db}

    @field_validator("web", "app", "db")
    @classmethod
    def _one_fleet_a_family(cls, value: tuple[Fleet, ...]) -> tuple[Fleet, ...]:
        for family, fleets in Counter(fleet.operating_system.family for fleet in value).items():
            if fleets > 1:
                refuse(
                    f"{fleets} fleets of {family}",
                    "one fleet of Linux, one of Windows, or one of each in a tier",
                    "count, or the operating system of one fleet",
                )
        return value

    @field_validator("db")
    @classmethod
    def _packages_of_the_database(cls, value: tuple[Fleet, ...]) -> tuple[Fleet, ...]:
        for fleet in value:
            if fleet.operating_system.family == "Windows":
                refuse(
                    f"{fleet.operating_system.name} has no PostgreSQL in its image, and the "
                    "database tier reaches nothing that it could be installed from",
                    AMAZON_LINUX_2023.name,
                    "the operating system of the database servers",
                )
        return value
