"""Load balancers: their network interfaces, deletion protection and certificates."""

from collections.abc import Callable
from typing import Any

from moto.ec2.utils import random_private_ip
from moto.elbv2 import models
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

from rehearsal.missing_apis.patching import kept, wrap


def install() -> None:
    """Add everything."""
    wrap(ELBv2Backend, "create_load_balancer", _with_interfaces)
    wrap(ELBv2Backend, "set_subnets", _move_interfaces)
    wrap(ELBv2Backend, "set_security_groups", _move_interfaces)
    wrap(ELBv2Backend, "delete_load_balancer", _delete_with_interfaces)
    wrap(ELBv2Backend, "_certificate_exists", _certificate_exists)
    models.register_certificate = _require_certificate  # type: ignore[attr-defined] # moto imports it there


def _with_interfaces(
    self: ELBv2Backend, create: Callable[[], FakeLoadBalancer], *_: object, **__: object
) -> FakeLoadBalancer:
    """AWS gives a load balancer one network interface in each of its subnets."""
    balancer = create()
    _give_interfaces(self, balancer)
    return balancer


def _move_interfaces(
    self: ELBv2Backend, change: Callable[[], Any], arn: str, *_: object, **__: object
) -> Any:  # noqa: ANN401 - moto's answer
    """The interfaces follow the subnets and carry the security groups."""
    answer = change()
    _give_interfaces(self, self.load_balancers[arn])
    return answer


def _delete_with_interfaces(self: ELBv2Backend, delete: Callable[[], None], arn: str) -> None:
    """AWS refuses while deletion protection is on; the interfaces go with the load balancer."""
    balancer = self.load_balancers.get(arn)
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    delete()
    _take_interfaces(self, arn)


def _is_here(certificate_arn: str, account: str, region: str) -> bool:
    """The certificate is the company's: the stand-in has each that is of its account and region."""
    return certificate_arn.startswith(f"arn:aws:acm:{region}:{account}:certificate/")


def _certificate_exists(self: ELBv2Backend, _: object, certificate_arn: str) -> bool:
    return _is_here(certificate_arn, self.account_id, self.region_name)


def _require_certificate(account_id: str, region: str, arn_certificate: str, arn_user: str) -> None:
    if not _is_here(arn_certificate, account_id, region):
        raise ELBClientError(
            "CertificateNotFound", f"Certificate {arn_certificate} not found for {arn_user}"
        )


def _take_interfaces(backend: ELBv2Backend, arn: str) -> None:
    for interface_id in kept(backend, "interfaces").pop(arn, []):
        backend.ec2_backend.enis.pop(interface_id, None)


def _give_interfaces(backend: ELBv2Backend, balancer: Any) -> None:  # noqa: ANN401 - moto has no types
    _take_interfaces(backend, balancer.arn)
    made = [
        backend.ec2_backend.create_network_interface(
            subnet,
            random_private_ip(subnet.cidr_block),
            group_ids=balancer.security_groups or None,
            public_ip_auto_assign=balancer.scheme == "internet-facing",
            description=f"ELB {balancer.arn.split('loadbalancer/')[1]}",
        )
        for subnet in balancer.subnets
    ]
    if balancer.type == "network":
        for interface in made:
            interface.interface_type = "network_load_balancer"
            if not balancer.security_groups:
                interface._group_set = []  # noqa: SLF001 - moto offers no other way
    kept(backend, "interfaces")[balancer.arn] = [interface.id for interface in made]
