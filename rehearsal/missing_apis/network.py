"""Networks: endpoints, VPNs, Direct Connect, and what AWS makes and deletes along."""

import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.directconnect.responses import DirectConnectResponse
from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses import EC2Response
from moto.ec2.utils import random_id, random_private_ip

from rehearsal.missing_apis.patching import kept, wrap


def install() -> None:
    """Add everything."""
    for action in (
        create_instance_connect_endpoint,
        describe_instance_connect_endpoints,
        delete_instance_connect_endpoint,
        enable_vgw_route_propagation,
        disable_vgw_route_propagation,
        create_vpn_connection_route,
        delete_vpn_connection_route,
    ):
        setattr(EC2Response, action.__name__, action)
    for answer in (
        create_direct_connect_gateway_association,
        update_direct_connect_gateway_association,
        delete_direct_connect_gateway_association,
        describe_direct_connect_gateway_associations,
    ):
        setattr(DirectConnectResponse, answer.__name__, answer)
    wrap(EC2Response, "create_vpn_connection", _keep_vpn_options)
    wrap(EC2Backend, "create_vpc", _default_group_talks_to_itself)
    wrap(EC2Backend, "delete_vpc", _delete_default_network_acl)
    wrap(EC2Backend, "delete_subnet", _forget_network_acl_association)
    wrap(EC2Backend, "create_nat_gateway", _interface_without_a_group)
    wrap(EC2Backend, "delete_nat_gateway", _release_interface_and_address)
    wrap(EC2Backend, "create_vpc_endpoint", _interfaces_with_the_groups)
    wrap(EC2Backend, "modify_vpc_endpoint", _move_routes_and_interfaces)


# EC2 Instance Connect endpoints


def create_instance_connect_endpoint(self: EC2Response) -> ActionResult:
    """Keep the endpoint; it gets a network interface in its subnet."""
    backend = self.ec2_backend
    subnet = backend.get_subnet(self._get_param("SubnetId"))
    groups = self._get_param("SecurityGroupIds", [])
    address = random_private_ip(subnet.cidr_block)
    interface = backend.create_network_interface(subnet.id, address, group_ids=groups)
    endpoint = {
        "InstanceConnectEndpointId": random_id("eice"),
        "OwnerId": backend.account_id,
        "State": "create-complete",
        "SubnetId": subnet.id,
        "VpcId": subnet.vpc_id,
        "AvailabilityZone": subnet.availability_zone,
        "SecurityGroupIds": groups or [group.id for group in interface.group_set],
        "PreserveClientIp": self._get_bool_param("PreserveClientIp", if_none=False),
        "NetworkInterfaceIds": [interface.id],
    }
    kept(backend, "instance_connect_endpoints")[endpoint["InstanceConnectEndpointId"]] = endpoint
    return ActionResult({"InstanceConnectEndpoint": endpoint})


def describe_instance_connect_endpoints(self: EC2Response) -> ActionResult:
    """Name the endpoints with these ids, or all."""
    wanted = self._get_param("InstanceConnectEndpointIds", [])
    endpoints = kept(self.ec2_backend, "instance_connect_endpoints")
    found = [value for key, value in endpoints.items() if not wanted or key in wanted]
    return ActionResult({"InstanceConnectEndpoints": found})


def delete_instance_connect_endpoint(self: EC2Response) -> ActionResult:
    """Delete the endpoint and its network interface."""
    endpoints = kept(self.ec2_backend, "instance_connect_endpoints")
    endpoint = endpoints.pop(self._get_param("InstanceConnectEndpointId"))
    for interface in endpoint["NetworkInterfaceIds"]:
        self.ec2_backend.enis.pop(interface, None)
    return ActionResult({"InstanceConnectEndpoint": {**endpoint, "State": "delete-complete"}})


# Route propagation


def _propagating(self: EC2Response) -> tuple[Any, dict[str, str]]:
    gateway_id = self._get_param("GatewayId")
    gateway = self.ec2_backend.get_vpn_gateway(gateway_id)
    table = self.ec2_backend.get_route_table(self._get_param("RouteTableId"))
    attached = gateway.attachments.get(table.vpc_id)
    if attached is None or attached.state != "attached":
        raise DependencyViolationError(f"{gateway_id} is not attached to the VPC of {table.id}")
    if not hasattr(table, "propagating_vgws"):
        table.propagating_vgws = []
    return table, {"GatewayId": gateway_id}


