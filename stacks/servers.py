"""The servers of the three tiers, their roles and their data."""

from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk.region_info import RegionInfo
from constructs import Construct

from blueprint.address_plan import APP, DB, WEB
from blueprint.customer_key import VolumesKey
from blueprint.data_bucket import DataBucket
from blueprint.endpoints import S3GatewayEndpoint
from blueprint.flows import HTTPS
from blueprint.policies import NO_RESOURCE_LEVEL, Statement, StatementPolicy
from blueprint.server_backups import ServerBackups
from blueprint.server_logs import ServerLogs
from blueprint.server_roles import ServerRole, systems_manager, write_logs
from blueprint.tier_names import TierNames
from blueprint.update_buckets import update_buckets
from stacks.environment import Environment
from stacks.environment_stack import ENVIRONMENT_TAG, EnvironmentStack, optional, state_facts
from stacks.network import NetworkStack
from stacks.server_settings import KeyPair
from stacks.server_tiers import Common, Place, TierServers
from stacks.workload import Workload

# Prefixes of the data bucket, each written by one tier.
APP_DATA, DB_DATA = "app/", "db/"
# The database servers agree on it and the application reads it: no secret store is reachable.
DB_PASSWORD, DB_BACKUPS = f"{DB_DATA}password", f"{DB_DATA}backups/"
# Whoever writes says If-None-Match, and S3 refuses where the object exists:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_ONLY_IF_ABSENT = {"Null": {"s3:if-none-match": "false"}}
_PREFIX = (
    "The objects of one prefix, whose keys the workload chooses. Unsafe if the prefix held data of "
    "another tier."
)


