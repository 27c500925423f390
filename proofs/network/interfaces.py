"""Reads the network interfaces that templates create: servers, load balancers, endpoints."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from proofs.network.filters import Filters
from proofs.network.model import Interface, SecurityGroup, Subnet
from proofs.network.resources import CannotProveError, Resource, Resources, Values, find


@dataclass(frozen=True)
class _Reader:
    resources: Resources
    subnets: Mapping[str, Subnet]
    filters: Filters

    def groups(self, ids: Sequence[str]) -> tuple[SecurityGroup, ...]:
        """The groups by id; an interface that names none gets the VPC's default group."""
        named = tuple(find(self.filters.groups, group) for group in dict.fromkeys(ids))
        return named or (self.filters.default_group,)

    def at(
        self,
        resource: Resource,
        subnets: Sequence[str],
        groups: Sequence[str],
        *,
        public: bool | None = False,
    ) -> list[Interface]:
        """One interface in each subnet; `public` None: what the subnet gives."""
        if not subnets:
            raise CannotProveError("it names no subnet, so it lands in the default VPC")
        return [
            Interface(
                resource.origin.logical_id,
                resource.origin,
                subnet,
                self.groups(groups),
                subnet.gives_public_addresses if public is None else public,
            )
            for subnet in (find(self.subnets, name) for name in subnets)
        ]


def read_interfaces(
    resources: Resources, subnets: Mapping[str, Subnet], filters: Filters
) -> tuple[Interface, ...]:
    """Read every interface; those that cannot be read become findings of `resources`."""
    reader = _Reader(resources, subnets, filters)
    found = [
        interface
        for kind, read in _READERS.items()
        for interfaces in resources.each(kind, lambda resource, read=read: read(reader, resource))  # type: ignore[misc]
        for interface in interfaces
    ]
    public = set(_elastic(resources))
    return tuple(
        replace(
            interface,
            has_public_address=interface.has_public_address
            or f"{interface.origin.stack}/{interface.origin.logical_id}" in public,
        )
        for interface in found
    )


def _elastic(resources: Resources) -> Iterator[str]:
    """What elastic addresses are associated with."""
    for kind in ("EC2::EIP", "EC2::EIPAssociation"):
        for resource in resources.of(kind):
            for name in ("InstanceId", "NetworkInterfaceId"):
                try:
                    if resource.has(name):
                        yield resource.target(name)
                except CannotProveError as error:
                    resources.doubt(resource.origin, str(error))


def _instance(reader: _Reader, resource: Resource) -> list[Interface]:
    data = _with_template(reader, resource, resource)
    return _of_launch(reader, resource, data, (data.target("SubnetId"),))


def _auto_scaling(reader: _Reader, resource: Resource) -> list[Interface]:
    subnets = resource.targets("VPCZoneIdentifier")
    if resource.has("MixedInstancesPolicy"):
        policy = resource.part("MixedInstancesPolicy").part("LaunchTemplate")
        if policy.has("Overrides"):
            for override in policy.parts("Overrides"):
                if override.has("LaunchTemplateSpecification"):
                    raise CannotProveError("it overrides the launch template")
        data = _template(reader, policy.part("LaunchTemplateSpecification"))
    elif resource.has("LaunchConfigurationName"):
        data = _configuration(reader, resource.target("LaunchConfigurationName"))
    else:
        data = _template(reader, resource.part("LaunchTemplate"))
    return _of_launch(reader, resource, data, subnets)


def _of_launch(
    reader: _Reader, resource: Resource, data: Values, subnets: Sequence[str]
) -> list[Interface]:
    """Interfaces of an instance: those that it spells out, or the primary one."""
    if data.has("SecurityGroups"):
        raise CannotProveError("it names security groups by name")
    interfaces = data.parts("NetworkInterfaces")
    if not interfaces:
        groups = data.targets("SecurityGroupIds")
        return reader.at(resource, [s for s in subnets if s], groups, public=None)
    found: list[Interface] = []
    for part in interfaces:
        if part.has("NetworkInterfaceId"):
            continue  # an interface of its own in the template, read as such
        own = part.target("SubnetId")
        groups = part.targets("GroupSet") or part.targets("Groups")
        public = (
            part.flag("AssociatePublicIpAddress") if part.has("AssociatePublicIpAddress") else None
        )
        found += reader.at(
            resource, [own] if own else [s for s in subnets if s], groups, public=public
        )
    return found


def _with_template(reader: _Reader, resource: Resource, own: Values) -> Values:
    """An instance's own properties over those of its launch template."""
    if not resource.has("LaunchTemplate"):
        return own
    template = _template(reader, resource.part("LaunchTemplate"))
    return Values(resource.origin, {**template.values, **own.values})


def _template(reader: _Reader, specification: Values) -> Values:
    name = "LaunchTemplateId" if specification.has("LaunchTemplateId") else "LaunchTemplateName"
    wanted = specification.target(name)
    for template in reader.resources.of("EC2::LaunchTemplate"):
        if wanted in (template.id, template.values.get("LaunchTemplateName")):
            return template.part("LaunchTemplateData")
    raise CannotProveError("its launch template is not part of the assembly")


