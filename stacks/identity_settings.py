"""`[identity]`: people, their groups, and who comes from elsewhere."""

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    field_validator,
    model_validator,
)

from stacks.fields import AsTuple, Section, TagValue, refuse, text
from stacks.saml_metadata import read_metadata

# CIS Amazon Web Services Foundations Benchmark 1.8; IAM takes no more than 128 characters.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 14, 128
# Days. IAM takes up to 1095; a password older than a year is a forgotten one.
LONGEST_PASSWORD_AGE = 365
# Hours. The longest session that GetSessionToken gives:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
LONGEST_MFA_AGE = 36
# Each name takes up to 120 of the 2,048 characters that a trust policy may have.
MOST_EMERGENCY_USERS = 5
# Days: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_UnusedAccessConfiguration.html
LONGEST_UNUSED_ACCESS = 365
GroupName = Literal[
    "Administrators", "NetworkOperators", "ServerOperators", "Developers", "Auditors"
]
GITHUB = "https://token.actions.githubusercontent.com"
# What TOML's integers hold.
LARGEST_ID = 2**63 - 1


def _within(least: int, most: int, reason: str, allowed: str = "") -> AfterValidator:
    """Refuse numbers out of a range, giving the reason of its lower end."""

    def check(value: int) -> int:
        if value < least:
            refuse(reason, allowed or f"{least} to {most}", f"write {least} or more")
        if value > most:
            refuse("too much", allowed or f"{least} to {most}", f"write {most} or less")
        return value

    return AfterValidator(check)


UserName = Annotated[
    str,
    text(
        r"[\w+=,.@-]{1,64}",
        "1 to 64 letters, digits and +=,.@_-, without spaces",
        reason="IAM refuses this name",
        change="write ann or ann@example.com, for example",
    ),
]


RepositoryId = Annotated[
    int, _within(1, LARGEST_ID, "no number that GitHub gives", "the number that GitHub gives")
]


class PasswordPolicy(Section):
    """`[identity.password_policy]`: what IAM asks of every password in the account (IA-5)."""

    minimum_length: Annotated[
        int,
        _within(
            SHORTEST_PASSWORD,
            LONGEST_PASSWORD,
            f"shorter than the blueprint's floor of {SHORTEST_PASSWORD} characters, which is that "
            "of the CIS benchmark",
        ),
    ] = Field(default=SHORTEST_PASSWORD, description="Characters that a password has at least")
    maximum_age_days: Annotated[
        int, _within(1, LONGEST_PASSWORD_AGE, "a password that is never valid")
    ] = Field(default=90, description="Days after which a password has to be changed")


class User(Section):
    """`[[identity.users]]`: a person; no password or access key stands in a file (IA-2)."""

    name: UserName = Field(description="The name that the person signs in with")
    groups: Annotated[tuple[GroupName, ...], AsTuple, Field(min_length=1)] = Field(
        description="The groups whose rights the person has"
    )
    contact: TagValue = Field(description="Whom to ask about the user; a tag")

    @field_validator("groups")
    @classmethod
    def _once(cls, value: tuple[GroupName, ...]) -> tuple[GroupName, ...]:
        if len(set(value)) != len(value):
            refuse("a group is named twice", "each group once", "remove one of them")
        return value


class Saml(Section):
    """`[identity.saml]`: people whom the company's directory knows (IA-14).

    One role a group, with the rights of that group. Administrators are no choice: AWS cannot see
    whether a federated session used MFA.
    """

    # A path in the file, the document in the model.
    metadata_file: Annotated[str, BeforeValidator(read_metadata)] = Field(
        repr=False, description="What the directory exported, beside the environment file"
    )
    groups: Annotated[tuple[GroupName, ...], AsTuple, Field(min_length=1)] = Field(
        default=("Auditors",), description="Groups that people of the directory can have rights of"
    )

    @field_validator("groups")
    @classmethod
    def _no_administrators(cls, value: tuple[GroupName, ...]) -> tuple[GroupName, ...]:
        if "Administrators" in value or len(set(value)) != len(value):
            refuse(
                "Administrators, or a group named twice",
                "groups other than Administrators, once each: AWS cannot see whether a federated "
                "session used MFA",
                "remove it; administrators are users of identity.users",
            )
        return value


