"""Launching servers: what a launch template and an image say about them."""

from collections.abc import Callable
from typing import Any
from zlib import crc32

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import InvalidAMIIdError, InvalidParameterValue
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami
from moto.ec2.responses import EC2Response
from moto.ec2.utils import convert_tag_spec
from moto.ssm.models import Parameter, ParameterDict, ssm_backends

from rehearsal.missing_apis.patching import wrap

_FROM_PARAMETER = "resolve:ssm:"
_WINDOWS = tuple(
    f"/aws/service/ami-windows-latest/Windows_Server-{year}-English-Full-Base"
    for year in (2022, 2025)
)
_WINDOWS_ROOT_GIB = 30


def install() -> None:
    """Add everything."""
    wrap(EC2Backend, "_load_amis", _with_windows_images)
    wrap(ParameterDict, "_check_loading_status", _with_windows_parameters)
    EC2Backend.run_instances = _as_templates_say(EC2Backend.run_instances)  # type: ignore[method-assign] # on purpose
    wrap(EC2Backend, "replace_iam_instance_profile_association", _profile_of_the_instance)
    for action in (delete_launch_template_versions, monitor_instances, unmonitor_instances):
        setattr(EC2Response, action.__name__, action)


# Images


def _windows_image_id(parameter: str, region: str) -> str:
    return f"ami-{crc32(f'{parameter} {region}'.encode()):017x}"


def _with_windows_images(self: EC2Backend, load: Callable[[], None]) -> None:
    """AWS publishes images of Windows; moto has the newest of Linux only."""
    load()
    for parameter in _WINDOWS:
        image_id = _windows_image_id(parameter, self.region_name)
        self.amis[image_id] = Ami(
            self,
            image_id,
            name=parameter.rpartition("/")[2],
            architecture="x86_64",
            owner_alias="amazon",
            platform="windows",
            public=True,
            root_device_name="/dev/sda1",
            root_device_type="ebs",
            virtualization_type="hvm",
        )


def _with_windows_parameters(self: ParameterDict, load: Callable[[], None], key: str) -> None:
    """Public parameters name the newest images of Windows."""
    load()
    # Not by self[key], which comes back here.
    if key in _WINDOWS and not dict.get(self, key):
        parameter = Parameter(  # type: ignore[abstract] # moto makes it so too
            account_id=self.account_id,
            name=key,
            value=_windows_image_id(key, self.region_name),
            parameter_type="String",
            description=None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=0,  # type: ignore[arg-type] # moto's own images have a number too
            version=1,
            data_type="aws:ec2:image",
        )
        dict.__setitem__(self, key, [parameter])


def _image(backend: EC2Backend, image_id: str) -> Any:  # noqa: ANN401 - moto's image
    """The image; EC2 resolves the parameter of a launch template when it launches."""
    if image_id.startswith(_FROM_PARAMETER):
        name = image_id.removeprefix(_FROM_PARAMETER)
        ssm = ssm_backends[backend.account_id][backend.region_name]
        parameter = ssm.get_parameter(name)
        if parameter is None:
            raise InvalidParameterValue(f"Parameter not found: {name}")
        image_id = parameter.value
    if image_id not in backend.amis:
        raise InvalidAMIIdError([image_id])
    return backend.amis[image_id]


# Launch templates


def _as_templates_say(run: Callable[..., Any]) -> Callable[..., Any]:
    """Launch as EC2 does: the request overrides the launch template; moto drops most of it."""

    def run_instances(
        self: EC2Backend,
        image_id: str,
        count: int,
        user_data: Any,  # noqa: ANN401 - moto's type
        security_group_names: list[str],
        **request: Any,  # noqa: ANN401 - moto's arguments
    ) -> Any:  # noqa: ANN401 - moto's reservation
        chosen = request.get("launch_template")
        template = self._get_template_from_args(chosen).data if chosen else {}
        image = _image(self, image_id or template["ImageId"])
        request["nics"] = [_interface(request, template)]
        request["block_device_mappings"] = _volumes(request, template, image)
        request["metadata_options"] = {
            **template.get("MetadataOptions", {}),
            **request.get("metadata_options", {}),
        }
        request["ebs_optimized"] = request.get("ebs_optimized") or template.get("EbsOptimized")
        if template.get("Monitoring", {}).get("Enabled"):
            request["monitoring_state"] = "enabled"
        request["disable_api_termination"] = bool(template.get("DisableApiTermination"))
        request["tags"] = _tags(request, template)
        reservation = run(self, image.id, count, user_data, security_group_names, **request)
        _give_profile(self, reservation, request, template)
        return reservation

    return run_instances


