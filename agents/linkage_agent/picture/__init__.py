"""The picture: partners' attribute tables, sealed, joined by match key, published as counts."""
