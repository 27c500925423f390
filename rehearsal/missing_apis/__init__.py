"""What moto's services lack or leave behind, added to moto's own classes.

Each addition says what AWS does; an addition that a newer moto has made unnecessary should go.
"""

from rehearsal.missing_apis import (
    access_scopes,
    analyzers,
    associations,
    auto_scaling,
    backups,
    buckets,
    configuration,
    detection,
    functions,
    launches,
    load_balancers,
    network,
    people,
    stacks,
    trails,
)

_ALL = (
    access_scopes,
    analyzers,
    associations,
    auto_scaling,
    backups,
    buckets,
    configuration,
    detection,
    functions,
    launches,
    load_balancers,
    network,
    people,
    stacks,
    trails,
)


def install() -> None:
    """Add everything."""
    for each in _ALL:
        each.install()