def enable_vgw_route_propagation(self: EC2Response) -> ActionResult:
    """Let the route table learn the gateway's routes."""
    table, gateway = _propagating(self)
    if gateway not in table.propagating_vgws:
        table.propagating_vgws.append(gateway)
    return EmptyResult()


def disable_vgw_route_propagation(self: EC2Response) -> ActionResult:
    """Take them back."""
    table, gateway = _propagating(self)
    table.propagating_vgws.remove(gateway)
    return EmptyResult()


# VPN connections


def _keep_vpn_options(
    self: EC2Response, create: Callable[[], ActionResult], *_: object
) -> ActionResult:
    answer = create()
    connection: Any = answer.result
    options = self._get_param("Options", {})
    static = str(options.get("StaticRoutesOnly", False)).lower() == "true"
    connection["VpnConnection"].options = {"StaticRoutesOnly": static}
    connection["VpnConnection"].routes = []
    return answer


def create_vpn_connection_route(self: EC2Response) -> ActionResult:
    """Add a static route to the connection."""
    connection = self.ec2_backend.vpn_connections[self._get_param("VpnConnectionId")]
    cidr = self._get_param("DestinationCidrBlock")
    connection.routes.append({"DestinationCidrBlock": cidr, "State": "available"})
    return EmptyResult()


def delete_vpn_connection_route(self: EC2Response) -> ActionResult:
    """Delete a static route of the connection."""
    connection = self.ec2_backend.vpn_connections[self._get_param("VpnConnectionId")]
    cidr = self._get_param("DestinationCidrBlock")
    connection.routes = [r for r in connection.routes if r["DestinationCidrBlock"] != cidr]
    return EmptyResult()


# What AWS makes and deletes along


def _default_group_talks_to_itself(
    self: EC2Backend, create: Callable[[], Any], *_: object, **__: object
) -> Any:  # noqa: ANN401 - moto's VPC
    """AWS's default security group lets its members talk to each other; moto's has no ingress."""
    vpc = create()
    group: Any = self.get_security_group_from_name("default", vpc_id=vpc.id)
    members = {"GroupId": group.id, "UserId": self.account_id, "OwnerId": self.account_id}
    rule = SecurityGroupRule(self, "-1", group.id, None, None, None, members, is_egress=False)
    group.ingress_rules = [rule]
    return vpc


def _delete_default_network_acl(self: EC2Backend, delete: Callable[[], Any], vpc_id: str) -> Any:  # noqa: ANN401 - moto's VPC
    """AWS deletes the default network ACL with the VPC; it refuses while there is another one."""
    acls = self.describe_network_acls(filters={"vpc-id": vpc_id})
    if others := [acl.id for acl in acls if not acl.default]:
        raise DependencyViolationError(f"{vpc_id} still has {', '.join(others)}")
    answer = delete()
    for acl in acls:
        del self.network_acls[acl.id]
    return answer


def _forget_network_acl_association(
    self: EC2Backend, delete: Callable[[], Any], subnet_id: str
) -> Any:  # noqa: ANN401 - moto's subnet
    """AWS forgets the association of a subnet that is gone; it refuses while something is in it."""
    if interfaces := [eni.id for eni in self.enis.values() if eni.subnet.id == subnet_id]:
        raise DependencyViolationError(f"{subnet_id} still has {', '.join(interfaces)}")
    answer = delete()
    for acl in self.network_acls.values():
        for key, association in list(acl._associations.items()):  # noqa: SLF001 - moto offers no other way
            if association.subnet_id == subnet_id:
                del acl._associations[key]  # noqa: SLF001 - the same
    return answer


def _interface_without_a_group(
    _: EC2Backend,
    create: Callable[[], Any],
    *_arguments: object,
    **_named: object,
) -> Any:  # noqa: ANN401 - moto's NAT gateway
    """The interface of a NAT gateway is of its own kind, and has no security group."""
    gateway = create()
    interface = gateway._eni  # noqa: SLF001 - moto offers no other way
    interface.interface_type = "nat_gateway"
    interface._group_set = []  # noqa: SLF001 - the same
    return gateway


