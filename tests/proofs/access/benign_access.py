"""Changes to templates after which everybody may do what they could before."""

from tests.proofs.access.access_changes import MFA_PRESENT, TWO_ACCOUNTS, A, Benign
from tests.proofs.access.access_editor import (
    AccessEditor,
    allow,
    document,
    less,
    more,
    ref,
    statement,
    statements,
    turn,
)

_POLICIES = ("NetworkOperatorsPolicy", "ServerOperatorsPolicy", "DevelopersPolicy", "RequireMfa")


def _reverse_statements(editor: AccessEditor) -> None:
    for name in _POLICIES:
        statements(editor.part("IAM::ManagedPolicy", name)).reverse()
    statements(editor.part("S3::BucketPolicy", "DataPolicy")).reverse()
    statements(editor.part("EC2::VPCEndpoint", "S3Endpoint")).reverse()


def _reverse_actions(editor: AccessEditor) -> None:
    editor.policy("NetworkOperatorsPolicy", "Rules")["Action"].reverse()
    editor.policy("RequireMfa", "NoMfa")["NotAction"].reverse()


def _reverse_resources(editor: AccessEditor) -> None:
    resources = editor.stack("Identity").resources
    for name, resource in reversed(list(resources.items())):
        del resources[name]
        resources[name] = resource


def _split_statement(editor: AccessEditor) -> None:
    part = editor.part("IAM::ManagedPolicy", "NetworkOperatorsPolicy")
    row = statement(part, "Rules")
    first, *others = row["Action"]
    row["Action"] = others
    statements(part).append({**row, "Sid": "OneRule", "Action": first})


def _split_deny(editor: AccessEditor) -> None:
    """One deny a resource: the bucket, and its objects."""
    row = editor.bucket("aws:SecureTransport")
    bucket, objects = row["Resource"]
    row["Resource"] = bucket
    part = editor.part("S3::BucketPolicy", "DataPolicy")
    statements(part).append({**row, "Resource": objects})


def _split_policy(editor: AccessEditor) -> None:
    part = editor.part("IAM::ManagedPolicy", "DevelopersPolicy")
    rows = statements(part)
    moved = [rows.pop() for _ in range(3)]
    editor.stack("Identity").add("More", "IAM::ManagedPolicy", PolicyDocument=document(*moved))
    editor.attach(editor.group("Developers"), {"Ref": "More"})


def _inline(editor: AccessEditor) -> None:
    part = editor.part("IAM::ManagedPolicy", "AuditorsPolicy")
    group = editor.group("Auditors")
    group.properties["ManagedPolicyArns"].remove(ref(part))
    group.set(Policies=[{"PolicyName": "Own", "PolicyDocument": part.properties["PolicyDocument"]}])
    part.drop()


def _policy_names_its_groups(editor: AccessEditor) -> None:
    part, group = editor.part("IAM::ManagedPolicy", "AuditorsPolicy"), editor.group("Auditors")
    group.properties["ManagedPolicyArns"].remove(ref(part))
    part.set(Groups=[ref(group)])


def _membership_apart(editor: AccessEditor) -> None:
    user = editor.user("richard")
    (group,) = user.properties.pop("Groups")
    editor.stack("Identity").add(
        "Membership", "IAM::UserToGroupAddition", GroupName=group, Users=[ref(user)]
    )


def _rename(editor: AccessEditor) -> None:
    """Give policies, groups and users other logical ids; no claim speaks of these."""
    kinds = ("IAM::ManagedPolicy", "IAM::Group", "IAM::User")
    stack = editor.stack("Identity")
    kept = ref(editor.part("IAM::ManagedPolicy", "DevelopersBoundary"))["Ref"]
    stack.rename([part.name for kind in kinds for part in stack.all(kind) if part.name != kept])


def _rename_sids(editor: AccessEditor) -> None:
    for name in _POLICIES:
        for number, row in enumerate(statements(editor.part("IAM::ManagedPolicy", name))):
            row["Sid"] = f"Renamed{number}"


def _actions_in_small(editor: AccessEditor) -> None:
    row = editor.policy("NetworkOperatorsPolicy", "Rules")
    row["Action"] = [action.lower() for action in row["Action"]]


