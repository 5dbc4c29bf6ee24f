"""Several documents of one person: stated by an account, linked on an officer's word."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from outpost.core.ids import new_id
from outpost.people.models.persons import Person


class StatedDocument(models.Model):
    """A second document that an account states of its own person: a ticket until an officer has seen both papers. It
    links nothing, and goes when it is seen or withdrawn."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    stated_at = models.DateTimeField()

    class Meta:
        db_table = "people_stateddocument"
        indexes = [models.Index(fields=["person"], name="people_stateddocument_person")]


class DocumentLinkQuerySet(models.QuerySet["DocumentLink"]):
    def standing(self) -> Self:
        return self.filter(unlinked_at=None)


class DocumentLink(models.Model):
    """A document that counts with the others of its group for one person, on an officer's word; once unlinked, the
    history of that.

    `group_id` is the `person_id` of one of them. A document alone in its group has no standing row.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    group_id = models.UUIDField()
    ground = models.TextField()
    linked_at = models.DateTimeField()
    linked_by = models.TextField()
    unlinked_at = models.DateTimeField(null=True)
    unlinked_by = models.TextField(blank=True, default="")
    unlinked_because = models.TextField(blank=True, default="")

    objects = DocumentLinkQuerySet.as_manager()

    class Meta:
        db_table = "people_documentlink"
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(unlinked_at__isnull=True), name="people_documentlink_one_group"
            ),
            models.CheckConstraint(
                condition=Q(unlinked_at__isnull=True) | ~Q(unlinked_because=""),
                name="people_documentlink_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["group_id"], condition=Q(unlinked_at__isnull=True), name="people_documentlink_group"
            ),
            models.Index(fields=["person"], name="people_documentlink_person"),
        ]
