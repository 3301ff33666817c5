"""What a decision about money would do, reckoned without doing it."""

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.billing import cases, prices
from chargehand.domain.billing.models import PriceReview
from chargehand.domain.billing.queries import PricedView, standing_price
from chargehand.domain.billing.rating import Rated
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.views import TariffVersionView
from chargehand.kernel.errors import Refused
from chargehand.kernel.money import MoneyError


class PricePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a record would cost by a version, and the price of the charge that would be taken back for it."""

    version: TariffVersionView
    rated: Rated
    replaced: PricedView | None


@transaction.atomic
def preview_price(operator_id: int, review_id: int, *, version_id: int | None = None) -> PricePreview:
    """Reckon what a record under review would cost, by its own tariff or the version named.

    Raises Refused `unknown-review`, `no-energy`, `no-tariff`, `unknown-version`, `cannot-price`.
    """
    row = PriceReview.objects.filter(operator_id=operator_id, pk=review_id).first()
    case = None if row is None else cases.open_case(operator_id, row.cdr_id)
    if case is None:
        raise Refused("unknown-review", _("There is no such review."))
    if case.cdr.energy_wh is None or case.cdr.energy_wh < 0:
        raise Refused("no-energy", _("The energy is not known. Settle the charge in the repair queue first."))
    wanted = version_id or case.snapshot.version_id
    if wanted is None:
        raise Refused("no-tariff", _("No tariff was assigned to this charge. Choose one."))
    version = tariffs.version(operator_id, wanted)
    if version is None:
        raise Refused("unknown-version", _("There is no such version of a tariff."))
    try:
        rated = prices.rate_case(case, version)
    except (TariffError, MoneyError) as error:
        raise Refused("cannot-price", str(error)) from None
    return PricePreview(
        version=version, rated=rated, replaced=standing_price(operator_id, case.cdr.transaction_id)
    )