def _keys_in_small(editor: AccessEditor) -> None:
    editor.policy("RequireMfa", "NoMfa")["Condition"] = {
        "BoolIfExists": {MFA_PRESENT.lower(): "false"}
    }


def _as(editor: AccessEditor, pattern: str, *actions: str) -> None:
    """Write a pattern for the actions that it matches."""
    row = statement(editor.part("KMS::Key", "LogsKey"), actions[0])
    less(row, "Action", *actions)
    more(row, "Action", pattern)


def _deny_twice(editor: AccessEditor) -> None:
    """Nobody but administrators could, and they cannot without MFA."""
    rows = statements(editor.part("IAM::ManagedPolicy", "RequireMfa"))
    condition = {"BoolIfExists": {MFA_PRESENT: "false"}}
    rows.append(
        {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*", "Condition": condition}
    )


def _allow_twice(editor: AccessEditor) -> None:
    row = editor.policy("NetworkOperatorsPolicy", "Rules")
    editor.grant(
        "NetworkOperatorsPolicy", row["Action"][0], row["Resource"], Condition=row["Condition"]
    )


def _lists_of_one(editor: AccessEditor) -> None:
    row = editor.policy("NetworkOperatorsPolicy", "RulesOfGroups")
    row["Action"], row["Resource"] = [row["Action"]], [row["Resource"]]
    part = editor.part("IAM::ManagedPolicy", "DevelopersBoundary").properties
    (part["PolicyDocument"]["Statement"],) = part["PolicyDocument"]["Statement"]


def _root_by_number(editor: AccessEditor) -> None:
    statements(editor.part("KMS::Key", "DataKey"))[0]["Principal"] = {"AWS": A}


def _everybody_in_short(editor: AccessEditor) -> None:
    editor.bucket("aws:SecureTransport")["Principal"] = "*"


def _private_bucket(editor: AccessEditor) -> None:
    editor.stack("Servers").add("Private", "S3::Bucket")


BENIGN: tuple[Benign, ...] = (
    Benign("statements-reversed", _reverse_statements),
    Benign("actions-reversed", _reverse_actions),
    Benign("resources-reversed", _reverse_resources),
    Benign("statement-split", _split_statement),
    Benign("deny-split", _split_deny),
    Benign("policy-split", _split_policy),
    Benign("policy-inline", _inline),
    Benign("policy-names-its-groups", _policy_names_its_groups),
    Benign("membership-apart", _membership_apart, (TWO_ACCOUNTS,)),
    Benign("logical-ids-renamed", _rename),
    Benign("sids-renamed", _rename_sids),
    Benign("actions-in-small-letters", _actions_in_small),
    Benign("key-in-small-letters", _keys_in_small),
    Benign(
        "wildcard-for-a-list",
        lambda t: _as(t, "kms:ReEncrypt*", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
    ),
    Benign("wildcard-for-one-letter", lambda t: _as(t, "kms:?ecrypt", "kms:Decrypt")),
    Benign("deny-twice", _deny_twice),
    Benign("allow-twice", _allow_twice),
    Benign("lists-of-one", _lists_of_one),
    Benign("account-by-its-number", _root_by_number, environments=(TWO_ACCOUNTS,)),
    Benign("everybody-in-short", _everybody_in_short),
    Benign(
        "if-exists-of-a-negated-operator",
        lambda t: turn(t.bucket("aws:SourceVpce"), "StringNotEquals", "StringNotEqualsIfExists"),
    ),
    Benign(
        "arn-like-without-a-wildcard",
        lambda t: turn(t.policy("DevelopersPolicy", "BoundedRoles"), "ArnEquals", "ArnLike"),
    ),
    Benign(
        "user-tagged",
        lambda t: t.user("akua").properties["Tags"].append({"Key": "desk", "Value": "12"}),
        (TWO_ACCOUNTS,),
    ),
    Benign("description", lambda t: t.role("AppRole").set(Description="Of the application")),
    Benign("bucket-added", _private_bucket),
    Benign("alarm-added", lambda t: t.stack("Servers").add("Alarm", "CloudWatch::Alarm")),
    Benign(
        "policy-for-nobody",
        lambda t: t.stack("Identity").add(
            "Spare", "IAM::ManagedPolicy", PolicyDocument=document(allow("*"))
        ),
    ),
)
