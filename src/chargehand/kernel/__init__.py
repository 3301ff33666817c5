"""What every room may use: clock, identifiers, units, money, errors, facts. Pure, no Django."""
