"""Who follows whom: every follower of the journal, in one table."""

from chargehand.domain.billing import followers as billing
from chargehand.domain.charging import followers as charging
from chargehand.domain.health import followers as health
from chargehand.domain.maintenance import followers as maintenance
from chargehand.domain.notices import followers as notices
from chargehand.domain.stations import followers as stations
from chargehand.journal.followers import Follower

# A new follower is one line here. A batch is one transaction and is written at once; it shrinks where it takes long.
FOLLOWERS: tuple[Follower, ...] = (
    Follower(name="stations.passwords", facts=stations.SETTLED_BY, act=stations.settle_passwords),
    Follower(name="stations.read_back", facts=stations.SETTLED_BY, act=stations.read_back),
    Follower(name="stations.sightings", facts=stations.SIGHTED_BY, act=stations.see_commands_work),
    Follower(name="charging.sightings", facts=charging.SIGHTED_BY, act=charging.see_commands_work),
    Follower(name="charging.refused", facts=charging.STARTS, act=charging.stop_refused),
    Follower(name="charging.zones", facts=charging.STARTS, act=charging.learn_zones, batch=200),
    Follower(name="charging.quarantine", facts=charging.QUARANTINED, act=charging.show_quarantined),
    Follower(name="charging.records", facts=charging.ENDINGS, act=charging.issue_records, batch=100),
    Follower(name="billing.fresh", facts=billing.ENDINGS, act=billing.bill_at_once, batch=100),
    Follower(name="billing.tariffs", facts=billing.STARTS, act=billing.fix_tariffs, batch=200),
    Follower(name="billing.prices", facts=billing.RECORDS, act=billing.price_records, batch=100),
    Follower(name="billing.invoices", facts=billing.PRICES, act=billing.bill_prices, batch=100),
    Follower(name="billing.shares", facts=billing.PRICES, act=billing.share_prices, batch=200),
    Follower(name="billing.displays", facts=billing.TOLD, act=billing.tell_stations, batch=100),
    Follower(name="health.incidents", facts=health.FOLLOWED, act=health.follow, batch=50),
    Follower(
        name="maintenance.settings", facts=maintenance.SETTINGS, act=maintenance.keep_settings, batch=50
    ),
    Follower(name="maintenance.updates", facts=maintenance.UPDATES, act=maintenance.follow_updates),
    Follower(name="maintenance.logs", facts=maintenance.LOGS, act=maintenance.settle_logs),
    Follower(
        name="maintenance.incidents",
        facts=maintenance.INCIDENTS,
        act=maintenance.look_after_incidents,
        batch=50,
    ),
    Follower(name="notices.incidents", facts=notices.INCIDENTS, act=notices.follow_incidents, batch=20),
    Follower(name="notices.invitations", facts=notices.INVITATIONS, act=notices.invite_people),
)
