"""Makes encoding.json: what PROTOCOL.md sections 2 to 5 say must come out.

Written from that page alone, with the standard library alone: it shares no code with the agent,
works on one value at a time, and holds an encoding as one large integer. Where the agent and this
program differ, one of them has misread the page.

    python tests/vectors/make_encoding_vectors.py tests/vectors/encoding.json
"""

import hashlib
import hmac
import json
import sys
import unicodedata
from pathlib import Path
from typing import TypeAlias

Field: TypeAlias = tuple[str, str, int]
"""Name, kind and bits_per_qgram."""
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | None"

PROJECT_SECRET = bytes(range(32))
"""For these vectors only. A real one is drawn at random and never written down."""

VANISHING = {
    *(0x27, 0x60, 0x2C8, 0x2EE, 0x55A, 0x5F3, 0x2032, 0xA78B, 0xA78C),
    *range(0x2B9, 0x2C0),
    *range(0x2018, 0x201C),
    *(0x34F, 0x640, 0x115F, 0x1160),
    *range(0x180B, 0x1810),
    *range(0xFE00, 0xFE10),
    *range(0xE0100, 0xE01F0),
}
ACCENT_CLASSES = {1, *range(10, 37), *range(200, 256)}
LETTERS = {
    0x0E6: "ae", 0x153: "oe", 0x0F8: "o", 0x0F0: "d", 0x0FE: "th", 0x111: "d", 0x127: "h",
    0x14B: "n", 0x167: "t", 0x142: "l", 0x131: "i", 0x138: "q", 0x259: "e", 0x1DD: "e",
    0x25B: "e", 0x254: "o", 0x253: "b", 0x256: "d", 0x257: "d", 0x192: "f", 0x1E5: "g",
    0x263: "g", 0x268: "i", 0x199: "k", 0x272: "n", 0x289: "u", 0x28B: "v", 0x1B4: "y",
    0x1B6: "z",
}  # fmt: skip

# Invented people only. Escapes stand where a reader could not tell characters apart.
NAMES = [
    "Smith", "SMITH", "  smith ", "O'Brien", "O\u2019Brien", "O\u00b4Brien", "O Brien", "OBrien",
    "Smith-Jones", "Jones Smith", "van der Berg", "J.R.", "Anna", "Annan", "Ananan", "Lý-LY",
    "Müller", "Mu\u0308ller", "MUELLER", "Weiß", "WEISS", "GROẞ", "Ødegård", "Łukasz", "Đorđević",
    "Þórður", "Æsa", "Œdipe", "İpek", "I\u015f\u0131l", "Əliyev", "Ɗanjuma", "Ŋala",
    "Nguyễn Thị Ánh", "Zoë", "Éva\u200d", "\ufb01nch", "\uff33\uff4d\uff49\uff54\uff48",
    "\uff2f\uff07Neill",
    "Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ", "Соловьёв", "Андрей", "ქეთევან", "ՄԱՐԻԱՄ", "և",
    "\u05e9\u05b8\u05c1\u05e8\u05b8\u05d4", "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f",
    "\u0622\u0645\u0646\u0640\u0629", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
    "\u092e\u094b\u0939\u093f\u0928\u0940", "\u09ae\u09cc\u09b8\u09c1\u09ae\u09c0",
    "\u0e01\u0e38\u0e25\u0e18\u0e34\u0e14\u0e32", "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd", "አበበ",
    "\u845b\U000e0100\u57ce", "王小明", "かがみ", "ｶﾞ", "김민준", "\U00020000",
    "A1", "\u0661\u0662", "½", "x²", "a\tb\nc", "\u00a0a\u3000b", "\u202eabc", "a" * 300, "ab" * 40,
    "", " ", "-", "'", "\u0301", "?", "\U0001f600", "\ud800", "\ue000", "\u3164",
]  # fmt: skip
VALUES = {
    "given-name": ["Jean-Luc", "Mary Ann", "Mary-ann", "Chloé"],
    "family-name": NAMES,
    "address": ["12/34  High St.", "Flat 2, 7 King's Road", "1\u00bd Main\nStreet", "x" * 600],
    "place": ["Stoke-on-Trent", "St. Ives", "ÅRHUS"],
    "postcode": ["SW1A 1AA", "sw1a1aa", " 2600 ", "D02 X285", "\u3012100-0001", "--"],
    "identifier": ["943 476 5919", "943-476-5919", "AB/12.c", "0007", "№ 7", "\u0667"],
    "date": ["1980-05-14", "1980-14-05", "2000-02-29", "1111-11-11", "0001-01-01", "9999-99-99"],
    "sex": ["male", "female", "other"],
}
REFUSED = {
    "date": [
        "", " ", "1980-5-14", "19800514", "14/05/1980", "1980-05-14 ", "1980-05-14\n",
        "\u0661\u0669\u0668\u0660-\u0660\u0665-\u0661\u0664", "1980\u201005\u201014", "unknown",
    ],
    "sex": ["", "M", "Male", "male ", "unknown"],
}  # fmt: skip

