"""Writes what the documents take from the model and from the proof: `make docs`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from app import build_app
from proofs.mermaid import reachability
from proofs.network import prove
from stacks.environment_reference import reference
from stacks.loading import load_environment
from tests.documents.markdown import ROOT

REFERENCE = ROOT / "docs" / "environments.md"
READMES = (ROOT / "README.md", ROOT / "README.ja.md")
BEGIN, END = "<!-- written by make docs -->\n", "<!-- until here -->\n"


def picture() -> str:
    """Draw the network of the sandbox, as a block of Markdown."""
    with TemporaryDirectory() as directory:
        assembly = Path(directory)
        build_app(load_environment("sandbox"), outdir=assembly, validate=False).synth()
        return f"```mermaid\n{reachability(prove(assembly).matrix)}\n```\n"


def with_picture(text: str, drawn: str) -> str:
    """Put the picture where the text has its two marks.

    Raises:
        ValueError: the text has not each mark once.
    """
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if text.count(BEGIN) != 1 or text.count(END) != 1 or END not in rest:
        raise ValueError(f"the text needs once {BEGIN.strip()} and, below it, {END.strip()}")
    return f"{before}{BEGIN}{drawn}{END}{after}"


def main() -> None:
    """Write the reference of environments, and the picture in both READMEs."""
    REFERENCE.write_text(reference(), encoding="utf-8")
    drawn = picture()
    for readme in READMES:
        text = readme.read_text(encoding="utf-8")
        readme.write_text(with_picture(text, drawn), encoding="utf-8")


if __name__ == "__main__":
    main()
