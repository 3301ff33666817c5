"""Who follows whom: every follower of the journal, in one table."""

from chargehand.journal.followers import Follower

# A new follower is one line here.
FOLLOWERS: tuple[Follower, ...] = ()
