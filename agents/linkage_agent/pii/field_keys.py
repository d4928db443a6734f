"""Field keys: each field of each epoch has a key of its own, derived from the project secret.

So equal q-grams of two fields have unrelated positions, and a leaked field key opens no other.
PROTOCOL.md section 5.1.
"""

from typing import Final

from linkage.crypto.digests import derive
from linkage.crypto.secret import Secret
from linkage.ids import FieldName

_LABEL: Final = "linkage/field-key/v1"
_QGRAM_PURPOSE: Final = "qgram"


def qgram_key(project_secret: Secret, epoch: int, field: FieldName) -> Secret:
    """The key of 32 bytes under which the q-grams of a field get their bit positions."""
    return derive(project_secret, _LABEL, epoch, field, _QGRAM_PURPOSE)
