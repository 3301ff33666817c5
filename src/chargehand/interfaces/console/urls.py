"""Addresses of the console. The first part of a name says which line of the navigation it belongs to."""

from django.urls import URLPattern, URLResolver, path

from chargehand.interfaces.console import (
    account,
    commands,
    overview,
    search,
    sessions,
    station,
    station_settings,
    station_tabs,
    stations,
)

app_name = "console"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.show, name="overview"),
    path("find/", search.find, name="search"),
    path("account/", account.show, name="account"),
    path("account/operator/", account.act_for, name="account-operator"),
    path("load.json", overview.load, name="overview-load"),
    path("map.json", overview.map_points, name="overview-map"),
    path("stations/", stations.index, name="stations"),
    path("stations/rows.json", stations.rows, name="stations-rows"),
    path("stations/add/", stations.add, name="stations-add"),
    path("stations/<int:station_id>/", station_tabs.show_timeline, name="stations-page"),
    path("stations/<int:station_id>/live/", station.live, name="stations-live"),
    path("stations/<int:station_id>/sessions/", station_tabs.show_sessions, name="stations-sessions"),
    path("stations/<int:station_id>/log/", station_tabs.show_log, name="stations-log"),
    path("stations/<int:station_id>/settings/", station_settings.show_settings, name="stations-settings"),
    path("stations/<int:station_id>/setting/", station_settings.change_setting, name="stations-setting"),
    path("stations/<int:station_id>/connection/", station_settings.show_connection, name="stations-security"),
    path(
        "stations/<int:station_id>/connection/<slug:name>/",
        station_settings.change_connection,
        name="stations-connection",
    ),
    path("stations/<int:station_id>/password/", station_settings.set_password, name="stations-password"),
    path("stations/<int:station_id>/edit/", station_settings.edit, name="stations-edit"),
    path(
        "stations/<int:station_id>/plugs/<int:evse>/<int:connector>/",
        station_settings.describe_plug,
        name="stations-plug",
    ),
    path("stations/<int:station_id>/commands/<slug:name>/", commands.send, name="stations-command"),
    path("sessions/", sessions.index, name="sessions"),
    path("sessions/<int:session_id>/", sessions.show, name="sessions-page"),
    path("sessions/<int:session_id>/curve.json", sessions.curve, name="sessions-curve"),
]
