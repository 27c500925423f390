"""What every account of an organization has, by CloudFormation StackSets (IA-5, IA-8, IA-12)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from constructs import Construct

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LONGEST_TEMPLATE_BODY = 51200


@dataclass(frozen=True)
class Targets:
    """Regions where every account of the organizational units gets the template.

    Attributes:
        regions: The regions.
        except_accounts: Accounts that have there what the template brings already; default: none.
            One that joins later gets the template even so.
    """

    regions: Sequence[str]
    except_accounts: Sequence[str] = ()


class AccountBaseline(Construct):
    """A StackSet that brings one template to every account of organizational units.

    The template travels inside this one, and not through a bucket that every account would read.
    StackSets never deploy to the organization's management account. An account where the template
    fails does not keep it from the others: the deployment succeeds, and StackSets lists it.

    Invariant: an account that joins gets the template, and one that leaves loses it: a role in it
    that trusts another account is no longer watched by the organization.

    Example:
        AccountBaseline(
            self,
            "Analyzers",
            name="access-analyzers",
            description="An analyzer in every account and region",
            template={
                "Resources": {
                    "Analyzer": {
                        "Type": "AWS::AccessAnalyzer::Analyzer",
                        "Properties": {"Type": "ACCOUNT"},
                    }
                }
            },
            organizational_units=["ou-ab12-3cd4ef56"],
            targets=[Targets(["eu-west-1"])],
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        template: Mapping[str, object],
        organizational_units: Sequence[str],
        targets: Sequence[Targets],
        delegated_administrator: bool = False,
    ) -> None:
        """Create the StackSet with its stacks.

        Args:
            scope: The construct that owns the StackSet.
            construct_id: PascalCase noun, unique in the scope.
            name: Of the StackSet, fixed: StackSets have no generated names.
            description: What it brings.
            template: Plain data; a StackSet carries no assets.
            organizational_units: Whose accounts get it, those of units inside included.
            targets: Where each account gets it, each region once.
            delegated_administrator: Whether the deploying account is a delegated administrator of
                StackSets; default: it is the management account.

        Raises:
            ValueError: the template is longer than a StackSet carries.
        """
        super().__init__(scope, construct_id)
        body = json.dumps(template, separators=(",", ":"))
        length = len(body.encode())
        if length > LONGEST_TEMPLATE_BODY:
            raise ValueError(
                f"the template of the StackSet {name} has {length} bytes. Allowed: "
                f"{LONGEST_TEMPLATE_BODY}. Change: bring less, or split it into two StackSets."
            )
        cdk.CfnStackSet(
            self,
            "Resource",
            stack_set_name=name,
            description=description,
            template_body=body,
            permission_model="SERVICE_MANAGED",
            call_as="DELEGATED_ADMIN" if delegated_administrator else "SELF",
            capabilities=["CAPABILITY_NAMED_IAM"],
            auto_deployment=cdk.CfnStackSet.AutoDeploymentProperty(
                enabled=True, retain_stacks_on_account_removal=False
            ),
            # An operation on many accounts does not make the next one fail.
            managed_execution={"Active": True},
            # By default one account that refuses the template, because it has such an analyzer
            # already, stops all others. AWS does not apply this to accounts that join later.
            operation_preferences=cdk.CfnStackSet.OperationPreferencesProperty(
                failure_tolerance_percentage=100
            ),
            stack_instances_group=[
                cdk.CfnStackSet.StackInstancesProperty(
                    regions=list(each.regions),
                    deployment_targets=cdk.CfnStackSet.DeploymentTargetsProperty(
                        organizational_unit_ids=list(organizational_units),
                        accounts=list(each.except_accounts) or None,
                        account_filter_type="DIFFERENCE" if each.except_accounts else None,
                    ),
                )
                for each in targets
            ],
        )
