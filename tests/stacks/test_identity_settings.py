"""Mistakes in [identity] end with one clear message."""

import tomllib
from pathlib import Path

import pytest

from stacks.environment import Environment
from stacks.identity_settings import GITHUB
from stacks.loading import EnvironmentRefusedError, load_environment, parse_environment
from stacks.saml_metadata import LONGEST_METADATA, SHORTEST_METADATA
from tests.stacks.refusals import check_refusal

SMALLEST = '[network]\ncidr = "10.0.0.0/16"\n'
ANN = '[[identity.users]]\nname = "ann"\ngroups = ["Developers"]\ncontact = "ann@example.com"\n'
OIDC = '[identity.oidc]\nrepository = "owner/name"\n'
METADATA = Path(__file__).with_name("idp-metadata.xml").read_text(encoding="utf-8")


def identity(line: str) -> str:
    return f"[identity]\n{line}\n"


def password(line: str) -> str:
    return f"[identity.password_policy]\n{line}\n"


# text of the file, the key, the value as shown, a word of what is allowed
REFUSED = [
    (ANN.replace("Developers", "Kings"), "identity.users.0.groups.0", "'Kings'", "'Auditors'"),
    (ANN.replace('["Developers"]', "[]"), "identity.users.0.groups", "[]", "at least one"),
    (
        ANN.replace('"Developers"', '"Auditors", "Auditors"'),
        "identity.users.0.groups",
        "Auditors",
        "each group once",
    ),
    (ANN + ANN.replace("ann", "Ann"), "identity.users", "ann and Ann", "case of letters"),
    (ANN + ANN, "identity.users", "ann and ann", "case of letters"),
    (ANN.replace('"ann"', '"Ann Smith"'), "identity.users.0.name", "'Ann Smith'", "without spaces"),
    (ANN.replace('"ann"', '"a/b"'), "identity.users.0.name", "'a/b'", "64 letters"),
    (ANN.replace('"ann"', '""'), "identity.users.0.name", "''", "64 letters"),
    (ANN.replace('"ann"', f'"{"a" * 65}"'), "identity.users.0.name", "'aaa", "64 letters"),
    (ANN + 'password = "x"', "identity.users.0.password", "'x'", "contact, groups, name"),
    (ANN.replace("contact", "# contact"), "identity.users.0.contact", "missing", "production.toml"),
    (password("minimum_length = 7"), "identity.password_policy.minimum_length", "7", "14 to 128"),
    (password("minimum_length = 13"), "identity.password_policy.minimum_length", "13", "CIS"),
    (password("minimum_length = 129"), "identity.password_policy.minimum_length", "129", "128"),
    (password("maximum_age_days = 0"), "identity.password_policy.maximum_age_days", "0", "1 to"),
    (password("maximum_age_days = 366"), "identity.password_policy.maximum_age_days", "366", "365"),
    (identity("mfa_maximum_age_hours = 0"), "identity.mfa_maximum_age_hours", "0", "1 to 36"),
    (identity("mfa_maximum_age_hours = -1"), "identity.mfa_maximum_age_hours", "-1", "1 to 36"),
    (identity("mfa_maximum_age_hours = 37"), "identity.mfa_maximum_age_hours", "37", "1 to 36"),
    (OIDC.replace("owner/name", "owner/*"), "identity.oidc.repository", "'owner/*'", "wildcards"),
    (OIDC.replace("owner/name", "*/name"), "identity.oidc.repository", "'*/name'", "owner/name"),
    (OIDC.replace("owner/name", "owner"), "identity.oidc.repository", "'owner'", "owner/name"),
    (OIDC.replace("owner/name", "a/b:c"), "identity.oidc.repository", "'a/b:c'", "owner/name"),
    (OIDC.replace("owner", "o" * 40), "identity.oidc.repository", "'oooo", "up to 39 and 100"),
    (OIDC.replace("name", "n" * 101), "identity.oidc.repository", "nnnn'", "up to 39 and 100"),
    (OIDC + f'branch = "{"b" * 201}"', "identity.oidc.branch", "'bbbb", "1 to 200"),
    (OIDC + 'branch = "release/*"', "identity.oidc.branch", "'release/*'", "wildcards"),
    (OIDC + 'branch = "ma?n"', "identity.oidc.branch", "'ma?n'", "wildcards"),
    (OIDC + 'issuer = "http://x.example"', "identity.oidc.issuer", "'http://x.example'", GITHUB),
    (OIDC + 'issuer = "https://x.example/"', "identity.oidc.issuer", "x.example/'", GITHUB),
    (OIDC.replace("owner/name", "o@1/n@2"), "identity.oidc.repository", "'o@1/n@2'", "owner_id"),
    (OIDC + "owner_id = 1", "identity.oidc", "without repository_id", "both or neither"),
    (OIDC + "repository_id = 2", "identity.oidc", "without owner_id", "both or neither"),
    (OIDC + "owner_id = 0\nrepository_id = 2", "identity.oidc.owner_id", "0", "number"),
    (OIDC + 'owner_id = "1"\nrepository_id = 2', "identity.oidc.owner_id", "'1'", "whole number"),
    (OIDC + 'provider = "off"', "identity.oidc.provider", "'off'", "'already-enabled'"),
    (
        "[identity.access_analyzer]\nunused_access_days = 366",
        "identity.access_analyzer.unused_access_days",
        "366",
        "0 (off) to 365",
    ),
    (
        '[identity.access_analyzer]\nexternal = "on"',
        "identity.access_analyzer.external",
        "'on'",
        "'create', 'already-enabled' or 'off'",
    ),
    (
        ANN + '[identity.break_glass]\nusers = ["bob"]\ncontact = "s@example.com"',
        "identity",
        "'bob'",
        "identity.users: ann",
    ),
    (
        ANN + '[identity.break_glass]\nusers = []\ncontact = "s@example.com"',
        "identity.break_glass.users",
        "[]",
        "at least one",
    ),
    (
        f'[identity.break_glass]\nusers = {list("abcdef")}\ncontact = "s@example.com"',
        "identity.break_glass.users",
        "'f'",
        "at most 5",
    ),
    (
        ANN + '[identity.break_glass]\nusers = ["ann"]\ncontact = "pager"',
        "identity.break_glass.contact",
        "'pager'",
        "one address",
    ),
    (identity("[identity.smal]"), "identity.smal", "", 'write "saml"'),
]


