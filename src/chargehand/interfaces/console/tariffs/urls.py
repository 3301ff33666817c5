"""Addresses of the tariffs' pages, among those of the console."""

from django.urls import path

from chargehand.interfaces.console.tariffs import assigning, editor, importing, pages

urlpatterns = [
    path("tariffs/", pages.index, name="tariffs"),
    path("tariffs/add/", editor.edit, name="tariffs-add"),
    path("tariffs/preview/", editor.preview, name="tariffs-preview"),
    path("tariffs/import/", importing.paste, name="tariffs-import"),
    path("tariffs/where/", assigning.look, name="tariffs-where"),
    path("tariffs/<int:tariff_id>/", pages.show, name="tariffs-page"),
    path("tariffs/<int:tariff_id>/edit/", editor.edit, name="tariffs-edit"),
    path("tariffs/<int:tariff_id>/preview/", editor.preview, name="tariffs-preview-of"),
    path("tariffs/<int:tariff_id>/import/", importing.paste, name="tariffs-import-into"),
    path("tariffs/<int:tariff_id>/assign/", assigning.assign, name="tariffs-assign"),
    path(
        "tariffs/<int:tariff_id>/assignments/<int:assignment_id>/end/",
        assigning.end,
        name="tariffs-assignment-end",
    ),
    path("tariffs/<int:tariff_id>/versions/<int:version_id>/", pages.show_version, name="tariffs-version"),
    path(
        "tariffs/<int:tariff_id>/versions/<int:version_id>/ocpi-<str:ocpi>.json",
        pages.download,
        name="tariffs-download",
    ),
]
