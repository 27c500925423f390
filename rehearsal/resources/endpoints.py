"""VPC endpoints, EC2 Instance Connect endpoints and flow logs."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

import json
from typing import Any

from rehearsal.resources.base import Live, Place, Properties, Resource, resource


@resource(
    "AWS::EC2::VPCEndpoint",
    replaces=["ServiceName", "VpcEndpointType", "VpcId", "PrivateDnsEnabled"],
    in_place=["PolicyDocument", "RouteTableIds", "SecurityGroupIds", "SubnetIds", "Tags"],
)
class VpcEndpoint(Resource):
    """A gateway or interface endpoint."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the endpoint."""
        lists = ("RouteTableIds", "SecurityGroupIds", "SubnetIds")
        settings: dict[str, Any] = {key: properties[key] for key in lists if key in properties}
        if "PolicyDocument" in properties:
            settings["PolicyDocument"] = json.dumps(properties["PolicyDocument"])
        endpoint = place.ec2.create_vpc_endpoint(
            VpcId=properties["VpcId"],
            ServiceName=properties["ServiceName"],
            VpcEndpointType=properties.get("VpcEndpointType", "Gateway"),
            PrivateDnsEnabled=bool(properties.get("PrivateDnsEnabled", False)),
            TagSpecifications=place.ec2_tags("vpc-endpoint", properties),
            **settings,
        )["VpcEndpoint"]
        return Live(endpoint["VpcEndpointId"], {"Id": endpoint["VpcEndpointId"]})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change policy, route tables, subnets, security groups and tags."""
        changes: dict[str, Any] = {}
        for key, name in (
            ("RouteTableIds", "RouteTableIds"),
            ("SecurityGroupIds", "SecurityGroupIds"),
            ("SubnetIds", "SubnetIds"),
        ):
            before, after = set(old.get(key, [])), set(new.get(key, []))
            changes |= {f"Add{name}": sorted(after - before)} if after - before else {}
            changes |= {f"Remove{name}": sorted(before - after)} if before - after else {}
        if old.get("PolicyDocument") != new.get("PolicyDocument"):
            policy = new.get("PolicyDocument")
            changes |= {"PolicyDocument": json.dumps(policy)} if policy else {"ResetPolicy": True}
        if changes:
            place.ec2.modify_vpc_endpoint(VpcEndpointId=live.physical_id, **changes)
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the endpoint with its routes or network interfaces."""
        place.ec2.delete_vpc_endpoints(VpcEndpointIds=[live.physical_id])


@resource(
    "AWS::EC2::InstanceConnectEndpoint",
    replaces=["PreserveClientIp", "SecurityGroupIds", "SubnetId"],
    in_place=["Tags"],
)
class InstanceConnectEndpoint(Resource):
    """An endpoint through which EC2 Instance Connect reaches servers."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the endpoint."""
        endpoint = place.ec2.create_instance_connect_endpoint(
            SubnetId=properties["SubnetId"],
            SecurityGroupIds=properties.get("SecurityGroupIds", []),
            PreserveClientIp=bool(properties.get("PreserveClientIp", False)),
            TagSpecifications=place.ec2_tags("instance-connect-endpoint", properties),
        )["InstanceConnectEndpoint"]
        endpoint_id = endpoint["InstanceConnectEndpointId"]
        return Live(endpoint_id, {"Id": endpoint_id})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the endpoint."""
        place.ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=live.physical_id)


@resource(
    "AWS::EC2::FlowLog",
    replaces=[
        "DeliverLogsPermissionArn",
        "LogGroupName",
        "MaxAggregationInterval",
        "ResourceId",
        "ResourceType",
        "TrafficType",
    ],
    in_place=["Tags"],
)
class FlowLog(Resource):
    """Flow logs into a CloudWatch log group."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the flow log."""
        answer = place.ec2.create_flow_logs(
            ResourceIds=[properties["ResourceId"]],
            ResourceType=properties["ResourceType"],
            TrafficType=properties["TrafficType"],
            LogGroupName=properties["LogGroupName"],
            DeliverLogsPermissionArn=properties["DeliverLogsPermissionArn"],
            MaxAggregationInterval=int(properties.get("MaxAggregationInterval", 600)),
            TagSpecifications=place.ec2_tags("vpc-flow-log", properties),
        )
        flow_log_id = answer["FlowLogIds"][0]
        return Live(flow_log_id, {"Id": flow_log_id})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the flow log; what it wrote stays in the log group."""
        place.ec2.delete_flow_logs(FlowLogIds=[live.physical_id])
