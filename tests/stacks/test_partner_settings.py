"""`[partner]` and `[organization]`: every mistake is refused at load, in one clear message."""

import random
import tomllib
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from stacks.environment import Environment
from stacks.loading import EnvironmentRefusedError, parse_environment
from stacks.partner_settings import ExternalId
from stacks.servers import APP_DATA, DB_DATA

A, B = "111122223333", "444455556666"
NO_ACCOUNT = 'region = "eu-west-1"\n[network]\ncidr = "10.0.0.0/16"\n'
BASE = f'account = "{A}"\n{NO_ACCOUNT}'
GOOD_ID = "b7e4f0c2-5d1a-4e8b-9f36-2c8a71d0e94f"
USERS = 'users = ["alice"]'
UNITS = 'organizational_units = ["ou-ab12-3cd4ef56"]'


def partner(*lines: str, account: str = B) -> str:
    return "\n".join((BASE + "[partner]", f'account = "{account}"', *lines))


def organization(*lines: str, units: str = UNITS, base: str = BASE) -> str:
    settings = ('id = "o-a1b2c3d4e5"', 'account = "777788889999"', units, *lines)
    return "\n".join((base + "[organization]", *settings))


def load(text: str) -> Environment:
    return parse_environment(tomllib.loads(text), "staging", "environments/staging.toml")


