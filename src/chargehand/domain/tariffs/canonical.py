"""A tariff's one canonical spelling, by which versions are kept and compared."""

import functools
import hashlib

import msgspec

from chargehand.domain.tariffs.elements import Tariff, TariffError, TaxIncluded
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion, read_tariff, write_tariff


class Written(msgspec.Struct, frozen=True):
    """A tariff as it is kept: OCPI JSON of `version`; `digest` is SHA-256 in hex, `last_updated` left out."""

    version: OcpiVersion
    text: str
    digest: str


def write(tariff: Tariff) -> Written:
    """Write a tariff in the OCPI version it came in: what a missing `vat` means differs between the two."""
    version = OcpiVersion.V2_2_1 if tariff.tax_included is None else OcpiVersion.V2_3_0
    if version is OcpiVersion.V2_2_1:
        tariff = msgspec.structs.replace(tariff, preauthorize_amount=None)
    timeless = write_tariff(msgspec.structs.replace(tariff, last_updated=None), version)
    return Written(version, write_tariff(tariff, version).decode(), hashlib.sha256(timeless).hexdigest())


@functools.lru_cache(maxsize=512)
def read(text: str) -> Tariff:
    """Read a kept text; the same text gives the same object."""
    return read_tariff(text)


def convert(text: str, version: OcpiVersion, *, is_tax_open: bool) -> bytes:
    """Return a kept text as JSON of an OCPI version.

    A 2.2.1 tariff without `vat` has no VAT; as 2.3.0 it says NO, which leaves the tax open where
    `is_tax_open` (United States and Canada), and is then refused rather than given another meaning.

    Raises:
        TariffError: that version cannot say it.
    """
    tariff = read(text)
    if version is OcpiVersion.V2_3_0 and tariff.tax_included is None and is_tax_open:
        parts = [part for element in tariff.elements for part in element.price_components]
        if any(part.vat is None and part.price for part in parts):
            raise TariffError("OCPI 2.3.0 would leave the tax of this tariff open. Give each price its vat.")
    if version is OcpiVersion.V2_2_1 and tariff.tax_included is TaxIncluded.NO and is_tax_open:
        parts = [part for element in tariff.elements for part in element.price_components]
        if any(part.vat is None and part.price for part in parts):
            raise TariffError("OCPI 2.2.1 would say that no tax is added. Give each price its vat.")
    return write_tariff(tariff, version)
