"""Tariffs: what charging costs, said in OCPI's model, priced exactly and told in plain words."""
