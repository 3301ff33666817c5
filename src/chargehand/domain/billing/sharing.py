"""Revenue shares: which host gets what of the charges at a location, posted with each price."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing import ledger
from chargehand.domain.billing.chart import AccountKind, AccountName, Leg
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.entities import check_party, party_fields, party_of
from chargehand.domain.billing.line_words import LANGUAGES
from chargehand.domain.billing.models import HostShare, PricedCdr, RevenueShare, SiteHost
from chargehand.domain.billing.shares import ShareTerms, share_of
from chargehand.domain.charging.proofs import whereabouts_of
from chargehand.domain.stations import queries as stations
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.money import MoneyError, exponent_of


class HostView(msgspec.Struct, frozen=True, kw_only=True):
    """A site host."""

    id: int
    party: Party
    language: str
    created_at: datetime


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A revenue share: counts for charges that end from `valid_from` on, and before `valid_until`."""

    id: int
    host_id: int
    location_id: int
    currency: str
    terms: ShareTerms
    valid_from: datetime
    valid_until: datetime | None


def hosts(operator_id: int) -> list[HostView]:
    """Return the site hosts of an operator by name."""
    rows = SiteHost.objects.filter(operator_id=operator_id).order_by("name", "pk")
    return [_host_view(row) for row in rows]


def host(operator_id: int, host_id: int) -> HostView | None:
    """Return a site host."""
    row = SiteHost.objects.filter(operator_id=operator_id, pk=host_id).first()
    return None if row is None else _host_view(row)


def rules(
    operator_id: int, *, host_id: int | None = None, location_ids: Sequence[int] | None = None
) -> list[RuleView]:
    """Return revenue shares, newest first, of one host or all, at some locations or all."""
    rows = RevenueShare.objects.filter(operator_id=operator_id)
    if host_id is not None:
        rows = rows.filter(host_id=host_id)
    if location_ids is not None:
        rows = rows.filter(location_id__in=list(location_ids))
    return [_rule_view(row) for row in rows.order_by("-valid_from", "-pk")]


@transaction.atomic
def set_host(
    *, operator_id: int, party: Party, language: str, actor: Actor, host_id: int | None = None
) -> int:
    """Add a site host, or change one, and return the id. Raises Refused `bad-host`, `unknown-host`."""
    check_party(party, "bad-host")
    if language not in LANGUAGES:
        raise Refused("bad-host", _("Choose a language of the list."))
    row = SiteHost(operator_id=operator_id, created_at=clock.now())
    if host_id is not None:
        known = SiteHost.objects.select_for_update().filter(operator_id=operator_id, pk=host_id).first()
        if known is None:
            raise Refused("unknown-host", _("There is no such site host."))
        row = known
    for name, value in {**party_fields(party), "language": language}.items():
        setattr(row, name, value)
    row.save()
    audit.write_audit(actor, operator_id, "billing.host_set", f"site_host:{row.pk}")
    return row.pk


@transaction.atomic
def add_rule(
    *,
    operator_id: int,
    host_id: int,
    location_id: int,
    currency: str,
    terms: ShareTerms,
    valid_from: datetime,
    actor: Actor,
) -> int:
    """Let a host have a share of the charges at a location; the rule before it ends where this one begins.

    Raises Refused `unknown-host`, `unknown-location`, `bad-share`, `later-rule` (one begins later already).
    """
    if host(operator_id, host_id) is None:
        raise Refused("unknown-host", _("There is no such site host."))
    if stations.location(operator_id, location_id) is None:
        raise Refused("unknown-location", _("There is no such location."))
    _check_terms(terms, currency)
    rows = RevenueShare.objects.select_for_update().filter(
        operator_id=operator_id, location_id=location_id, currency=currency
    )
    if rows.filter(valid_from__gte=valid_from).exists():
        raise Refused("later-rule", _("Another share of this location begins then or later."))
    rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from)).update(valid_until=valid_from)
    row = RevenueShare.objects.create(
        operator_id=operator_id,
        host_id=host_id,
        location_id=location_id,
        currency=currency,
        valid_from=valid_from,
        created_at=clock.now(),
        **msgspec.structs.asdict(terms),
    )
    detail = {"location": location_id, "host": host_id, "terms": msgspec.to_builtins(terms)}
    audit.write_audit(actor, operator_id, "billing.share_added", f"revenue_share:{row.pk}", detail)
    return row.pk


@transaction.atomic
def end_rule(*, operator_id: int, rule_id: int, valid_until: datetime, actor: Actor) -> None:
    """Let a share end. Raises Refused `unknown-share`, `bad-share`."""
    row = RevenueShare.objects.select_for_update().filter(operator_id=operator_id, pk=rule_id).first()
    if row is None:
        raise Refused("unknown-share", _("There is no such share."))
    if valid_until <= row.valid_from:
        raise Refused("bad-share", _("A share ends after it began."))
    row.valid_until = valid_until
    row.save(update_fields=["valid_until"])
    audit.write_audit(actor, operator_id, "billing.share_ended", f"revenue_share:{rule_id}")


def share_price(operator_id: int, priced_id: int) -> int | None:
    """Post the host's share of a price, or take it back for a credit; once. Returns its minor units.

    None where no host has a share.
    """
    return share_prices(operator_id, [priced_id]).get(priced_id)


@transaction.atomic
def share_prices(operator_id: int, priced_ids: Collection[int]) -> dict[int, int]:
    """Post the hosts' shares of prices as `share_price` does, and return those there are by price."""
    rows = PricedCdr.objects.filter(operator_id=operator_id, pk__in=list(priced_ids))
    wanted = list(rows.order_by("pk").select_for_update(no_key=True))
    known = HostShare.objects.filter(pk__in=[row.pk for row in wanted])
    found = dict(known.values_list("pk", "share_minor"))
    due = [row for row in wanted if row.pk not in found]
    found |= _share_all(operator_id, [row for row in due if row.kind == PricedCdr.Kind.CHARGE])
    for row in due:
        taken = _claw_back(row) if row.kind == PricedCdr.Kind.CREDIT else None
        if taken is not None:
            found[row.pk] = taken
    return found