class ServersStack(EnvironmentStack):
    """Web, application and database servers, their roles, volumes, keys, and the data bucket."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        network: NetworkStack,
    ) -> None:
        """Wire the servers that `environment` describes into `network`."""
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            description="Servers of three tiers, with rights from roles and never from keys",
        )
        servers, vpc = environment.servers, network.network
        removal_policy = self.removal_policy
        backup_days = servers.backup_retention_days
        self.data = DataBucket(
            self,
            "Data",
            removal_policy=removal_policy,
            expire_after_days={DB_BACKUPS: backup_days} if backup_days else None,
        )
        self._workload = Workload(self, "Workload")
        state_facts(
            self,
            workload=self._workload.hash_of(APP.name),
            workload_of_db=self._workload.hash_of(DB.name),
            patch_buckets=[name for name in update_buckets(self.region) if "patch" in name],
            # AWS's own account, from which load balancers of the region write their logs.
            load_balancer_logs=optional(RegionInfo.get(self.region).elbv2_account),
        )
        self._endpoint = S3GatewayEndpoint(
            self,
            "S3Endpoint",
            vpc=vpc.vpc,
            subnets=[subnet for tier in (WEB, APP, DB) for subnet in vpc.subnets(tier)],
            bucket=self.data.bucket,
            readable_objects=self._workload.arns(),
        ).endpoint
        self._logs = ServerLogs(
            self,
            "Logs",
            tiers=[WEB.name, APP.name, DB.name],
            retention_days=servers.log_retention_days,
            removal_policy=removal_policy,
        )
        self.roles = self._add_roles()
        volumes_key = VolumesKey(self, "VolumesKey", removal_policy=removal_policy)
        self._add_tiers(
            Common(
                environment=environment,
                network=network,
                volumes_key=volumes_key,
                access_logs=self.data.access_logs,
                key_pair=self._add_key_pair(servers.key_pair) if servers.key_pair else None,
            )
        )
        if backup_days:
            ServerBackups(
                self,
                "Backups",
                tiers=[WEB.name, APP.name, DB.name],
                tags={ENVIRONMENT_TAG: environment.name},
                retention_days=backup_days,
                key=volumes_key,
            )

    def _add_roles(self) -> dict[str, ServerRole]:
        bucket, key, groups = self.data.bucket, self.data.key, self._logs.groups
        managed = systems_manager(self)
        names = Statement("BucketNames", ["s3:ListAllMyBuckets"], ["*"], wildcard=NO_RESOURCE_LEVEL)
        data_key = Statement(
            "DataKey",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [key.key_arn],
            {"StringEquals": {"kms:ViaService": f"s3.{self.region}.{self.url_suffix}"}},
        )

        def fetch_workload(*tiers: str) -> Statement:
            return Statement("Workload", ["s3:GetObject"], self._workload.arns(*tiers))

        def objects(sid: str, prefix: str, *actions: str) -> Statement:
            arns = [bucket.arn_for_objects(prefix)]
            return Statement(sid, [f"s3:{name}" for name in actions], arns, wildcard=_PREFIX)

        password = objects("DatabasePassword", DB_PASSWORD, "GetObject")
        first_password = replace(
            objects("FirstPassword", DB_PASSWORD, "PutObject"), conditions=_ONLY_IF_ABSENT
        )
        rows = {
            WEB.name: [],
            APP.name: [
                names,
                objects("Data", f"{APP_DATA}*", "GetObject", "PutObject"),
                password,
                data_key,
            ],
            DB.name: [
                objects("Backups", f"{DB_BACKUPS}*", "PutObject"),
                first_password,
                password,
                data_key,
            ],
        }
        boundary = StatementPolicy(
            self,
            "Boundary",
            description="The most that any server can do: no way to IAM, roles or other data",
            statements=[
                *managed,
                write_logs(*groups.values()),
                fetch_workload(),
                names,
                objects("Data", "*", "GetObject", "PutObject"),
                data_key,
            ],
        )
        roles = {
            tier: ServerRole(
                self,
                f"{tier.capitalize()}Role",
                tier=tier,
                boundary=boundary,
                statements=[*managed, write_logs(groups[tier]), fetch_workload(tier), *statements],
            )
            for tier, statements in rows.items()
        }
        for tier in (APP, DB):
            # Credentials that leak from a server open no data from outside the VPC.
            self.data.only_through(self._endpoint, roles[tier.name].role)
        return roles

    def _add_tiers(self, common: Common) -> None:
        zones, ports = common.network.zones, common.environment.ports
        names = TierNames(self, "Names", vpc=common.network.network.vpc)
        for place, upstream in (
            (Place(DB, zones.db, zones.db_balancer, ports.database), None),
            (Place(APP, zones.app, zones.app_balancer, ports.application), (DB, ports.database)),
            (Place(WEB, zones.web, zones.load_balancer, HTTPS.first), (APP, ports.application)),
        ):
            tier = place.tier.name
            settings = self._workload.settings(tier)
            if upstream:
                settings["UPSTREAM_HOST"] = names.of(upstream[0].name)
                settings["UPSTREAM_PORT"] = str(upstream[1])
            if place.tier is not WEB:
                settings["DATA_BUCKET"] = self.data.bucket.bucket_name
            if place.tier is DB:
                # A load balancer hides who is behind it: with one, its addresses connect.
                (settings["CLIENTS"],) = zones.db_balancer.cidrs or zones.app.cidrs
            if common.environment.logs_are_reachable(place.tier):
                settings["LOG_GROUP"] = self._logs.groups[tier].ref
            servers = TierServers(
                self,
                tier.capitalize(),
                common=common,
                place=place,
                role=self.roles[tier],
                settings=settings,
            )
            # The first boot needs the role's rights and the way to S3 at once.
            servers.node.add_dependency(self.roles[tier], self._endpoint)
            if place.tier is not WEB:
                names.add(tier, servers.endpoint)

    def _add_key_pair(self, settings: KeyPair) -> ec2.KeyPair:
        # RSA: EC2 encrypts the password of a Windows server for no other kind of key.
        key_pair = ec2.KeyPair(
            self, "BreakGlassKeyPair", key_pair_name=settings.name, type=ec2.KeyPairType.RSA
        )
        cdk.Tags.of(key_pair).add("blueprint:reason", settings.reason)
        return key_pair
