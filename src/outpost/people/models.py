"""The one table of identities, the columns in which other tables hold a person as somebody states them, and which
account speaks for whom."""

from dataclasses import asdict
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from outpost.core.crypto import KeyRing
from outpost.core.ids import new_id
from outpost.core.masking import mask_document
from outpost.core.scoped import ScopeColumn, ScopedQuerySet
from outpost.core.stated import Stated, unseal
from outpost.people.seals import Identity, open_identity
from outpost.people.stated import Shown, StatedSeal
from outpost.regions.rules import REGION


class Person(models.Model):
    """One identity document. `person_id` is the keyed pseudonym of `doc_type:number`, so a record can be
    attached to its person without a look-up and before the person is registered.

    `sealed` holds JSON `{"name", "number"}` under the context `people.person:<person_id>`.
    """

    person_id = models.UUIDField(primary_key=True)
    doc_type = models.TextField()
    sealed = models.BinaryField()
    name_hash = models.BinaryField()
    registered_at = models.DateTimeField()
    import_id = models.UUIDField(null=True)

    class Meta:
        db_table = "people_person"
        indexes = [
            models.Index(fields=["name_hash"], name="people_person_name"),
            models.Index(fields=["import_id"], name="people_person_import"),
        ]

    def identity(self, keys: KeyRing) -> Identity:
        """Who it is, in clear."""
        return open_identity(keys, self.person_id, self.doc_type, self.sealed)


class KeyCheck(models.Model):
    """A key that this database was sealed with, known by its check value (`core.keyfile.Keys.checks`).

    `copied_at`: when somebody confirmed that the safe copies of the key file hold it.
    """

    purpose = models.TextField()
    version = models.PositiveIntegerField()
    value = models.BinaryField()
    added_at = models.DateTimeField()
    copied_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "people_keycheck"
        constraints = [models.UniqueConstraint(fields=["purpose", "version"], name="people_keycheck_key")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class TokenEnd(models.Model):
    """From when on a person's tokens (`tokens.py`) are good: those issued before were ended."""

    person_id = models.UUIDField(primary_key=True)
    ended_at = models.DateTimeField()

    class Meta:
        db_table = "people_tokenend"


class StatedPerson(models.Model):
    """The columns of a row that states a person: name, phone and address sealed, each record with its own.

    `sealed` holds JSON `{"name", "phone", "address"}` under `sealing_context`. `surname_hash` is empty in rows that are
    older than it, until `surnames.hash_surnames` has met them.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    sealed = models.BinaryField()
    name_hash = models.BinaryField()
    surname_hash = models.BinaryField(null=True)
    phone_hash = models.BinaryField()
    content_hash = models.BinaryField()

    class Meta:
        abstract = True

    @property
    def sealing_context(self) -> str:
        """What the sealed blob is bound to: no other row opens it."""
        raise NotImplementedError

    def state(self, seal: StatedSeal) -> None:
        """Take over what was sealed for this row; the caller saves it."""
        for column, value in asdict(seal).items():
            setattr(self, column, value)

    def stated(self, keys: KeyRing) -> Stated:
        """Who it is, in clear. A page asks for `shown`, or for `services.reveal_stated`."""
        return unseal(keys, self.sealing_context, self.sealed)

    def shown(self, keys: KeyRing, identity: Identity, *, is_clear: bool) -> Shown:
        """Who it is for a reader who may see them in clear, or may not; `identity` is the person's, in clear."""
        stated = self.stated(keys) if is_clear else self.stated(keys).masked()
        return Shown(
            person_id=self.person_id,
            name=stated.name,
            phone=stated.phone,
            doc_type=identity.doc_type,
            number=identity.number if is_clear else mask_document(identity.number),
            address=stated.address,
            is_clear=is_clear,
        )


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