EXAMPLE_FIELDS: list[Field] = [("surname", "family-name", 2)]
FULL_FIELDS: list[Field] = [
    ("given_name", "given-name", 6),
    ("family_name", "family-name", 7),
    ("birth_date", "date", 7),
    ("sex", "sex", 17),
    ("address", "address", 3),
    ("place", "place", 1),
    ("postcode", "postcode", 16),
    ("identifier", "identifier", 33),
]
FULL_RECORDS: list[list[str | None]] = [
    ["Ada", "Quill", "1980-05-14", "female", "1 Mill Lane", "Ambridge", "ZZ1 1ZZ", "123 456"],
    ["ADA", "QUILL", "1980-05-14", "female", "1, Mill Lane", "ambridge", "zz11zz", "123456"],
    ["Ada", "Quill", "1980-14-05", None, "1 Mill Lane", None, "ZZ1 1ZZ", None],
    ["Ada", None, None, None, None, None, None, None],
    [None, None, "1980-05-14", None, None, None, None, None],
    ["'", "-", None, None, "...", " ", "?", ""],
    [None, None, None, None, None, None, None, None],
    ["Þórður", "Ødegård", "1111-11-11", "male", "x" * 600, "Árbær", "101", "0" * 40],
    ["\u738b", "\u5c0f\u660e", "2000-02-29", "other", None, "\u5317\u4eac", "100000", None],
]


def frame(label: str, *parts: str | int) -> bytes:
    """Section 2."""
    result = b""
    for part in (label, *parts):
        value = part.to_bytes(8, "big") if isinstance(part, int) else part.encode("utf-8")
        result += len(value).to_bytes(8, "big") + value
    return result


def words(value: str) -> list[str]:
    """Section 3.2."""
    found = ""
    for character in unicodedata.normalize("NFKD", value.replace("\u00b4", "\u0027")):
        category = unicodedata.category(character)
        if category == "Cf" or ord(character) in VANISHING:
            continue
        if unicodedata.combining(character) in ACCENT_CLASSES:
            continue
        if category == "Nd":
            found += "0123456789"[unicodedata.digit(character)]
        elif category.startswith(("L", "M", "N")):
            folded = character.casefold()
            found += LETTERS.get(ord(folded), folded) if len(folded) == 1 else folded
        else:
            found += " "
    return [word for word in found.split(" ") if word]


def normal_form(kind: str, value: str) -> str:
    """Section 3.6."""
    if kind == "date":
        year, month, day = value.split("-")
        return year + month + day
    if kind == "sex":
        return value
    return ("" if kind in {"postcode", "identifier"} else " ").join(words(value))


def qgrams(kind: str, form: str) -> list[str]:
    """Section 4."""
    if kind == "sex":
        pieces = [form]
    elif kind == "date":
        y1, y2, y3, y4, m1, m2, d1, d2 = list(form)
        pieces = ["y1:" + y1, "y2:" + y2, "y3:" + y3, "y4:" + y4]
        pieces += ["t:" + m1, "u:" + m2, "t:" + d1, "u:" + d2]
        pieces += ["y23:" + y2 + y3, "y34:" + y3 + y4, "m:" + m1 + m2, "d:" + d1 + d2]
    else:
        padded = " " + form + " "
        pieces = [padded[at - 1] + padded[at] for at in range(1, len(padded))]
    result = []
    for at, piece in enumerate(pieces):
        occurrence = pieces[: at + 1].count(piece)
        result.append(piece if occurrence == 1 else piece + "#" + str(occurrence))
    return result


def field_key(epoch: int, field: str) -> bytes:
    """Section 5.1."""
    info = frame("linkage/field-key/v1", epoch, field, "qgram")
    return hmac.new(PROJECT_SECRET, info + b"\x01", hashlib.sha256).digest()


def positions(key: bytes, qgram: str, bits_per_qgram: int, length_bits: int) -> list[int]:
    """Sections 5.2 and 5.3."""
    result = []
    for at in range(bits_per_qgram):
        counter, place = divmod(at, 16)
        block = hmac.new(key, bytes([counter]) + qgram.encode("utf-8"), hashlib.sha256).digest()
        result.append((block[2 * place] * 256 + block[2 * place + 1]) % length_bits)
    return result


