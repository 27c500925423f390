"""The metadata of a SAML 2.0 identity provider, as `[identity.saml]` names it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from pydantic import ValidationInfo

from stacks.fields import refuse

# Characters. IAM takes no fewer, and the document is part of the template, which has at most 1 MB:
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html
SHORTEST_METADATA, LONGEST_METADATA = 1000, 500_000
_SAML = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_CERTIFICATE = "{http://www.w3.org/2000/09/xmldsig#}X509Certificate"
_ALLOWED = "the SAML 2.0 metadata that the identity provider offers for download"
_AGAIN = "download the metadata again"


def read_metadata(value: object, info: ValidationInfo[dict[str, Path]]) -> object:
    """Resolve the path from the folder of the environment file, and read what is there."""
    if not isinstance(value, str):
        refuse("not the path of a file", _ALLOWED, "write a path in quotes")
    path = info.context["directory"] / value
    try:
        # Some providers begin the file with a byte order mark, and IAM takes none:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml.html
        document = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        change = "the path, from the environment file's folder"
        refuse(f"cannot be read ({error})", _ALLOWED, change)
    if not SHORTEST_METADATA <= len(document) <= LONGEST_METADATA:
        limits = f"{SHORTEST_METADATA:,} to {LONGEST_METADATA:,} characters"
        refuse(f"{len(document):,} characters long", limits, _AGAIN)
    try:
        # The file is the deployer's own; expat bounds the expansion of entities by itself.
        root = ET.fromstring(document)  # noqa: S314
    except ET.ParseError as error:
        refuse(f"not XML ({error})", _ALLOWED, _AGAIN)
    _refuse_unusable(root)
    return document


def _refuse_unusable(root: ET.Element) -> None:
    provider = root.find(f"{_SAML}IDPSSODescriptor")
    if root.tag != f"{_SAML}EntityDescriptor" or provider is None:
        refuse(
            "XML, and not the metadata of a SAML 2.0 identity provider",
            f"{_ALLOWED}: an EntityDescriptor with an IDPSSODescriptor",
            "download the identity provider's metadata, not the service provider's",
        )
    for missing in _missing(root, provider):
        refuse(f"metadata with {missing}: nobody could sign in", _ALLOWED, _AGAIN)
    for element in (root, provider):
        _refuse_past(element.get("validUntil"))


def _missing(root: ET.Element, provider: ET.Element) -> Iterator[str]:
    if not root.get("entityID"):
        yield "no entityID"
    # A key without "use" is for signatures and encryption.
    keys = (
        key for key in provider.iter(f"{_SAML}KeyDescriptor") if key.get("use") in {None, "signing"}
    )
    if not any((text.text or "").strip() for key in keys for text in key.iter(_CERTIFICATE)):
        yield "no certificate for signatures"
    if provider.find(f"{_SAML}SingleSignOnService") is None:
        yield "no SingleSignOnService"


def _refuse_past(valid_until: str | None) -> None:
    if valid_until is None:
        return
    allowed = "metadata that are valid today"
    try:
        end = datetime.fromisoformat(valid_until)
    except ValueError:
        refuse(f"validUntil {valid_until} is no time", allowed, _AGAIN)
    # Without a zone, SAML's times are UTC.
    if (end if end.tzinfo else end.replace(tzinfo=UTC)) <= datetime.now(UTC):
        refuse(f"past its validUntil, {valid_until}", allowed, _AGAIN)
