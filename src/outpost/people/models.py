"""The one table of identities."""

from django.db import models


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

    def __str__(self) -> str:
        return str(self.person_id)
