"""What AWS knows is what the pinned packages say, and the questions about it are answered right."""

import json
import subprocess
import sys

import pytest
from policy_sentry.querying.all import get_all_actions

from proofs.access.vocabulary import (
    GLOBAL_KEYS,
    all_actions,
    has_resource_level,
    is_service,
    knows_action_pattern,
    knows_key,
)
from tests.policies import GLOBAL_KEYS as KEYS_OF_OUR_POLICIES
from tests.policies import privilege
from tests.proofs.access.aws_data import FOLDER, managed_text, vocabulary_text

UPDATE = "run `python -m tests.proofs.access.aws_data` and look at the difference"


# -- the files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text"), [("vocabulary.json", vocabulary_text), ("aws_managed.json", managed_text)]
)
def test_the_file_is_what_the_pinned_packages_say(file: str, text: object) -> None:
    assert callable(text)
    assert (FOLDER / file).read_text(encoding="utf-8") == text(), UPDATE


def test_every_file_names_its_source_and_date() -> None:
    for file in ("vocabulary.json", "aws_managed.json"):
        content = json.loads((FOLDER / file).read_text(encoding="utf-8"))
        assert "https://docs.aws.amazon.com/" in content["source"]
        assert content["date"].startswith("2026-")


def test_actions_that_only_a_policy_of_aws_names_have_its_page_as_source() -> None:
    rows = json.loads((FOLDER / "vocabulary.json").read_text(encoding="utf-8"))["more"]
    names = [row["source"].rpartition("/")[2] for row in rows]
    assert names == ["AWS_ConfigRole.html", "SecurityAudit.html"]
    assert "s3files:GetFileSystem" in rows[0]["actions"].split()


def test_the_vocabulary_stays_small_and_is_read_only_when_asked() -> None:
    assert (FOLDER / "vocabulary.json").stat().st_size < 700_000
    code = (
        "import proofs.access.vocabulary as v; before = v._rows.cache_info().currsize;"
        "v.knows_key('aws:SourceIp'); print(before, v._rows.cache_info().currsize)"
    )
    result = subprocess.run(  # noqa: S603 (code of this test)
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["0", "1"]


# -- actions -----------------------------------------------------------------------------------


def test_every_action_of_the_reference_is_there_as_aws_writes_it() -> None:
    assert set(get_all_actions()) <= set(all_actions())
    assert len(set(all_actions())) == len(all_actions()) > 20_000
    assert "s3files:GetFileSystem" in all_actions()


@pytest.mark.parametrize(
    "action",
    [
        "signin:AuthorizeOAuth2Access",
        "signin:CreateOAuth2Token",
        "tiros:CreateQuery",
        "s3:GetObject",
        "sts:GetCallerIdentity",
        "ec2:DescribeInstances",
    ],
)
def test_resource_levels_are_those_of_the_reference(action: str) -> None:
    assert has_resource_level(action) == any(privilege(action)["resource_types"])
    assert has_resource_level(action.upper()) == has_resource_level(action)


def test_an_action_that_aws_names_only_in_a_policy_may_have_a_resource_level() -> None:
    assert has_resource_level("s3files:GetFileSystem")
    assert has_resource_level("lambda:GetResourcePolicy")


def test_an_unknown_action_has_no_answer() -> None:
    for action in ("s3:GetObjects", "s4:GetObject", "s3:GetObj"):
        with pytest.raises(KeyError):
            has_resource_level(action)


@pytest.mark.parametrize(
    "pattern",
    [
        *("*", "*:*", "s3:*", "s3:GetObject", "S3:getobject", "s3:Get*", "s3:G?tObject"),
        *("s3:*Object", "s?:GetObject", "tiros:*", "s3files:Get*"),
    ],
)
def test_a_pattern_that_matches_an_action_is_known(pattern: str) -> None:
    assert knows_action_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *("s3:GetObjectt", "s3:Gett*", "s4:*", "s3", "s3:", "", "s3:etObject", "s3:*Objekt"),
        *(
            "s4*:GetObject",
            "s3:GetObj",
            "s3:etObjec*",
            "s3:GetObject??????????????????????????????????",
        ),
    ],
)
def test_a_pattern_that_matches_no_action_is_not_known(pattern: str) -> None:
    assert not knows_action_pattern(pattern)


def test_prefixes_of_actions_are_services() -> None:
    assert is_service("s3")
    assert is_service("ssmmessages")
    assert not is_service("monitoring")


# -- condition keys ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        *("aws:MultiFactorAuthPresent", "AWS:multifactorauthpresent", "s3:TlsVersion"),
        *("aws:ResourceTag/blueprint:environment", "aws:PrincipalTag/team", "SAML:aud"),
        *("kms:EncryptionContext:aws:logs:arn", "sts:ExternalId", "s3:ExistingObjectTag/x"),
        *("ssm:resourceTag/aws:ssmmessages:session-id", "lambda:SourceFunctionArn"),
        *("token.actions.githubusercontent.com:sub", "oidc.eks.eu-west-1.amazonaws.com/id/A:aud"),
        "token.actions.githubusercontent.com:repository_id",
    ],
)
def test_keys_of_aws_are_known(key: str) -> None:
    assert knows_key(key)


@pytest.mark.parametrize(
    "key",
    [
        *("aws:MultiFactorAuth", "aws:MultiFactorAuthPresentt", "aws:ResourceTag/", "sourceip"),
        *("aws:PrincipalTag", "sts:externalids", "kms:EncryptionContext:", "idp.example.com:group"),
        *("gitlab.example.com:repository", "sts:sub", ""),
    ],
)
def test_a_misspelt_key_is_not_known(key: str) -> None:
    assert not knows_key(key)


def test_the_global_keys_include_those_that_the_policies_use() -> None:
    assert {key.lower() for key in GLOBAL_KEYS} >= KEYS_OF_OUR_POLICIES
