"""Addresses of the alerts' pages, among those of the console."""

from django.urls import path

from chargehand.interfaces.console.alerts import channels, deliveries, duty, escalation, windows

urlpatterns = [
    path("alerts/", duty.index, name="alerts"),
    path("alerts/rotas/add/", duty.edit, name="alerts-rota-add"),
    path("alerts/rotas/<int:rota_id>/", duty.edit, name="alerts-rota"),
    path("alerts/rotas/<int:rota_id>/remove/", duty.remove, name="alerts-rota-remove"),
    path("alerts/rotas/<int:rota_id>/overrides/add/", duty.add_override, name="alerts-override-add"),
    path(
        "alerts/rotas/<int:rota_id>/overrides/<int:override_id>/remove/",
        duty.remove_override,
        name="alerts-override-remove",
    ),
    path("alerts/escalation/", escalation.index, name="alerts-escalation"),
    path("alerts/escalation/add/", escalation.edit, name="alerts-policy-add"),
    path("alerts/escalation/<int:policy_id>/", escalation.edit, name="alerts-policy"),
    path("alerts/escalation/<int:policy_id>/remove/", escalation.remove, name="alerts-policy-remove"),
    path("alerts/windows/", windows.index, name="alerts-windows"),
    path("alerts/windows/<int:window_id>/end/", windows.end, name="alerts-window-end"),
    path("alerts/log/", deliveries.index, name="alerts-log"),
    path("channels/", channels.index, name="channels"),
    path("channels/add/", channels.add, name="channels-add"),
    path("channels/<int:channel_id>/", channels.show, name="channels-page"),
    path("channels/<int:channel_id>/<slug:name>/", channels.act, name="channels-act"),
]
