"""The story of a receipt: a charge ends, and by itself its receipt says what record and ledger say."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.test import Client
from lxml import html
from pypdf import PdfReader
from tests.domain.billing.making import SIMPLE, Town
from tests.patience import PATIENCE_S, wait_for
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import queries, receipts, statements
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.receipts import ReceiptView
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.models import Transaction
from chargehand.domain.charging.queries import CdrView
from chargehand.domain.stations.models import ChargingStation
from chargehand.domain.tokens.models import Token
from chargehand.journal import runner
from chargehand.kernel import clock
from chargehand.project.flows import FOLLOWERS
from chargehand.simulator.clock import ManualClock
from chargehand.simulator.simulated_station import SimulatedStation

#: 0.50 a kWh before 19 % tax, as `SIMPLE` says.
PRICE, TAX = Decimal("0.50"), Decimal("0.19")


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """The followers of a worker, at work."""
    stop = threading.Event()
    thread = threading.Thread(target=runner.run, args=(stop, FOLLOWERS))
    thread.start()
    yield
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def _charge(url: str, version: str) -> None:
    """Charge for twenty minutes up to now, and drive away."""

    async def tell() -> None:
        began = ManualClock(clock.now().timestamp() - 1300)
        station = SimulatedStation("4107", url, version, PASSWORD, clock=began)
        try:
            await station.connect()
            assert await station.boot() == "Accepted"
            await station.plug_in(1)
            await station.present_token(1, "CAFE01")
            await station.advance(1200)
            await station.present_token(1, "CAFE01")
            await station.unplug(1)
        finally:
            await station.close()

    asyncio.run(tell())


def _invoiced_receipt(operator_id: int) -> ReceiptView | None:
    key = receipts.receipt_key(operator_id, Transaction.objects.get().pk)
    view = receipts.receipt_by_token(key)
    return view if view is not None and view.invoice_id is not None else None


def _text_of(content: bytes) -> str:
    tree = html.fromstring(content.decode())
    return " ".join(" ".join(tree.itertext()).replace("\xa0", " ").split())


def _pdf_text(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


def _check_the_page(page: str, record: CdrView, minors: tuple[int, int, int]) -> None:
    """The page says energy, both registers, price, tax and total."""
    row = Transaction.objects.get()
    before, tax, after = minors
    assert record.energy_wh is not None
    assert row.meter_start_wh is not None
    assert row.meter_stop_wh is not None
    assert f"Energy {_kwh(record.energy_wh)} kWh × €0.595 €{after / 100:.2f}" in page
    assert f"Total incl. 19 % VAT €{after / 100:.2f} VAT 19 % on €{before / 100:.2f} €{tax / 100:.2f}" in page
    assert f"Meter {_kwh(row.meter_start_wh)} kWh → {_kwh(row.meter_stop_wh)} kWh" in page


def _cents(euros: Decimal) -> int:
    return int((euros * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _kwh(wh: Decimal) -> str:
    text = f"{wh / 1000:,.3f}"
    return text.rstrip("0").rstrip(".")


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_charge_that_ends_has_a_receipt_that_equals_record_and_ledger(
    version: str,
    operator: Operator,
    gateway: RunningGateway,
    make_station: Callable[..., ChargingStation],
    make_token: Callable[..., Token],
    worker: None,
) -> None:
    make_token("CAFE01")
    make_station("4107", assumes_version=version)
    Town(operator).tariff(SIMPLE)
    _charge(gateway.url, version)
    view: ReceiptView = wait_for(lambda: _invoiced_receipt(operator.pk))

    [record] = charging.cdrs(operator.pk, view.transaction_id)
    row = Transaction.objects.get()
    assert row.meter_start_wh is not None
    assert row.meter_stop_wh is not None
    assert record.energy_wh == row.meter_stop_wh - row.meter_start_wh
    before = _cents(record.energy_wh / 1000 * PRICE)
    after = _cents(record.energy_wh / 1000 * PRICE * (1 + TAX))
    priced = queries.standing_price(operator.pk, view.transaction_id)
    assert priced is not None
    assert (priced.rated.before_minor, priced.rated.after_minor) == (before, after)
    owed = {each.kind: each.posted_minor for each in statements.balances(operator.pk)}
    assert owed[AccountKind.RECEIVABLE] == after
    assert abs(owed[AccountKind.REVENUE]) == before
    assert abs(owed[AccountKind.VAT_PAYABLE]) == after - before

    client = Client(headers={"accept-language": "en"})
    page = _text_of(client.get(f"/r/{view.key}").content)
    _check_the_page(page, record, (before, after - before, after))
    paper = _pdf_text(client.get(f"/r/{view.key}.pdf").content)
    assert f"{after / 100:.2f}" in paper.replace(",", ".")
    assert f"{(after - before) / 100:.2f}" in paper.replace(",", ".")
    assert _kwh(record.energy_wh) in paper.replace(",", ".")
