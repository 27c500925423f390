"""AWS's own rules for templates, as the CDK applies them, natively."""

import atexit
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import aws_cdk as cdk
import jsii
from cloudformation_validate import (
    CompositeEngine,
    DetailLevel,
    Diagnostic,
    EntityType,
    PseudoParameterOverrides,
    RuleFilterConfig,
    ServiceFilter,
    Severity,
    ValidateConfig,
    version,
)

# What the CDK's own plugin leaves out; a test holds both to the same findings.
_LEFT_OUT = RuleFilterConfig(
    ids=["E1018", "W1020", "W1103", "W3005", "W9002", "W9013"],
    services=[ServiceFilter(rule_id="W3697", service="AWS::AutoScaling")],
)


@jsii.implements(cdk.IPolicyValidationPlugin)
class TemplateRules:
    """The rules of AWS's `cloudformation-validate`.

    The CDK's own plugin has them too, in WebAssembly, which takes three seconds where this takes
    less than one. Name and findings are the same, so that acknowledgements are written as the
    CDK's documentation says. The CDK's one addition, rules for Amazon GameLift, is not here.

    Without the flag `@aws-cdk/core:validateAgainstDefaultRules`, which cdk.json sets, the CDK calls
    every finding of this name a warning.

    Example:
        app = cdk.App(builtin_cloud_formation_validation=False)
        cdk.Validations.of(app).add_plugins(TemplateRules())
    """

    def __init__(self) -> None:
        """Start to compile the rules, in the background."""
        _engine()

    @property
    def name(self) -> str:
        """The name in the validation report; acknowledgements start with it."""
        return "CloudFormation Validate"

    @property
    def version(self) -> str:
        """The version of the rules."""
        return str(version())

    @property
    def rule_ids(self) -> list[str]:
        """The rules that a template can break."""
        return [
            rule.id
            for rule in _engine().result().list_rules()
            if rule.severity.value >= Severity.WARN.value and rule.id not in _LEFT_OUT.ids
        ]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Check the templates of the app."""
        engine = _engine().result()
        violations = [
            _violation(diagnostic, stack)
            for stack in context.stack_templates
            for diagnostic in _diagnostics(engine, stack)
        ]
        return cdk.PolicyValidationPluginReport(
            success=all(violation.severity == "warning" for violation in violations),
            violations=violations,
        )


@cache
def _engine() -> Future[CompositeEngine]:
    """All rules, compiled once a process."""
    background = ThreadPoolExecutor(1)
    compiling = background.submit(CompositeEngine)
    background.shutdown(wait=False)
    # Later it could not be freed any more, and would say so on the terminal.
    atexit.register(_engine.cache_clear)
    return compiling


def _diagnostics(engine: CompositeEngine, stack: cdk.PolicyValidationStack) -> list[Diagnostic]:
    config = ValidateConfig(
        detail_level=DetailLevel.STANDARD,
        exclude=_LEFT_OUT,
        pseudo_parameter_overrides=PseudoParameterOverrides(
            account_id=stack.account_id, region=stack.region
        ),
        severity_level=Severity.WARN,
    )
    found: list[Diagnostic] = engine.validate_template(stack.template_path, config).diagnostics
    return found


def _violation(diagnostic: Diagnostic, stack: cdk.PolicyValidationStack) -> cdk.PolicyViolation:
    entity, path = diagnostic.entity, diagnostic.property_path
    resource = entity if entity and entity.entity_type is EntityType.RESOURCE else None
    position = f"{path.removeprefix('Properties.')}: " if path else ""
    return cdk.PolicyViolation(
        rule_name=diagnostic.rule_id,
        description=f"{position}{diagnostic.message}",
        fix=diagnostic.suggested_fix,
        severity="warning" if diagnostic.severity is Severity.WARN else "error",
        rule_metadata={"category": diagnostic.category} if diagnostic.category else None,
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=resource.logical_id if resource else None,
                construct_path=None if resource else stack.stack_construct_path,
                template_path=stack.template_path,
                locations=[path] if path else [],
            )
        ],
    )
