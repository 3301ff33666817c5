"""Accounts of the ledger in words: whose they are, by the names that people know."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chargehand.domain.billing import customers, sharing
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.tokens import queries as tokens
from chargehand.interfaces.console import cursors
from chargehand.interfaces.console.money import words


class AccountNames:
    """The names of an operator's accounts; whom they belong to is asked once for each."""

    def __init__(self, operator_id: int) -> None:
        self._operator_id = operator_id
        self._known: dict[str, str] = {}

    def name(self, kind: AccountKind, detail: str) -> str:
        """An account in words: "Owed by customers · CARD1, Acme"."""
        if detail not in self._known:
            self._known[detail] = self._owner(detail)
        said = self._known[detail]
        return f"{words.ACCOUNTS[kind]} · {said}" if said else str(words.ACCOUNTS[kind])

    def _owner(self, detail: str) -> str:
        if detail in words.LINES:
            return str(words.LINES[detail])
        kind, _colon, rest = detail.partition(":")
        number = cursors.read_number(rest)
        if number is None:
            return detail
        if kind == "transaction":
            return _("charge %d, nobody known by name") % number
        if kind == "token":
            return self._token(detail, number)
        host = sharing.host(self._operator_id, number) if kind == "host" else None
        return host.party.name if host else detail

    def _token(self, detail: str, number: int) -> str:
        token = tokens.token(self._operator_id, number)
        buyer = customers.customer_of_account(self._operator_id, detail)
        named = [token.uid if token else "", buyer.details.party.name if buyer else ""]
        return ", ".join(filter(None, named)) or detail
