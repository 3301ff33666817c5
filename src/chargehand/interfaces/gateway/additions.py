"""What answers of 2.x tell besides: what a driver is to pay, and the final cost of a charge."""

from collections.abc import Callable

from chargehand.domain.billing import station_tariffs, telling
from chargehand.domain.charging.record import Outcome
from chargehand.domain.stations.events import AuthorizationAsked, TransactionReported
from chargehand.domain.stations.told import Told
from chargehand.interfaces.gateway.route import More, Question
from chargehand.kernel import clock


def price_of_card(told: Told, outcome: Outcome) -> Question | None:
    """Return the question for what a driver with a card that may charge is to pay (2.0.1 I01, 2.1 I08)."""
    found = outcome.authorization
    if not isinstance(told.event, AuthorizationAsked) or found is None or not found.is_accepted:
        return None
    return lambda _: station_tariffs.price_for_answer(
        told.operator_id, told.station_id, found.group_uid, clock.now()
    )


def cost_of_end(told: Told, outcome: Outcome) -> Question | None:
    """Return the question for totalCost of an ended transaction (2.0.1 I03); absent means that it is unknown.

    It is not asked of what a station tells that was offline for long: nobody stands at the display.
    """
    event, transaction_id = told.event, outcome.transaction_id
    if not isinstance(event, TransactionReported) or event.kind != "ended" or transaction_id is None:
        return None
    if event.is_offline and event.time is not None and event.time < clock.now() - telling.FRESH:
        return None

    def ask(is_in_time: Callable[[], bool]) -> More | None:
        cost = telling.cost_for_answer(
            told.operator_id, told.station_id, transaction_id, clock.now(), is_in_time
        )
        return None if cost is None else {"totalCost": float(cost)}

    return ask
