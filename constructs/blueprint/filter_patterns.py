"""Patterns that find what people do in the trail's log group (IA-12, OP-1).

Text without the CDK, for CloudTrail's events as JSON:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
The events of section 4 (Monitoring) of the CIS AWS Foundations Benchmark v3.0.0 are all here. Two
things differ from its patterns: each names the service, because others have calls of the same name
(API Gateway has a CreateRoute too), and calls that the benchmark leaves out are added where they
have the same effect.
"""

# The longest pattern that CloudWatch Logs takes, in characters:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
LONGEST_PATTERN = 1024
_SUCCEEDED = "($.errorCode NOT EXISTS)"


def calls(service: str, benchmark: str, beyond: str = "") -> str:
    """The pattern of calls to a service, refused ones included as in the benchmark.

    Args:
        service: Whose calls, as in `eventSource`.
        benchmark: The calls that the benchmark names.
        beyond: Those of the same effect that it leaves out.
    """
    names = [*benchmark.split(), *beyond.split()]
    any_of = " || ".join(f'($.eventName = "{name}")' for name in names)
    return f'{{ ($.eventSource = "{service}.amazonaws.com") && ({any_of}) }}'


# What a service does in the root user's name, and events of AWS itself, are no person. The console
# is one: it names the sign-in service, which the benchmark takes for any other.
ROOT_ACTIVITY = (
    '{ ($.userIdentity.type = "Root") && ($.eventType != "AwsServiceEvent") '
    "&& (($.userIdentity.invokedBy NOT EXISTS) "
    '|| ($.userIdentity.invokedBy = "signin.amazonaws.com")) }'
)

# The benchmark joins all four by "or", which holds for every event there is. They are meant as
# here: the delivery of logs and the S3 console try buckets by themselves, without having rights.
UNAUTHORIZED_CALLS = (
    '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) '
    '&& ($.sourceIPAddress != "delivery.logs.amazonaws.com") '
    '&& ($.eventName != "HeadBucket") }'
)

# Federated users come with MFA of their own, of which AWS knows nothing: MFAUsed is "No".
CONSOLE_SIGN_IN_WITHOUT_MFA = (
    '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
    '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
)

IAM_CHANGES = calls(
    "iam",
    "AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreatePolicy "
    "CreatePolicyVersion DeleteGroupPolicy DeletePolicy DeletePolicyVersion "
    "DeleteRolePolicy DeleteUserPolicy DetachGroupPolicy DetachRolePolicy "
    "DetachUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy",
    # Rights by an older version, by trust, and by membership.
    beyond="SetDefaultPolicyVersion UpdateAssumeRolePolicy AddUserToGroup",
)

TRAIL_CHANGES = calls(
    "cloudtrail",
    "CreateTrail DeleteTrail StartLogging StopLogging UpdateTrail",
    # A trail that goes on, and records nothing.
    beyond="PutEventSelectors",
)

CONSOLE_SIGN_IN_FAILURES = (
    '{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }'
)

KEY_DELETION = calls("kms", "DisableKey ScheduleKeyDeletion")

BUCKET_POLICY_CHANGES = calls(
    "s3",
    "DeleteBucketCors DeleteBucketLifecycle DeleteBucketPolicy DeleteBucketReplication "
    "PutBucketAcl PutBucketCors PutBucketLifecycle PutBucketPolicy "
    "PutBucketReplication",
    # What keeps a policy from making a bucket public.
    beyond="DeleteAccountPublicAccessBlock DeleteBucketPublicAccessBlock "
    "PutAccountPublicAccessBlock PutBucketPublicAccessBlock",
)

CONFIG_CHANGES = calls(
    "config",
    "DeleteDeliveryChannel PutConfigurationRecorder PutDeliveryChannel StopConfigurationRecorder",
    beyond="DeleteConfigurationRecorder",
)

SECURITY_GROUP_CHANGES = calls(
    "ec2",
    "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateSecurityGroup "
    "DeleteSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
    # Opens to others what a rule opens; newer than the list of the benchmark.
    beyond="ModifySecurityGroupRules",
)

NETWORK_ACL_CHANGES = calls(
    "ec2",
    "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry "
    "ReplaceNetworkAclAssociation ReplaceNetworkAclEntry",
)

GATEWAY_CHANGES = calls(
    "ec2",
    "AttachInternetGateway CreateCustomerGateway CreateInternetGateway "
    "DeleteCustomerGateway DeleteInternetGateway DetachInternetGateway",
    # The other ways out of a VPC.
    beyond="AttachVpnGateway CreateEgressOnlyInternetGateway CreateNatGateway "
    "CreateTransitGatewayVpcAttachment DeleteNatGateway DetachVpnGateway",
)

ROUTE_TABLE_CHANGES = calls(
    "ec2",
    "CreateRoute CreateRouteTable DeleteRoute DeleteRouteTable DisassociateRouteTable "
    "ReplaceRoute ReplaceRouteTableAssociation",
    beyond="AssociateRouteTable EnableVgwRoutePropagation",
)

VPC_CHANGES = calls(
    "ec2",
    "AcceptVpcPeeringConnection AttachClassicLinkVpc CreateVpc "
    "CreateVpcPeeringConnection DeleteVpc DeleteVpcPeeringConnection "
    "DetachClassicLinkVpc DisableVpcClassicLink EnableVpcClassicLink "
    "ModifyVpcAttribute RejectVpcPeeringConnection",
    # A public address for whatever starts in the subnet.
    beyond="ModifySubnetAttribute",
)

ORGANIZATION_CHANGES = calls(
    "organizations",
    "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy "
    "DeclineHandshake DeleteOrganization DeleteOrganizationalUnit DeletePolicy "
    "DetachPolicy DisablePolicyType EnablePolicyType InviteAccountToOrganization "
    "LeaveOrganization MoveAccount RemoveAccountFromOrganization "
    "UpdateOrganizationalUnit UpdatePolicy",
)

ACCESS_KEY_CREATED = (
    '{ ($.eventSource = "iam.amazonaws.com") && ($.eventName = "CreateAccessKey") '
    f"&& {_SUCCEEDED} }}"
)


def assumed(role_arn: str) -> str:
    """The pattern of a role being assumed; refusals are `UNAUTHORIZED_CALLS`.

    Args:
        role_arn: The whole ARN; an asterisk would be a wildcard at its ends only.
    """
    return (
        '{ ($.eventSource = "sts.amazonaws.com") && ($.eventName = "AssumeRole") '
        f'&& ($.requestParameters.roleArn = "{role_arn}") && {_SUCCEEDED} }}'
    )
