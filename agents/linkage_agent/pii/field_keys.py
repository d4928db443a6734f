"""Field keys: each kind of token of each field of each epoch has a key of its own.

All are derived from the project secret. So equal tokens of two fields, or of two kinds, have
unrelated positions, and a leaked field key opens no other. The exception is what names share: its
key is one for all name fields, so that a name is seen wherever it stands. PROTOCOL.md section 5.1.
Blocking tokens have a key for each rule (section 5.10).
"""

from typing import Final

from linkage.agreement.schema import SHARED_TOKENS, TokenKind
from linkage.crypto.digests import derive
from linkage.crypto.secret import Secret
from linkage.ids import FieldName

_LABEL: Final = "linkage/field-key/v2"
_ALL_NAMES: Final = "names/shared"
"""No field can be called so."""


def field_key(project_secret: Secret, epoch: int, field: FieldName, kind: TokenKind) -> Secret:
    """The key of 32 bytes under which a field's tokens of a kind get their bit positions."""
    namespace = _ALL_NAMES if kind in SHARED_TOKENS else field
    return derive(project_secret, _LABEL, epoch, namespace, kind.value)


def blocking_key(project_secret: Secret, epoch: int, rule: int) -> Secret:
    """The key under which a blocking rule's parts become tokens; rules are counted from 1."""
    return derive(project_secret, "linkage/blocking-key/v1", epoch, rule)