def _share_all(operator_id: int, charges: Sequence[PricedCdr]) -> dict[int, int]:
    """Post the shares of prices that stand and write them down."""
    taken_back = set(
        PricedCdr.objects.filter(credits_id__in=[row.pk for row in charges]).values_list(
            "credits_id", flat=True
        )
    )
    standing = [row for row in charges if row.pk not in taken_back and row.before_minor >= 0]
    rules = _rules_of(operator_id, standing)
    made = [_share(row, rules[row.pk]) for row in standing if row.pk in rules]
    posted = [each for each in made if each.share_minor]
    postings = ledger.post_all(operator_id=operator_id, events=[_event(each) for each in posted])
    for each, posting_id in zip(posted, postings, strict=True):
        each.posting_id = posting_id
    HostShare.objects.bulk_create(made)
    return {each.pk: each.share_minor for each in made}


def _share(row: PricedCdr, rule: RevenueShare) -> HostShare:
    found = share_of(
        _terms(rule),
        currency=row.currency,
        before_minor=row.before_minor,
        after_minor=row.after_minor,
        energy_wh=row.energy_wh,
    )
    return HostShare(
        priced=row,
        operator_id=row.operator_id,
        host_id=rule.host_id,
        rule=rule,
        currency=row.currency,
        before_minor=row.before_minor,
        fee_minor=found.fee_minor,
        share_minor=found.share_minor,
        happened_at=row.ended_at,
    )


def _event(made: HostShare) -> ledger.Event:
    detail = f"host:{made.host_id}"
    return ledger.Event(
        key=f"host-share:{made.pk}",
        kind="host-share",
        legs=(
            Leg(AccountName(AccountKind.HOST_COST, made.currency, detail), made.share_minor),
            Leg(AccountName(AccountKind.HOST_PAYABLE, made.currency, detail), -made.share_minor),
        ),
        happened_at=made.happened_at,
    )


def _claw_back(credit: PricedCdr) -> int | None:
    """Take back what a host got of a price that a credit took back."""
    given = HostShare.objects.filter(pk=credit.credits_id).first()
    if given is None:
        return None
    made = HostShare(
        priced=credit,
        operator_id=given.operator_id,
        host_id=given.host_id,
        rule_id=given.rule_id,
        currency=given.currency,
        before_minor=-given.before_minor,
        fee_minor=-given.fee_minor,
        share_minor=-given.share_minor,
        happened_at=credit.priced_at,
    )
    if given.posting_id is not None:
        made.posting_id = ledger.reverse(
            operator_id=given.operator_id,
            posting_id=given.posting_id,
            key=f"host-clawback:{credit.pk}",
            happened_at=credit.priced_at,
        )
    made.save(force_insert=True)
    return made.share_minor


def _rules_of(operator_id: int, charges: Sequence[PricedCdr]) -> dict[int, RevenueShare]:
    """Return by price the rule that counted at its place when the charge ended."""
    rules = list(RevenueShare.objects.filter(operator_id=operator_id).order_by("-valid_from"))
    if not rules:
        return {}
    places = whereabouts_of(operator_id, {row.transaction_id for row in charges})
    found = {}
    for row in charges:
        place = places.get(row.transaction_id)
        rule = None if place is None else _rule_at(rules, place[0].location_id, row)
        if rule is not None:
            found[row.pk] = rule
    return found


def _rule_at(rules: Sequence[RevenueShare], location_id: int | None, row: PricedCdr) -> RevenueShare | None:
    fitting = (
        rule
        for rule in rules
        if rule.location_id == location_id
        and rule.currency == row.currency
        and rule.valid_from <= row.ended_at
        and (rule.valid_until is None or rule.valid_until > row.ended_at)
    )
    return next(fitting, None)


def _check_terms(terms: ShareTerms, currency: str) -> None:
    try:
        exponent_of(currency)
    except MoneyError as error:
        raise Refused("bad-share", str(error)) from None
    numbers = (terms.percent, terms.per_kwh, terms.fee_percent, terms.fee_fixed)
    if not all(number.is_finite() and 0 <= number < Decimal(100_000) for number in numbers):
        raise Refused("bad-share", _("Give numbers that are not below zero."))
    if max(terms.percent, terms.fee_percent) > 100:
        raise Refused("bad-share", _("A percentage is at most 100."))
    if any(number != round(number, 4) for number in (terms.percent, terms.fee_percent)) or any(
        number != round(number, 6) for number in (terms.per_kwh, terms.fee_fixed)
    ):
        raise Refused("bad-share", _("Percentages have at most four decimals, amounts six."))
    if not terms.percent and not terms.per_kwh:
        raise Refused("bad-share", _("Give a percentage, an amount for each kWh, or both."))


def _terms(row: RevenueShare) -> ShareTerms:
    return ShareTerms(
        percent=row.percent, per_kwh=row.per_kwh, fee_percent=row.fee_percent, fee_fixed=row.fee_fixed
    )


def _host_view(row: SiteHost) -> HostView:
    return HostView(id=row.pk, party=party_of(row), language=row.language, created_at=row.created_at)


def _rule_view(row: RevenueShare) -> RuleView:
    return RuleView(
        id=row.pk,
        host_id=row.host_id,
        location_id=row.location_id,
        currency=row.currency,
        terms=_terms(row),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )
