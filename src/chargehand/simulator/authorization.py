"""Who may charge, as far as a station can tell by itself: local list and cache."""

import msgspec


class Verdict(msgspec.Struct, frozen=True):
    """What is known of a token: an OCPP status, and the group (parent) it belongs to."""

    status: str
    group: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.status == "Accepted"


class Authorisation(msgspec.Struct, frozen=True):
    """Leave to charge at a connector; `kind` is a 2.0.1 IdTokenEnumType."""

    token: str
    kind: str = "ISO14443"
    group: str = ""
    remote_start_id: int | None = None

    def may_stop(self, token: str, group: str = "") -> bool:
        """Return whether the bearer of `token` may end what this leave began (1.6 4.8)."""
        return token.casefold() == self.token.casefold() or (bool(group) and group == self.group)


class Register:
    """A station's local list and cache; tokens are compared without regard to case (CiString)."""

    def __init__(self) -> None:
        self.version = 0
        self._list: dict[str, Verdict] = {}
        self._cache: dict[str, Verdict] = {}

    def __len__(self) -> int:
        return len(self._list)

    def replace(self, version: int, entries: dict[str, Verdict]) -> None:
        """Take `entries` as the whole local list."""
        self.version = version
        self._list = {token.casefold(): verdict for token, verdict in entries.items()}

    def amend(self, version: int, entries: dict[str, Verdict | None]) -> None:
        """Change or, with None, remove single entries of the local list."""
        self.version = version
        for token, verdict in entries.items():
            if verdict is None:
                self._list.pop(token.casefold(), None)
            else:
                self._list[token.casefold()] = verdict

    def remember(self, token: str, verdict: Verdict) -> None:
        """Put the CSMS's answer into the cache; the local list is not touched (1.6 3.4.1)."""
        self._cache[token.casefold()] = verdict

    def clear_cache(self) -> None:
        self._cache.clear()

    def listed(self, token: str) -> Verdict | None:
        return self._list.get(token.casefold())

    def known(self, token: str) -> Verdict | None:
        """Return what list or cache says; the list comes first."""
        return self.listed(token) or self._cache.get(token.casefold())


def pays_at_terminal(token: str) -> bool:
    """Return whether a token stands for a bank card at the payment terminal: one driver in four has none else."""
    return token[-1:] in "0123"
