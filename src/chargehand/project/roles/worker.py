"""The worker: jobs of the queue, followers of the journal, and the watch over stations."""

from __future__ import annotations

import asyncio
import signal
import threading

import structlog
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.django_connector import DjangoConnector

from chargehand.domain.health import patrol
from chargehand.journal import runner
from chargehand.project.configuration import Configuration
from chargehand.project.flows import FOLLOWERS
from chargehand.project.health_server import health_port, serve_health
from chargehand.project.readiness import find_problems

log = structlog.get_logger()

_GRACE_SECONDS = 20
_PAUSE_SECONDS = 1.0


def serve(configuration: Configuration, number: int = 0) -> None:
    """Work until SIGTERM or SIGINT; jobs that have begun get 20 seconds to end."""
    stop = threading.Event()
    follower = threading.Thread(target=runner.run, args=(stop, FOLLOWERS), name="followers")
    watch = threading.Thread(target=patrol.run, args=(stop,), name="watch")

    def problems() -> list[str]:
        dead = [] if follower.is_alive() else ["The followers of the journal have stopped."]
        if not watch.is_alive():
            dead.append("The watch over stations has stopped.")
        return dead + find_problems()

    with serve_health(configuration.bind, health_port(configuration.worker_health_port, number), problems):
        follower.start()
        watch.start()
        try:
            asyncio.run(_work(configuration.worker_concurrency))
        finally:
            stop.set()
            follower.join(_GRACE_SECONDS)
            watch.join(_GRACE_SECONDS)


async def _work(concurrency: int) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    waiter = asyncio.create_task(stopped.wait())
    while not stopped.is_set():
        worker = asyncio.create_task(_run_jobs(concurrency))
        await asyncio.wait((worker, waiter), return_when=asyncio.FIRST_COMPLETED)
        if stopped.is_set():
            worker.cancel()
        try:
            await worker
        except asyncio.CancelledError:
            log.info("worker_stopped")
        except Exception:
            # The database went away: a worker waits for it, as it must not need a restart to find it again.
            log.exception("worker_interrupted")
            await asyncio.wait((waiter,), timeout=_PAUSE_SECONDS)
    await waiter


async def _run_jobs(concurrency: int) -> None:
    worker_app = jobs.with_connector(DjangoConnector().get_worker_connector())
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            concurrency=concurrency,
            install_signal_handlers=False,
            shutdown_graceful_timeout=_GRACE_SECONDS,
            delete_jobs="successful",
        )
