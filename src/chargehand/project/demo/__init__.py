"""The demonstration: an operator with people, places, tokens and a simulated fleet, registered like real ones."""
