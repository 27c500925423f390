"""Servers of one launch template: single instances, or an Auto Scaling group (EC-1)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_elasticloadbalancingv2_targets as targets
from constructs import Construct

from blueprint.acknowledgements import HIPAA, NIST_R4, NIST_R5, PCI, acknowledge, in_packs
from blueprint.server_template import TIER_TAG, ServerTemplate

# Long enough for a first boot that installs packages, until a load balancer may call it unhealthy.
FIRST_BOOT = cdk.Duration.minutes(10)


class ServerInstances(Construct):
    """Single servers, spread over the subnets in turn.

    Invariant: every server is launched from the template; its size changes in place, everything
    else that the template says replaces it.

    Example:
        ServerInstances(
            self,
            "App",
            tier="app",
            template=template,
            instance_type="t4g.small",
            subnets=subnets,
            count=1,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tier: str,
        template: ServerTemplate,
        instance_type: str,
        subnets: Sequence[ec2.ISubnet],
        count: int,
    ) -> None:
        """Launch `count` servers.

        Where the template protects them from termination, a server which CloudFormation has
        replaced runs on until someone takes the protection off and terminates it.

        Raises:
            ValueError: there is no subnet, or the instance type cannot start the template's system.
        """
        super().__init__(scope, construct_id)
        if not subnets:
            raise ValueError(f"{self.node.path} has no subnets: name at least one")
        template.operating_system.check_fits(instance_type)
        self._servers = [
            ec2.CfnInstance(
                self,
                f"Server{index + 1}",
                launch_template=ec2.CfnInstance.LaunchTemplateSpecificationProperty(
                    launch_template_id=template.launch_template.launch_template_id,
                    version=template.launch_template.latest_version_number,
                ),
                instance_type=instance_type,
                network_interfaces=[
                    # Spelt out again: EC2 takes a subnet only together with its interface.
                    ec2.CfnInstance.NetworkInterfaceProperty(
                        device_index="0",
                        subnet_id=subnets[index % len(subnets)].subnet_id,
                        group_set=[template.security_group.security_group_id],
                        associate_public_ip_address=template.public_address,
                    )
                ],
                # In the template too; cdk-nag looks for these on the instance.
                monitoring=True,
                iam_instance_profile=template.instance_profile.instance_profile_name,
                disable_api_termination=template.termination_protection,
            )
            for index in range(count)
        ]
        for server in self._servers:
            cdk.Tags.of(server).add(TIER_TAG, tier)
            cdk.Tags.of(server).add("Name", server.node.path)
            self._acknowledge(server, template)

    @property
    def addresses(self) -> list[str]:
        """The private addresses of the servers."""
        return [server.attr_private_ip for server in self._servers]

    def serve(
        self, group: elbv2.ApplicationTargetGroup | elbv2.NetworkTargetGroup, port: int
    ) -> None:
        """Put the servers behind a load balancer."""
        group.add_target(*(targets.InstanceIdTarget(server.ref, port) for server in self._servers))

    @staticmethod
    def _acknowledge(server: ec2.CfnInstance, template: ServerTemplate) -> None:
        acknowledge(
            server,
            "Its network interface names the subnet; the rule looks for one on the instance, and "
            "EC2 takes only one of the two. Unsafe without an interface: a default VPC.",
            *in_packs("EC2InstancesInVPC", HIPAA, NIST_R4, NIST_R5, PCI),
        )
        if not template.termination_protection:
            acknowledge(
                server,
                "The environment leaves termination protection off, so that destroying the stack "
                "removes its servers (a sandbox). Unsafe where a server holds what exists once.",
                "AwsSolutions-EC29",
            )
        if template.public_address:
            acknowledge(
                server,
                "This is the public tier: it serves the internet without a load balancer, on the "
                "ports that the flow table opens. Unsafe on any other tier.",
                *in_packs("EC2InstanceNoPublicIp", HIPAA, NIST_R4, NIST_R5, PCI),
            )


class ServerGroup(Construct):
    """An Auto Scaling group of fixed size: it replaces what is unhealthy and keeps zones even.

    Invariant: a new server is launched before an old one goes, one at a time, so that `count` run.
    Nobody asks whether a new one has booted: CloudFormation waits ten minutes and goes on, even if
    every boot fails. To say so, servers would need its API, which private tiers do not reach.

    Example:
        ServerGroup(
            self,
            "AppGroup",
            vpc=vpc,
            template=template,
            subnets=subnets,
            count=3,
            behind_load_balancer=False,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        template: ServerTemplate,
        subnets: Sequence[ec2.ISubnet],
        count: int,
        behind_load_balancer: bool,
    ) -> None:
        """Create the group; `behind_load_balancer`: its health checks count as well as EC2's."""
        super().__init__(scope, construct_id)
        self._group = autoscaling.AutoScalingGroup(
            self,
            "Resource",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=list(subnets)),
            launch_template=template.launch_template,
            min_capacity=count,
            # One more, so that a replacement comes before the old server goes.
            max_capacity=count + 1,
            cooldown=FIRST_BOOT,
            health_checks=(
                autoscaling.HealthChecks.with_additional_checks(
                    additional_types=[autoscaling.AdditionalHealthCheckType.ELB],
                    grace_period=FIRST_BOOT,
                )
                if behind_load_balancer
                else autoscaling.HealthChecks.ec2(grace_period=FIRST_BOOT)
            ),
            update_policy=autoscaling.UpdatePolicy.rolling_update(
                min_instances_in_service=count, max_batch_size=1, pause_time=FIRST_BOOT
            ),
            group_metrics=[autoscaling.GroupMetrics.all()],
        )
        acknowledge(
            self,
            "The group has a fixed size and no scaling policy; what it replaces is in CloudTrail "
            "and in its metrics. Unsafe once it scales with load.",
            "AwsSolutions-AS3",
        )

    def serve(
        self, group: elbv2.ApplicationTargetGroup | elbv2.NetworkTargetGroup, port: int
    ) -> None:
        """Put the servers behind a load balancer; the group's listener knows the port."""
        del port
        if isinstance(group, elbv2.ApplicationTargetGroup):
            self._group.attach_to_application_target_group(group)
        else:
            self._group.attach_to_network_target_group(group)
