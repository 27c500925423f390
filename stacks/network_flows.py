"""The flow table of the network: who may talk to whom. Everything else is blocked."""

from dataclasses import dataclass

from blueprint.address_plan import APP, DB, ENDPOINTS, WEB, Tier
from blueprint.flows import (
    HTTPS,
    INTERNET,
    RDP,
    S3,
    SERVER_CLIENT_PORTS,
    SSH,
    Flow,
    Zone,
    flow_table,
    tcp,
)
from blueprint.network import NatMode
from stacks.environment import Environment


@dataclass(frozen=True)
class Zones:
    """The zones of traffic of one environment; those that it lacks have no CIDR."""

    management: Zone
    on_premises: Zone
    web: Zone
    app: Zone
    db: Zone
    interface_endpoints: Zone
    instance_connect: Zone


def zones_of(environment: Environment) -> Zones:
    """Give every zone its addresses in this environment."""
    network, plan = environment.network, environment.plan

    def servers(tier: Tier) -> Zone:
        return Zone(tier.name, (plan.block(tier),), SERVER_CLIENT_PORTS)

    def endpoints(name: str, *, exists: bool) -> Zone:
        return Zone(name, (plan.block(ENDPOINTS),) if exists else ())

    return Zones(
        management=Zone("management", environment.management.cidrs),
        on_premises=Zone("on-premises", environment.on_premises.cidrs),
        web=servers(WEB),
        app=servers(APP),
        db=servers(DB),
        interface_endpoints=endpoints("interface-endpoints", exists=network.interface_endpoints),
        instance_connect=endpoints("instance-connect", exists=network.instance_connect_endpoint),
    )


def network_flows(environment: Environment) -> tuple[Flow, ...]:
    """The rows for this environment; rows of zones that it lacks fall out."""
    zones = zones_of(environment)
    management, on_premises = zones.management, zones.on_premises
    web, app, db = zones.web, zones.app, zones.db
    endpoints, connect = zones.interface_endpoints, zones.instance_connect
    application = tcp(environment.ports.application)
    database = tcp(environment.ports.database)
    remote = [{"ssh": SSH, "rdp": RDP}[name] for name in environment.management.protocols]
    # Without NAT gateways there is no internet for the application tier: its row falls out.
    beyond_nat = INTERNET if environment.network.nat is not NatMode.NONE else Zone("internet", ())

    # fmt: off
    return flow_table(
        # The application
        Flow(INTERNET,      web,       HTTPS,       "Customers"),
        Flow(web,           app,       application, "Requests to the application"),
        Flow(app,           db,        database,    "Queries to the database"),
        # AWS APIs, packages and updates
        Flow(web,           INTERNET,  HTTPS,       "AWS APIs and updates"),
        Flow(app,           beyond_nat, HTTPS,      "AWS APIs and updates through NAT", via=web),
        *(Flow(tier,        S3,        HTTPS,       "S3 through the gateway endpoint")
          for tier in (web, app, db)),
        *(Flow(tier,        endpoints, HTTPS,       "Systems Manager through interface endpoints")
          for tier in (web, app, db)),
        # Administration
        *(Flow(management,  web,       port,        "Administrators over the internet")
          for port in remote),
        *(Flow(on_premises, tier,      port,        "Administrators over the private connection")
          for tier in (app, db) for port in remote),
        *(Flow(connect,     tier,      port,        "EC2 Instance Connect Endpoint")
          for tier in (web, app, db) for port in (SSH, RDP)),
    )
    # fmt: on