def _configuration(reader: _Reader, wanted: str) -> Values:
    for configuration in reader.resources.of("AutoScaling::LaunchConfiguration"):
        if configuration.id == wanted:
            interface = {
                "GroupSet": configuration.values.get("SecurityGroups"),
                "AssociatePublicIpAddress": configuration.values.get("AssociatePublicIpAddress"),
            }
            return Values(configuration.origin, {"NetworkInterfaces": [interface]})
    raise CannotProveError("its launch configuration is not part of the assembly")


def _interface(reader: _Reader, resource: Resource) -> list[Interface]:
    if resource.has("Ipv6Addresses") or resource.has("Ipv6AddressCount"):
        reader.resources.ipv6(resource.origin, "the interface has IPv6 addresses")
    groups = resource.targets("GroupSet")
    return reader.at(resource, [resource.target("SubnetId")], groups)


def _load_balancer(reader: _Reader, resource: Resource) -> list[Interface]:
    mappings = [part.target("SubnetId") for part in resource.parts("SubnetMappings")]
    subnets = resource.targets("Subnets") or mappings
    public = resource.text("Scheme", "internet-facing") == "internet-facing"
    groups = resource.targets("SecurityGroups")
    if resource.text("IpAddressType", "ipv4") != "ipv4":
        reader.resources.ipv6(resource.origin, "the load balancer speaks IPv6")
    if resource.text("Type", "application") == "gateway":
        raise CannotProveError("the proof does not follow gateway load balancers")
    found = reader.at(resource, subnets, groups, public=public)
    guarded = bool(groups) or resource.text("Type", "application") == "application"
    return found if guarded else [replace(i, groups=(), filtered=False) for i in found]


def _classic_load_balancer(reader: _Reader, resource: Resource) -> list[Interface]:
    public = resource.text("Scheme", "internet-facing") == "internet-facing"
    groups = resource.targets("SecurityGroups")
    return reader.at(resource, resource.targets("Subnets"), groups, public=public)


def _database(reader: _Reader, resource: Resource) -> list[Interface]:
    if resource.has("DBClusterIdentifier"):
        cluster = find(
            {r.id: r for r in reader.resources.of("RDS::DBCluster")},
            resource.target("DBClusterIdentifier"),
        )
        return _database_in(reader, resource, cluster, "VpcSecurityGroupIds")
    return _database_in(reader, resource, resource, "VPCSecurityGroups")


def _database_in(
    reader: _Reader, resource: Resource, owner: Resource, groups: str
) -> list[Interface]:
    wanted = owner.target("DBSubnetGroupName")
    for group in reader.resources.of("RDS::DBSubnetGroup"):
        if wanted in (group.id, group.values.get("DBSubnetGroupName")):
            return reader.at(
                resource,
                group.targets("SubnetIds"),
                owner.targets(groups),
                # Left out, it means yes as soon as the VPC has an internet gateway:
                # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
                public=resource.flag("PubliclyAccessible", default=True),
            )
    raise CannotProveError("its subnet group is not part of the assembly")


def _endpoint(reader: _Reader, resource: Resource) -> list[Interface]:
    if resource.text("VpcEndpointType", "Gateway") != "Interface":
        return []
    subnets, groups = resource.targets("SubnetIds"), resource.targets("SecurityGroupIds")
    if resource.text("IpAddressType", "ipv4") != "ipv4":
        reader.resources.ipv6(resource.origin, "the endpoint speaks IPv6")
    return reader.at(resource, subnets, groups)


def _instance_connect(reader: _Reader, resource: Resource) -> list[Interface]:
    if resource.flag("PreserveClientIp", default=True):
        raise CannotProveError("it keeps the client's address, which can be any")
    groups = resource.targets("SecurityGroupIds")
    return reader.at(resource, [resource.target("SubnetId")], groups)


def _function(reader: _Reader, resource: Resource) -> list[Interface]:
    placement = resource.part("VpcConfig")
    if not placement.has("SubnetIds"):
        return []
    groups = placement.targets("SecurityGroupIds")
    return reader.at(resource, placement.targets("SubnetIds"), groups)


_READERS: Mapping[str, Callable[[_Reader, Resource], list[Interface]]] = {
    "EC2::Instance": _instance,
    "EC2::NetworkInterface": _interface,
    "AutoScaling::AutoScalingGroup": _auto_scaling,
    "ElasticLoadBalancingV2::LoadBalancer": _load_balancer,
    "ElasticLoadBalancing::LoadBalancer": _classic_load_balancer,
    "RDS::DBInstance": _database,
    "RDS::DBCluster": lambda reader, r: _database_in(reader, r, r, "VpcSecurityGroupIds"),
    "EC2::VPCEndpoint": _endpoint,
    "EC2::InstanceConnectEndpoint": _instance_connect,
    "Lambda::Function": _function,
}
