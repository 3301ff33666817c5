"""Each role as a process of its own, beside others, on one database."""

import urllib.request

import psycopg
import pytest
from procrastinate.contrib.django import app as jobs
from tests.installation import Installation
from tests.patience import PATIENCE_S, wait_for


@pytest.mark.parametrize("role", ["gateway", "web", "worker"])
def test_a_role_starts_says_that_it_is_ready_and_ends_when_told(
    installation: Installation, role: str
) -> None:
    installation.start(role)
    (url,) = installation.ready_urls(role)
    with urllib.request.urlopen(url.replace("readyz", "metrics"), timeout=PATIENCE_S) as answer:
        assert b"process_resident_memory_bytes" in answer.read()
    assert installation.stop(role) == 0


def test_a_worker_does_jobs_and_the_queue_stays_short(installation: Installation, database_url: str) -> None:
    task = "builtin:procrastinate.builtin_tasks.remove_old_jobs"
    job = jobs.configure_task(task, allow_unknown=False).defer(max_hours=1)
    installation.start("worker")
    with psycopg.connect(database_url, autocommit=True) as connection:
        mine = "SELECT 1 FROM procrastinate_jobs WHERE id = %s"
        wait_for(lambda: connection.execute(mine, [job]).fetchone() is None)


def test_the_web_serves_pages_with_their_files(installation: Installation) -> None:
    installation.start("web")
    with urllib.request.urlopen(f"{installation.web_url}/accounts/login/", timeout=PATIENCE_S) as answer:
        assert answer.status == 200
        assert "Content-Security-Policy" in answer.headers
