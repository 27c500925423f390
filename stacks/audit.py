"""What is recorded of the account, what judges it, and who hears of it (IA-12, OP-1 to OP-3)."""

from constructs import Construct

from blueprint.access_log_bucket import AccessLogBucket
from blueprint.alerts_topic import AlertsTopic
from blueprint.configuration import ConfigurationRecorder, ConfigurationRules
from blueprint.event_alerts import EventAlerts
from blueprint.inventory import ServerInventory
from blueprint.network_access_scope import NetworkAccessScope
from blueprint.threat_detection import ThreatDetection
from blueprint.trail import ActivityTrail
from blueprint.trail_alarms import TrailAlarms
from blueprint.unused_credentials import UnusedCredentials
from stacks.audit_rows import alarms_of, events_of, rules_of
from stacks.audit_settings import UNUSED_CREDENTIALS, protocol
from stacks.cross_account import ROLE_NAME
from stacks.environment import Environment
from stacks.environment_stack import ENVIRONMENT_TAG, EnvironmentStack, output_of, state_facts
from stacks.identity import IdentityStack
from stacks.network import NetworkStack
from stacks.network_flows import network_flows
from stacks.servers import ServersStack


class AuditStack(EnvironmentStack):
    """The trail and its alarms, configuration and its rules, threat detection and inventory."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        network: NetworkStack,
        servers: ServersStack,
        identity: IdentityStack,
    ) -> None:
        """Watch what `environment` describes."""
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            description="Records what happens in the account, and tells people",
        )
        self._environment, settings = environment, environment.audit
        # The template says what is off, and why.
        self.template_options.metadata = {"SwitchedOff": dict(settings.off)}
        state_facts(self, trail=f"{self.stack_name}-Trail")
        topic = AlertsTopic(
            self,
            "Alerts",
            subscriptions={endpoint: protocol(endpoint) for endpoint in settings.subscriptions},
            removal_policy=self.removal_policy,
        ).topic.topic_arn
        if "create" in {settings.trail, settings.config}:
            self._access_logs = AccessLogBucket(
                self, "AccessLogs", removal_policy=self.removal_policy
            )
        if settings.trail == "create":
            self._add_trail(topic, servers, identity)
        if settings.config != "off":
            self._add_configuration()
        EventAlerts(self, "Events", topic=topic, rows=events_of(environment))
        ThreatDetection(
            self,
            "ThreatDetection",
            detector=settings.guardduty == "create",
            hub=settings.security_hub == "create",
            standards=settings.security_hub_standards,
        )
        if settings.inventory:
            ServerInventory(self, "Inventory", tag=ENVIRONMENT_TAG, value=environment.name)
        if settings.network_access_scope:
            self._add_access_scope(network)

    def _add_trail(self, topic: str, servers: ServersStack, identity: IdentityStack) -> None:
        settings, partner = self._environment.audit, self._environment.partner
        watched, emergency = [], None
        if settings.data_events:
            self.add_stack_dependency(servers)
            watched = [output_of(servers, "WatchedBucketArn", servers.data.bucket.bucket_arn)]
        if identity.break_glass:
            self.add_stack_dependency(identity)
            arn = identity.break_glass.role.role_arn
            emergency = output_of(identity, "WatchedRoleArn", arn)
        trail = ActivityTrail(
            self,
            "Trail",
            access_logs=self._access_logs,
            log_retention_days=settings.log_retention_days,
            archive_days=settings.archive_days,
            lock_days=settings.object_lock_days,
            data_events_of=watched,
            removal_policy=self.removal_policy,
        )
        role = self.format_arn(service="iam", region="", resource="role", resource_name=ROLE_NAME)
        alarms = alarms_of(
            self._environment,
            cross_account_role=role if partner else None,
            break_glass_role=emergency,
        )
        TrailAlarms(self, "Alarms", log_group=trail.log_group.ref, topic=topic, alarms=alarms)

    def _add_configuration(self) -> None:
        settings, rows = self._environment.audit, rules_of(self._environment)
        rules = ConfigurationRules(self, "Rules", rules=rows)
        if settings.config == "create":
            recorder = ConfigurationRecorder(
                self,
                "Configuration",
                access_logs=self._access_logs,
                archive_days=settings.archive_days,
                removal_policy=self.removal_policy,
            )
            rules.node.add_dependency(*recorder.ready)
        if settings.remediate_unused_credentials:
            (row,) = (row for row in rows if row.name == UNUSED_CREDENTIALS)
            UnusedCredentials(
                self,
                "UnusedCredentials",
                rule=rules.rules[row.name].ref,
                most_days=int(row.parameters["maxCredentialUsageAge"]),
            )

    def _add_access_scope(self, network: NetworkStack) -> None:
        self.add_stack_dependency(network)
        groups = {
            zone: output_of(
                network,
                f"Watched{zone.name.title().replace('-', '')}",
                network.security_groups.of(zone).security_group_id,
            )
            for zone in network.zones.in_vpc
        }
        NetworkAccessScope(
            self,
            "AccessScope",
            vpc_id=output_of(network, "WatchedVpc", network.network.vpc.vpc_id),
            flows=network_flows(self._environment),
            groups=groups,
        )
