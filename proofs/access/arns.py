"""What Ref and Fn::GetAtt give in policies, with `<Stack.LogicalId>` for what is not known yet.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
has the return values of each type. A type or attribute that is not in the table has no name: what
uses it cannot be proved.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from proofs.assembly import Assembly, Stack
from proofs.intrinsics import Reference, Resolver

ACCOUNT, REGION = "<AccountId>", "<Region>"
_HASH = re.compile(r"(?<=.)[0-9A-F]{8}$")


@dataclass(frozen=True)
class Naming:
    """How a type's resources are named.

    Attributes:
        property: Which property gives the name; empty, or left out in a template: AWS makes one.
        attributes: What Ref and Fn::GetAtt give, around `{name}`, `{path}`, `{account}` and
            `{region}`.
    """

    property: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: {"Ref": "{name}"})


def _iam(property_: str, kind: str) -> Naming:
    arn = f"arn:aws:iam::{{account}}:{kind}{{path}}{{name}}"
    return Naming(property_, {"Ref": "{name}", "Arn": arn})


def _id(*attributes: str) -> Naming:
    """A resource that has nothing but an id, which these attributes give too."""
    return Naming("", dict.fromkeys(("Ref", *attributes), "{name}"))


_POLICY = "arn:aws:iam::{account}:policy{path}{name}"
_SAML = "arn:aws:iam::{account}:saml-provider/{name}"
_OIDC = "arn:aws:iam::{account}:oidc-provider/{name}"
_TOPIC = "arn:aws:sns:{region}:{account}:{name}"
_VAULT = "arn:aws:backup:{region}:{account}:backup-vault:{name}"
_SECRET = "arn:aws:secretsmanager:{region}:{account}:secret:{name}"  # noqa: S105 (an ARN)
NAMINGS: Mapping[str, Naming] = {
    "AWS::IAM::User": _iam("UserName", "user"),
    "AWS::IAM::Group": _iam("GroupName", "group"),
    "AWS::IAM::Role": _iam("RoleName", "role"),
    "AWS::IAM::InstanceProfile": _iam("InstanceProfileName", "instance-profile"),
    "AWS::IAM::ManagedPolicy": Naming("ManagedPolicyName", {"Ref": _POLICY, "PolicyArn": _POLICY}),
    "AWS::IAM::SAMLProvider": Naming("Name", {"Ref": _SAML, "Arn": _SAML}),
    "AWS::IAM::OIDCProvider": Naming("Url", {"Ref": _OIDC, "Arn": _OIDC}),
    "AWS::S3::Bucket": Naming("BucketName", {"Ref": "{name}", "Arn": "arn:aws:s3:::{name}"}),
    "AWS::KMS::Key": Naming(
        "",
        {
            "Ref": "{name}",
            "KeyId": "{name}",
            "Arn": "arn:aws:kms:{region}:{account}:key/{name}",
        },
    ),
    "AWS::KMS::Alias": Naming("AliasName"),
    "AWS::SNS::Topic": Naming(
        "TopicName", {"Ref": _TOPIC, "TopicArn": _TOPIC, "TopicName": "{name}"}
    ),
    "AWS::Logs::LogGroup": Naming(
        "LogGroupName",
        {"Ref": "{name}", "Arn": "arn:aws:logs:{region}:{account}:log-group:{name}:*"},
    ),
    "AWS::Lambda::Function": Naming(
        "FunctionName",
        {"Ref": "{name}", "Arn": "arn:aws:lambda:{region}:{account}:function:{name}"},
    ),
    "AWS::Backup::BackupVault": Naming(
        "BackupVaultName", {"Ref": "{name}", "BackupVaultName": "{name}", "BackupVaultArn": _VAULT}
    ),
    "AWS::SSM::Parameter": Naming("Name"),
    "AWS::SecretsManager::Secret": Naming("Name", {"Ref": _SECRET}),
    "AWS::EC2::VPC": Naming(
        "",
        {
            "Ref": "{name}",
            "VpcId": "{name}",
            # IAM takes * and ? for wildcards only: this is one text, and no other.
            "DefaultSecurityGroup": "{name}.DefaultSecurityGroup",
        },
    ),
    "AWS::EC2::VPCEndpoint": _id("Id"),
    "AWS::EC2::Subnet": _id("SubnetId"),
    "AWS::EC2::SecurityGroup": _id("GroupId"),
    "AWS::EC2::Instance": _id("InstanceId"),
    "AWS::EC2::InstanceConnectEndpoint": _id("Id"),
    "AWS::EC2::LaunchTemplate": _id("LaunchTemplateId"),
    "AWS::EC2::KeyPair": _id(),
    "AWS::AutoScaling::AutoScalingGroup": Naming("AutoScalingGroupName"),
}
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    # Names are cut out of it with Fn::Split: its parts are where they will be.
    "AWS::StackId": "arn:aws:cloudformation:{region}:{account}:stack/{stack}/<StackId>",
}


class Names:
    """Names everything that an assembly deploys."""

    def __init__(self, assembly: Assembly) -> None:
        """Prepare to name what is in `assembly`."""
        self._stacks = {stack.id: stack for stack in assembly.stacks}
        self._symbols: dict[str, Counter[str]] = {}
        self._known: dict[Reference, str | None] = {}
        self._resolvers = {
            stack.id: Resolver(assembly, stack, self.name_of) for stack in assembly.stacks
        }

    def resolver(self, stack: Stack) -> Resolver:
        """What resolves the values of `stack` to text with these names."""
        return self._resolvers[stack.id]

    def name_of(self, reference: Reference) -> str | None:
        """The text that stands for the reference; None: nobody knows."""
        if reference not in self._known:
            # Its own name is none while it is looked for: a name that needs itself is not known.
            self._known[reference] = None
            self._known[reference] = self._name(reference)
        return self._known[reference]

    def symbol(self, stack: str, logical_id: str) -> str:
        """The logical id without the CDK's hash, unless that is another resource's too."""
        if stack not in self._symbols:
            ids = self._stacks[stack].resources
            self._symbols[stack] = Counter(_HASH.sub("", name) for name in ids)
        short = _HASH.sub("", logical_id)
        return short if self._symbols[stack][short] == 1 else logical_id

    def _name(self, reference: Reference) -> str | None:
        stack = self._stacks[reference.stack]
        values = {
            "account": stack.account or ACCOUNT,
            "region": stack.region or REGION,
            "stack": stack.name,
        }
        if reference.logical_id.startswith("AWS::"):
            pseudo = _PSEUDO.get(reference.logical_id)
            return pseudo and pseudo.format(**values)
        resource = stack.resources[reference.logical_id]
        naming = NAMINGS.get(resource["Type"])
        if naming is None or reference.attribute not in naming.attributes:
            return None
        properties = resource.get("Properties", {})
        resolve = self.resolver(stack).resolve
        # With dots: a slash would match patterns such as `arn:aws:s3:::*/*`, which names do not.
        place = stack.id.replace("/", ".")
        symbol = f"<{place}.{self.symbol(stack.id, reference.logical_id)}>"
        # The property may be left out with AWS::NoValue too.
        name = resolve(properties.get(naming.property)) or symbol
        path = resolve(properties.get("Path")) or "/"
        if not isinstance(name, str) or not isinstance(path, str):
            return None
        # An identity provider's name is the host of its address.
        values |= {"name": name.removeprefix("https://"), "path": path}
        return naming.attributes[reference.attribute].format(**values)
