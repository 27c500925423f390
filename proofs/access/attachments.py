"""Which policies a user, group or role has, and which groups a user is in.

A template says so in many places: the identity names policies or brings its own, a policy names
whom it is for, and a membership can be a resource of its own.
"""

from dataclasses import dataclass, field

from proofs.access.aws_managed import HOW_TO_ADD, aws_managed, is_aws_managed
from proofs.access.model import Policy
from proofs.access.resources import CannotProveError, Resource, Resources
from proofs.findings import Origin

# Whom a policy names, by the property that does.
_RECEIVERS = {"Users": "IAM::User", "Groups": "IAM::Group", "Roles": "IAM::Role"}
# What gives an identity its name.
NAMES = {"IAM::User": "UserName", "IAM::Group": "GroupName", "IAM::Role": "RoleName"}


@dataclass
class Identity:
    """What a user, group or role was given; the order is that of the templates.

    Attributes:
        policies: Each once, however many times it was attached.
        groups: What Ref gives for a user's groups.
        origin: What names a user whom no template creates.
    """

    policies: dict[Policy, None] = field(default_factory=dict)
    groups: dict[str, None] = field(default_factory=dict)
    origin: Origin | None = None


class Attachments:
    """Every user, group and role of the templates, with what it was given.

    Attributes:
        strangers: Users whom no template creates and one puts into groups, by account and name.
            What else they have is not for these templates to say.
    """

    def __init__(self, resources: Resources) -> None:
        """Read everything that attaches; what cannot be read becomes a finding."""
        self.strangers: dict[tuple[str, str], Identity] = {}
        self._managed = dict(resources.each("IAM::ManagedPolicy", _managed))
        self._known = {key: Identity() for type_ in NAMES for key in resources.each(type_, _key)}
        reads = {
            **dict.fromkeys(NAMES, self._own),
            **{f"{type_}Policy": self._of_one for type_ in NAMES},
            "IAM::ManagedPolicy": self._named,
            "IAM::Policy": self._named,
            "IAM::UserToGroupAddition": self._addition,
        }
        for type_, read in reads.items():
            for _ in resources.each(type_, read):
                pass

    @property
    def managed(self) -> tuple[Policy, ...]:
        """The managed policies of the templates."""
        return tuple(self._managed.values())

    def of(self, resource: Resource) -> Identity:
        """What the user, group or role was given."""
        return self._known[_key(resource)]

    def policy(self, arn: str) -> Policy:
        """The managed policy with this ARN.

        Raises:
            CannotProveError: neither the templates nor the table of AWS's own policies have it.
        """
        found = self._managed.get(arn) or aws_managed(arn)
        if found is None:
            more = f"; {HOW_TO_ADD}" if is_aws_managed(arn) else ""
            raise CannotProveError(f"the proof does not have the policy {arn}{more}")
        return found

    def _own(self, resource: Resource) -> None:
        """What an identity says of itself."""
        identity = self.of(resource)
        for arn in resource.texts("ManagedPolicyArns"):
            identity.policies[self.policy(arn)] = None
        for part in resource.parts("Policies"):
            label = str(part.get("PolicyName"))
            identity.policies[resource.policy("PolicyDocument", label, values=part)] = None
        for group in resource.texts("Groups"):
            self._receiver(resource, "IAM::Group", group)
            identity.groups[group] = None

    def _named(self, resource: Resource) -> None:
        """A policy that names whom it is for."""
        receivers = [
            self._receiver(resource, type_, name)
            for property_, type_ in _RECEIVERS.items()
            for name in resource.texts(property_)
        ]
        if receivers:
            managed = resource.type == "AWS::IAM::ManagedPolicy"
            policy = self.policy(resource.name()) if managed else _inline(resource)
            for receiver in receivers:
                receiver.policies[policy] = None

    def _of_one(self, resource: Resource) -> None:
        """A policy of exactly one identity."""
        type_ = resource.type.removeprefix("AWS::").removesuffix("Policy")
        receiver = self._receiver(resource, type_, resource.text(NAMES[type_]))
        receiver.policies[_inline(resource)] = None

    def _addition(self, resource: Resource) -> None:
        """A membership as a resource of its own."""
        group = resource.text("GroupName")
        self._receiver(resource, "IAM::Group", group)
        for name in resource.texts("Users"):
            user = self._known.get(("IAM::User", resource.account, name))
            if user is None:
                stranger = Identity(origin=resource.origin)
                user = self.strangers.setdefault((resource.account, name), stranger)
            user.groups[group] = None

    def _receiver(self, resource: Resource, type_: str, name: str) -> Identity:
        """Whom the resource is about; names count within its account."""
        found = self._known.get((type_, resource.account, name))
        if found is None:
            kind = type_.removeprefix("IAM::").lower()
            raise CannotProveError(f"it is about the {kind} {name}, which no template creates")
        return found


def _key(resource: Resource) -> tuple[str, str, str]:
    return resource.type.removeprefix("AWS::"), resource.account, resource.name()


def _managed(resource: Resource) -> tuple[str, Policy]:
    label = resource.text("ManagedPolicyName") or resource.label
    return resource.name(), resource.policy("PolicyDocument", label)


def _inline(resource: Resource) -> Policy:
    return resource.policy("PolicyDocument", resource.text("PolicyName"))
