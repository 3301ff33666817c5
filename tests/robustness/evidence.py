"""Holds what stations were answered against what stands in the database."""

from typing import Final

from tests.robustness.conftest import Site
from tests.robustness.swarm import Swarm

_MARKERS: Final = """
SELECT v.value::bigint, count(*) FROM charging_reading r CROSS JOIN LATERAL unnest(r.readings) AS v(value)
GROUP BY 1
"""
_CHARGES: Final = """
SELECT s.identity, t.meter_start_wh::bigint, count(*), min(t.id), min(t.state), min(t.meter_stop_wh)::bigint
FROM charging_transaction t JOIN stations_station s ON s.id = t.station_id GROUP BY 1, 2
"""


def check_evidence(site: Site, swarm: Swarm) -> None:
    """What was answered stands in the database once; what was not, at most once."""
    evidence = swarm.evidence
    stored = dict(site.rows(_MARKERS))
    assert evidence.markers - stored.keys() == set(), "answered, but not stored"
    assert {marker for marker, times in stored.items() if times > 1} == set(), "stored twice"
    charges = {(row[0], row[1]): row[2:] for row in site.rows(_CHARGES)}
    for key, number in evidence.started.items():
        times, stored_number, state, last = charges[key]
        assert times == 1, f"{key} has {times} transactions"
        assert number in {0, stored_number}
        if key in evidence.stopped:
            assert (state, last) == ("ended", evidence.stopped[key])
    assert all(times == 1 for times, *_ in charges.values())
    assert site.number("SELECT count(*) FROM stations_quarantine") == 0
    assert site.number("SELECT count(*) FROM charging_repair_case") == 0
