"""What messages say, in the language of their reader: state, cause, next step, and where to press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chargehand.domain.notices.models import Alert
from chargehand.domain.notices.providers.base import Message, Tone
from chargehand.domain.stations import queries as stations

KINDS: Final[Mapping[str, Promise]] = {
    "contact-resistance-rise": gettext_lazy("A plug or contact is getting hotter than it should."),
    "fan-failure": gettext_lazy("A fan is failing, so the charger gets too warm."),
    "filter-clogging": gettext_lazy("An air filter is clogging."),
    "voltage-sag": gettext_lazy("The supply voltage drops too low."),
    "voltage-swell": gettext_lazy("The supply voltage is dangerously high; a neutral wire may be lost."),
    "phase-loss": gettext_lazy("A phase of the supply is missing."),
    "phase-imbalance": gettext_lazy("The phases are unequal; a terminal may be loose."),
    "contactor-welded": gettext_lazy("A contactor may be stuck: the plug can be live when it should not."),
    "contactor-wear": gettext_lazy("A contactor is wearing out."),
    "meter-drift": gettext_lazy("The meter does not measure what it should."),
    "meter-frozen": gettext_lazy("The meter stands still while cars charge."),
    "meter-rollback": gettext_lazy("The meter ran backwards."),
    "ct-reversed": gettext_lazy("A current transformer seems to be mounted the wrong way round."),
    "measurand-fault": gettext_lazy("The charger reports values that cannot be."),
    "connector-lock-failure": gettext_lazy("The plug's lock fails; cables may get stuck."),
    "ground-fault": gettext_lazy("A ground fault was detected."),
    "isolation-decline": gettext_lazy("The insulation is getting worse."),
    "flapping-connectivity": gettext_lazy("The connection comes and goes."),
    "weak-signal": gettext_lazy("The mobile signal is weak."),
    "silent-station": gettext_lazy("The charger does not answer any more."),
    "clock-drift": gettext_lazy("The charger's clock is wrong."),
    "stuck-state": gettext_lazy("A plug is stuck and lets nobody charge."),
    "failed-starts": gettext_lazy("Charges keep failing to start."),
    "reboot-loop": gettext_lazy("The charger restarts again and again."),
    "power-derating": gettext_lazy("The charger gives less power than it should."),
    "cable-cut": gettext_lazy("A cable seems to be cut; bare wires are possible."),
    "payment-terminal-fault": gettext_lazy("The payment terminal does not work."),
    "firmware-regression": gettext_lazy("Faults began with a new firmware."),
    "unused-though-expected": gettext_lazy("Nobody charges where people usually do."),
    "reported-fault": gettext_lazy("The charger reports a fault."),
}


def severity_word(severity: int) -> str:
    """A severity of OCPP 2.x in plain words."""
    if severity <= 1:
        return _("Danger")
    if severity <= 3:
        return _("Serious fault")
    return _("Fault") if severity <= 5 else _("Warning")


def kind_sentence(kind: str) -> str:
    """What is wrong, as a sentence."""
    return str(KINDS.get(kind, _("Something is wrong here.")))


def places(operator_id: int, station_ids: Sequence[int]) -> str:
    """The chargers in a few words: `charger 4107, Hafengarage and 3 more`."""
    found = stations.station(operator_id, station_ids[0]) if station_ids else None
    if found is None:
        return _("a charger")
    name = found.name or found.identity
    where = f", {found.location_name}" if found.location_name else ""
    first = _("charger %s") % f"{name}{where}"
    more = len(station_ids) - 1
    if not more:
        return first
    return ngettext("%(first)s and %(count)d more", "%(first)s and %(count)d more", more) % {
        "first": first,
        "count": more,
    }


def title(alert: Alert) -> str:
    """The line that must be enough on a lock screen."""
    return f"{severity_word(alert.severity)}: {places(alert.operator_id, alert.station_ids)}"


def tone(severity: int) -> Tone:
    """How loud a message of this severity is to be."""
    if severity <= 3:
        return "alarm"
    return "warning" if severity <= 5 else "info"


def alarm(alert: Alert, *, link: str, page: str, has_worsened: bool = False) -> Message:
    """Tell that something is wrong; `link` acknowledges ("" for those who may not), `page` shows more."""
    lines = [kind_sentence(alert.kind)]
    if has_worsened:
        lines = [_("It has become dangerous."), *lines]
    if alert.severity <= 1:
        lines.append(_("Keep people away until somebody has looked at it."))
    if link:
        lines += ["", _("Take care of it: %s") % link]
        lines.append(_("If nobody presses there, the next person is told."))
    lines += ["", _("More: %s") % page]
    return Message(title=title(alert), body="\n".join(lines), tone=tone(alert.severity))


def over(alert: Alert, *, page: str) -> Message:
    """Tell that it is over."""
    where = places(alert.operator_id, alert.station_ids)
    lines = [_("This is over: %s") % kind_sentence(alert.kind), "", _("More: %s") % page]
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
