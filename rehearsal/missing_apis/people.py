"""Groups and users: AWS refuses to delete those that still hold something."""

from collections.abc import Callable
from typing import Any

from moto.iam.exceptions import DeleteConflictException
from moto.iam.models import IAMBackend

from rehearsal.missing_apis.patching import wrap


def install() -> None:
    """Add everything."""
    wrap(IAMBackend, "delete_group", _refuse_group)
    wrap(IAMBackend, "delete_user", _refuse_user)


def _refuse_group(self: IAMBackend, delete: Callable[[], None], group_name: str) -> None:
    """A group goes when nobody is in it and no policy is attached."""
    group = self.get_group(group_name)
    _refuse(f"group {group_name}", users=group.users, policies=group.managed_policies)
    delete()


def _refuse_user(self: IAMBackend, delete: Callable[[], None], user_name: str) -> None:
    """A user goes when it has no password, key or MFA device and is in no group."""
    user = self.get_user(user_name)
    _refuse(
        f"user {user_name}",
        groups=self.get_groups_for_user(user_name),
        keys=user.access_keys,
        devices=user.mfa_devices,
        password=user.password,
    )
    delete()


def _refuse(what: str, **held: Any) -> None:  # noqa: ANN401 - moto's collections
    if left := [name for name, value in held.items() if value]:
        raise DeleteConflictException(f"Cannot delete {what}, which has {', '.join(left)}")
