"""Addresses of the incidents' pages, among those of the console."""

from django.urls import path

from chargehand.interfaces.console.incidents import acts, findings, index, page, policy

urlpatterns = [
    path("incidents/", index.index, name="incidents"),
    path("incidents/<int:incident_id>/", page.show, name="incidents-page"),
    path("incidents/<int:incident_id>/<slug:name>/", acts.do, name="incidents-act"),
    path("stations/<int:station_id>/findings/", findings.show, name="stations-findings"),
    path("recovery/", policy.show, name="recovery"),
    path("recovery/watch/", policy.set_watch, name="recovery-watch"),
    path("recovery/patience/", policy.set_patience, name="recovery-patience"),
]
