"""The password policy: what it asks for, and the little that its function may do."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from app import CDK_JSON, PACKS
from blueprint.handlers import password_policy as handler
from blueprint.password_policy import EARLIER_POLICY_PARAMETER, PasswordPolicy

Template = dict[str, Any]
REGION_AND_ACCOUNT = "eu-west-1:111122223333"
PARAMETER_ARN = f"arn:aws:ssm:{REGION_AND_ACCOUNT}:parameter{EARLIER_POLICY_PARAMETER}"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stack with the construct alone, synthesized with every rule pack."""
    directory = tmp_path_factory.mktemp("account")
    app = cdk.App(
        outdir=str(directory),
        context=json.loads(CDK_JSON.read_text())["context"],
        analytics_reporting=False,
        # The whole app has it; the packs are what speaks about this construct.
        builtin_cloud_formation_validation=False,
    )
    region, account = REGION_AND_ACCOUNT.split(":")
    stack = cdk.Stack(app, "Account", env=cdk.Environment(account=account, region=region))
    PasswordPolicy(stack, "PasswordPolicy", minimum_length=14, maximum_age_days=90)
    cdk.Validations.of(app).add_plugins(*(pack(app) for pack in PACKS))
    app.synth()
    return directory


@pytest.fixture(scope="module")
def template(assembly: Path) -> Template:
    loaded: Template = json.loads((assembly / "Account.template.json").read_text())
    return loaded


def named(template: Template, kind: str) -> tuple[str, dict[str, Any]]:
    """The only resource of the type, with its logical id."""
    ((logical_id, resource),) = (
        item for item in template["Resources"].items() if item[1]["Type"] == kind
    )
    return logical_id, resource


def of_type(template: Template, kind: str) -> dict[str, Any]:
    return named(template, kind)[1]


