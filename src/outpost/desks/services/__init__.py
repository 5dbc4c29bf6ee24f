"""Writes of the module: `devices` (pairing, revoking, PINs), `taking` (entries), `settling` (those that wait)."""
