"""IAM Access Analyzer, which moto does not have: analyzers, and no findings."""

import json
import re
from types import SimpleNamespace
from typing import Any

from moto import backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import JsonRESTError
from moto.core.responses import BaseResponse

_SERVICE = "accessanalyzer"
_HOST = r"https?://access-analyzer\.(.+)\.amazonaws\.com"
_PATHS = ("{0}/analyzer$", "{0}/analyzer/(?P<name>[^/]+)$")
# An account and region has one analyzer of each type whose zone of trust is the account; of the
# types of an organization it has several:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-quotas.html
_ONE_OF_EACH = ("ACCOUNT", "ACCOUNT_INTERNAL_ACCESS", "ACCOUNT_UNUSED_ACCESS")


class AnalyzerBackend(BaseBackend):
    """The analyzers of an account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        """Start without any."""
        super().__init__(region_name, account_id)
        self.analyzers: dict[str, dict[str, Any]] = {}

    @property
    def _url_module(self) -> Any:  # noqa: ANN401 - moto's signature
        """Moto looks for a module of this name; a namespace does."""
        paths = dict.fromkeys(_PATHS, AnalyzerResponse.dispatch)
        return SimpleNamespace(url_bases=[_HOST], url_paths=paths)

    def one(self, name: str) -> dict[str, Any]:
        """The analyzer `name`."""
        if name not in self.analyzers:
            raise JsonRESTError("ResourceNotFoundException", f"There is no analyzer {name}")
        return self.analyzers[name]


_BACKENDS = BackendDict(AnalyzerBackend, _SERVICE)


class AnalyzerResponse(BaseResponse):
    """The calls, named as in the API."""

    def __init__(self) -> None:
        """Name the service, as moto asks for."""
        super().__init__(_SERVICE)

    @property
    def _backend(self) -> AnalyzerBackend:
        return _BACKENDS[self.current_account][self.region]

    def create_analyzer(self) -> str:
        """Create an analyzer, unless the account and region has one of the type."""
        backend, kind = self._backend, self._get_param("type")
        name = self._get_param("analyzerName")
        if name in backend.analyzers:
            raise JsonRESTError("ConflictException", f"There is an analyzer {name}")
        if kind in _ONE_OF_EACH and any(
            each["type"] == kind for each in backend.analyzers.values()
        ):
            raise JsonRESTError("ServiceQuotaExceededException", f"There is an analyzer of {kind}")
        arn = (
            f"arn:{backend.partition}:access-analyzer:{self.region}:{self.current_account}"
            f":analyzer/{name}"
        )
        backend.analyzers[name] = {
            "arn": arn,
            "name": name,
            "type": kind,
            "createdAt": "2026-01-01T00:00:00Z",
            "status": "ACTIVE",
            "tags": self._get_param("tags") or {},
            "configuration": self._get_param("configuration"),
        }
        return json.dumps({"arn": arn})

    def get_analyzer(self) -> str:
        """Describe an analyzer."""
        return json.dumps({"analyzer": self._backend.one(self._get_param("analyzerName"))})

    def list_analyzers(self) -> str:
        """Describe all."""
        return json.dumps({"analyzers": [*self._backend.analyzers.values()]})

    def update_analyzer(self) -> str:
        """Change the configuration."""
        analyzer = self._backend.one(self._get_param("analyzerName"))
        analyzer["configuration"] = self._get_param("configuration")
        return json.dumps({"configuration": analyzer["configuration"]})

    def delete_analyzer(self) -> str:
        """Delete an analyzer."""
        self._backend.one(self._get_param("analyzerName"))
        del self._backend.analyzers[self._get_param("analyzerName")]
        return "{}"


def install() -> None:
    """Make the stand-in's server find the service."""
    from moto import backend_index  # noqa: PLC0415 - the server reads it when it starts

    known = backends.get_backend

    def get_backend(name: Any) -> Any:  # noqa: ANN401 - moto's signature
        return _BACKENDS if name == _SERVICE else known(name)

    backends.get_backend = get_backend
    backend_index.backend_url_patterns.append((_SERVICE, re.compile(_HOST)))