@pytest.mark.parametrize(("text", "key", "value", "allowed"), REFUSED)
def test_a_mistake_names_the_file_key_value_what_is_allowed_and_the_change(
    text: str, key: str, value: str, allowed: str
) -> None:
    check_refusal(SMALLEST + text, key, value, allowed)


def with_metadata(folder: Path, content: str | bytes, settings: str = "") -> Environment:
    if isinstance(content, bytes):
        (folder / "idp.xml").write_bytes(content)
    else:
        (folder / "idp.xml").write_text(content, encoding="utf-8")
    text = f'{SMALLEST}[identity.saml]\nmetadata_file = "idp.xml"\n{settings}'
    (folder / "test.toml").write_text(text, encoding="utf-8")
    return load_environment("test", folder)


def test_saml_metadata_are_found_beside_the_environment_file(tmp_path: Path) -> None:
    saml = with_metadata(tmp_path, METADATA).identity.saml
    assert saml is not None
    assert saml.metadata_file == METADATA
    assert saml.groups == ("Auditors",)


def valid_until(time: str, of: str = "EntityDescriptor") -> str:
    return METADATA.replace(f"<{of} ", f'<{of} validUntil="{time}" ')


@pytest.mark.parametrize(
    "content",
    [
        METADATA.replace(' use="signing"', ""),
        valid_until("2999-01-01T00:00:00.123Z"),
        valid_until("2999-01-01T00:00:00+09:00", of="IDPSSODescriptor"),
    ],
)
def test_metadata_of_a_provider_that_can_sign_people_in_are_taken(
    tmp_path: Path, content: str
) -> None:
    saml = with_metadata(tmp_path, content).identity.saml
    assert saml is not None
    assert saml.metadata_file == content


def test_a_byte_order_mark_which_iam_does_not_take_stays_behind(tmp_path: Path) -> None:
    saml = with_metadata(tmp_path, b"\xef\xbb\xbf" + METADATA.encode()).identity.saml
    assert saml is not None
    assert saml.metadata_file == METADATA


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (METADATA.replace("IDPSSODescriptor", "SPSSODescriptor"), "identity provider"),
        (METADATA.replace("SAML:2.0:metadata", "SAML:2.0:assertion"), "identity provider"),
        (METADATA.replace("</EntityDescriptor>", ""), "not XML"),
        ("<EntityDescriptor/>", "19 characters long"),
        ("x" * (LONGEST_METADATA + 1), "500,001 characters long"),
        ("x" * SHORTEST_METADATA, "not XML"),
        (b"\xff" * SHORTEST_METADATA, "cannot be read"),
        (METADATA.replace('entityID="', 'ID="'), "no entityID"),
        (METADATA.replace('use="signing"', 'use="encryption"'), "no certificate for signatures"),
        (METADATA.replace("X509Certificate>", "X509SKI>"), "no certificate for signatures"),
        (METADATA.replace("SingleSignOnService", "SingleLogoutService"), "no SingleSignOnService"),
        (valid_until("2020-01-01T00:00:00Z"), "past its validUntil"),
        (valid_until("2020-01-01T00:00:00"), "past its validUntil"),
        (valid_until("2020-01-01T00:00:00Z", of="IDPSSODescriptor"), "past its validUntil"),
        (valid_until("soon"), "no time"),
    ],
)
def test_a_file_that_is_no_saml_metadata_is_refused(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    with pytest.raises(EnvironmentRefusedError, match=reason) as refused:
        with_metadata(tmp_path, content)
    assert "identity.saml.metadata_file = 'idp.xml'" in str(refused.value)


def test_a_missing_metadata_file_is_refused() -> None:
    text = f'{SMALLEST}[identity.saml]\nmetadata_file = "nowhere.xml"'
    with pytest.raises(EnvironmentRefusedError, match="cannot be read"):
        parse_environment(tomllib.loads(text), "test", "environments/test.toml")


@pytest.mark.parametrize("groups", [["Administrators"], ["Auditors", "Auditors"], []])
def test_nobody_is_administrator_by_federation(tmp_path: Path, groups: list[str]) -> None:
    with pytest.raises(EnvironmentRefusedError, match=r"identity\.saml\.groups"):
        with_metadata(tmp_path, METADATA, f"groups = {groups}")


def test_the_smallest_file_has_five_groups_and_nobody_in_them() -> None:
    settings = parse_environment(tomllib.loads(SMALLEST), "test", "test.toml").identity
    assert settings.users == ()
    assert (settings.saml, settings.oidc, settings.break_glass) == (None, None, None)
    assert settings.mfa_maximum_age_hours == 12
    assert settings.password_policy.minimum_length == 14
    assert settings.access_analyzer.unused_access_days == 0


@pytest.mark.parametrize("name", ["ann", "ann@example.com", "a", "A_b+c=d,e.f-1", "a" * 64])
def test_names_that_iam_takes_are_taken(name: str) -> None:
    text = SMALLEST + ANN.replace('"ann"', f'"{name}"')
    settings = parse_environment(tomllib.loads(text), "test", "test.toml").identity
    assert [user.name for user in settings.users] == [name]
