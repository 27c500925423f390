"""Lambda functions: where their logs go, which moto forgets."""

from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaFunction

from rehearsal.missing_apis.patching import wrap

_KEY = "LoggingConfig"


def install() -> None:
    """Add everything."""
    wrap(LambdaFunction, "__init__", _remember)
    wrap(LambdaFunction, "update_configuration", _remember_update)
    wrap(LambdaFunction, "get_configuration", _tell)


def _remember(
    self: Any,  # noqa: ANN401 - a function with one attribute more
    create: Callable[[], None],
    account_id: str,  # noqa: ARG001 - moto's signature
    spec: dict[str, Any],
    *_: object,
    **__: object,
) -> None:
    create()
    self.logging = spec.get(_KEY)


def _remember_update(
    self: Any,  # noqa: ANN401 - a function with one attribute more
    update: Callable[[], Any],
    config_updates: dict[str, Any],
) -> Any:  # noqa: ANN401 - moto's answer
    self.logging = config_updates.get(_KEY, self.logging)
    return update()


def _tell(
    self: Any,  # noqa: ANN401 - a function with one attribute more
    get: Callable[[], dict[str, Any]],
    *_: object,
    **__: object,
) -> dict[str, Any]:
    logging = self.logging or {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
    return {**get(), _KEY: logging}
