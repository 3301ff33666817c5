"""What happens by the clock, once however many workers there are. Times are UTC."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.core.management import call_command
from procrastinate.contrib.django import app

from chargehand.domain.billing import (
    display_survey,
    fleet_statements,
    host_statements,
    invariants,
    invoices,
    outstanding,
    station_tariffs,
    telling,
)
from chargehand.domain.charging import sweeps as charging
from chargehand.domain.health import provisioning, silent_returns, uptime_settling
from chargehand.domain.health import sweeps as health
from chargehand.domain.maintenance import sweeps as maintenance
from chargehand.domain.notices import sender
from chargehand.domain.stations import sweeps as stations
from chargehand.kernel import clock
from chargehand.project import retention

log = structlog.get_logger()


@app.periodic(cron="12 2 * * *")
@app.task(name="timetable.keep_partitions", queueing_lock="timetable.keep_partitions")
def keep_partitions(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every night: tables that grow get room and lose what is too old."""
    retention.keep_partitions(settings.CONFIGURATION, clock.now().date())
    retention.forget_old_rows(settings.CONFIGURATION, clock.now().date())


@app.periodic(cron="32 2 * * *")
@app.task(name="timetable.clear_sessions", queueing_lock="timetable.clear_sessions")
def clear_sessions(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every night: forget the sign-ins that have run out."""
    call_command("clearsessions")


@app.periodic(cron="* * * * * */5")
@app.task(name="timetable.look_for_proof", queueing_lock="timetable.look_for_proof")
def look_for_proof(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every five seconds: see commands work that no fact tells of."""
    stations.look_for_proof(clock.now())


@app.periodic(cron="* * * * * */15")
@app.task(name="timetable.sweep_stations", queueing_lock="timetable.sweep_stations")
def sweep_stations(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Four times a minute: give up requests nobody came for, free the stations of dead gateways."""
    stations.sweep_stations()


@app.periodic(cron="* * * * * */10")
@app.task(name="timetable.look_after_incidents", queueing_lock="timetable.look_after_incidents")
def look_after_incidents(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every ten seconds: open, watch, end and repair incidents; see which connections are lost for good."""
    health.look(clock.now())


@app.periodic(cron="* * * * * */20")
@app.task(name="timetable.provision_stations", queueing_lock="timetable.provision_stations")
def provision_stations(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Three times a minute: go on setting stations up so that they tell what faults show in."""
    provisioning.provision_stations(clock.now())
    silent_returns.ask_for_boots(clock.now())


@app.periodic(cron="* * * * * */20")
@app.task(name="timetable.sweep_charging", queueing_lock="timetable.sweep_charging")
def sweep_charging(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Three times a minute: settle starts, stops and transactions that were forgotten."""
    charging.sweep_charging(clock.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="timetable.look_at_gaps", queueing_lock="timetable.look_at_gaps")
def look_at_gaps(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every ten minutes: look again at records whose events were incomplete."""
    charging.look_at_gaps(clock.now())


@app.periodic(cron="17 * * * *")
@app.task(name="timetable.bill_months", queueing_lock="timetable.bill_months")
def bill_months(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every hour: bill and state the months that are over somewhere, and what no follower has billed."""
    invoices.bill_what_is_due(clock.now())
    fleet_statements.state_closed_months(clock.now())
    host_statements.state_closed_months(clock.now())
    outstanding.mark_overdue(clock.now())


@app.periodic(cron="* * * * * */10")
@app.task(name="timetable.tell_costs", queueing_lock="timetable.tell_costs")
def tell_costs(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every ten seconds: tell stations what charges cost whose cost they were told a minute ago."""
    telling.tell_costs(clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="timetable.tell_tariffs", queueing_lock="timetable.tell_tariffs")
def tell_tariffs(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every minute: ask stations what they can show, tell those that price themselves what counts now."""
    display_survey.ask_stations(clock.now())
    station_tariffs.tell_tariffs(clock.now())


@app.periodic(cron="7 * * * *")
@app.task(name="timetable.check_books", queueing_lock="timetable.check_books")
def check_books(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every hour: say in the log what does not add up in the books."""
    for sentence in invariants.find_breaks(clock.now()):
        log.error("books_do_not_add_up", finding=sentence)


@app.periodic(cron="* * * * * */5")
@app.task(name="timetable.tell_people", queueing_lock="timetable.tell_people")
def tell_people(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every five seconds, and whenever something is queued: tell people what they must know."""
    sender.tell_people()


@app.periodic(cron="* * * * * */30")
@app.task(name="timetable.sweep_maintenance", queueing_lock="timetable.sweep_maintenance")
def sweep_maintenance(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Twice a minute: end uploads that will not come, lead firmware campaigns on."""
    maintenance.sweep_maintenance(clock.now())


@app.periodic(cron="27 * * * *")
@app.task(name="timetable.keep_settings", queueing_lock="timetable.keep_settings")
def keep_settings(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every hour: write settings that drifted from what is enforced."""
    maintenance.keep_settings(clock.now())


@app.periodic(cron="42 2 * * *")
@app.task(name="timetable.plan_work", queueing_lock="timetable.plan_work")
def plan_work(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every night: raise preventive work that is due, and say which stations are likely to fail."""
    maintenance.plan_work(clock.now())


@app.periodic(cron="*/15 * * * *")
@app.task(name="timetable.settle_uptime", queueing_lock="timetable.settle_uptime")
def settle_uptime(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every quarter of an hour: settle when ports could charge and what drivers tried, again where data came late."""
    uptime_settling.settle(clock.now())
