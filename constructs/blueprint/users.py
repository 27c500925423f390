"""Users: one for every person (IA-2, IA-13)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct


class Person(iam.User):
    """An individual user, for one person.

    Invariant: every right comes from a group. The template holds no policy, no access key and no
    password: an administrator hands over the first password, and its owner changes it.

    Example:
        Person(
            self,
            "ann",
            name="ann",
            groups=[iam.Group(self, "Readers")],
            contact="ann@example.com",
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        groups: Sequence[iam.IGroup],
        contact: str,
    ) -> None:
        """Create the user in `groups`; `contact` becomes a tag that says whom to ask."""
        super().__init__(scope, construct_id, user_name=name, groups=list(groups))
        cdk.Tags.of(self).add("contact", contact)
