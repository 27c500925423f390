"""Reads VPC endpoints and their policies."""

import re
from collections.abc import Mapping

from proofs.access.documents import PolicyType
from proofs.access.model import Endpoint
from proofs.access.resources import CannotProveError, Resource
from proofs.access.vocabulary import is_service

_SERVICE_NAME = re.compile(r"com\.amazonaws\.[^.]+\.(.+)")
# Where the name of the service is not the prefix of its actions:
# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
_PREFIXES: Mapping[str, str] = {"monitoring": "cloudwatch", "ecr.api": "ecr", "ecr.dkr": "ecr"}
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
_FULL_ACCESS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def read_endpoint(resource: Resource) -> Endpoint:
    """Read an endpoint.

    Raises:
        CannotProveError: the proof does not know its service, or its policy.
    """
    if "PolicyDocument" in resource.values:
        label = f"policy of {resource.label}"
        policy = resource.policy("PolicyDocument", label, type_=PolicyType.RESOURCE)
    else:
        policy = resource.written(_FULL_ACCESS, "default endpoint policy", PolicyType.RESOURCE)
    return Endpoint(
        resource.name(), resource.text("VpcId"), (_service(resource),), policy, resource.origin
    )


def _service(resource: Resource) -> str:
    name = resource.text("ServiceName")
    match = _SERVICE_NAME.fullmatch(name)
    prefix = _PREFIXES.get(match[1], match[1]) if match else ""
    if not is_service(prefix):
        raise CannotProveError(f"the proof does not know which actions go through {name}")
    return prefix
