"""How servers are launched: one hardened launch template for Linux and Windows (EC-1, EC-2)."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from blueprint.operating_systems import OperatingSystem

# Servers carry the name of their tier in this tag; people and policies select servers by it.
TIER_TAG = "blueprint:tier"


class ServerTemplate(Construct):
    """A launch template for the servers of one tier and operating system.

    Invariant: whatever is launched from it takes its rights from an instance profile, answers
    metadata requests by IMDSv2 and to itself only (hop limit 1), and has an encrypted volume
    under a customer key. Systems without a key pair are the rule; one is for breaking glass.

    The image is the newest at launch: a new image changes no template and replaces no server
    behind your back.

    Example:
        template = ServerTemplate(
            self,
            "AppLinux",
            tier="app",
            operating_system=AMAZON_LINUX_2023,
            security_group=security_group,
            instance_profile=instance_profile,
            volumes_key=key,
            user_data=ec2.UserData.for_linux(),
            instance_type="t4g.small",
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tier: str,
        operating_system: OperatingSystem,
        security_group: ec2.ISecurityGroup,
        instance_profile: iam.IInstanceProfile,
        volumes_key: kms.IKey,
        user_data: ec2.UserData,
        instance_type: str | None = None,
        public_address: bool = False,
        keep_volumes: bool = True,
        termination_protection: bool = True,
        key_pair: ec2.IKeyPair | None = None,
    ) -> None:
        """Create the launch template.

        Args:
            scope: The construct that owns it.
            construct_id: PascalCase noun, unique in the scope.
            tier: Name of the tier, for the tag that servers and volumes carry.
            operating_system: What the servers run.
            security_group: The only group of their network interface.
            instance_profile: Where their rights come from.
            volumes_key: Encrypts their volumes.
            user_data: What runs at the first boot.
            instance_type: For Auto Scaling; default: who launches names it, so that a single
                server is resized without being replaced.
            public_address: Whether they ask for a public address; default: no.
            keep_volumes: Whether volumes outlive their server; default: they do.
            termination_protection: Whether EC2 refuses to terminate them when somebody asks;
                default: it does. Auto Scaling replaces servers of a group all the same:
                https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingDisableAPITermination.html
            key_pair: For breaking glass; default: none, nobody holds a key.

        Raises:
            ValueError: the instance type cannot start the operating system.
        """
        super().__init__(scope, construct_id)
        if instance_type:
            operating_system.check_fits(instance_type)
        self.operating_system = operating_system
        self.security_group = security_group
        self.instance_profile = instance_profile
        self.public_address = public_address
        self.termination_protection = termination_protection
        self.launch_template = ec2.LaunchTemplate(
            self,
            "Resource",
            machine_image=ec2.MachineImage.resolve_ssm_parameter_at_launch(
                operating_system.image_parameter,
                os=ec2.OperatingSystemType[operating_system.family.upper()],
            ),
            instance_type=ec2.InstanceType(instance_type) if instance_type else None,
            instance_profile=instance_profile,
            user_data=user_data,
            http_endpoint=True,
            http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
            # One hop is the server itself; a container or a proxy on it would be the second.
            http_put_response_hop_limit=1,
            detailed_monitoring=True,
            ebs_optimized=True,
            disable_api_termination=termination_protection,
            key_pair=key_pair,
            security_group=security_group,
            associate_public_ip_address=public_address,
            block_devices=[
                ec2.BlockDevice(
                    device_name=operating_system.root_device,
                    volume=ec2.BlockDeviceVolume.ebs(
                        operating_system.volume_gib,
                        encrypted=True,
                        kms_key=volumes_key,
                        volume_type=ec2.EbsDeviceVolumeType.GP3,
                        delete_on_termination=not keep_volumes,
                    ),
                )
            ],
        )
        # By name, as an instance must: the L2 writes the ARN, and EC2 refuses both at once.
        resource = self.launch_template.node.default_child
        if isinstance(resource, ec2.CfnLaunchTemplate):
            path = "LaunchTemplateData.IamInstanceProfile"
            resource.add_property_override(f"{path}.Name", instance_profile.instance_profile_name)
            resource.add_property_deletion_override(f"{path}.Arn")
        stack = cdk.Stack.of(self)
        tags = {
            # CloudFormation hands the tags of the stack on to servers, and not to their volumes.
            **stack.tags.tag_values(),
            "Name": f"{stack.stack_name}/{tier.capitalize()}/{operating_system.family}",
            TIER_TAG: tier,
        }
        for key, value in tags.items():
            cdk.Tags.of(self.launch_template).add(key, value)
