"""What moto's services lack or leave behind, added to moto's own classes.

Each addition says what AWS does; an addition that a newer moto has made unnecessary should go.
"""

from rehearsal.missing_apis import (
    analyzers,
    auto_scaling,
    backups,
    buckets,
    functions,
    launches,
    load_balancers,
    network,
    people,
    stacks,
)

_ALL = (
    analyzers,
    auto_scaling,
    backups,
    buckets,
    functions,
    launches,
    load_balancers,
    network,
    people,
    stacks,
)


def install() -> None:
    """Add everything."""
    for each in _ALL:
        each.install()