def _release_interface_and_address(self: EC2Backend, delete: Callable[[], Any], *_: object) -> Any:  # noqa: ANN401 - moto's NAT gateway
    """AWS deletes the network interface, and the address is free again."""
    gateway = delete()
    self.enis.pop(gateway._eni.id, None)  # noqa: SLF001 - moto offers no other way
    for address in self.address_by_allocation([gateway.address_set[0]["allocationId"]]):
        address.eni = address.association_id = None
    return gateway


def _interfaces_with_the_groups(
    self: EC2Backend,
    create: Callable[[], Any],
    **_: Any,  # noqa: ANN401 - moto's arguments
) -> Any:  # noqa: ANN401 - moto's answer
    """The interfaces of an endpoint carry its groups; moto gives them the default group."""
    endpoint = create()
    _give_interfaces(self, endpoint)
    return endpoint


def _give_interfaces(backend: EC2Backend, endpoint: Any) -> None:  # noqa: ANN401 - moto has no types
    """Give an interface endpoint one network interface in each of its subnets."""
    if endpoint.vpc_endpoint_type != "Interface":
        return
    for eni_id in endpoint.network_interface_ids:
        backend.enis.pop(eni_id, None)
    subnets = [backend.get_subnet(subnet_id) for subnet_id in endpoint.subnet_ids]
    endpoint.network_interface_ids = [
        backend.create_network_interface(
            subnet.id, random_private_ip(subnet.cidr_block), group_ids=endpoint.security_group_ids
        ).id
        for subnet in subnets
    ]


def _move_routes_and_interfaces(self: EC2Backend, modify: Callable[[], Any], **changes: Any) -> Any:  # noqa: ANN401 - moto's answer
    """AWS adds and deletes an endpoint's routes and network interfaces; moto keeps a list only."""
    answer = modify()
    endpoint: Any = self.vpc_end_points[changes["vpc_id"]]  # moto's name for the endpoint's id
    prefix_list = endpoint.destination_prefix_list_id
    for table_id in changes["add_route_tables"] or []:
        self.create_route(
            table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list
        )
    for table_id in changes["remove_route_tables"] or []:
        self.delete_route(table_id, prefix_list)
    _give_interfaces(self, endpoint)
    return answer


# Direct Connect gateways


def _associations(self: DirectConnectResponse) -> dict[str, Any]:
    return kept(self.directconnect_backend, "gateway_associations")


def _prefixes(parameters: dict[str, Any], key: str) -> list[dict[str, str]]:
    prefixes: list[dict[str, str]] = parameters.get(key) or []
    return prefixes


def create_direct_connect_gateway_association(self: DirectConnectResponse) -> str:
    """Associate a virtual private gateway; the Direct Connect gateway is the company's."""
    asked = json.loads(self.body)
    association = {
        "associationId": random_id("dxgwa"),
        "associationState": "associated",
        "directConnectGatewayId": asked["directConnectGatewayId"],
        "associatedGateway": {"id": asked["gatewayId"], "type": "virtualPrivateGateway"},
        "allowedPrefixesToDirectConnectGateway": _prefixes(
            asked, "addAllowedPrefixesToDirectConnectGateway"
        ),
    }
    _associations(self)[association["associationId"]] = association
    return json.dumps({"directConnectGatewayAssociation": association})


def update_direct_connect_gateway_association(self: DirectConnectResponse) -> str:
    """Announce other prefixes."""
    asked = json.loads(self.body)
    association = _associations(self)[asked["associationId"]]
    gone = _prefixes(asked, "removeAllowedPrefixesToDirectConnectGateway")
    before = association["allowedPrefixesToDirectConnectGateway"]
    association["allowedPrefixesToDirectConnectGateway"] = [
        *(prefix for prefix in before if prefix not in gone),
        *_prefixes(asked, "addAllowedPrefixesToDirectConnectGateway"),
    ]
    return json.dumps({"directConnectGatewayAssociation": association})


def delete_direct_connect_gateway_association(self: DirectConnectResponse) -> str:
    """Delete the association."""
    association = _associations(self).pop(json.loads(self.body)["associationId"])
    gone = {**association, "associationState": "disassociated"}
    return json.dumps({"directConnectGatewayAssociation": gone})


def describe_direct_connect_gateway_associations(self: DirectConnectResponse) -> str:
    """Name the association with this id, or all."""
    wanted = json.loads(self.body).get("associationId")
    found = [value for key, value in _associations(self).items() if wanted in {None, key}]
    return json.dumps({"directConnectGatewayAssociations": found})
