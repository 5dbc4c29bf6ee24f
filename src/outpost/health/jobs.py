"""The work of health in the background: the nightly check of the facts of the pass, objections that wait too long."""

from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from outpost.audit.mending import put_right
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.health import pass_facts, services
from outpost.health.services import late_results, proposals

MESSAGES = {
    "health.disposition_proposed": _(
        "A disposition is proposed: of somebody who was reported ill, or to let somebody in again. Look and decide."
    ),
    "health.dispositions_brought": _(
        "Dispositions came in by a file. They hold nobody before another command officer has compared them and agreed: "
        "they stand above the rules of the pass."
    ),
    "health.lifting_overtaken": _(
        "Somebody was tested positive, or held anew, after two officers had agreed to let them in again from a later "
        "time on. That was taken back before it began: look who it is, and decide anew."
    ),
    "health.pass_rules_asked": _(
        "New rules for the pass are proposed: by the trial {people} people would change colour. Another command "
        "officer agrees or declines."
    ),
    "health.pass_rules_agreed": _(
        "New rules for the pass hold from now on, on the word of two; by the trial {people} people change colour. The "
        "audit log says whose word."
    ),
    "health.pass_rules_declined": _(
        "The proposed rules for the pass were declined; everything stays as it was."
    ),
    "health.lifting_rules_asked": _(
        "Other rules for lifting dispositions are proposed: by the trial they ask something else of {people} people "
        "who are held. Another command officer agrees or declines."
    ),
    "health.lifting_rules_agreed": _(
        "Other rules for lifting dispositions hold, on the word of two; {people} running dispositions got a new "
        "version. Whatever is to be decided anew stands in the list of running dispositions."
    ),
    "health.lifting_rules_declined": _(
        "The proposed rules for lifting dispositions were declined; everything stays as it was."
    ),
    "health.order_differs": _(
        "An exposure was stated, or withdrawn, of somebody whose disposition runs: counted from it the days would end "
        "on another day. The order stands as it was told. Look at the running dispositions and decide."
    ),
    "health.exposures_asked": _(
        "Exposures were stated. They count once another command officer agrees: look and decide."
    ),
    "health.objection_raised": _(
        "Somebody objects to their pass. They are promised an answer within 24 hours."
    ),
    "health.objections_late": _(
        "{objections} objections to passes were not answered in time. Answer them now."
    ),
}


@jobs.periodic(cron="50 3 * * *")
@jobs.task(name="health.check_passes", queueing_lock="health.check_passes")
def check_passes(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Hold the facts of the pass against the records; what was wrong is put right and stands in the audit."""
    put_right(pass_facts.mend, pass_facts.MENDED, by="health.check_passes", at=clock.now())


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="health.escalate_objections", queueing_lock="health.escalate_objections")
def escalate_objections(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Tell of objections that were not answered in time."""
    services.escalate_objections(actor=Actor.system("health.escalate_objections"), at=clock.now())


@jobs.periodic(cron="* * * * *")
@jobs.task(name="health.overtaken_liftings", queueing_lock="health.overtaken_liftings")
def overtaken_liftings(timestamp: int) -> None:  # noqa: ARG001 - the schedule gives it
    """Take back liftings to come of whoever was tested positive or held anew meanwhile; ask anew about whoever was let
    in again when the result of an earlier sample was still to come."""
    actor, at = Actor.system("health.overtaken_liftings"), clock.now()
    proposals.take_back_overtaken(actor=actor, at=at)
    late_results.propose_after_late_positives(actor=actor, at=at)