class Oidc(Section):
    """`[identity.oidc]`: GitHub Actions of one repository and branch deploys (IA-14).

    `owner_id` and `repository_id` for a repository whose tokens carry them: those that GitHub made
    or renamed since July 2026, and older ones that opted in.
    https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
    """

    repository: Annotated[
        str,
        text(
            # GitHub's own limits.
            r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}",
            "owner/name of up to 39 and 100 characters, without wildcards: whoever the pattern "
            "matches deploys to the account",
            reason="no name of one repository",
            change="name the repository that deploys; its numbers are owner_id and repository_id",
        ),
    ] = Field(description="The repository that may deploy")
    owner_id: RepositoryId | None = Field(
        default=None, description="GitHub's number of the owner, if its tokens carry it"
    )
    repository_id: RepositoryId | None = Field(
        default=None, description="GitHub's number of the repository, if its tokens carry it"
    )
    branch: Annotated[
        str,
        text(
            r"[A-Za-z0-9._/-]{1,200}",
            "1 to 200 letters, digits and ._/-, without wildcards",
            reason="no name of one branch",
            change="name the protected branch that deploys",
        ),
    ] = Field(default="main", description="The one branch that may deploy")
    issuer: Annotated[
        str,
        text(
            r"https://[a-z0-9.-]+(/[A-Za-z0-9._/-]*[A-Za-z0-9_-])?",
            f"https://, a host and perhaps a path, as in {GITHUB}",
            reason="no address of an issuer",
            change="write it as the issuer's tokens do",
        ),
    ] = Field(default=GITHUB, description="Who signs the tokens")
    provider: Literal["create", "already-enabled"] = Field(
        default="create",
        description="An account has one provider an issuer; another project may have made it",
    )

    @property
    def ids(self) -> tuple[int, int] | None:
        """GitHub's numbers of the owner and the repository, if its tokens carry them."""
        return (self.owner_id, self.repository_id) if self.owner_id and self.repository_id else None

    @model_validator(mode="after")
    def _both_ids(self) -> Self:
        if bool(self.owner_id) != bool(self.repository_id):
            given, absent = sorted(
                ("owner_id", "repository_id"), key=lambda key: getattr(self, key) is None
            )
            refuse(
                f"{given} without {absent}: a token carries both numbers or neither",
                "both or neither",
                f"add {absent}; `gh api repos/{self.repository}` shows them",
            )
        return self


class AccessAnalyzer(Section):
    """`[identity.access_analyzer]`: who outside the account has access, and who does not use it."""

    external: Literal["create", "already-enabled", "off"] = Field(
        default="create",
        description="Who outside the account has access; an account has one such analyzer a region",
    )
    unused_access_days: Annotated[
        int, _within(0, LONGEST_UNUSED_ACCESS, "a negative number of days", "0 (off) to 365")
    ] = Field(
        default=0,
        description="Days until unused access is a finding; billed for each user and role; 0: off",
    )

    @property
    def watches(self) -> bool:
        """Whether the account has an analyzer whose findings people should hear of."""
        return self.external != "off" or self.unused_access_days > 0


class BreakGlass(Section):
    """`[identity.break_glass]`: who may do everything in an emergency, and who hears of it."""

    users: Annotated[
        tuple[UserName, ...], AsTuple, Field(min_length=1, max_length=MOST_EMERGENCY_USERS)
    ] = Field(description=f"Up to {MOST_EMERGENCY_USERS} users who may assume the role")
    contact: Annotated[
        str,
        text(
            r"[^@\s]+@[^@\s]+\.[^@\s]+",
            "one address, best of a list that several people read",
            reason="no address of electronic mail",
            change="write security@example.com, for example",
        ),
    ] = Field(description="Who hears when the role is assumed; has to confirm a message")


class Identity(Section):
    """`[identity]`: five groups; people and other ways in are optional."""

    mfa_maximum_age_hours: Annotated[
        int,
        _within(1, LONGEST_MFA_AGE, "nobody could ever act"),
    ] = Field(default=12, description="Hours that a sign-in with MFA counts")
    password_policy: PasswordPolicy = PasswordPolicy()
    users: Annotated[tuple[User, ...], AsTuple] = ()
    saml: Saml | None = None
    oidc: Oidc | None = None
    access_analyzer: AccessAnalyzer = AccessAnalyzer()
    break_glass: BreakGlass | None = None

    @field_validator("users")
    @classmethod
    def _one_user_a_name(cls, value: tuple[User, ...]) -> tuple[User, ...]:
        names = Counter(user.name.lower() for user in value)
        twice = [user.name for user in value if names[user.name.lower()] > 1]
        if twice:
            refuse(
                f"{' and '.join(twice)} are one user",
                "names that differ in more than the case of letters",
                "rename or remove one of them",
            )
        return value

    @model_validator(mode="after")
    def _emergency_users_exist(self) -> Self:
        known = [user.name for user in self.users]
        for name in self.break_glass.users if self.break_glass else ():
            if name not in known:
                refuse(
                    f"break_glass.users: {name!r} is no user",
                    f"names from identity.users: {', '.join(known) or 'none yet'}",
                    "add the user, or name another",
                )
        return self
