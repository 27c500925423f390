"""Guards that hold before any test is collected."""

from pathlib import Path

if (Path(__file__).parent / "constructs" / "__init__.py").exists():
    raise SystemExit(
        "constructs/__init__.py exists and shadows the PyPI package `constructs` that the CDK "
        "imports: delete it. constructs/ is a source root; our package is constructs/blueprint/."
    )
