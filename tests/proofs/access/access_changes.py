"""What the rows of the access proof's mutation catalogue are written with."""

from collections.abc import Callable

from tests.proofs import catalogue
from tests.proofs.access.access_editor import AccessEditor

# The claims.
CLOSED_WORLD, CANNOT_PROVE = "access-closed-world", "cannot-prove"
ESCALATION, MFA, GUARDS = "no-escalation", "mfa-required", "guards-stay"
SERVERS_IAM, BY_ENDPOINT = "servers-without-iam", "data-through-endpoint"
TLS, ONLY_PARTNER = "data-over-tls", "only-the-partner-assumes"
FRESH_MFA, EXTERNAL_ID = "partner-needs-fresh-mfa", "partner-knows-the-external-id"
ORGANIZATION = "partner-is-of-the-organization"
ADDRESS, BOUNDARIES = "partner-comes-from-its-network", "boundaries-stay"
ENDPOINTS = "endpoints-alone"
# Keys of conditions, and accounts.
MFA_PRESENT, MFA_AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"
REGION, TAG = "aws:RequestedRegion", "aws:ResourceTag/blueprint:environment"
# Environments: those that ship, and one with every way in that a file can open.
SANDBOX, PRODUCTION, TWO_ACCOUNTS = "sandbox", "production", "two-accounts"
EVERY_WAY_IN = "every-way-in"
A, B, STRANGER = "111122223333", "444455556666", "999988887777"

Change = Callable[[AccessEditor], object]


class Mutation(catalogue.Mutation[AccessEditor]):
    """One dangerous change to who may do what."""


class Benign(catalogue.Benign[AccessEditor]):
    """One change after which everybody may do what they could before."""