def properties(template: Template, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = of_type(template, kind)["Properties"]
    return found


FUNCTION, ROLE, POLICY = "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
LOG_GROUP, KEY, RESOURCE = "AWS::Logs::LogGroup", "AWS::KMS::Key", "Custom::AccountPasswordPolicy"


# The guarantees, each a function that fails on a template without it


def passwords_are_strong(template: Template) -> None:
    assert properties(template, RESOURCE)["Policy"] == {
        "MinimumPasswordLength": 14,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 24,
        "RequireLowercaseCharacters": True,
        "RequireUppercaseCharacters": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
        "AllowUsersToChangePassword": True,
        "HardExpiry": False,
    }


def function_may_do_this_and_nothing_else(template: Template) -> None:
    policy, (role, content) = properties(template, POLICY), named(template, ROLE)
    assert properties(template, FUNCTION)["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    assert policy["Roles"] == [{"Ref": role}]
    assert set(content["Properties"]) == {"AssumeRolePolicyDocument", "Description"}
    log_group = str({"Fn::GetAtt": [named(template, LOG_GROUP)[0], "Arn"]})
    rows = {
        (statement["Effect"], action, str(statement["Resource"]))
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }
    assert rows == {
        ("Allow", "iam:DeleteAccountPasswordPolicy", "*"),
        ("Allow", "iam:GetAccountPasswordPolicy", "*"),
        ("Allow", "iam:UpdateAccountPasswordPolicy", "*"),
        ("Allow", "ssm:DeleteParameter", PARAMETER_ARN),
        ("Allow", "ssm:GetParameter", PARAMETER_ARN),
        ("Allow", "ssm:PutParameter", PARAMETER_ARN),
        ("Allow", "logs:CreateLogStream", log_group),
        ("Allow", "logs:PutLogEvents", log_group),
    }


def only_lambda_assumes_the_role(template: Template) -> None:
    (statement,) = properties(template, ROLE)["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }


def nobody_else_invokes_the_function(template: Template) -> None:
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert kinds == {FUNCTION, ROLE, POLICY, LOG_GROUP, KEY, RESOURCE}


def logs_are_the_stacks_own(template: Template) -> None:
    (group_id, group), (key_id, key) = named(template, LOG_GROUP), named(template, KEY)
    assert properties(template, FUNCTION)["LoggingConfig"]["LogGroup"] == {"Ref": group_id}
    assert group["Properties"]["KmsKeyId"] == {"Fn::GetAtt": [key_id, "Arn"]}
    assert group["Properties"]["RetentionInDays"] == 365
    assert group["DeletionPolicy"] == key["DeletionPolicy"] == "Delete"


def policy_is_attached_before_and_detached_after(template: Template) -> None:
    for kind in (RESOURCE, FUNCTION):
        assert named(template, POLICY)[0] in of_type(template, kind)["DependsOn"]


def leaving_puts_the_earlier_policy_back(template: Template) -> None:
    assert of_type(template, RESOURCE)["DeletionPolicy"] == "Delete"


def function_outlives_its_slowest_event(template: Template) -> None:
    attempts = handler.ATTEMPTS * (handler.CONNECT_SECONDS + handler.READ_SECONDS)
    # botocore waits up to 1, 2, 4 ... seconds before it tries again.
    pauses = sum(2**n for n in range(handler.ATTEMPTS - 1))
    calls = handler.SLOWEST_EVENT_CALLS * (attempts + pauses)
    patience = handler.PATIENCE_SECONDS + handler.PAUSE_SECONDS
    slowest = patience + calls + handler.ANSWER_SECONDS
    assert properties(template, FUNCTION)["Timeout"] >= slowest + 10
    # Three runs, one and two minutes apart.
    wait = int(properties(template, RESOURCE)["ServiceTimeout"])
    assert wait >= 3 * properties(template, FUNCTION)["Timeout"] + 3 * 60


def function_runs_on_the_newest_python_and_finds_its_record(template: Template) -> None:
    function = properties(template, FUNCTION)
    versions = [
        int(name.removeprefix("PYTHON_3_"))
        for name in dir(lambda_.Runtime)
        if name.startswith("PYTHON_3_")
    ]
    assert function["Runtime"] == f"python3.{max(versions)}"
    assert function["Architectures"] == ["arm64"]
    assert function["Environment"]["Variables"] == {
        "EARLIER_POLICY_PARAMETER": EARLIER_POLICY_PARAMETER
    }


def _set(kind: str, *path: str | int, value: object) -> Callable[[Template], None]:
    def change(template: Template) -> None:
        place = of_type(template, kind)
        for key in path[:-1]:
            place = place[key]  # type: ignore[index] # a list takes its number
        place[path[-1]] = value  # type: ignore[index] # the same

    return change


def _statement(index: int, key: str, value: object) -> Callable[[Template], None]:
    path = ("Properties", "PolicyDocument", "Statement", index, key)
    return _set(POLICY, *path, value=value)


def _add(resource: dict[str, Any]) -> Callable[[Template], None]:
    return lambda template: template["Resources"].update(Added=resource)


Check = Callable[[Template], None]
# Every guarantee with what would break it.
TWINS: list[tuple[Check, Check]] = [
    (passwords_are_strong, _set(RESOURCE, "Properties", "Policy", "RequireSymbols", value=False)),
    (passwords_are_strong, _set(RESOURCE, "Properties", "Policy", "HardExpiry", value=True)),
    (function_may_do_this_and_nothing_else, _statement(0, "Action", ["iam:*"])),
    (function_may_do_this_and_nothing_else, _statement(1, "Resource", "*")),
    (
        function_may_do_this_and_nothing_else,
        _statement(2, "Action", ["logs:CreateLogGroup", "logs:CreateLogStream"]),
    ),
    (
        function_may_do_this_and_nothing_else,
        _set(ROLE, "Properties", "ManagedPolicyArns", value=["arn:aws:iam::aws:policy/x"]),
    ),
    (
        only_lambda_assumes_the_role,
        _set(
            ROLE,
            *("Properties", "AssumeRolePolicyDocument", "Statement", 0, "Principal"),
            value={"AWS": "*"},
        ),
    ),
    (nobody_else_invokes_the_function, _add({"Type": "AWS::Lambda::Permission"})),
    (logs_are_the_stacks_own, _set(FUNCTION, "Properties", "LoggingConfig", value={"LogGroup": 1})),
    (logs_are_the_stacks_own, _set(LOG_GROUP, "DeletionPolicy", value="Retain")),
    (logs_are_the_stacks_own, _set(LOG_GROUP, "Properties", "KmsKeyId", value="alias/other")),
    (policy_is_attached_before_and_detached_after, _set(RESOURCE, "DependsOn", value=[])),
    (policy_is_attached_before_and_detached_after, _set(FUNCTION, "DependsOn", value=[])),
    (leaving_puts_the_earlier_policy_back, _set(RESOURCE, "DeletionPolicy", value="Retain")),
    (function_outlives_its_slowest_event, _set(FUNCTION, "Properties", "Timeout", value=120)),
    (
        function_outlives_its_slowest_event,
        _set(RESOURCE, "Properties", "ServiceTimeout", value="600"),
    ),
    (
        function_runs_on_the_newest_python_and_finds_its_record,
        _set(FUNCTION, "Properties", "Runtime", value="python3.11"),
    ),
    (
        function_runs_on_the_newest_python_and_finds_its_record,
        _set(FUNCTION, "Properties", "Environment", "Variables", value={}),
    ),
]


@pytest.mark.parametrize("check", dict.fromkeys(check for check, _ in TWINS))
def test_the_template_keeps_what_is_promised(check: Check, template: Template) -> None:
    check(template)


@pytest.mark.parametrize(("check", "damage"), TWINS)
def test_a_template_that_breaks_a_promise_is_seen(
    check: Check, damage: Check, template: Template
) -> None:
    broken = copy.deepcopy(template)
    damage(broken)
    with pytest.raises(AssertionError):
        check(broken)


def test_every_finding_is_fixed_or_acknowledged(assembly: Path) -> None:
    report = json.loads((assembly / "validation-report.json").read_text())["pluginReports"]
    assert not [plugin["violations"] for plugin in report if plugin["violations"]]
    acknowledged = {
        violation["ruleName"] for plugin in report for violation in plugin["suppressedViolations"]
    }
    assert acknowledged == {
        "AwsSolutions-IAM5[Resource::*]",
        *(f"{pack}-LambdaConcurrency" for pack in ("HIPAA.Security", "NIST.800.53.R5")),
        *(f"{pack}-LambdaDLQ" for pack in ("HIPAA.Security", "NIST.800.53.R5", "Serverless")),
        *(
            f"{pack}-LambdaInsideVPC"
            for pack in ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")
        ),
        "Serverless-LambdaTracing",
    }


def test_lambda_gets_the_handler_inside_the_template(assembly: Path, template: Template) -> None:
    function = properties(template, FUNCTION)
    assert function["Code"] == {"ZipFile": Path(handler.__file__).read_text(encoding="utf-8")}
    assert function["Handler"] == "index.handler"
    assert not list(assembly.glob("asset.*"))


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("minimum_length", 7, "8 to 128"),
        ("minimum_length", 129, "8 to 128"),
        ("maximum_age_days", 0, "1 to 1095"),
        ("maximum_age_days", 1096, "1 to 1095"),
        ("reuse_prevention", 0, "1 to 24"),
        ("reuse_prevention", 25, "1 to 24"),
    ],
)
def test_a_number_out_of_range_is_refused(name: str, value: int, allowed: str) -> None:
    numbers = {"minimum_length": 14, "maximum_age_days": 90, name: value}
    with pytest.raises(ValueError, match=f"^{name} = {value}: .* Allowed: {allowed}. Change: "):
        PasswordPolicy(cdk.Stack(), "PasswordPolicy", **numbers)


@pytest.mark.parametrize("numbers", [(8, 1, 1), (128, 1095, 24)])
def test_the_numbers_at_the_edge_are_taken(numbers: tuple[int, int, int]) -> None:
    length, age, reuse = numbers
    PasswordPolicy(
        cdk.Stack(),
        "PasswordPolicy",
        minimum_length=length,
        maximum_age_days=age,
        reuse_prevention=reuse,
    )
