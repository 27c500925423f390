"""Commands of the AWS CLI in the documents are those that the CLI has."""

import shlex

import pytest

from tests.documents.aws_commands import problem
from tests.documents.commands import Command, commands_of
from tests.documents.markdown import DOCUMENTS, Document

COMMANDS = [
    command
    for path in DOCUMENTS
    for command in commands_of(Document(path))
    if command.words[0] == "aws"
]
# Named in a sentence, without what it is given.
NAMED = {"aws sts get-session-token", "aws sts assume-role"}


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_service_operation_and_options_exist(command: Command) -> None:
    if command.text not in NAMED:
        assert problem(command.words) == ""


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("aws", "no command"),
        ("aws iem list-groups", "no command iem list-groups"),
        ("aws iam list-grups", "no command iam list-grups"),
        ("aws iam list-mfa-devices --username ann", "no option --username"),
        ("aws iam delete-login-profile --user-name", "--user-name without a value"),
        ("aws sts assume-role --role-arn arn", "no --role-session-name"),
        ("aws iam update-access-key --access-key-id A --status Off", "--status is none of"),
        ("aws ec2 describe-vpcs --dry-run yes", "--dry-run takes no value"),
        ("aws ec2 describe-vpcs --no-vpc-ids", "no option --no-vpc-ids"),
        (
            "aws cloudtrail lookup-events --lookup-attributes Key=EventName",
            "--lookup-attributes has no Key",
        ),
        ("aws cloudformation update-termination-protection --stack-name A", "no --enable-termi"),
        ("aws ec2-instance-connect ssh --instance i-1", "no option --instance"),
    ],
)
def test_what_the_cli_would_refuse_is_found(text: str, wrong: str) -> None:
    assert problem(shlex.split(text)).startswith(wrong)
