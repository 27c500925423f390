"""For every alarm, events that it must hear and near-misses that it must not."""

from tests.blueprint.recorded_events import Event, by_root, call, recorded, refused

PARTNER_ROLE = "arn:aws:iam::111122223333:role/PartnerData"
EMERGENCY_ROLE = "arn:aws:iam::111122223333:role/Identity-BreakGlassRole4E1F-1QX0EXAMPLE"
_FEDERATED = {
    "type": "AssumedRole",
    "principalId": "AROAI3WTNPAEXAMPLE:anaya@example.com",
    "arn": "arn:aws:sts::111122223333:assumed-role/Auditors/anaya@example.com",
    "accountId": "111122223333",
}
_FAILED = {
    "errorMessage": "Failed authentication",
    "responseElements.ConsoleLogin": "Failure",
}
_WITHOUT_MFA = {"additionalEventData.MFAUsed": "No", "additionalEventData.MFAIdentifier": None}
_REFUSED = {"errorCode": "AccessDenied", "errorMessage": "is not authorized to perform this"}

HEARD: dict[str, list[Event]] = {
    "RootActivity": [
        by_root(),
        # In the console, where root would make its own access key.
        by_root({"userIdentity.invokedBy": "signin.amazonaws.com", "eventName": "CreateAccessKey"}),
        recorded("console-sign-in", {"userIdentity.type": "Root"}),
        by_root(_REFUSED),
    ],
    "UnauthorizedCalls": [
        refused("AccessDenied"),
        refused("AccessDeniedException"),
        refused("Client.UnauthorizedOperation"),
        refused("UnauthorizedOperation"),
    ],
    "ConsoleSignInWithoutMfa": [recorded("console-sign-in", _WITHOUT_MFA)],
    "IamChanges": [
        call("iam", "AttachUserPolicy"),
        call("iam", "SetDefaultPolicyVersion"),
        call("iam", "UpdateAssumeRolePolicy"),
        call("iam", "AddUserToGroup"),
        call("iam", "PutRolePolicy", _REFUSED),
    ],
    "TrailChanges": [call("cloudtrail", "StopLogging"), call("cloudtrail", "PutEventSelectors")],
    "ConsoleSignInFailures": [recorded("console-sign-in", _FAILED)],
    "KeyDeletion": [call("kms", "DisableKey"), call("kms", "ScheduleKeyDeletion")],
    "BucketPolicyChanges": [
        call("s3", "PutBucketPolicy"),
        call("s3", "DeleteBucketPublicAccessBlock"),
        call("s3", "PutAccountPublicAccessBlock"),
    ],
    "ConfigChanges": [
        call("config", "StopConfigurationRecorder"),
        call("config", "DeleteConfigurationRecorder"),
    ],
    "SecurityGroupChanges": [
        call("ec2", "AuthorizeSecurityGroupIngress"),
        call("ec2", "ModifySecurityGroupRules"),
    ],
    "NetworkAclChanges": [call("ec2", "ReplaceNetworkAclEntry")],
    "GatewayChanges": [call("ec2", "AttachInternetGateway"), call("ec2", "CreateNatGateway")],
    "RouteTableChanges": [call("ec2", "ReplaceRoute"), call("ec2", "AssociateRouteTable")],
    "VpcChanges": [
        call("ec2", "AcceptVpcPeeringConnection"),
        call("ec2", "ModifySubnetAttribute"),
    ],
    "OrganizationChanges": [call("organizations", "LeaveOrganization")],
    "AccessKeyCreated": [call("iam", "CreateAccessKey")],
    "CrossAccountRoleAssumed": [recorded("assume-role")],
    "BreakGlassRoleAssumed": [
        recorded("assume-role", {"requestParameters.roleArn": EMERGENCY_ROLE})
    ],
}
NOT_HEARD: dict[str, list[Event]] = {
    "RootActivity": [
        call("iam", "CreateAccessKey"),
        # A service in the root user's name, and AWS itself.
        by_root({"userIdentity.invokedBy": "cloudformation.amazonaws.com"}),
        by_root({"eventType": "AwsServiceEvent"}),
    ],
    "UnauthorizedCalls": [
        recorded("api-call"),
        refused("Client.InvalidInstanceID.NotFound"),
        refused("ThrottlingException"),
        refused("AccessDenied", {"sourceIPAddress": "delivery.logs.amazonaws.com"}),
        refused("AccessDenied", {"eventName": "HeadBucket"}),
    ],
    "ConsoleSignInWithoutMfa": [
        recorded("console-sign-in"),
        recorded("console-sign-in", _WITHOUT_MFA | _FAILED),
        recorded("console-sign-in", _WITHOUT_MFA | {"userIdentity": _FEDERATED}),
        recorded("console-sign-in", _WITHOUT_MFA | {"eventName": "CheckMfa"}),
    ],
    "IamChanges": [
        call("iam", "GetPolicy"),
        call("iam", "CreateUser"),
        # IoT and Organizations have policies too.
        call("iot", "CreatePolicy"),
        call("organizations", "DeletePolicy"),
    ],
    "TrailChanges": [
        call("cloudtrail", "LookupEvents"),
        call("redshift", "StopLogging"),
    ],
    "ConsoleSignInFailures": [
        recorded("console-sign-in"),
        recorded("console-sign-in", _FAILED | {"eventName": "CheckMfa"}),
        recorded("console-sign-in", _FAILED | {"errorMessage": "No username found in supplied"}),
    ],
    "KeyDeletion": [
        call("kms", "CancelKeyDeletion"),
        call("kms", "DisableKeyRotation"),
        call("workspaces", "DisableKey"),
    ],
    "BucketPolicyChanges": [
        call("s3", "GetBucketPolicy"),
        call("s3", "PutBucketTagging"),
        call("s3express", "PutBucketPolicy"),
    ],
    "ConfigChanges": [
        call("config", "StartConfigurationRecorder"),
        call("logs", "PutDeliveryChannel"),
    ],
    "SecurityGroupChanges": [
        call("ec2", "DescribeSecurityGroups"),
        call("rds", "AuthorizeDBSecurityGroupIngress"),
        call("elasticache", "CreateSecurityGroup"),
    ],
    "NetworkAclChanges": [call("ec2", "DescribeNetworkAcls"), call("ec2", "CreateNetworkAclTag")],
    "GatewayChanges": [
        call("ec2", "DescribeInternetGateways"),
        call("storagegateway", "CreateNatGateway"),
    ],
    # API Gateway and App Mesh have routes too.
    "RouteTableChanges": [
        call("ec2", "DescribeRouteTables"),
        call("apigateway", "CreateRoute"),
        call("appmesh", "DeleteRoute"),
    ],
    "VpcChanges": [
        call("ec2", "DescribeVpcs"),
        call("lightsail", "CreateVpc"),
    ],
    "OrganizationChanges": [
        call("organizations", "DescribeOrganization"),
        call("iam", "CreatePolicy"),
        call("chime", "CreateAccount"),
    ],
    "AccessKeyCreated": [
        call("iam", "CreateAccessKey", _REFUSED),
        call("iam", "DeleteAccessKey"),
        call("sts", "CreateAccessKey"),
    ],
    "CrossAccountRoleAssumed": [
        recorded("assume-role", {"requestParameters.roleArn": EMERGENCY_ROLE}),
        recorded("assume-role", {"requestParameters.roleArn": f"{PARTNER_ROLE}2"}),
        # A role of the same name in another account.
        recorded(
            "assume-role",
            {"requestParameters.roleArn": PARTNER_ROLE.replace("111122223333", "777788889999")},
        ),
        recorded("assume-role", _REFUSED),
        recorded("assume-role", _REFUSED | {"requestParameters": None}),
        recorded("assume-role", {"eventName": "AssumeRoleWithSAML"}),
    ],
    "BreakGlassRoleAssumed": [
        recorded("assume-role"),
        recorded(
            "assume-role",
            _REFUSED | {"requestParameters.roleArn": EMERGENCY_ROLE},
        ),
    ],
}