def _interface(request: dict[str, Any], template: dict[str, Any]) -> dict[str, Any]:
    """The primary network interface; it goes with the instance."""
    first = {
        **_first(template.get("NetworkInterfaces")),
        **_first(request.get("nics")),
    }
    if subnet_id := request.get("subnet_id"):
        first["SubnetId"] = subnet_id
    if not first.get("Groups"):
        groups = request.pop("security_group_ids", []) or template.get("SecurityGroupIds", [])
        first["Groups"] = list(groups)
    return {"DeleteOnTermination": True, **first, "DeviceIndex": 0}


def _first(items: Any) -> dict[str, Any]:  # noqa: ANN401 - absent or a list
    return dict(items[0]) if items else {}


def _volumes(request: dict[str, Any], template: dict[str, Any], image: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - moto's image
    asked = request.get("block_device_mappings") or template.get("BlockDeviceMappings") or []
    mappings = [
        {**each, "Ebs": {"DeleteOnTermination": True, **each.get("Ebs", {})}} for each in asked
    ]
    if image.root_device_name not in {each["DeviceName"] for each in mappings}:
        root = {"VolumeSize": _WINDOWS_ROOT_GIB, "DeleteOnTermination": True}
        mappings.append({"DeviceName": image.root_device_name, "Ebs": root})
    return mappings


def _tags(request: dict[str, Any], template: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Tags of both; those of the request win."""
    tags: dict[str, dict[str, str]] = convert_tag_spec(template.get("TagSpecifications", []))
    for kind, own in (request.get("tags") or {}).items():
        tags[kind] = {**tags.get(kind, {}), **own}
    return tags


def _give_profile(
    backend: EC2Backend,
    reservation: Any,  # noqa: ANN401 - moto's reservation
    request: dict[str, Any],
    template: dict[str, Any],
) -> None:
    """Give every instance the template's profile; moto gives the request's."""
    profile = template.get("IamInstanceProfile")
    asked = request.get("iam_instance_profile_name") or request.get("iam_instance_profile_arn")
    if profile and not asked:
        for instance in reservation.instances:
            backend.associate_iam_instance_profile(
                instance.id, profile.get("Name"), profile.get("Arn")
            )


def delete_launch_template_versions(self: EC2Response) -> ActionResult:
    """Delete the latest version, unless it is the default; moto counts versions by their place."""
    template = self.ec2_backend.get_launch_template(self._get_param("LaunchTemplateId"))
    for number in self._get_param("Versions"):
        latest = template.latest_version_number
        if int(number) != latest or latest == template.default_version_number:
            raise InvalidParameterValue(f"the stand-in deletes the latest version only: {latest}")
        template.versions.pop()
    return EmptyResult()


def _profile_of_the_instance(
    _: EC2Backend, replace: Callable[[], Any], *__: object, **___: object
) -> Any:  # noqa: ANN401 - moto's association
    """DescribeInstances tells the new profile; moto's goes on telling the old one."""
    association = replace()
    association.instance.iam_instance_profile = {
        "Arn": association.iam_instance_profile.arn,
        "Id": association.association_id,
    }
    return association


# Monitoring


def monitor_instances(self: EC2Response) -> ActionResult:
    """Measure every minute."""
    return _monitor(self, "enabled")


def unmonitor_instances(self: EC2Response) -> ActionResult:
    """Measure every five minutes."""
    return _monitor(self, "disabled")


def _monitor(self: EC2Response, state: str) -> ActionResult:
    servers = self._get_param("InstanceIds")
    for server in servers:
        self.ec2_backend.get_instance(server).monitoring_state = state
    monitoring = [{"InstanceId": server, "Monitoring": {"State": state}} for server in servers]
    return ActionResult({"InstanceMonitorings": monitoring})
