"""The manifest of the desks."""

from outpost.core.modules import Module, SealedColumn

MODULE = Module(
    name="desks",
    retention="outpost.desks.retention.ROWS",
    sealed=(SealedColumn("desks_pin", "member_id", "uuid", "sealed", "desks.pin"),),
    routes={"gate/": "outpost.desks.urls"},
    routers={"/desk": "outpost.desks.api.router"},
)
