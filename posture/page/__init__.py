"""The report as one HTML page that loads nothing: styles, script and picture stand in it."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from posture.facts import Posture

_FOLDER = Path(__file__).parent
# Every section has a template of the same name.
SECTIONS = (
    ("picture", "Picture"),
    ("claims", "What is proved"),
    ("reachability", "Who can talk to whom"),
    ("access", "Who may do what"),
    ("responsibility", "Shared responsibility"),
    ("controls", "Controls"),
    ("findings", "Acknowledged findings"),
    ("hourly", "What bills by the hour"),
    ("quotas", "Quotas"),
    ("origin", "Made from"),
)
_LAYERS = {"security groups": "S", "network ACLs": "N", "routes": "R"}


def page(facts: Posture, picture: str) -> str:
    """Write the page.

    Args:
        facts: What it says; every text is escaped.
        picture: SVG.
    """
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Macros are imported without the template's context: what they need is global.
    environment.globals["verdicts"] = facts.verdicts
    template = environment.get_template("report.html")
    return template.render(
        facts=facts,
        sections=SECTIONS,
        layers=_LAYERS,
        seen=[],
        picture=_ours(picture),
        style=_ours((_FOLDER / "report.css").read_text("utf-8")),
        script=_ours((_FOLDER / "report.js").read_text("utf-8")),
    )


def _ours(text: str) -> Markup:
    """Mark as safe what this package wrote itself: everything else that reaches it is escaped."""
    return Markup(text)  # noqa: S704
