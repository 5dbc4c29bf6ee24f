"""On what ground two documents are taken for one person's, and why that is taken back. Pure."""

from outpost.core.vocabulary import Vocabulary, Word


class LinkGround(Vocabulary):
    """What an officer had before them. The value stands in the database."""

    BOTH_SEEN = Word("both_seen", "两份证件原件均已当面核对", "Both documents were before me")
    RENEWAL_SEEN = Word(
        "renewal_seen",
        "新证件或签发机关证明载明原证件号码",
        "The new document, or its issuer, names the old one",
    )


class UnlinkReason(Vocabulary):
    """Why a document counts no longer. The value stands in the database."""

    OTHER_PERSON = Word("other_person", "经核实不是同一人", "It is somebody else's, as was found")
    MISTYPED = Word("mistyped", "证件号码录入有误", "The number was mistyped")


LINKED_PURPOSE, UNLINKED_PURPOSE = "documents linked", "documents unlinked"
"""What the person is told of it beside the looks at their identity."""
MOST = 6
"""How many documents one person has at most: a chain of more is a mistake."""
