"""IAM Access Analyzer: who outside the account has access, and what nobody uses (IA-10, IA-12)."""

from aws_cdk import aws_accessanalyzer as accessanalyzer
from constructs import Construct


class AccessAnalyzers(Construct):
    """The analyzers of one account and region.

    Invariant: the zone of trust is the account, so that everything shared beyond it is a finding.

    Example:
        AccessAnalyzers(self, "AccessAnalyzers", external=True, unused_access_days=90)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        external: bool,
        unused_access_days: int = 0,
    ) -> None:
        """Create the analyzers.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            external: Whether to find access from outside the account; free of charge, and one an
                account and region.
            unused_access_days: After how many days without use an access is a finding; billed
                every month for each user and role of the account. Default: 0, off.
        """
        super().__init__(scope, construct_id)
        if external:
            accessanalyzer.CfnAnalyzer(self, "External", type="ACCOUNT")
        if unused_access_days:
            unused = accessanalyzer.CfnAnalyzer.UnusedAccessConfigurationProperty(
                unused_access_age=unused_access_days
            )
            accessanalyzer.CfnAnalyzer(
                self,
                "Unused",
                type="ACCOUNT_UNUSED_ACCESS",
                analyzer_configuration=accessanalyzer.CfnAnalyzer.AnalyzerConfigurationProperty(
                    unused_access_configuration=unused
                ),
            )
