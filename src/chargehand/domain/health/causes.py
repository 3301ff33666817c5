"""What each kind of fault is in words: the probable cause, the remedy, what is needed, what drivers feel."""

from typing import Final

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Cause(msgspec.Struct, frozen=True):
    """Words for a kind; `needs` are parts and tools."""

    title: Promise
    probable: Promise
    remedy: Promise
    felt: Promise
    needs: tuple[Promise, ...] = ()


_TORQUE: Final = _("torque wrench")
_METER: Final = _("multimeter")
_CAMERA: Final = _("thermal camera")
_SAFETY: Final = _("lock-out kit and voltage tester")
_CONNECTOR: Final = _("charging cable with connector, or socket outlet")
_FAN: Final = _("fan and filter mat of this model")
_CONTACTOR: Final = _("contactor of this model")
_METER_PART: Final = _("calibrated meter of this model")
_ADAPTER: Final = _("test adapter for charging, or a test car")
_SIM: Final = _("other SIM card, outdoor aerial")

CAUSES: Final[dict[str, Cause]] = {
    "contact-resistance-rise": Cause(
        _("A contact gets hot"),
        _("A contact of the plug or a terminal is worn, dirty or loose, so that it heats up under current."),
        _("Tighten the terminals, clean or replace the plug before it shuts down or melts."),
        _("Charging still works; soon it will be slow or stop on warm days."),
        (_CONNECTOR, _TORQUE, _CAMERA),
    ),
    "fan-failure": Cause(
        _("The cooling fails"),
        _("A fan is blocked or worn out: it is too hot inside whatever the current."),
        _("Clean or replace the fan."),
        _("Charging gets slow on warm days."),
        (_FAN,),
    ),
    "filter-clogging": Cause(
        _("The air filter clogs up"),
        _("Dust in the filter keeps the air away, more each week."),
        _("Clean or change the filter mat on the next visit."),
        _("Nothing yet; on hot days charging will get slow."),
        (_FAN,),
    ),
    "voltage-sag": Cause(
        _("The mains voltage is too low"),
        _(
            "The grid or the site's supply gives less than it must: often another large load, or the grid itself."
        ),
        _("Ask the grid operator; look at the site's other loads."),
        _("Charges stop or do not start while it lasts."),
        (_METER,),
    ),
    "voltage-swell": Cause(
        _("The mains voltage is dangerously high"),
        _(
            "Most likely the neutral conductor is interrupted: one phase is too high while others are too low."
        ),
        _("Keep the site switched off until an electrician has checked the neutral conductor."),
        _("Nobody may charge here: cars and people could come to harm."),
        (_SAFETY, _METER),
    ),
    "phase-loss": Cause(
        _("A phase is missing"),
        _("A fuse blew or a conductor came loose in the supply of the station."),
        _("Check fuses and terminals of the missing phase."),
        _("Charging takes up to three times as long."),
        (_SAFETY, _METER, _("fuses")),
    ),
    "phase-imbalance": Cause(
        _("A terminal of the supply is loose"),
        _("The voltage of one phase falls with the current more than that of the others."),
        _("Tighten the supply's terminals before one burns."),
        _("Nothing yet."),
        (_TORQUE, _CAMERA),
    ),
    "contactor-welded": Cause(
        _("The contactor does not open"),
        _("The contactor's contacts have welded: the plug may stay live after a charge."),
        _("Keep the plug out of service and replace the contactor."),
        _("Nobody may charge here: the plug could be live."),
        (_CONTACTOR, _SAFETY),
    ),
    "contactor-wear": Cause(
        _("The contactor wears out"),
        _("It takes the contactor longer and longer to close."),
        _("Replace the contactor on the next visit."),
        _("Starts take a little longer."),
        (_CONTACTOR,),
    ),
    "meter-drift": Cause(
        _("The meter measures wrongly"),
        _("What the meter counts departs from voltage times current."),
        _("Have the meter checked and replaced; look through the bills since it began."),
        _("Drivers are billed too much or too little."),
        (_METER_PART,),
    ),
    "meter-frozen": Cause(
        _("The meter stands still"),
        _("Current flows but the register does not move: the meter or its data line hangs."),
        _("Restart the station; if it stays so, replace the meter or its data line."),
        _("Charges give no proper bill."),
        (_METER_PART,),
    ),
    "meter-rollback": Cause(
        _("The meter's register jumped back"),
        _("The register was reset or overran, or the meter was replaced."),
        _("Say so if the meter was replaced; otherwise have it checked."),
        _("Charges around the jump give no proper bill."),
        (_METER_PART,),
    ),
    "ct-reversed": Cause(
        _("A current transformer is the wrong way round"),
        _("One phase counts backwards since the last work on the station."),
        _("Turn the transformer of that phase round."),
        _("Drivers are billed too little."),
        (_SAFETY, _METER),
    ),
    "measurand-fault": Cause(
        _("The station reports wrong units or too few values"),
        _("After an update or a new setting values are missing, or off by a factor of 1000."),
        _("Ask the maker; set the measured values again."),
        _("Nothing, but other faults may go unseen."),
    ),
    "connector-lock-failure": Cause(
        _("The plug's lock fails"),
        _("The lock's motor or latch is worn, dirty or bent."),
        _("Unlock it once; if it goes on, clean or replace the lock."),
        _("Charges do not start, or the cable stays stuck."),
        (_("lock actuator of this model"), _("contact spray")),
    ),
    "ground-fault": Cause(
        _("Leakage current"),
        _("Moisture or damaged insulation lets current leak; the protection trips."),
        _("Keep the plug out of service; measure the insulation, look for water."),
        _("Charges stop, the plug cannot be used."),
        (_SAFETY, _("insulation tester")),
    ),
    "isolation-decline": Cause(
        _("The insulation gets worse"),
        _("Moisture or a damaged cable lowers the insulation of the DC side."),
        _("Keep the plug out of service; measure and replace the cable if needed."),
        _("Charges end at the cable check."),
        (_SAFETY, _("insulation tester"), _CONNECTOR),
    ),
    "flapping-connectivity": Cause(
        _("The connection comes and goes"),
        _("The mobile network, the router or a data line at the site is unsteady."),
        _("Ask the network provider; check router, aerial and data line."),
        _("Starting by app or at the card reader takes long or fails now and then."),
        (_SIM, _("network cable")),
    ),
    "weak-signal": Cause(
        _("The mobile signal is weak"),
        _("Something shields the aerial, or the cell is overloaded."),
        _("Try another provider or an outdoor aerial."),
        _("Starts by app are slow in busy hours."),
        (_SIM,),
    ),
    "silent-station": Cause(
        _("No connection"),
        _("The station has no power, its modem hangs, or the site's router or network is down."),
        _("Look whether other stations of the site answer; ask the network provider; check the supply."),
        _("Only drivers whose card the station remembers can charge; the app cannot start anything."),
        (_("fuses"), _SIM),
    ),
    "clock-drift": Cause(
        _("The clock is wrong"),
        _("The clock's battery is empty, or the station does not take the time it is given."),
        _("Ask it for a heartbeat; if that does not help, replace the battery."),
        _("Times on bills may be wrong."),
        (_("clock battery"),),
    ),
    "stuck-state": Cause(
        _("The plug is stuck in one state"),
        _("The station still believes that a cable is plugged in, or hangs."),
        _("Ask for its status, then restart it when nobody charges."),
        _("The plug looks taken, though nobody is there."),
    ),
    "failed-starts": Cause(
        _("Starts fail"),
        _("Drivers try, but no charge comes about: card reader, talk with the car, contactor or software."),
        _("Restart the station; if it goes on, test it with a car on site."),
        _("Drivers stand there and cannot charge."),
        (_ADAPTER,),
    ),
    "reboot-loop": Cause(
        _("It restarts again and again"),
        _("The software crashes, or the supply of the controller fails."),
        _("Ask the maker about this firmware; check the controller's power supply."),
        _("Charges break off, starts fail."),
        (_("controller power supply"),),
    ),
    "power-derating": Cause(
        _("It charges too slowly"),
        _("A power module failed, or the station limits itself because of heat."),
        _("Restart it; if it goes on, replace the failed module."),
        _("Charging takes much longer than the sign promises."),
        (_("power module of this model"),),
    ),
    "cable-cut": Cause(
        _("The cable is cut or the case was forced"),
        _("Theft or vandalism, or a car drove off with the cable."),
        _("Keep the plug out of service, report it to the police, replace the cable."),
        _("Nobody may charge here: parts may be live."),
        (_CONNECTOR, _SAFETY),
    ),
    "payment-terminal-fault": Cause(
        _("Card payment fails"),
        _("The payment terminal or its provider does not answer; other starts still work."),
        _("Ask the payment provider; restart the terminal."),
        _("Who pays by bank card cannot start; app and charging card still work."),
        (_("payment terminal"),),
    ),
    "firmware-regression": Cause(
        _("This firmware makes trouble"),
        _("Since the update, stations of this model fail more often than before it."),
        _("Stop the update and go back to the firmware before."),
        _("Starts fail or charges break off at many stations."),
    ),
    "unused-though-expected": Cause(
        _("Nobody charges where many did"),
        _("Something keeps drivers away that the station does not report: a dark display, a blocked bay."),
        _("Ask for its status, restart it, then have somebody look."),
        _("Drivers probably come and leave again."),
        (_ADAPTER,),
    ),
    "reported-fault": Cause(
        _("The station reports a fault"),
        _("The station itself says that it is out of order; its code tells more."),
        _("Restart it when nobody charges; if the fault stays, look up the code and send a technician."),
        _("The plug cannot be used."),
    ),
}


def cause_of(kind: str) -> Cause:
    """Return the words for a kind; one that is not in the table reads as reported by the station."""
    return CAUSES.get(kind, CAUSES["reported-fault"])
