"""What the demonstration begins with: an operator, a person for each role, and the simulated fleet's stations."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
from django.db import transaction

from chargehand.domain.accounts import actions as accounts
from chargehand.domain.accounts import api_keys, founding, queries
from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.stations import actions as stations
from chargehand.domain.tokens import actions as tokens
from chargehand.domain.tokens.actions import TokenDetails
from chargehand.project.demo import prices
from chargehand.project.demo.prices import PricedSite
from chargehand.simulator.fleet import DriverPlan, SitePlan, StationPlan, describe
from chargehand.simulator.outlet import Rating

OPERATOR: Final = "Hafenstrom"
SEED: Final = 7
STATIONS: Final = 40
#: The passwords of a demonstration are no secret: it listens on this machine only.
PASSWORD: Final = "charge-ahead-7"  # noqa: S105 -- see above

PEOPLE: Final = {
    Role.ADMIN: ("admin@example.org", "Ada Admin"),
    Role.OPERATIONS: ("operations@example.org", "Omar Operations"),
    Role.SUPPORT_AGENT: ("support@example.org", "Mia Support"),
    Role.TECHNICIAN: ("technician@example.org", "Tom Technician"),
    Role.FINANCE: ("finance@example.org", "Fay Finance"),
    Role.READ_ONLY: ("viewer@example.org", "Vera Viewer"),
}


class Seeded(msgspec.Struct, frozen=True):
    """What stands after seeding; `is_new` is False where it stood already."""

    slug: str
    is_new: bool


@transaction.atomic
def seed() -> Seeded:
    """Make the demonstration's operator with everything, once.

    The last station of the fleet is left out: it calls, and waits for approval.
    """
    known = queries.operator_by_slug(founding.slug_of(OPERATOR))
    if known is not None:
        return Seeded(known.slug, is_new=False)
    admin, name = PEOPLE[Role.ADMIN]
    slug = founding.found(
        operator_name=OPERATOR,
        country="DE",
        time_zone="Europe/Berlin",
        currency="EUR",
        email=admin,
        password=PASSWORD,
        name=name,
    )
    operator = queries.operator_by_slug(slug)
    assert operator is not None
    for role, (email, person) in PEOPLE.items():
        if role is not Role.ADMIN:
            accounts.create_user(email=email, password=PASSWORD, name=person, actor=SYSTEM)
            accounts.invite_user(operator_id=operator.id, email=email, role=role, actor=SYSTEM)
    fleet = describe(SEED, STATIONS)
    unknown = fleet.stations[-1].id
    made = [_make_site(operator.id, site, unknown) for site in fleet.sites]
    for number, driver in enumerate(fleet.drivers):
        _make_token(operator.id, driver, prices.group_of(number))
    prices.name_seller(operator.id, OPERATOR)
    prices.price_everything(operator.id, made)
    prices.bill_the_fleet(operator.id)
    prices.share_with_host(operator.id, made[0].location_id)
    return Seeded(slug, is_new=True)


def technician_key(directory: Path) -> Path:
    """Return the file with the API key of the fleet's technician, made where it is missing."""
    file = directory / "technician.key"
    operator = queries.operator_by_slug(founding.slug_of(OPERATOR))
    assert operator is not None
    if not file.exists():
        admin = next(each for each in queries.people(operator.id) if each.role is Role.ADMIN)
        issuer = queries.principal_of(admin.user_id, operator.slug)
        assert issuer is not None
        issued = api_keys.issue_api_key(
            operator_id=operator.id,
            name="Tom's phone",
            scopes=[Permission.WORK_VIEW, Permission.WORK_EDIT],
            issuer=issuer,
        )
        file.touch(mode=0o600)
        file.write_text(issued.secret)
    return file


def _make_site(operator_id: int, site: SitePlan, unknown: str) -> PricedSite:
    location_id = stations.create_location(
        operator_id=operator_id,
        details=stations.LocationDetails(
            name=site.name,
            address=site.street,
            postal_code=site.postal_code,
            city=site.city,
            country=site.country,
            latitude=_degrees(site.latitude),
            longitude=_degrees(site.longitude),
            time_zone=site.time_zone,
        ),
    )
    fast = []
    for plan in site.stations:
        if plan.id != unknown:
            station_id = _make_station(operator_id, location_id, plan)
            if plan.rating.kind == "DC":
                fast.append(station_id)
    return PricedSite(location_id, site.country, fast)


def _degrees(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))


def _make_station(operator_id: int, location_id: int, plan: StationPlan) -> int:
    made = stations.create_station(
        operator_id=operator_id, identity=plan.id, location_id=location_id, password=plan.password
    )
    for number in range(1, plan.connectors + 1):
        stations.describe_connector(
            operator_id=operator_id,
            station_id=made.station_id,
            evse=number,
            details=_describe(plan.rating),
        )
    return made.station_id


def _describe(rating: Rating) -> stations.ConnectorDetails:
    is_dc = rating.kind == "DC"
    return stations.ConnectorDetails(
        standard="IEC_62196_T2_COMBO" if is_dc else "IEC_62196_T2",
        power_type="DC" if is_dc else "AC_3_PHASE" if rating.phases == 3 else "AC_1_PHASE",
        phases=None if is_dc else rating.phases,
        max_power_w=rating.max_power_w,
    )


def _make_token(operator_id: int, driver: DriverPlan, group: str) -> None:
    tokens.issue_token(
        operator_id=operator_id,
        uid=driver.token,
        actor=SYSTEM,
        details=TokenDetails(holder_name=driver.name, group_uid=group),
    )
