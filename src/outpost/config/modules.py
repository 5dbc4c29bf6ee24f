"""The modules of the house, from the lowest up: the one list that apps, routes, rights, menu and wiring follow."""

from outpost.access.module import MODULE as ACCESS
from outpost.alerts.module import MODULE as ALERTS
from outpost.audit.module import MODULE as AUDIT
from outpost.core.modules import Module
from outpost.desks.module import MODULE as DESKS
from outpost.exchange.module import MODULE as EXCHANGE
from outpost.figures.module import MODULE as FIGURES
from outpost.health.module import MODULE as HEALTH
from outpost.notifications.module import MODULE as NOTIFICATIONS
from outpost.people.module import MODULE as PEOPLE
from outpost.regions.module import MODULE as REGIONS
from outpost.sentinel.module import MODULE as SENTINEL
from outpost.sites.module import MODULE as SITES
from outpost.tracing.module import MODULE as TRACING
from outpost.venues.module import MODULE as VENUES

MODULES: tuple[Module, ...] = (
    AUDIT,
    REGIONS,
    ACCESS,
    EXCHANGE,
    NOTIFICATIONS,
    PEOPLE,
    HEALTH,
    DESKS,
    FIGURES,
    ALERTS,
    SENTINEL,
    VENUES,
    SITES,
    TRACING,
)
