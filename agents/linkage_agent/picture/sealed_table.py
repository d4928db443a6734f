"""The sealed attribute table: the file in which one agency gives its rows to another.

Layout, version 1; integers are big-endian:

    8   `LNKTABLE`
    1   version, 1
    32  digest of the agreement
    32  id of the match run
    1+  sender, its length first
    1+  recipient, its length first
    8   length of the sealed rows
        the sealed rows: HPKE to the recipient's card
        the sender's hybrid signature

The HPKE info is the framed label `linkage/attribute-table/v1`, agreement, run, sender, recipient;
the signature is over `statements.attribute_table` with the SHA-256 of the sealed rows. So every
byte is either signed or checked against what the recipient holds itself.

The rows, before sealing:

    8   number of rows
    2   number of attributes
        the match keys, 16 bytes each
        for each row, a code for each attribute in the agreement's order, 4 bytes each, signed:
        the index into the agreement's values; -1: missing

A row has one size whatever it holds, so the file's size tells the number of rows and no more. The
clear head tells who sends to whom, so that a wrong file is refused with the right reason.
"""

import datetime as dt
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, Self

import numpy as np

from linkage.agreement import statements
from linkage.agreement.model import Agreement, Attribute, AttributeTable
from linkage.arrays import TOKEN_BYTES, ShapeError
from linkage.crypto.digests import content_digest, frame
from linkage.crypto.hpke import OpeningKey
from linkage.crypto.sealing import UnsealError
from linkage.crypto.signatures import SIGNATURE_BYTES, SigningKey
from linkage.errors import AccessError, LimitError, RequestError, StateError, StoreError
from linkage.ids import AgencyId, Digest, RunId
from linkage_agent.output import write_output
from linkage_agent.picture import reasons
from linkage_agent.picture.clauses import require_in_force, table_clause
from linkage_agent.picture.table import AgencyRows, AttributeRows

MAX_TABLE_BYTES: Final = 1 << 30
"""A larger file is refused unread: 25 million rows of ten attributes have less."""


_MAGIC: Final = b"LNKTABLE\x01"
_DIGEST_BYTES: Final = 32
_CODE_TYPE: Final = np.dtype(">i4")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One table's way: under which agreement and of which run, from whom to whom."""

    agreement: Agreement
    run: RunId
    sender: AgencyId
    recipient: AgencyId

    @property
    def clause(self) -> AttributeTable:
        """What the agreement says of it; an `AccessError` if it says nothing."""
        return table_clause(self.agreement, self.sender, self.recipient)

    def head(self) -> bytes:
        """The clear head of the file, as far as the recipient."""
        digests = bytes.fromhex(self.agreement.digest) + bytes.fromhex(self.run)
        names = b"".join(
            bytes([len(name)]) + name.encode() for name in (self.sender, self.recipient)
        )
        return _MAGIC + digests + names

    def info(self) -> bytes:
        """What the sealing is bound to."""
        label = "linkage/attribute-table/v1"
        return frame(label, self.agreement.digest, self.run, self.sender, self.recipient)

    def statement(self, sealed: bytes) -> bytes:
        """What the sender signs."""
        return statements.attribute_table(
            self.agreement.digest, self.run, self.sender, self.recipient, content_digest(sealed)
        )


def seal_table(delivery: Delivery, rows: AttributeRows, signing_key: SigningKey) -> bytes:
    """The file for the recipient; other bytes each time, as sealing and signing are random.

    Raises:
        AccessError: The agreement has no table from this sender to this recipient.
    """
    if rows.attributes != delivery.clause.attributes:
        raise ShapeError("seal_table: the rows were made for another clause of the agreement")
    card = delivery.agreement.party(delivery.recipient).card
    sealed = card.recipient_key.seal(_packed(rows), delivery.info())
    signature = signing_key.sign(delivery.statement(sealed))
    return delivery.head() + len(sealed).to_bytes(8, "big") + sealed + signature


def write_table(
    path: Path,
    delivery: Delivery,
    rows: AttributeRows,
    signing_key: SigningKey,
    today: dt.date,
) -> None:
    """Puts the sealed table into a file, mode 0600; `today` is in UTC.

    Raises:
        StateError: The agreement is not in force.
        AccessError: The agreement has no table from this sender to this recipient.
        StoreError: The file can't be written.
    """
    require_in_force(delivery.agreement, today)
    write_output(path, seal_table(delivery, rows, signing_key))


