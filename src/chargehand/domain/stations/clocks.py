"""How stations' clocks are read: in which zone one means times that name none."""

from chargehand.domain.stations.models import ChargingStation


def clock_zone(operator_id: int, station_id: int) -> str:
    """Return a station's IANA zone, "" where times without a zone are taken for UTC."""
    rows = ChargingStation.objects.filter(operator_id=operator_id, pk=station_id)
    return rows.values_list("clock_zone", flat=True).first() or ""
