"""Auto Scaling groups: where they launch, what they terminate, and what they measure."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
)

from rehearsal.missing_apis.patching import wrap

_EVERY_METRIC = (
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
)


def install() -> None:
    """Add everything."""
    FakeAutoScalingGroup.replace_autoscaling_group_instances = _launch_spread  # type: ignore[method-assign] # on purpose
    wrap(FakeAutoScalingGroup, "enable_metrics_collection", _every_metric)
    wrap(FakeAutoScalingGroup, "set_desired_capacity", _scale)
    wrap(AutoScalingBackend, "terminate_instance", _deregister)


def _launch_spread(self: Any, count_needed: int, propagated_tags: dict[str, str]) -> None:  # noqa: ANN401 - moto's group
    """Launch where the group has the fewest; moto launches all in the first subnet."""
    subnet_ids = self.vpc_zone_identifier.split(",")
    for _ in range(count_needed):
        taken = [state.instance.subnet_id for state in self.active_instances()]
        reservation = self.ec2_backend.run_instances(
            "",
            1,
            None,
            [],
            instance_type=None,
            is_instance_type_default=True,
            launch_template={
                "LaunchTemplateId": self.ec2_launch_template.id,
                "Version": self.launch_template_version,
            },
            region_name=self.region,
            subnet_id=min(subnet_ids, key=taken.count),
            tags={"instance": {**propagated_tags, ASG_NAME_TAG: self.name}},
        )
        for instance in reservation.instances:
            instance.autoscaling_group = self
            self.instance_states.append(InstanceState(instance))


def _deregister(
    self: AutoScalingBackend,
    terminate: Callable[[], Any],
    instance_id: str,
    *_: object,
    **__: object,
) -> Any:  # noqa: ANN401 - moto's activity
    """A server that leaves its group leaves the target groups; moto's stays registered."""
    instance = self.ec2_backend.get_instance(instance_id)
    group = instance.autoscaling_group  # type: ignore[attr-defined] # moto sets it
    with _unprotected([instance]):
        activity = terminate()
    for arn in group.target_group_arns:
        self.elbv2_backend.deregister_targets(arn, [{"Id": instance_id}])
    return activity


def _scale(self: Any, scale: Callable[[], None], *_: object, **__: object) -> None:  # noqa: ANN401 - moto's group
    """Scale; what goes may be protected."""
    with _unprotected([state.instance for state in self.instance_states]):
        scale()


@contextmanager
def _unprotected(instances: Sequence[Any]) -> Iterator[None]:
    """Termination protection refuses people, and not the group; moto's refuses both."""
    protected = [instance for instance in instances if instance.disable_api_termination]
    for instance in protected:
        instance.disable_api_termination = False
    try:
        yield
    finally:
        for instance in protected:
            instance.disable_api_termination = True


def _every_metric(self: Any, enable: Callable[[], None], metrics: list[str] | None) -> None:  # noqa: ANN401 - moto's group
    """No list of metrics means all of them."""
    enable()
    self.metrics = metrics or list(_EVERY_METRIC)
