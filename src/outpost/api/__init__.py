"""The shell of the JSON interface: tokens, error mapping, and the routers of the modules."""