def encoding(fields: list[Field], record: list[str | None], epoch: int, length_bits: int) -> str:
    """Section 5.4, in hexadecimal."""
    bits = 0
    for (name, kind, bits_per_qgram), value in zip(fields, record, strict=True):
        form = "" if value is None else normal_form(kind, value)
        if form:
            for qgram in qgrams(kind, form):
                for position in positions(
                    field_key(epoch, name), qgram, bits_per_qgram, length_bits
                ):
                    bits |= 1 << (length_bits - 1 - position)
    return bits.to_bytes(length_bits // 8, "big").hex()


def count_present(fields: list[Field], record: list[str | None]) -> int:
    """How many fields of a record are not missing."""
    return sum(
        value is not None and normal_form(kind, value) != ""
        for (_, kind, _), value in zip(fields, record, strict=True)
    )


def dataset(
    fields: list[Field],
    records: list[list[str | None]],
    epoch: int,
    length_bits: int,
    minimum_fields: int,
) -> Json:
    """A case with each record's encoding, or null where section 5.6 withholds it."""
    return {
        "epoch": epoch,
        "length_bits": length_bits,
        "minimum_fields": minimum_fields,
        "fields": [
            {"name": name, "kind": kind, "bits_per_qgram": bits} for name, kind, bits in fields
        ],
        "records": [
            {
                "values": list(record),
                "encoding": encoding(fields, record, epoch, length_bits)
                if count_present(fields, record) >= max(1, minimum_fields)
                else None,
            }
            for record in records
        ],
    }


def unicode_digest() -> str:
    """SHA-256 over the outcome for each character of Unicode 3.2, which no later version changes.

    One line for each code point that 3.2 assigns, surrogates and private use left out, ascending:
    the code point in decimal, a tab, the normal form as an address, a line feed; in UTF-8.
    """
    total = hashlib.sha256()
    for code_point in range(sys.maxunicode + 1):
        character = chr(code_point)
        if unicodedata.ucd_3_2_0.category(character) not in {"Cn", "Co", "Cs"}:
            line = f"{code_point}\t{normal_form('address', character)}\n"
            total.update(line.encode("utf-8"))
    return total.hexdigest()


def normal_form_cases() -> list[tuple[str, str, str]]:
    """Kind, value and normal form of each value above."""
    return [(kind, value, normal_form(kind, value)) for kind in VALUES for value in VALUES[kind]]


def position_cases() -> list[Json]:
    """One, a part of and several blocks of the stream; every length."""
    return [
        {
            "epoch": 1,
            "field": "surname",
            "qgram": qgram,
            "bits_per_qgram": bits,
            "length_bits": length,
            "positions": list[Json](positions(field_key(1, "surname"), qgram, bits, length)),
        }
        for qgram, bits, length in [
            (" l", 1, 512),
            (" l", 2, 1024),
            ("an#2", 16, 2048),
            ("an#12", 17, 4096),
            ("\u738b\u5c0f", 128, 8192),
            ("ab", 128, 512),
        ]
    ]


def vectors() -> Json:
    """All cases."""
    forms = normal_form_cases()
    return {
        "about": "PROTOCOL.md sections 2 to 5; made by make_encoding_vectors.py",
        "project_secret": PROJECT_SECRET.hex(),
        "unicode_3_2_digest": unicode_digest(),
        "normal_forms": [
            {"kind": kind, "value": value, "normal_form": form} for kind, value, form in forms
        ],
        "refused": [{"kind": kind, "value": value} for kind in REFUSED for value in REFUSED[kind]],
        "qgrams": [
            {"kind": kind, "normal_form": form, "qgrams": list[Json](qgrams(kind, form))}
            for kind, form in sorted({(kind, form) for kind, _, form in forms if form})
        ],
        "field_keys": [
            {"epoch": epoch, "field": field, "key": field_key(epoch, field).hex()}
            for epoch in (1, 2, 10_000)
            for field in ("surname", "given_name", "a")
        ],
        "positions": position_cases(),
        "datasets": [
            dataset(EXAMPLE_FIELDS, [["Lý-LY"]], 1, 512, 1),
            dataset(FULL_FIELDS, FULL_RECORDS, 1, 1024, 2),
            dataset(FULL_FIELDS, FULL_RECORDS, 7, 2048, 1),
            dataset([FULL_FIELDS[1]], [[name] for name in NAMES], 3, 512, 1),
        ],
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(vectors(), indent=1) + "\n", encoding="ascii")
