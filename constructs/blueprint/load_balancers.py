"""Load balancers: one for the internet, and one in front of each private tier that scales."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_s3 as s3
from constructs import Construct

from blueprint.acknowledgements import HIPAA, NIST_R4, NIST_R5, PCI, acknowledge, in_packs

HEALTH_PATH = "/health"
_HTTPS = 443


class PublicLoadBalancer(Construct):
    """An Application Load Balancer that ends the internet's TLS and speaks TLS to the servers.

    Invariant: it listens on HTTPS only, with TLS 1.2 or newer, logs every request, and accepts
    what its security group accepts.

    Example:
        PublicLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            subnets=subnets,
            security_group=security_group,
            certificate_arn="arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd",
            access_logs=bucket,
            deletion_protection=True,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        security_group: ec2.ISecurityGroup,
        certificate_arn: str,
        access_logs: s3.IBucket,
        deletion_protection: bool,
    ) -> None:
        """Create the load balancer, its listener and its target group.

        Args:
            scope: The construct that owns it, in a stack with a concrete region.
            construct_id: PascalCase noun, unique in the scope.
            vpc: The VPC of the subnets.
            subnets: Public subnets, one a zone.
            security_group: The only group of its interfaces.
            certificate_arn: A certificate of AWS Certificate Manager in the same region.
            access_logs: A bucket for the log of requests, under keys of S3.
            deletion_protection: Whether AWS refuses to delete it.

        Raises:
            ValueError: fewer than two subnets, which AWS would refuse while deploying.
        """
        super().__init__(scope, construct_id)
        if len(subnets) < 2:  # noqa: PLR2004 (the number is AWS's rule)
            raise ValueError(
                f"{self.node.path} has {len(subnets)} subnets and an Application Load Balancer "
                "takes at least two, each in a zone of its own: add zones to the network"
            )
        balancer = elbv2.ApplicationLoadBalancer(
            self,
            "Resource",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=list(subnets)),
            internet_facing=True,
            security_group=security_group,
            drop_invalid_header_fields=True,
            deletion_protection=deletion_protection,
        )
        balancer.log_access_logs(access_logs, "load-balancer")
        self.targets = elbv2.ApplicationTargetGroup(
            self,
            "Targets",
            vpc=vpc,
            # The servers' certificates are their own; the load balancer does not check names.
            port=_HTTPS,
            protocol=elbv2.ApplicationProtocol.HTTPS,
            target_type=elbv2.TargetType.INSTANCE,
            health_check=elbv2.HealthCheck(
                path=HEALTH_PATH, protocol=elbv2.Protocol.HTTPS, healthy_http_codes="200"
            ),
        )
        balancer.add_listener(
            "Https",
            port=_HTTPS,
            # "open" would add a rule for the whole internet beside the flow table.
            open=False,
            certificates=[elbv2.ListenerCertificate.from_arn(certificate_arn)],
            ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS,
            default_target_groups=[self.targets],
        )
        acknowledge(
            balancer,
            "The sample application answers one read-only request; a web application firewall "
            "needs rules for the application that it protects. Unsafe in front of an application "
            "that takes input.",
            *in_packs("ALBWAFEnabled", NIST_R4, NIST_R5, PCI),
        )
        _acknowledge_deletion(balancer, protected=deletion_protection)


class TierLoadBalancer(Construct):
    """A Network Load Balancer inside the VPC: one address for the servers of a private tier.

    Invariant: it passes TCP on one port to servers of its own zone, which see its address and not
    the client's, so that the flow table can name it.

    Example:
        TierLoadBalancer(
            self,
            "AppLoadBalancer",
            vpc=vpc,
            subnets=subnets,
            security_group=security_group,
            port=8080,
            health_path=HEALTH_PATH,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        security_group: ec2.ISecurityGroup,
        port: int,
        health_path: str | None = None,
        deletion_protection: bool = True,
    ) -> None:
        """Create it; `health_path`: checked by HTTP; default: a TCP connection is health enough."""
        super().__init__(scope, construct_id)
        self.load_balancer = elbv2.NetworkLoadBalancer(
            self,
            "Resource",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=list(subnets)),
            internet_facing=False,
            security_groups=[security_group],
            cross_zone_enabled=False,
            deletion_protection=deletion_protection,
        )
        self.targets = elbv2.NetworkTargetGroup(
            self,
            "Targets",
            vpc=vpc,
            port=port,
            protocol=elbv2.Protocol.TCP,
            target_type=elbv2.TargetType.INSTANCE,
            preserve_client_ip=False,
            health_check=(
                elbv2.HealthCheck(path=health_path, protocol=elbv2.Protocol.HTTP)
                if health_path
                else elbv2.HealthCheck(protocol=elbv2.Protocol.TCP)
            ),
        )
        listener = self.load_balancer.add_listener(
            "Tcp",
            port=port,
            protocol=elbv2.Protocol.TCP,
            default_target_groups=[self.targets],
        )
        acknowledge(
            self.load_balancer,
            "A Network Load Balancer logs requests of TLS listeners only, and this one passes TCP "
            "on; the flow logs of the VPC record its connections. Unsafe if its listener ended "
            "TLS.",
            "AwsSolutions-ELB2",
            *in_packs("ELBLoggingEnabled", HIPAA, NIST_R4, NIST_R5, PCI),
        )
        acknowledge(
            listener,
            "It passes TCP on inside the VPC and ends no TLS: the database speaks TLS itself. "
            "Unsafe if it listened for the internet.",
            *in_packs("ELBv2ACMCertificateRequired", HIPAA, NIST_R5, PCI),
        )
        _acknowledge_deletion(self.load_balancer, protected=deletion_protection)


def _acknowledge_deletion(balancer: Construct, *, protected: bool) -> None:
    if not protected:
        acknowledge(
            balancer,
            "The environment leaves deletion protection off, so that destroying the stack removes "
            "everything (a sandbox). Unsafe where people depend on it.",
            *in_packs("ELBDeletionProtectionEnabled", HIPAA, NIST_R4, NIST_R5),
        )
