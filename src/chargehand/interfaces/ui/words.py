"""The sentences that the pages' scripts write themselves, in the reader's language."""

from django.utils.translation import gettext as _


def script_words() -> dict[str, str]:
    """Give the sentences by key, with {n} where a number goes; the base template carries them."""
    return {
        "now": _("now"),
        "s": _numbered(_("%(n)d s ago")),
        "min": _numbered(_("%(n)d min ago")),
        "h": _numbered(_("%(n)d h ago")),
        "d": _numbered(_("%(n)d d ago")),
        "live": _("Live, %(age)s").replace("%(age)s", "{n}"),
        "updated": _("Updated %(age)s").replace("%(age)s", "{n}"),
        "never": _("never"),
        "rows": _numbered(_("%(n)d rows")),
        "found": _numbered(_("%(n)d found")),
        "offline": _("No connection. The last known values stay on the page."),
        "failed": _("That did not work. Try again; if it stays, tell support what you pressed."),
    }


def _numbered(text: str) -> str:
    return text.replace("%(n)d", "{n}")
