"""What is recorded of the account, what judges it, and who hears of it (IA-12, OP-1 to OP-3)."""

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from blueprint.access_log_bucket import AccessLogBucket
from blueprint.alarm_rows import ALARMS, Alarm, role_alarms
from blueprint.alerts_topic import AlertsTopic
from blueprint.config_rows import config_rules
from blueprint.configuration import ConfigurationRecorder, ConfigurationRules
from blueprint.event_alerts import EventAlerts
from blueprint.event_rows import EVENT_ROWS, EventRow
from blueprint.inventory import ServerInventory
from blueprint.network_access_scope import NetworkAccessScope
from blueprint.threat_detection import ThreatDetection
from blueprint.trail import ActivityTrail
from blueprint.trail_alarms import TrailAlarms
from blueprint.unused_credentials import UnusedCredentials
from stacks.audit_settings import UNUSED_CREDENTIALS, protocol
from stacks.cross_account import ROLE_NAME
from stacks.environment import Environment
from stacks.environment_stack import ENVIRONMENT_TAG, EnvironmentStack, output_of
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
        self._environment, self._settings = environment, environment.audit
        settings = environment.audit
        # The template says what is off, and why.
        self.template_options.metadata = {"SwitchedOff": dict(settings.off)}
        alerts = AlertsTopic(
            self,
            "Alerts",
            subscriptions={endpoint: protocol(endpoint) for endpoint in settings.subscriptions},
            removal_policy=self.removal_policy,
        )
        topic = alerts.topic.topic_arn
        if "create" in {settings.trail, settings.config}:
            self._access_logs = AccessLogBucket(
                self, "AccessLogs", removal_policy=self.removal_policy
            )
        if settings.trail == "create":
            self._add_trail(topic, servers, identity)
        recorder = self._add_recorder() if settings.config == "create" else None
        if settings.config != "off":
            self._add_rules(recorder)
        EventAlerts(self, "Events", topic=topic, rows=self._event_rows())
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
        settings = self._settings
        watched = servers.data.bucket.bucket_arn
        trail = ActivityTrail(
            self,
            "Trail",
            access_logs=self._access_logs,
            log_retention_days=settings.log_retention_days,
            archive_days=settings.archive_days,
            lock_days=settings.object_lock_days,
            data_events_of=(
                [output_of(servers, "WatchedBucketArn", watched)] if settings.data_events else []
            ),
            removal_policy=self.removal_policy,
        )
        TrailAlarms(
            self,
            "Alarms",
            log_group=trail.log_group.ref,
            topic=topic,
            alarms=self._alarms(identity),
        )
        if settings.data_events:
            self.add_stack_dependency(servers)

    def _alarms(self, identity: IdentityStack) -> Sequence[Alarm]:
        roles = {}
        if self._environment.partner:
            roles["cross_account_role"] = self.format_arn(
                service="iam", region="", resource="role", resource_name=ROLE_NAME
            )
        if identity.break_glass:
            arn = identity.break_glass.role.role_arn
            roles["break_glass_role"] = output_of(identity, "WatchedRoleArn", arn)
            self.add_stack_dependency(identity)
        rows = (*ALARMS, *role_alarms(**roles))
        return [row for row in rows if row.name not in self._settings.off]

    def _event_rows(self) -> Sequence[EventRow]:
        settings = self._settings
        services = {
            "access-analyzer": self._environment.identity.access_analyzer.watches,
            "config": settings.config != "off",
            "guardduty": settings.guardduty != "off",
            "inventory": settings.inventory,
            "security-hub": settings.security_hub != "off",
            "trail": settings.trail != "off",
        }
        return [row for row in EVENT_ROWS if services[row.service] and row.name not in settings.off]

    def _add_recorder(self) -> ConfigurationRecorder:
        return ConfigurationRecorder(
            self,
            "Configuration",
            access_logs=self._access_logs,
            archive_days=self._settings.archive_days,
            removal_policy=self.removal_policy,
        )

    def _add_rules(self, recorder: ConfigurationRecorder | None) -> None:
        passwords = self._environment.identity.password_policy
        rows = config_rules(
            minimum_password_length=passwords.minimum_length,
            maximum_password_age_days=passwords.maximum_age_days,
        )
        rules = ConfigurationRules(
            self, "Rules", rules=[row for row in rows if row.name not in self._settings.off]
        )
        if recorder:
            rules.node.add_dependency(*recorder.ready)
        if self._settings.remediate_unused_credentials:
            row = next(row for row in rows if row.name == UNUSED_CREDENTIALS)
            UnusedCredentials(
                self,
                "UnusedCredentials",
                rule=rules.rules[row.name].ref,
                most_days=int(row.parameters["maxCredentialUsageAge"]),
            )

    def _add_access_scope(self, network: NetworkStack) -> None:
        zones = network.zones.in_vpc
        vpc = network.network.vpc.vpc_id
        NetworkAccessScope(
            self,
            "AccessScope",
            vpc_id=output_of(network, "WatchedVpc", vpc),
            flows=network_flows(self._environment),
            groups={
                zone: output_of(
                    network,
                    f"Watched{zone.name.title().replace('-', '')}",
                    network.security_groups.of(zone).security_group_id,
                )
                for zone in zones
            },
        )
        self.add_stack_dependency(network)