# text of the file, and what the message says
REFUSED = [
    (partner(USERS, account=A), (A, "own account", "name account B")),
    (partner(USERS, account="4444"), ("partner.account", "'4444'", "12 digits")),
    (partner(USERS).replace(f'account = "{A}"\n', "", 1), ("without account", "add account")),
    (partner(), ("users = []", "users or one role")),
    (partner(USERS, 'role = "ci"', f'external_id = "{GOOD_ID}"'), ("users or one role",)),
    (partner('role = "ci"'), ("'ci'", "add external_id")),
    (
        partner('role = "ci"', f'external_id = "{GOOD_ID}"', "mfa_maximum_age_hours = 2"),
        ("mfa_maximum_age_hours with role", "no MFA"),
    ),
    (
        partner('role = "ci"', f'external_id = "{GOOD_ID}"', "create_users = true"),
        ("create_users with role", "name users"),
    ),
    (partner('users = ["alice", "Alice"]'), ("named twice", "remove one")),
    (partner('users = ["*"]'), ("partner.users", "'*'", "2 to 64")),
    (partner('users = ["x"]'), ("partner.users", "'x'", "2 to 64")),
    (partner('users = ["team/alice"]'), ("partner.users", "without a path")),
    (partner('users = "alice"'), ("partner.users", "a list in brackets")),
    (
        partner(f"users = {[f'{number:060}' for number in range(30)]}"),
        ("characters", "2048", "fewer users"),
    ),
    (partner(USERS, "mfa_maximum_age_hours = 0"), ("mfa_maximum_age_hours = 0", "1 to 36")),
    (partner(USERS, "mfa_maximum_age_hours = 37"), ("mfa_maximum_age_hours = 37", "1 to 36")),
    *(
        (partner(USERS, f'external_id = "{text}"'), ("external_id", "chosen", "32", "uuid"))
        for text in (
            "",
            "short1",
            "b7e4f0c25d1a4e8b9f362c8a71d0e94",
            "b7e4f0c2-5d1a-4e8b-9f36-2c8a71d0e94f*",
            "b7e4 0c2-5d1a-4e8b-9f36-2c8a71d0e94f",
            "f0" * 613,
            "password12345678",
            "qwertyuiop123456",
            "abcdefgh12345678",
            "PartnerData2026x",
            "the shared data of our dear partner 2026",
        )
    ),
    *(
        (partner(USERS, f'external_id = "{text}"'), ("external_id", "easy to guess", "uuid"))
        for text in (
            "00000000-0000-0000-0000-000000000000",
            "12345678-1234-1234-1234-123456789012",
            "0123456789abcdef0123456789ABCDEF",
            "b7e4f0c2-5d1a-4e8b-9f36-fedcba987654",
            "deadbeef" * 4,
            "a1" * 20,
        )
    ),
    *(
        (partner(USERS, f'external_id = "b7e4f0c2-5d1a-4e8b-9f36-{known}"'), ("account", "uuid"))
        for known in (A, B)
    ),
    (partner(USERS, 'organization_id = "o-1"'), ("partner.organization_id", "o-a1b2c3d4e5")),
    (partner(USERS, 'source_cidrs = ["10.1.0.0/16"]'), ("source_cidrs", "not a network of")),
    (partner(USERS, 'source_cidrs = ["203.0.113.1/24"]'), ("source_cidrs", "203.0.113.0/24")),
    (partner(USERS, 'source_cidrs = ["0.0.0.0/0"]'), ("source_cidrs", "/16 or narrower")),
    *(
        (partner(USERS, f'shared_prefix = "{prefix}"'), ("shared_prefix", 'such as "shared/"'))
        for prefix in ("", "/", "*", "shared", "/shared/", "sh*red/", "${aws:username}/")
    ),
    *(
        (partner(USERS, f'shared_prefix = "{prefix}"'), ("shared_prefix", "tier's servers"))
        for prefix in (APP_DATA, DB_DATA, f"{DB_DATA}backups/")
    ),
    (organization(units='organizational_units = ["o-1"]'), ("'o-1'", "ou-ab12-3cd4ef56")),
    (organization(units='organizational_units = ["r-ab12"]'), ("'r-ab12'", "ou-ab12-3cd4ef56")),
    (organization(units="organizational_units = []"), ("organizational_units", "at least one")),
    (organization(units=UNITS.replace("]", ', "ou-ab12-3cd4ef56"]')), ("named twice",)),
    (organization('except_accounts = ["4444"]'), ("except_accounts", "'4444'", "12 digits")),
    (organization(f'except_accounts = ["{B}", "{B}"]'), ("except_accounts", "named twice")),
    (organization('analyzer = "on"'), ("organization.analyzer", "'create' or 'off'")),
    (
        organization('analyzer = "off"', 'regions = ["eu-west-1"]'),
        ("regions with analyzer", "remove one"),
    ),
    (organization('regions = ["Tokyo"]'), ("regions", "'Tokyo'", "eu-west-1")),
    (organization(base=NO_ACCOUNT), ("organization without account", "add account")),
    (
        organization(base=BASE.replace('region = "eu-west-1"\n', "")),
        ("organization without region", "add region"),
    ),
    (partner(USERS, "rol = 1"), ("partner.rol", 'write "role"')),
    (organization("unit = 1"), ("organization.unit", "unknown key")),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_a_mistake_is_refused_in_one_clear_message(text: str, said: tuple[str, ...]) -> None:
    with pytest.raises(EnvironmentRefusedError) as refused:
        load(text)
    message = str(refused.value)
    assert message.startswith("environments/staging.toml: ")
    assert message.count(". Allowed: ") == message.count(". Change: ") == 1, message
    assert "\n" not in message
    for part in said:
        assert part in message


def test_nobody_else_gets_in_unless_the_file_says_so() -> None:
    environment = load(BASE)
    assert environment.partner is None
    assert environment.organization is None


@pytest.mark.parametrize(
    "text",
    [
        partner(USERS),
        partner('users = ["alice@example.com", "bo+b=c,d_e-f"]'),
        partner(USERS, f'external_id = "{GOOD_ID}"', "mfa_maximum_age_hours = 36"),
        partner(USERS, f'external_id = "{GOOD_ID.upper()}"', 'shared_prefix = "out/partner.b/"'),
        partner(USERS, 'external_id = "9c1d7bf03e8846a25d0f6e912b74ac58"'),
        partner(USERS, 'organization_id = "o-a1b2c3d4e5"', 'source_cidrs = ["203.0.113.0/24"]'),
        partner('role = "ci"', f'external_id = "{GOOD_ID}"'),
        organization(),
        organization('analyzer = "off"', f'except_accounts = ["{B}"]'),
        organization("delegated_administrator = true", 'regions = ["us-east-1", "eu-west-1"]'),
    ],
)
def test_what_is_allowed_is_taken(text: str) -> None:
    assert load(text)


def test_a_random_external_id_is_taken() -> None:
    # What the message tells people to write must not be refused next.
    chance = random.Random(5)  # noqa: S311 - the same ones every time
    for _ in range(500):
        uuid = UUID(int=chance.getrandbits(128), version=4)
        TypeAdapter(ExternalId).validate_python(str(uuid))


def test_people_sign_in_within_the_hour_and_share_one_prefix_by_default() -> None:
    settings = load(partner(USERS)).partner
    assert settings
    assert (settings.mfa_maximum_age_hours, settings.shared_prefix) == (1, "shared/")
    assert not settings.create_users
