"""A station that speaks OCPP 2.1: the messages that it shares with 2.0.1."""

from chargehand.simulator.station201 import Station201


class Station21(Station201):
    """OCPP 2.1 over JSON; nothing that is new in it is used."""

    subprotocol = "ocpp2.1"
