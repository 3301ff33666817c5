"""Addresses of maintenance's pages, among those of the console."""

from django.urls import path

from chargehand.interfaces.console.maintenance import (
    firmware,
    logs,
    order_acts,
    order_list,
    order_page,
    plans,
    profiles,
    risks,
)

urlpatterns = [
    path("work/", order_list.index, name="work"),
    path("work/raise/", order_acts.raise_one, name="work-raise"),
    path("work/<int:order_id>/", order_page.show, name="work-page"),
    path("work/<int:order_id>/<slug:name>/", order_acts.do, name="work-act"),
    path("risks/", risks.index, name="risks"),
    path("plans/", plans.index, name="plans"),
    path("plans/add/", plans.edit, name="plans-add"),
    path("plans/<int:plan_id>/", plans.edit, name="plans-page"),
    path("plans/<int:plan_id>/mark/", plans.mark, name="plans-mark"),
    path("firmware/", firmware.index, name="firmware"),
    path("firmware/register/", firmware.register, name="firmware-register"),
    path("firmware/plan/", firmware.plan, name="firmware-plan"),
    path("firmware/<int:campaign_id>/", firmware.show, name="firmware-page"),
    path("firmware/<int:campaign_id>/<slug:name>/", firmware.do, name="firmware-act"),
    path("logs/", logs.index, name="logs"),
    path("profiles/", profiles.index, name="profiles"),
    path("profiles/add/", profiles.edit, name="profiles-add"),
    path("profiles/<int:profile_id>/", profiles.edit, name="profiles-page"),
    path("profiles/<int:profile_id>/delete/", profiles.delete, name="profiles-delete"),
    path("profiles/apply/<int:station_id>/", profiles.apply, name="profiles-apply"),
]
