import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_config as config

from blueprint.config_rows import CONFIG_RULES, ConfigRule, config_rules
from blueprint.password_policy import MOST_REUSE_PREVENTION
from tests.blueprint.service_models import model

DOCUMENTED: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "config_managed_rules.toml").read_text()
)
RULES = config_rules(minimum_password_length=16, maximum_password_age_days=60)
BY_NAME = {rule.name: rule for rule in RULES}


def faults(rule: ConfigRule) -> list[str]:
    """What AWS's page of a managed rule says against the row."""
    if rule.identifier not in DOCUMENTED:
        return [f"no page of {rule.identifier}"]
    page = DOCUMENTED[rule.identifier]
    required, optional = page.get("required", []), page.get("optional", [])
    return [
        *(f"{name} is missing" for name in required if name not in rule.parameters),
        *(f"{name} is unknown" for name in rule.parameters if name not in required + optional),
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_gets_the_parameters_that_aws_documents(rule: ConfigRule) -> None:
    assert faults(rule) == []


def test_a_rule_with_other_parameters_is_found() -> None:
    rule = BY_NAME["AccessKeyAge"]
    assert faults(replace(rule, parameters={})) == ["maxAccessKeyAge is missing"]
    more = {**rule.parameters, "maxAge": "90"}
    assert faults(replace(rule, parameters=more)) == ["maxAge is unknown"]
    assert faults(replace(rule, identifier="ACCESS_KEY_AGE")) == ["no page of ACCESS_KEY_AGE"]


def test_pages_stand_there_for_rules_that_are_used() -> None:
    assert sorted(DOCUMENTED) == sorted(rule.identifier for rule in CONFIG_RULES)


def test_identifiers_are_those_of_managed_rules() -> None:
    # The list of the pinned CDK, whose constants have other names than the identifiers.
    constants = [name for name in vars(config.ManagedRuleIdentifiers) if name.isupper()]
    known = {getattr(config.ManagedRuleIdentifiers, name) for name in constants}
    assert {rule.identifier for rule in CONFIG_RULES} - known == set()
    assert "RESTRICTED_SSH" not in known


def test_no_managed_rule_is_there_twice() -> None:
    assert len({rule.identifier for rule in CONFIG_RULES}) == len(CONFIG_RULES)


def test_parameters_are_text_and_descriptions_short_enough() -> None:
    limit = model("config").shape_for("EmptiableStringWithCharLimit256").metadata["max"]
    for rule in RULES:
        assert all(isinstance(value, str) and value for value in rule.parameters.values())
        assert 0 < len(rule.description) <= limit


def test_the_password_rule_asks_for_what_the_environment_sets() -> None:
    parameters = BY_NAME["PasswordPolicy"].parameters
    assert parameters["MinimumPasswordLength"] == "16"
    assert parameters["MaxPasswordAge"] == "60"
    assert parameters["PasswordReusePrevention"] == str(MOST_REUSE_PREVENTION)
    # "True" would count as false.
    assert {v for k, v in parameters.items() if k.startswith("Require")} == {"true"}


def test_the_other_rules_are_the_same_in_every_environment() -> None:
    assert [rule.name for rule in RULES] == [rule.name for rule in CONFIG_RULES]
    differing = [new.name for new, old in zip(RULES, CONFIG_RULES, strict=True) if new != old]
    assert differing == ["PasswordPolicy"]
