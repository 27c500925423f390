"""What every refusal of an environment file has to say."""

import tomllib

import pytest

from stacks.loading import EnvironmentRefusedError, parse_environment

FILE = "environments/test.toml"


def check_refusal(text: str, key: str, value: str, allowed: str) -> None:
    """The file is refused in one sentence, which begins with file and key."""
    with pytest.raises(EnvironmentRefusedError) as refused:
        parse_environment(tomllib.loads(text), "test", FILE)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(f"{FILE}: {key}")
    for part in (value, allowed, "Allowed: ", "Change: "):
        assert part in message, message
