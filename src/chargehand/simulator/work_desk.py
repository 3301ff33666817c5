"""Work orders as a technician's own software reads and fills them in: the CSMS's REST API, nothing else."""

import http.client
import json
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

_TIMEOUT_S: Final = 15.0
_LEAST_ERROR: Final = 400


class DeskError(Exception):
    """The CSMS refused something or was not there; `code` is its problem code, "" where it gave none."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class WorkDesk:
    """Jobs of one operator; calls wait for the answer, so they belong into a thread."""

    def __init__(self, url: str, key: str) -> None:
        self._at = urlsplit(url)
        self._key = key

    def open_jobs(self) -> list[dict[str, Any]]:
        """Return the jobs that nobody has, the most urgent ones first."""
        found: list[dict[str, Any]] = self._call("GET", "work-orders?state=open&limit=100")["items"]
        return sorted(found, key=lambda job: (job["priority"], job["id"]))

    def job(self, number: int) -> dict[str, Any]:
        """Return a job with its steps."""
        return self._call("GET", f"work-orders/{number}")

    def do(self, number: int, verb: str, **said: Any) -> dict[str, Any]:
        """Do a verb of a job: set-off, start, open-for-test, finish."""
        return self._call("POST", f"work-orders/{number}/{verb}", said)

    def fill_in(self, number: int, field: str, value: Any, made_at: str) -> None:
        """Fill in a field of a job: a step, the note."""
        edit = {"id": str(uuid4()), "field": field, "value": value, "made_at": made_at}
        self._call("POST", f"work-orders/{number}/edits", {"edits": [edit]})

    def _call(self, method: str, path: str, said: dict[str, Any] | None = None) -> dict[str, Any]:
        is_secure = self._at.scheme == "https"
        kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
        link = kind(self._at.hostname or "", self._at.port, timeout=_TIMEOUT_S)
        try:
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            body = None if said is None else json.dumps(said)
            link.request(method, f"{self._at.path.rstrip('/')}/api/v1/{path}", body, headers)
            answer = link.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            raise DeskError("", f"The CSMS cannot be reached: {type(problem).__name__}") from problem
        finally:
            link.close()
        return _read(answer.status, text)


def _read(status: int, text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if status >= _LEAST_ERROR or not isinstance(told, dict):
        problem = told if isinstance(told, dict) else {}
        raise DeskError(str(problem.get("code", "")), str(problem.get("detail", f"HTTP {status}")))
    return told
