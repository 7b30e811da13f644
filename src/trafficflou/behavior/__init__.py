"""Level 1: sessions, learning, the traffic model and sampling from it."""
