"""The account's password policy (IA-5)."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from blueprint.acknowledgements import HIPAA, NIST_R4, NIST_R5, PCI, acknowledge, in_packs
from blueprint.customer_key import LogsKey
from blueprint.policies import NO_RESOURCE_LEVEL, Statement, StatementPolicy

# What IAM takes (MinimumPasswordLength from 6, which is below what an account without any policy
# asks for: 8):
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
SHORTEST_LENGTH, LONGEST_LENGTH = 8, 128
MOST_AGE_DAYS = 1095
MOST_REUSE_PREVENTION = 24
# One fixed name, so that there is one a region: whoever holds it has set the policy.
EARLIER_POLICY_PARAMETER = "/blueprint/earlier-password-policy"
# Above the handler's slowest event, so that it can still answer.
_FUNCTION_MINUTES = 3
# Lambda repeats a run that died after one and after two minutes; then nobody will answer:
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_ANSWER_MINUTES = 12
# With less, Lambda gives so little of a processor that loading boto3 takes seconds.
_MEMORY_MEGABYTES = 256
_HANDLER = Path(__file__).parent / "handlers" / "password_policy.py"


class PasswordPolicy(Construct):
    """The password policy of the account's IAM users, one an account.

    IAM has no resource type for it: a Lambda function sets it. The function speaks CloudFormation's
    protocol itself, because the CDK's provider framework would add a second function with a role
    of its own that may write anywhere in the logs.

    Invariant: passwords have all four classes of characters, expire, and are not used again; users
    change their own. When the resource goes, exactly the policy that it found is back, also after
    failed and repeated events; what somebody changed by hand meanwhile is not.

    A second one in the account is refused when it is deployed. One in another region is not
    noticed, because IAM's policy is global and the parameter that remembers the earlier one is not.

    Example:
        PasswordPolicy(self, "PasswordPolicy", minimum_length=14, maximum_age_days=90)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        minimum_length: int,
        maximum_age_days: int,
        reuse_prevention: int = MOST_REUSE_PREVENTION,
    ) -> None:
        """Create the function, its role and log group, and set the policy.

        Args:
            scope: The construct that owns the policy.
            construct_id: PascalCase noun, unique in the scope.
            minimum_length: Characters of a password, 8 to 128. CIS AWS Foundations asks for 14.
            maximum_age_days: After how many days a user must choose another, 1 to 1095. There is
                no value for "never": credentials are rotated (IA-9), and PCI DSS 8.3.9 asks for 90
                days.
            reuse_prevention: How many earlier passwords a user cannot choose again, 1 to 24;
                default: as many as IAM remembers.

        Raises:
            ValueError: a number is out of its range.
        """
        super().__init__(scope, construct_id)
        _require("minimum_length", minimum_length, SHORTEST_LENGTH, LONGEST_LENGTH)
        _require("maximum_age_days", maximum_age_days, 1, MOST_AGE_DAYS)
        _require("reuse_prevention", reuse_prevention, 1, MOST_REUSE_PREVENTION)
        log_group = self._add_log_group()
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Sets the password policy of the account",
        )
        policy = self._add_policy(role, log_group)
        function = self._add_function(role, log_group)
        resource = cdk.CustomResource(
            self,
            "Resource",
            resource_type="Custom::AccountPasswordPolicy",
            service_token=function.function_arn,
            service_timeout=cdk.Duration.minutes(_ANSWER_MINUTES),
            properties={
                "Policy": {
                    "MinimumPasswordLength": minimum_length,
                    "MaxPasswordAge": maximum_age_days,
                    "PasswordReusePrevention": reuse_prevention,
                    "RequireLowercaseCharacters": True,
                    "RequireUppercaseCharacters": True,
                    "RequireNumbers": True,
                    "RequireSymbols": True,
                    "AllowUsersToChangePassword": True,
                    # A user whose password has expired chooses another, and needs no administrator.
                    "HardExpiry": False,
                }
            },
        )
        # The function has to put the earlier password policy back before its policy is detached. It
        # may do nothing before it is attached, which making the function meanwhile gives time to.
        resource.node.add_dependency(policy)
        function.node.add_dependency(policy)

    def _add_log_group(self) -> logs.LogGroup:
        # Always destroyed with the stack: CloudTrail keeps who changed the policy, and when.
        destroy = cdk.RemovalPolicy.DESTROY
        return logs.LogGroup(
            self,
            "LogGroup",
            encryption_key=LogsKey(self, "Key", removal_policy=destroy),
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=destroy,
        )

    def _add_policy(self, role: iam.Role, log_group: logs.LogGroup) -> StatementPolicy:
        earlier = cdk.Stack.of(self).format_arn(
            service="ssm",
            resource="parameter",
            resource_name=EARLIER_POLICY_PARAMETER.removeprefix("/"),
        )
        return StatementPolicy(
            self,
            "FunctionPolicy",
            description="Sets the password policy of the account and remembers the earlier one",
            statements=[
                Statement(
                    "PasswordPolicy",
                    [
                        "iam:DeleteAccountPasswordPolicy",
                        "iam:GetAccountPasswordPolicy",
                        "iam:UpdateAccountPasswordPolicy",
                    ],
                    ["*"],
                    wildcard=NO_RESOURCE_LEVEL,
                ),
                Statement(
                    "EarlierPolicy",
                    ["ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"],
                    [earlier],
                ),
                # Without logs:CreateLogGroup, a last line cannot bring the group back.
                Statement(
                    "Logs",
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    [log_group.log_group_arn],
                ),
            ],
            roles=[role],
        )

    def _add_function(self, role: iam.Role, log_group: logs.LogGroup) -> lambda_.Function:
        function = lambda_.Function(
            self,
            "Function",
            description="Sets the password policy of the account, and puts the earlier one back",
            memory_size=_MEMORY_MEGABYTES,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            # Inside the template, because a StackSet carries no assets; Lambda calls it index.py.
            handler="index.handler",
            code=lambda_.Code.from_inline(_HANDLER.read_text(encoding="utf-8")),
            timeout=cdk.Duration.minutes(_FUNCTION_MINUTES),
            role=role,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            environment={"EARLIER_POLICY_PARAMETER": EARLIER_POLICY_PARAMETER},
        )
        _acknowledge(function)
        return function


