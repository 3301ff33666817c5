"""What messages say, in the language of their reader: state, cause, next step, and where to press."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chargehand.domain.health import causes
from chargehand.domain.health import places as naming
from chargehand.domain.health.incident_list import IncidentRow
from chargehand.domain.notices.models import Alert
from chargehand.domain.notices.providers.base import Message, Tone
from chargehand.domain.stations.plates import plates


def severity_word(severity: int) -> str:
    """A severity of OCPP 2.x in plain words."""
    if severity <= 1:
        return _("Danger")
    if severity <= 3:
        return _("Serious fault")
    return _("Fault") if severity <= 5 else _("Warning")


def kind_sentence(kind: str) -> str:
    """What is wrong, as a sentence."""
    return f"{causes.cause_of(kind).title}."


def places(operator_id: int, station_ids: Sequence[int]) -> str:
    """The chargers in a few words: `charger 4107, Hafengarage`, `14 chargers at Hafengarage`."""
    found = list(plates(operator_id, station_ids).values())
    if not found:
        return _("a charger")
    sites = {each.location_name for each in found}
    site = sites.pop() if len(sites) == 1 else ""
    words = naming.name_several(found, site)
    return f"{words}, {site}" if len(found) == 1 and site else words


def title(alert: Alert) -> str:
    """The line that must be enough on a lock screen."""
    return f"{severity_word(alert.severity)}: {places(alert.operator_id, alert.station_ids)}"


def tone(severity: int) -> Tone:
    """How loud a message of this severity is to be."""
    if severity <= 3:
        return "alarm"
    return "warning" if severity <= 5 else "info"


def alarm(
    alert: Alert, incident: IncidentRow | None, *, link: str, page: str, has_worsened: bool = False
) -> Message:
    """Tell that something is wrong; `link` acknowledges ("" for those who may not), `page` shows more.

    The incident says as things stand now what is wrong and what shows it; None: it is gone.
    """
    cause = causes.cause_of(incident.kind if incident else alert.kind)
    seen = incident.sentence if incident else ""
    lines = [_state_of(alert, incident), *([seen] if seen else []), str(cause.probable), str(cause.remedy)]
    if has_worsened:
        lines = [_("It has become dangerous."), *lines]
    if alert.severity <= 1:
        lines.append(_("Keep people away until somebody has looked at it."))
    if link:
        lines += ["", _("Take care of it: %s") % link]
        lines.append(_("If nobody presses there, the next person is told."))
    lines += ["", _("More: %s") % page]
    return Message(title=title(alert), body="\n".join(lines), tone=tone(alert.severity))


def _state_of(alert: Alert, incident: IncidentRow | None) -> str:
    return f"{incident.title}." if incident else kind_sentence(alert.kind)


def over(alert: Alert, incident: IncidentRow | None, *, page: str) -> Message:
    """Tell that it is over."""
    where = places(alert.operator_id, alert.station_ids)
    lines = [_("This is over: %s") % _state_of(alert, incident), "", _("More: %s") % page]
    return Message(title=_("Over: %s") % where, body="\n".join(lines), tone="success")


def digest(alerts: Sequence[tuple[Alert, bool]], *, page: str) -> Message:
    """Many matters in one message; the flag says of each whether it is over. The gravest come first."""
    ordered = sorted(alerts, key=lambda pair: (pair[1], pair[0].severity, pair[0].pk))
    lines = []
    for alert, is_over in ordered[:20]:
        words = f"{_('Over') if is_over else severity_word(alert.severity)}: "
        words += f"{places(alert.operator_id, alert.station_ids)}. {kind_sentence(alert.kind)}"
        lines.append(f"- {words}")
    if len(ordered) > 20:
        lines.append(_("and %d more") % (len(ordered) - 20))
    lines += ["", _("Many things happen at once, so they come in one message. All of them: %s") % page]
    open_ones = [alert.severity for alert, is_over in alerts if not is_over]
    name = ngettext("%d alert at once", "%d alerts at once", len(alerts)) % len(alerts)
    return Message(title=name, body="\n".join(lines), tone=tone(min(open_ones, default=9)))


def test(code: str, operator_name: str) -> Message:
    """Prove that a channel works: the code is to be typed in on the page."""
    lines = [
        _("Your code is %s.") % code,
        _("Type it in under My alerts, so that %s can tell you by this channel when a charger needs you.")
        % operator_name,
    ]
    return Message(title=_("Your code: %s") % code, body="\n".join(lines))


def invitation(*, operator_name: str, by: str, role: str, link: str, needs_password: bool) -> Message:
    """Tell somebody that they have a role now, and how to come in."""
    lines = [
        _("%(by)s gave you the role %(role)s at %(name)s.") % {"by": by, "role": role, "name": operator_name}
    ]
    if needs_password:
        lines += ["", _("Choose a password here: %s") % link]
        lines.append(
            _("If the link is too old, ask for a new one by “Forgot your password?” on the sign-in page.")
        )
    else:
        lines += ["", _("Sign in here: %s") % link]
    return Message(title=_("You can sign in at %s") % operator_name, body="\n".join(lines))
