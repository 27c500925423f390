"""The flow table of the network: who may talk to whom. Everything else is blocked."""

from dataclasses import dataclass, fields

from blueprint.address_plan import APP, DB, ENDPOINTS, WEB, Tier
from blueprint.flows import (
    HTTPS,
    INTERNET,
    RDP,
    S3,
    SERVER_CLIENT_PORTS,
    SSH,
    Flow,
    Ports,
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
    load_balancer: Zone
    app_balancer: Zone
    db_balancer: Zone
    more: tuple[Zone, ...]

    @property
    def in_vpc(self) -> tuple[Zone, ...]:
        """The zones of this environment's VPC, each of which has a security group."""
        outside = (self.management, self.on_premises)
        *zones, more = (getattr(self, field.name) for field in fields(self))
        return tuple(zone for zone in (*zones, *more) if zone.cidrs and zone not in outside)


def zones_of(environment: Environment) -> Zones:
    """Give every zone its addresses in this environment."""
    network, plan = environment.network, environment.plan

    def servers(tier: Tier) -> Zone:
        return Zone(tier.name, (plan.block(tier),), SERVER_CLIENT_PORTS)

    def within(tier: Tier, name: str, *, exists: bool) -> Zone:
        return Zone(name, (plan.block(tier),) if exists else ())

    public = environment.servers.load_balancer is not None
    private = environment.servers.auto_scaling

    return Zones(
        management=Zone("management", environment.management.cidrs),
        on_premises=Zone("on-premises", environment.on_premises.cidrs),
        web=servers(WEB),
        app=servers(APP),
        db=servers(DB),
        interface_endpoints=within(
            ENDPOINTS, "interface-endpoints", exists=network.interface_endpoints
        ),
        instance_connect=within(
            ENDPOINTS, "instance-connect", exists=network.instance_connect_endpoint
        ),
        load_balancer=within(WEB, "load-balancer", exists=public),
        app_balancer=within(APP, "app-load-balancer", exists=private),
        db_balancer=within(DB, "db-load-balancer", exists=private),
        more=tuple(servers(each.tier) for each in network.tiers),
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
    # A zone that an environment lacks has no addresses, and its rows fall out.
    beyond_nat = INTERNET if environment.network.nat is not NatMode.NONE else Zone("internet", ())
    # Behind a load balancer the web servers have no public address to come in by.
    over_internet = Zone("management", ()) if zones.load_balancer.cidrs else management

    # fmt: off
    return flow_table(
        # The application
        *_through(INTERNET, zones.load_balancer, web, HTTPS,       "Customers"),
        *_through(web,      zones.app_balancer,  app, application, "Requests to the application"),
        *_through(app,      zones.db_balancer,   db,  database,    "Queries to the database"),
        # A group cannot tell the load balancer's addresses from those of Amazon S3.
        Flow(web,    zones.load_balancer, HTTPS,    "Implied by the way to Amazon S3"),
        # Tiers of the environment file
        *(Flow(getattr(zones, each.reached_from), zone, tcp(each.port),
               f"Requests to {each.name}")
          for each, zone in zip(environment.network.tiers, zones.more, strict=True)),
        # AWS APIs, packages and updates
        Flow(web,           INTERNET,  HTTPS,       "AWS APIs and updates, with a public address"),
        Flow(app,           beyond_nat, HTTPS,      "AWS APIs and updates through NAT", via=web),
        *(Flow(tier,        S3,        HTTPS,       "S3 through the gateway endpoint")
          for tier in (web, app, db)),
        *(Flow(tier,        endpoints, HTTPS,       "AWS APIs through interface endpoints")
          for tier in (web, app, db)),
        # Administration
        *(Flow(over_internet, web,     port,        "Administrators over the internet")
          for port in remote),
        *(Flow(on_premises, tier,      port,        "Administrators over the private connection")
          for tier in (app, db) for port in remote),
        *(Flow(connect,     tier,      port,        "EC2 Instance Connect Endpoint")
          for tier in (web, app, db) for port in (SSH, RDP)),
    )
    # fmt: on


def _through(
    source: Zone, balancer: Zone, servers: Zone, ports: Ports, purpose: str
) -> tuple[Flow, ...]:
    """Rows to servers: by way of their load balancer if they have one, or directly."""
    if not balancer.cidrs:
        return (Flow(source, servers, ports, purpose),)
    return (
        Flow(source, balancer, ports, purpose),
        Flow(balancer, servers, ports, f"{purpose}, from the load balancer"),
    )
