"""Addresses of the console. The first part of a name says which line of the navigation it belongs to."""

from django.urls import URLPattern, URLResolver, path

from chargehand.interfaces.console import (
    account,
    audit_trail,
    commands,
    counts,
    files,
    keys,
    locations,
    meter_keys,
    overview,
    people,
    repairs,
    search,
    sessions,
    station,
    station_settings,
    station_tabs,
    stations,
    tokens,
    waiting,
)
from chargehand.interfaces.console.alerts import urls as alerts
from chargehand.interfaces.console.incidents import urls as incidents
from chargehand.interfaces.console.maintenance import urls as maintenance
from chargehand.interfaces.console.money import urls as money
from chargehand.interfaces.console.news import stream as news
from chargehand.interfaces.console.tariffs import urls as tariffs
from chargehand.interfaces.console.uptime import urls as uptime

app_name = "console"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.show, name="overview"),
    path("find/", search.find, name="search"),
    path("news/", news.no_stream, name="news"),
    path("counts/", counts.show, name="counts"),
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
    path("stations/<int:station_id>/meter-keys/", meter_keys.register, name="stations-meter-keys"),
    path(
        "stations/<int:station_id>/meter-keys/<int:key_id>/retire/",
        meter_keys.retire,
        name="stations-meter-key-end",
    ),
    path("stations/<int:station_id>/password/", station_settings.set_password, name="stations-password"),
    path("stations/<int:station_id>/edit/", station_settings.edit, name="stations-edit"),
    path(
        "stations/<int:station_id>/plugs/<int:evse>/<int:connector>/",
        station_settings.describe_plug,
        name="stations-plug",
    ),
    path("stations/<int:station_id>/commands/<slug:name>/", commands.send, name="stations-command"),
    path("files/logs/<uuid:upload_id>/", files.download_log, name="files-log"),
    path("files/jobs/<int:order_id>/<uuid:file_id>/", files.show_photo, name="files-photo"),
    path("sessions/", sessions.index, name="sessions"),
    path("sessions/<int:session_id>/", sessions.show, name="sessions-page"),
    path("sessions/<int:session_id>/curve.json", sessions.curve, name="sessions-curve"),
    path("waiting/", waiting.index, name="waiting"),
    path("waiting/approve/", waiting.approve, name="waiting-approve"),
    path("waiting/hold/", waiting.hold, name="waiting-hold"),
    path("waiting/dismiss/", waiting.dismiss, name="waiting-dismiss"),
    path("repairs/", repairs.index, name="repairs"),
    path("repairs/<int:case_id>/", repairs.show, name="repairs-page"),
    path("repairs/<int:case_id>/<slug:action>/", repairs.resolve, name="repairs-resolve"),
    path("tokens/", tokens.index, name="tokens"),
    path("tokens/add/", tokens.add, name="tokens-add"),
    path("tokens/import/", tokens.import_file, name="tokens-import"),
    path("tokens/<int:token_id>/", tokens.show, name="tokens-page"),
    path("tokens/<int:token_id>/<slug:name>/", tokens.set_status, name="tokens-status"),
    path("sites/", locations.index, name="locations"),
    path("sites/add/", locations.add, name="locations-add"),
    path("sites/<int:location_id>/", locations.edit, name="locations-edit"),
    path("people/", people.index, name="people"),
    path("people/invite/", people.invite, name="people-invite"),
    path("people/<int:user_id>/", people.edit, name="people-edit"),
    path("people/<int:user_id>/remove/", people.remove, name="people-remove"),
    path("keys/", keys.index, name="keys"),
    path("keys/add/", keys.add, name="keys-add"),
    path("keys/<int:key_id>/revoke/", keys.revoke, name="keys-revoke"),
    path("audit/", audit_trail.index, name="audit"),
    *alerts.urlpatterns,
    *uptime.urlpatterns,
    *tariffs.urlpatterns,
    *incidents.urlpatterns,
    *maintenance.urlpatterns,
    *money.urlpatterns,
]
