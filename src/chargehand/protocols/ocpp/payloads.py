"""Give the payloads of all OCPP versions their common manners: camelCase names, absent when not set."""

from msgspec import Struct


class Received(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """What only stations send: lengths are not checked and unknown properties are passed over."""


class Sent(Received, frozen=True, forbid_unknown_fields=True):
    """What we send, or both sides do: every limit of the schema holds.

    Where a station breaks one, `tolerance` reads it all the same.
    """
