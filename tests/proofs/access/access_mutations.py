"""The catalogue of single changes to who may do what."""

from proofs.access import CLAIMS
from tests.proofs.access import audit_mutations, identity_mutations, resource_mutations
from tests.proofs.access.access_changes import SANDBOX
from tests.proofs.access.access_environments import broken_by
from tests.proofs.access.benign_access import BENIGN
from tests.proofs.catalogue import Catalogue

ACCESS = Catalogue(
    "access",
    CLAIMS,
    {**identity_mutations.LAYERS, **resource_mutations.LAYERS, **audit_mutations.LAYERS},
    BENIGN,
    (SANDBOX,),
    broken_by,
)
