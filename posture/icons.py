"""AWS's architecture icons, as the package `diagrams` ships them."""

from importlib.util import find_spec
from pathlib import Path

# By what they stand for: resource types, and what is no resource of a template.
_FILES = {
    "AWS::EC2::Instance": "compute/ec2-instance.png",
    "AWS::AutoScaling::AutoScalingGroup": "compute/ec2-auto-scaling.png",
    "AWS::EC2::NatGateway": "network/nat-gateway.png",
    "AWS::EC2::VPCEndpoint": "network/endpoint.png",
    "AWS::EC2::InstanceConnectEndpoint": "network/endpoint.png",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "network/elastic-load-balancing.png",
    "vpc": "network/vpc.png",
    "internet": "general/internet-alt1.png",
    "management": "general/client.png",
    "on-premises": "general/office-building.png",
    "s3": "storage/simple-storage-service-s3.png",
    "internet gateway": "network/internet-gateway.png",
    "virtual private gateway": "network/vpn-gateway.png",
    "gateway endpoint": "network/endpoint.png",
    "users": "general/users.png",
    "role": "security/identity-and-access-management-iam-role.png",
}
_ANY_RESOURCE = "network/vpc-elastic-network-interface.png"


def icon(name: str) -> Path:
    """The picture for a resource type or a name; a network interface for what has none."""
    return _folder() / _FILES.get(name, _ANY_RESOURCE)


def _folder() -> Path:
    """Without importing the package, which would load a few hundred classes."""
    found = find_spec("diagrams")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the package diagrams is not installed: run make setup")
    return Path(found.origin).parents[1] / "resources" / "aws"
