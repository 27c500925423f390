"""What is installed on servers, and which patches they lack (OP-2)."""

from aws_cdk import aws_ssm as ssm
from constructs import Construct

# How often, in the words of Systems Manager.
GATHER, SCAN = "rate(12 hours)", "rate(1 day)"
# What is gathered: the kinds that say what a server is and runs, and nothing of its files.
KINDS = ("applications", "awsComponents", "instanceDetailedInformation", "networkConfig")


class ServerInventory(Construct):
    """Inventory and patch reports of servers that carry a tag.

    Invariant: it reads. No patch is installed and no server restarts.

    Example:
        ServerInventory(self, "Inventory", tag="stage", value="production")
    """

    def __init__(self, scope: Construct, construct_id: str, *, tag: str, value: str) -> None:
        """Create the associations with servers whose `tag` has the `value`."""
        super().__init__(scope, construct_id)
        targets = [ssm.CfnAssociation.TargetProperty(key=f"tag:{tag}", values=[value])]
        ssm.CfnAssociation(
            self,
            "Software",
            name="AWS-GatherSoftwareInventory",
            targets=targets,
            schedule_expression=GATHER,
            parameters={kind: ["Enabled"] for kind in KINDS},
        )
        ssm.CfnAssociation(
            self,
            "Patches",
            name="AWS-RunPatchBaseline",
            targets=targets,
            schedule_expression=SCAN,
            parameters={"Operation": ["Scan"], "RebootOption": ["NoReboot"]},
        )
