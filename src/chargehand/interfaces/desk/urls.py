"""Addresses of the technicians' pages."""

from django.urls import URLPattern, URLResolver, path

from chargehand.interfaces.desk import commands, deeds, job, jobs, offline, sync

app_name = "desk"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", jobs.index, name="jobs"),
    path("stored.json", jobs.stored, name="stored"),
    path("session.json", sync.session, name="session"),
    path("sync", sync.receive, name="sync"),
    path("sw.js", offline.worker, name="worker"),
    path("missing/", offline.missing, name="missing"),
    path("jobs.webmanifest", offline.manifest, name="manifest"),
    path("jobs/<int:order_id>/", job.show, name="job"),
    path("jobs/<int:order_id>/live/", job.live, name="live"),
    path("jobs/<int:order_id>/edit/", deeds.edit, name="edit"),
    path("jobs/<int:order_id>/photos/", deeds.add_photo, name="photos"),
    path("jobs/<int:order_id>/photos/<uuid:file_id>/", deeds.show_photo, name="photo"),
    path("jobs/<int:order_id>/choose/", deeds.choose, name="choose"),
    path("jobs/<int:order_id>/ask/<slug:name>/", commands.send, name="ask"),
]
