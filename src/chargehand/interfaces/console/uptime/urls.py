"""Addresses of the pages of uptime, among those of the console."""

from django.urls import path

from chargehand.interfaces.console.uptime import files, hours, port, report

urlpatterns = [
    path("uptime/", report.index, name="uptime"),
    path("uptime/ports/<int:station_id>/<int:evse>/", port.show, name="uptime-port"),
    path(
        "uptime/ports/<int:station_id>/<int:evse>/exclusions/<int:exclusion_id>/withdraw/",
        port.withdraw,
        name="uptime-withdraw",
    ),
    path("uptime/hours/<int:location_id>/", hours.edit, name="uptime-hours"),
    path("uptime/files/<slug:name>/", files.download, name="uptime-file"),
]
