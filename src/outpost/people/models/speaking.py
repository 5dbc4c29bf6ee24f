"""Which account speaks for whom: real names, claims about them, dependants."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.people.models.persons import StatedPerson
from outpost.regions.rules import REGION


class RealName(StatedPerson):
    """实名: which account speaks for a document, under the name that it stated. One account a document and one document
    an account, kept by the database.

    `seen_at`, `seen_by`: when an officer had the card before them, and who; until then it is stated alone.
    """

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    stated_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.TextField(blank=True, default="")

    class Meta:
        db_table = "people_realname"
        constraints = [models.UniqueConstraint(fields=["person"], name="people_realname_one_speaks")]

    @property
    def sealing_context(self) -> str:
        return f"people.realname:{self.account_id}"


class ClaimQuerySet(ScopedQuerySet["Claim"]):
    scopes = (ScopeColumn(REGION, "region__code"),)

    def waiting(self) -> Self:
        return self.filter(decided_at__isnull=True)


class Claim(StatedPerson):
    """A ticket 工单: an account states a document for which another account speaks, its `holder`.

    The holder is asked; else an officer of `region`, where the claimant shows the card, decides on its sight.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    region = models.ForeignKey("regions.Region", null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    denied_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True, default="")
    is_granted = models.BooleanField(null=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        db_table = "people_claim"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(decided_at__isnull=True), name="people_claim_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, is_granted__isnull=True)
                | Q(decided_at__isnull=False, is_granted__isnull=False),
                name="people_claim_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="people_claim_person"),
            models.Index(fields=["holder"], name="people_claim_holder"),
        ]

    @property
    def sealing_context(self) -> str:
        return f"people.claim:{self.id}"


class DependantQuerySet(ScopedQuerySet["Dependant"]):
    scopes = (ScopeColumn(REGION, "region__code"),)

    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)

    def waiting(self) -> Self:
        return self.filter(confirmed_at__isnull=True)


class Dependant(StatedPerson):
    """代办: an account acts for a child or an elder, once it is confirmed; several may act for the same person.

    `confirmed_by`: the person's own word, the word of who acts for them already, or an officer of `region` on sight of
    the papers. Name and document alone bind nobody.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(blank=True, default="")

    objects = DependantQuerySet.as_manager()

    class Meta:
        db_table = "people_dependant"
        constraints = [models.UniqueConstraint(fields=["account", "person"], name="people_dependant_once")]
        indexes = [models.Index(fields=["person"], name="people_dependant_person")]

    @property
    def sealing_context(self) -> str:
        return f"people.dependant:{self.id}"