def _acknowledge(function: lambda_.Function) -> None:
    acknowledge(
        function,
        "IAM has an endpoint in a VPC in one region only, so that a function inside would need a "
        "way to the internet; this one listens to nothing and has no address. Unsafe if it had to "
        "reach anything in the VPC.",
        *in_packs("LambdaInsideVPC", HIPAA, NIST_R4, NIST_R5, PCI),
    )
    acknowledge(
        function,
        "CloudFormation waits for the answer of every event and fails the deployment without one; "
        "a queue would keep what nobody waits for any more, with a URL that answers for us. Unsafe "
        "if anything but CloudFormation sent events.",
        *in_packs("LambdaDLQ", HIPAA, NIST_R5, "Serverless"),
    )
    acknowledge(
        function,
        "Only CloudFormation invokes it, once a deployment, and every event may run twice. A limit "
        "of its own would be refused in a new account, which must keep all ten of its concurrent "
        "runs unreserved. Unsafe if others could invoke it.",
        *in_packs("LambdaConcurrency", HIPAA, NIST_R5),
    )
    acknowledge(
        function,
        "Four calls to AWS in a row, each in CloudTrail; traces would need a right to write to "
        "everything of X-Ray. Unsafe for a function whose time or path anybody must explain.",
        "Serverless-LambdaTracing",
    )


def _require(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise ValueError(
            f"{name} = {value}: out of range. Allowed: {lowest} to {highest}. Change: this number."
        )
