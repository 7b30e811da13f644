"""A small but real shop to try everything on, and the access log that its visitors would have left."""
