"""How a rehearsal fails."""


class StepFailedError(Exception):
    """A step of the rehearsal failed: what failed, and what there is to know about it."""
