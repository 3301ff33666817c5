"""The durable log of facts: written in the caller's transaction, read by followers with a cursor each."""
