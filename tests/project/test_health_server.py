"""The health pages of processes that serve no other."""

import urllib.error
import urllib.request

from tests.patience import PATIENCE_S

from chargehand.project.health_pages import health_page
from chargehand.project.health_server import health_port, serve_health


def _get(port: int | None, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_pages_tell_the_truth_of_the_moment() -> None:
    problems: list[str] = []
    with serve_health("127.0.0.1", 0, lambda: problems) as port:
        assert _get(port, "/healthz") == (200, "ok\n")
        assert _get(port, "/readyz?verbose") == (200, "ready\n")
        problems.append("The database is away.")
        assert _get(port, "/readyz") == (503, "The database is away.\n")
        assert _get(port, "/healthz") == (200, "ok\n")
        status, metrics = _get(port, "/metrics")
        assert (status, "process_cpu_seconds_total" in metrics) == (200, True)
        assert _get(port, "/else")[0] == 404


def test_metrics_are_not_for_the_public() -> None:
    shown = {
        client: health_page("/metrics", client, list)
        for client in ("127.0.0.1", "10.1.2.3", "fe80::1%eth0", "8.8.8.8", "2001:4860:4860::8888")
    }
    assert [page.status for page in shown.values() if page] == [200, 200, 200, 404, 404]


def test_no_port_serves_nothing() -> None:
    with serve_health("127.0.0.1", health_port(0, 3), list) as port:
        assert port is None
    assert health_port(9_001, 2) == 9_003
