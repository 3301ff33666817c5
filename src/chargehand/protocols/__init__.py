"""Wire formats of the field, pure: known to the gateway, the roaming door and the simulator only."""