def read_table(
    path: Path, agreement: Agreement, run: RunId, recipient: AgencyId, opening_key: OpeningKey
) -> AgencyRows:
    """The rows in a partner's file, once everything about it has been checked.

    Raises:
        StateError: It is not there.
        StoreError: It can't be read.
        LimitError: It is larger than any table.
        RequestError: It is no table, damaged, or of another agreement or run.
        AccessError: It is for another, not signed by its sender, or not in the agreement.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TABLE_BYTES + 1)
    except FileNotFoundError:
        raise StateError(reasons.TABLE_NOT_THERE, file=str(path)) from None
    except OSError as error:
        cause = error.strerror or "unknown"
        raise StoreError(reasons.TABLE_UNREADABLE, file=str(path), cause=cause) from None
    if len(content) > MAX_TABLE_BYTES:
        raise LimitError(reasons.TABLE_TOO_LARGE, file=str(path), limit=MAX_TABLE_BYTES)
    return _Opening(str(path), agreement, run, recipient).open(content, opening_key)


@dataclass(frozen=True, slots=True)
class _Opening:
    """What the recipient holds a file against; `file` names it in errors."""

    file: str
    agreement: Agreement
    run: RunId
    recipient: AgencyId

    def open(self, content: bytes, opening_key: OpeningKey) -> AgencyRows:
        """(1) it is whole; (2) its head is ours; (3) the sender signed; (4) open; (5) the rows."""
        parts = self._parts(content)  # (1)
        delivery = self._delivery(parts)  # (2)
        sender = delivery.sender
        card = self.agreement.party(sender).card
        if not card.verify_key.accepts(parts.signature, delivery.statement(parts.sealed)):  # (3)
            raise AccessError(reasons.TABLE_SIGNATURE_WRONG, file=self.file, sender=sender)
        try:
            packed = opening_key.open(parts.sealed, delivery.info())  # (4)
        except UnsealError:
            raise AccessError(reasons.TABLE_NOT_OPENED, file=self.file, sender=sender) from None
        try:
            rows = _unpacked(packed, delivery.clause.attributes)  # (5)
        except ShapeError as error:
            raise RequestError(
                reasons.TABLE_ROWS_WRONG, file=self.file, sender=sender, what=str(error)
            ) from None
        return AgencyRows(sender, delivery.clause.group, rows)

    def _parts(self, content: bytes) -> "_Parts":
        if not content.startswith(_MAGIC):
            raise RequestError(reasons.NOT_A_TABLE, file=self.file)
        try:
            return _Parts.read(content)
        except EOFError:
            raise RequestError(reasons.TABLE_INCOMPLETE, file=self.file) from None

    def _delivery(self, parts: "_Parts") -> Delivery:
        if parts.agreement != self.agreement.digest:
            raise RequestError(reasons.TABLE_OF_OTHER_AGREEMENT, file=self.file)
        if parts.run != self.run:
            raise RequestError(reasons.TABLE_OF_OTHER_RUN, file=self.file)
        if parts.recipient != self.recipient:
            raise AccessError(reasons.TABLE_FOR_ANOTHER, file=self.file, recipient=self.recipient)
        if parts.sender not in self.agreement.agencies:
            raise AccessError(reasons.TABLE_SENDER_UNKNOWN, file=self.file)
        delivery = Delivery(self.agreement, self.run, AgencyId(parts.sender), self.recipient)
        table_clause(self.agreement, delivery.sender, delivery.recipient)
        return delivery


@dataclass(frozen=True, slots=True, repr=False)
class _Parts:
    """A file taken apart; nothing in it is believed yet."""

    agreement: Digest
    run: RunId
    sender: str
    recipient: str
    sealed: bytes
    signature: bytes

    @classmethod
    def read(cls, content: bytes) -> Self:
        """The parts of a file that begins with `_MAGIC`; EOFError unless its length is right."""
        file = BytesIO(content)
        file.seek(len(_MAGIC))
        parts = cls(
            agreement=Digest(_take(file, _DIGEST_BYTES).hex()),
            run=RunId(_take(file, _DIGEST_BYTES).hex()),
            sender=_take(file, _take_length(file, 1)).decode("ascii", "replace"),
            recipient=_take(file, _take_length(file, 1)).decode("ascii", "replace"),
            sealed=_take(file, _take_length(file, 8)),
            signature=_take(file, SIGNATURE_BYTES),
        )
        if file.read(1):
            raise EOFError
        return parts


def _take_length(file: BytesIO, size: int) -> int:
    return int.from_bytes(_take(file, size), "big")


def _take(file: BytesIO, size: int) -> bytes:
    if size > file.getbuffer().nbytes - file.tell():
        raise EOFError
    return file.read(size)


def _packed(rows: AttributeRows) -> bytes:
    """The rows as they are sealed."""
    numbers = len(rows).to_bytes(8, "big") + len(rows.attributes).to_bytes(2, "big")
    return numbers + rows.keys.tobytes() + rows.codes.astype(_CODE_TYPE).tobytes()


def _unpacked(packed: bytes, attributes: tuple[Attribute, ...]) -> AttributeRows:
    """The rows that `_packed` wrote.

    Raises:
        ShapeError: They are not rows of these attributes.
    """
    row_count = int.from_bytes(packed[:8], "big")
    keys_end = 10 + row_count * TOKEN_BYTES
    if int.from_bytes(packed[8:10], "big") != len(attributes):
        raise ShapeError("it has another number of attributes")
    if len(packed) != keys_end + row_count * len(attributes) * _CODE_TYPE.itemsize:
        raise ShapeError("its length does not fit its number of rows")
    keys = np.frombuffer(packed[10:keys_end], np.uint8).reshape(row_count, TOKEN_BYTES)
    codes = np.frombuffer(packed[keys_end:], _CODE_TYPE).reshape(row_count, len(attributes))
    return AttributeRows(attributes, keys, codes.astype(np.int32))
