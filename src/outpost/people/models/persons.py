"""The one table of identities, and the columns in which other tables hold a person as somebody states them."""

from django.db import models

from outpost.core.crypto import KeyRing
from outpost.core.masking import mask_document
from outpost.core.stated import Stated, unseal
from outpost.people.seals import Identity, open_identity
from outpost.people.stated import Shown, StatedSeal


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
        for column, value in seal._asdict().items():
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
