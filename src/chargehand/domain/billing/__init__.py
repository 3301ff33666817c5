"""Money: what a charge costs, who owes it, and the books that say so."""
