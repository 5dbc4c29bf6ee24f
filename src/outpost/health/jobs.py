"""The work of health in the background: the nightly check of the facts of the pass."""

from django.db import transaction
from procrastinate.contrib.django import app as jobs

from outpost.audit import services as audit
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.health import pass_facts


@jobs.periodic(cron="50 3 * * *")
@jobs.task(name="health.check_passes", queueing_lock="health.check_passes")
def check_passes(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Hold the facts of the pass against the records; what was wrong is put right and stands in the audit."""
    with transaction.atomic():
        wrong = pass_facts.mend()
        if wrong:
            actor = Actor.system("health.check_passes")
            audit.record(pass_facts.MENDED, actor=actor, at=clock.now(), count=wrong)
