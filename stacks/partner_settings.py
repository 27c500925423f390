"""`[partner]` and `[organization]`: accounts beside the environment's own."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from blueprint.address_plan import APP, DB, WEB
from blueprint.cross_account_role import Trust
from stacks.fields import (
    AccountId,
    AsTuple,
    PublicCidrs,
    Region,
    Section,
    refuse,
    text,
)
from stacks.identity_settings import LONGEST_MFA_AGE

# AWS takes 2 to 1,224 characters: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
# 32 hexadecimal digits are 128 bits.
SHORTEST_EXTERNAL_ID, LONGEST_EXTERNAL_ID = 32, 1224
_CHANCE = (
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    rf"|[0-9a-f]{{{SHORTEST_EXTERNAL_ID},{LONGEST_EXTERNAL_ID}}}"
)
# Digits in a row that chance puts in order, or repeats, in fewer than one UUID of ten thousand.
_RUN = 6
_IN_ORDER = f"{2 * '0123456789abcdef'} {2 * 'fedcba9876543210'}"
_NEW_EXTERNAL_ID = 'write what `python -c "import uuid; print(uuid.uuid4())"` prints'

_NAME = "letters, digits and +=,.@_-: the name of an IAM"
# A session bears the user's name, and has two characters or more:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
UserName = Annotated[str, text(r"[\w+=,.@-]{2,64}", f"2 to 64 {_NAME} user without a path")]
RoleName = Annotated[str, text(r"[\w+=,.@-]{1,64}", f"1 to 64 {_NAME} role without a path")]
OrganizationId = Annotated[str, text(r"o-[a-z0-9]{10,32}", "an id such as o-a1b2c3d4e5")]
OrganizationalUnitId = Annotated[
    str, text(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}", "an id such as ou-ab12-3cd4ef56")
]
S3Prefix = Annotated[
    str, text(r"([A-Za-z0-9_.-]+/)+", 'folders that end in "/", such as "shared/", no wildcard')
]


def _external_id(value: str) -> str:
    # Whether people can guess a text cannot be computed; whether chance could have written it can.
    allowed = f"a UUID, or {SHORTEST_EXTERNAL_ID} to {LONGEST_EXTERNAL_ID} hexadecimal digits"
    if not re.fullmatch(_CHANCE, value, flags=re.ASCII | re.IGNORECASE):
        refuse("chosen by hand, or of another length", allowed, _NEW_EXTERNAL_ID)
    digits = value.lower().replace("-", "")
    runs = [digits[start : start + _RUN] for start in range(len(digits) - _RUN + 1)]
    if len(set(runs)) < len(runs) or any(run in _IN_ORDER for run in runs):
        reason = f"easy to guess: {_RUN} digits stand in order, or twice"
        refuse(reason, allowed, _NEW_EXTERNAL_ID)
    return value


ExternalId = Annotated[str, AfterValidator(_external_id)]


class Partner(Section):
    """`[partner]`: account B, and who of it may assume a role in the environment's account A.

    Either `users`, who are people with MFA, or one `role`, which is software with an external id.
    Account B keeps the rights of its own roles; for users, their group is deployed there.
    """

    account: AccountId = Field(description="Account B")
    users: Annotated[tuple[UserName, ...], AsTuple] = Field(
        default=(), description="People of B who may assume the role"
    )
    role: RoleName | None = Field(
        default=None, description="Software of B that may assume the role, in place of users"
    )
    create_users: bool = Field(
        default=False, description="Make the users in B; without it they exist already"
    )
    mfa_maximum_age_hours: int = Field(
        default=1, description="Hours that a sign-in with MFA counts for assuming the role"
    )
    external_id: ExternalId | None = Field(
        default=None, description="What chance has chosen and both accounts know; needed for a role"
    )
    organization_id: OrganizationId | None = Field(
        default=None, description="The organization that B belongs to"
    )
    source_cidrs: PublicCidrs = Field(
        default=(), description="Where requests to assume the role come from; default: anywhere"
    )
    shared_prefix: S3Prefix = Field(
        default="shared/", description="What of the data bucket B may list, read and write"
    )

    @property
    def trust(self) -> Trust:
        """Who may assume the role, and under which conditions."""
        return Trust(
            account=self.account,
            users=self.users,
            role=self.role,
            mfa_maximum_age_hours=self.mfa_maximum_age_hours,
            external_id=self.external_id,
            organization_id=self.organization_id,
            source_cidrs=self.source_cidrs,
        )

    @field_validator("mfa_maximum_age_hours")
    @classmethod
    def _of_a_session(cls, value: int) -> int:
        if not 1 <= value <= LONGEST_MFA_AGE:
            reason = "nobody could ever act" if value < 1 else "no session is that long"
            refuse(reason, f"1 to {LONGEST_MFA_AGE}", "write 1")
        return value

    @field_validator("shared_prefix")
    @classmethod
    def _not_of_a_tier(cls, value: str) -> str:
        folder = value.split("/", maxsplit=1)[0]
        if folder in {tier.name for tier in (WEB, APP, DB)}:
            refuse(
                f"{folder}/ holds the data of a tier's servers",
                "a prefix of its own",
                'write "shared/"',
            )
        return value

    @model_validator(mode="after")
    def _of_people_or_of_software(self) -> Self:
        if len({name.lower() for name in self.users}) != len(self.users):
            # IAM's user names differ by more than case.
            refuse("users: one is named twice", "each user once", "remove one")
        of_people = {"create_users", "mfa_maximum_age_hours"} & self.model_fields_set
        if self.role and of_people:
            refuse(
                f"{min(of_people)} with role: a role is software, which has no MFA",
                "role with external_id, or users with MFA",
                f"remove {min(of_people)}, or name users",
            )
        try:
            _ = self.trust
        except ValueError as error:
            message = {"message": str(error).removesuffix(".")}
            raise PydanticCustomError("refused", "{message}", message) from error
        return self

    def check(self, *, account: str | None) -> None:
        """Refuse what does not fit an environment with its `account`."""
        if account is None:
            refuse(
                "partner without account: account B must name a role's ARN before the role exists",
                "partner in an environment with account",
                "add account, as in environments/production.toml",
            )
        if account == self.account:
            refuse(
                f"partner.account {self.account} is the environment's own account",
                "another account",
                "name account B; people of this account belong into groups of it",
            )
        for known in (account, self.account):
            if known in (self.external_id or ""):
                refuse(
                    f"partner.external_id holds the account {known}, which others can guess",
                    "digits that chance has chosen",
                    _NEW_EXTERNAL_ID,
                )


class Organization(Section):
    """`[organization]`: every account of its organizational units gets the account baseline.

    `account` is the management account, or one that it has made the delegated administrator of
    StackSets. `regions` are those whose resources are analyzed; default: the environment's.
    `except_accounts` get nothing: those with another environment of this blueprint, for example.
    """

    id: OrganizationId = Field(description="The organization")
    account: AccountId = Field(description="The account that deploys the StackSets")
    delegated_administrator: bool = Field(
        default=False, description="Whether that account is no management account"
    )
    organizational_units: Annotated[
        tuple[OrganizationalUnitId, ...], AsTuple, Field(min_length=1)
    ] = Field(description="Units whose accounts get the baseline, those that join later included")
    except_accounts: Annotated[tuple[AccountId, ...], AsTuple] = Field(
        default=(), description="Accounts that get nothing"
    )
    analyzer: Literal["create", "off"] = Field(
        default="create",
        description="An account has one analyzer a region: off where all have theirs already",
    )
    regions: Annotated[tuple[Region, ...], AsTuple] = Field(
        default=(), description="Where analyzers are made; default: the environment's region"
    )

    @field_validator("organizational_units", "except_accounts", "regions")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            refuse("one is named twice", "each once", "remove one")
        return value

    @model_validator(mode="after")
    def _regions_are_of_analyzers(self) -> Self:
        if self.regions and self.analyzer == "off":
            refuse(
                'regions with analyzer = "off", which would do nothing',
                "regions of the analyzers",
                "remove one of the two",
            )
        return self

    def check(self, *, account: str | None, region: str | None) -> None:
        """Refuse what does not fit an environment with its `account` and `region`."""
        if account is None or region is None:
            missing = "account" if account is None else "region"
            refuse(
                f"organization without {missing}: a StackSet names the regions that it deploys to "
                "and the accounts that it leaves out",
                "organization in an environment with account and region",
                f"add {missing}, as in environments/production.toml",
            )
