"""An acknowledgement answers the finding it names, on the construct it stands at."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from cdk_nag import HIPAASecurityChecks, NIST80053R5Checks

from blueprint.acknowledgements import HIPAA, NIST_R5, acknowledge, in_packs

REASON = "A test. Unsafe elsewhere."
RULE = "S3BucketReplicationEnabled"


def test_a_rule_has_a_finding_in_each_pack_that_shares_it() -> None:
    assert in_packs(RULE, HIPAA, NIST_R5) == [
        "HIPAA.Security-S3BucketReplicationEnabled",
        "NIST.800.53.R5-S3BucketReplicationEnabled",
    ]


@pytest.mark.parametrize("qualified", [True, False])
def test_what_is_acknowledged_stays_on_record_with_its_reason(
    tmp_path: Path, *, qualified: bool
) -> None:
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    answered = s3.Bucket(cdk.Stack(app, "Stack"), "Answered")
    cdk.Validations.of(app).add_plugins(HIPAASecurityChecks(app), NIST80053R5Checks(app))
    if qualified:
        acknowledge(answered, REASON, *in_packs(RULE, HIPAA, NIST_R5))
    else:  # the mistake that the function is there to prevent
        cdk.Validations.of(answered).acknowledge(
            *(cdk.Acknowledgment(id=f, reason=REASON) for f in in_packs(RULE, HIPAA, NIST_R5))
        )
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()  # the bucket breaks other rules, which nobody answered
    report = json.loads((tmp_path / "validation-report.json").read_text())
    for pack in report["pluginReports"]:
        assert not any(RULE in violation["ruleName"] for violation in pack["violations"])
        recorded = [v for v in pack.get("suppressedViolations", []) if RULE in v["ruleName"]]
        assert bool(recorded) is qualified
