"""Makes encoding.json: what PROTOCOL.md sections 2 to 5 say must come out.

Written from that page alone, with the standard library and the tables that the page names: it
shares no code with the agent, works on one value at a time, and holds a filter as one large
integer. Where the agent and this program differ, one of them has misread the page. It is over 400
lines since it is one program that stands alone: the page's tables are written out once more in it.

    python tests/vectors/make_encoding_vectors.py tests/vectors/encoding.json
"""

import hashlib
import hmac
import json
import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple, TypeAlias

from anyascii import anyascii

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"
Record: TypeAlias = "list[str | None]"

NICKNAMES = Path(__file__).parents[2] / "agents/linkage_agent/pii/tokens/nicknames.txt"
PROJECT_SECRET = bytes(range(32))
"""For these vectors only. A real one is drawn at random and never written down."""


class Field(NamedTuple):
    """A field of a schema."""

    name: str
    kind: str
    tokens: dict[str, int]
    group: str = ""
    missing: str = "neutral"
    check: str = "none"


class Schema(NamedTuple):
    """An encoding schema."""

    fields: list[Field]
    reveals: str
    length_bits: int
    minimum_fields: int = 1
    transliteration: str = "anyascii-0.3"


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
    "Владимир", "Щербаков", "习近平", "佐々木", "ローマ", "\uff9b\uff70\uff8f", "ひらがな",
    "\u1112\u1161\u11ab\u1100\u1173\u11af", "שלום", "\u0627", "\u0627\u062d\u0645\u062f",
    "\U0002a608", "李\U0002a608", "\U00020001", "\u05d0", "Ann \u0627", "\u0e01\u0e48\u0e32",
    "\u1e9e\u1eb4", "\u2c62a", "\ua7c9",
    "A1", "\u0661\u0662", "½", "x²", "a\tb\nc", "\u00a0a\u3000b", "\u202eabc", "a" * 300, "ab" * 40,
    "", " ", "-", "'", "\u0301", "?", "\U0001f600", "\ud800", "\ue000", "\u3164",
]  # fmt: skip
VALUES = {
    "given-name": ["Jean-Luc", "Mary Ann", "Mary-ann", "Chloé", "Bill", "Ibrāhīm"],
    "family-name": NAMES,
    "address": [
        "12/34  High St.",
        "Flat 2, 7 King's Road",
        "1\u00bd Main\nStreet",
        "x" * 600,
        "ул. Ленина, д. 12",
        "Αθηνάς 3",
        "\u3007\u4e00 \u2160\u2161",
    ],
    "place": ["Stoke-on-Trent", "St. Ives", "ÅRHUS"],
    "postcode": ["SW1A 1AA", "sw1a1aa", " 2600 ", "D02 X285", "\u3012100-0001", "--"],
    "national-id": ["943 476 5919", "943-476-5919", "AB/12.c"],
    "code": ["0007", "№ 7", "\u0667"],
    "full-name": ["QUILL, Ada", "Dr. Ada Q."],
    "phone": [
        "07700 900123",
        "+44 (0)7700 900-123",
        "7700900123",
        "\u0660\u0661",
        "none",
        "",
        "12",
        "0049 30 1234567 ext. 2",
    ],
    "email": [
        "Ada.Quill@Example.org",
        " ada.quill@example.org\n",
        "ada+shop@example.org",
        "+1@x",
        "@x",
        "a@b@c",
        "ada",
        "",
        "@",
        "-",
        "\uff21da@x",
        "\u0130@x",
        "a\u200bb @x",
        "\u0661@x",
        "\ud800",
    ],
    "year": ["1980", "0000", "9999"],
    "date": ["1980-05-14", "1980-14-05", "2000-02-29", "1111-11-11", "0001-01-01", "9999-99-99"],
    "sex": ["male", "female", "other"],
}
REFUSED = {
    "date": [
        "", " ", "1980-5-14", "19800514", "14/05/1980", "1980-05-14 ", "1980-05-14\n",
        "\u0661\u0669\u0668\u0660-\u0660\u0665-\u0661\u0664", "1980\u201005\u201014", "unknown",
    ],
    "sex": ["", "M", "Male", "male ", "unknown"],
    "year": ["", "80", "19800", "1980-05-14", "\u0661\u0669\u0668\u0660", "1980\n"],
}  # fmt: skip

CHECKS = {
    "none": ["1", "ab", "0000000000"],
    "nhs-number": [
        "9434765919", "9434765918", "4010232137", "0000000000", "9999999999", "943476591",
        "94347659190", "943476591a", "1000000010", "1111111111", "9876543210", "9876543211",
    ],
    "luhn": ["79927398713", "79927398710", "0", "00", "18", "81", "4539148803436467", "a", "1a"],
    "verhoeff": ["2363", "2364", "123451", "0", "00", "84736430954837284567892", "1a"],
}  # fmt: skip
WORDS_FOR_SOUNDS = [
    "steven stephen stephan", "kathryn catherine katarzyna", "mohammed muhamad mhmd mehmet",
    "philip filip", "wright write knight", "sean shaun shawn", "jan ian yan ann john",
    "xavier alex",
    "geoffrey george roger", "michael mitchell michelle", "schmidt smyth", "hughes hugh vaughan",
    "yusuf iosif yvonne iryna", "white wight", "czeslaw szymon", "dzhamal djamal idjo adzhar",
    "cecil celia cyril chloe c ck", "gh ghani gherkin", "o h w x y", "a1b 12", "aaaa bbbb bpbp",
    "tchaikovsky", "exxon success ssz", "l\u0101n \u043bn", "sch tch dzh",
]  # fmt: skip

EXAMPLE = Schema(
    [
        Field("surname", "family-name", {"bigrams": 2, "phonetic": 1}),
        Field("sex", "sex", {"whole": 3}),
    ],
    "field-likeness",
    128,
)
NAME_TOKENS = {"shared-bigrams": 6, "shared-words": 9, "phonetic": 3, "initial": 4}
FULL_FIELDS = [
    Field("given_name", "given-name", NAME_TOKENS | {"nickname": 5}, "names"),
    Field("birth_date", "date", {"date-parts": 7, "year-neighbours": 3, "whole": 17}, "birth"),
    Field(
        "family_name", "family-name", {"bigrams": 2, "words": 3, "whole": 4, **NAME_TOKENS}, "names"
    ),
    Field("known_as", "full-name", {"bigrams": 3, "nickname": 2}, "names"),
    Field("school_year", "year", {"year-digits": 4, "year-neighbours": 2, "whole": 1}, "birth"),
    Field("sex", "sex", {"whole": 33}, "birth"),
    Field("address", "address", {"bigrams": 3, "words": 2, "numbers": 16, "whole": 1}, "place"),
    Field("town", "place", {"bigrams": 1, "words": 2, "whole": 3}, "place"),
    Field("postcode", "postcode", {"bigrams": 4, "postcode-parts": 5, "whole": 6}, "place"),
    Field("phone", "phone", {"bigrams": 3, "whole": 12}, "contact"),
    Field("email", "email", {"bigrams": 2, "local-part": 8, "whole": 12}, "contact"),
    Field("nhs", "national-id", {"bigrams": 1, "whole": 128}, "numbers", check="nhs-number"),
    Field("file", "code", {"bigrams": 2, "whole": 9}, "numbers"),
]
FULL_RECORDS: list[Record] = [
    ["Ada", "1980-05-14", "Quill", "Ada Quill", "1985", "female", "1 Mill Lane", "Ambridge",
     "ZZ1 1ZZ", "07700 900123", "ada@example.org", "943 476 5919", "F/1"],
    ["ADA", "1980-05-14", "QUILL", "QUILL, Ada", "1986", "female", "1, Mill Lane", "ambridge",
     "zz11zz", "+44 7700 900123", "Ada+x@example.org", "9434765918", "f1"],
    ["Quill", "1980-14-05", "Ada", None, None, None, "Flat 1 Mill Lane", None, "ZZ1", None, None,
     "9999999999", None],
    ["Bob", *[None] * 12],
    [None, "1980-05-14", *[None] * 11],
    ["'", None, "-", " ", None, None, "...", "?", "", "none", "@", "", "."],
    [None] * 13,
    ["\u00de\u00f3r\u00f0ur", "1111-11-11", "\u00d8deg\u00e5rd", "x" * 300, "0000", "male",
     "x" * 600, "\u00c1rb\u00e6r", "101", "1", "\u00ef@\uff21.x", "0" * 10, "0" * 40],
    ["\u5c0f\u660e", "2000-02-29", "\u738b", "\u738b\u5c0f\u660e", "9999", "other", None,
     "\u5317\u4eac", "100000", "\u0661\u0662", None, None, None],
]  # fmt: skip


def frame(label: str, *parts: str | int) -> bytes:
    """Section 2."""
    result = b""
    for part in (label, *parts):
        value = part.to_bytes(8, "big") if isinstance(part, int) else part.encode("utf-8")
        result += len(value).to_bytes(8, "big") + value
    return result


def letters(decomposed: str) -> str:
    """Section 3.2, step 3."""
    found = ""
    for character in decomposed:
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
    return found


def transliterated(composed: str) -> str:
    """Section 3.7."""
    found = ""
    for character in composed:
        plain = letters(unicodedata.normalize("NFKD", character))
        if all(ord(char) < 128 for char in plain):
            found += plain
        else:
            wanted = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
            found += "".join(char for char in anyascii(character) if char in wanted).lower()
    return found


def words(value: str, transliteration: str) -> list[str]:
    """Section 3.2."""
    text = value.replace("\u00b4", "\u0027")
    if transliteration == "none":
        return letters(unicodedata.normalize("NFKD", text)).split()
    return transliterated(unicodedata.normalize("NFKC", text)).split() or words(value, "none")


def email(value: str) -> str:
    """Section 3.6."""
    once = unicodedata.normalize("NFKC", value).casefold()
    kept = [
        c for c in unicodedata.normalize("NFKC", once) if unicodedata.category(c)[0] not in "CZ"
    ]
    return "".join(kept) if any(unicodedata.category(c)[0] in "LN" for c in kept) else ""


def normal_form(kind: str, value: str, transliteration: str) -> str:
    """Section 3.6."""
    if kind in {"sex", "year"}:
        return value
    if kind == "date":
        year, month, day = value.split("-")
        return year + month + day
    if kind == "email":
        return email(value)
    if kind == "phone":
        digits = [char for char in "".join(words(value, transliteration)) if char in "0123456789"]
        return "".join(digits)[-9:]
    joiner = "" if kind in {"postcode", "national-id", "code"} else " "
    return joiner.join(words(value, transliteration))


def passes(rule: str, form: str) -> bool:
    """Section 3.8."""
    if rule == "none":
        return True
    if set(form) - set("0123456789") or form == form[0] * len(form):
        return False
    digits = [int(char) for char in form]
    if rule == "nhs-number":
        weighted = sum((10 - at) * digit for at, digit in enumerate(digits))
        return len(digits) == 10 and weighted % 11 == 0
    if rule == "luhn":
        total = 0
        for at, digit in enumerate(reversed(digits)):
            total += digit if at % 2 == 0 else sum(divmod(2 * digit, 10))
        return total % 10 == 0
    check = 0
    for at, digit in enumerate(reversed(digits)):
        for _ in range(at % 8):
            digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]  # noqa: PLW2901 - Verhoeff's permutation
        check = dihedral(check, digit)
    return check == 0


def dihedral(a: int, b: int) -> int:
    """The product of two symmetries of a pentagon: 0 to 4 turn it, 5 to 9 mirror it."""
    turned = (a + b if a < 5 else a - b) % 5
    return turned if (a < 5) == (b < 5) else turned + 5


def sound_code(word: str) -> str:
    """Section 4.2.1."""
    codes = [""]
    at = 0
    while at < len(word):
        code, length = sound_at(word, at)
        if code != codes[-1]:
            codes.append(code)
        at += length
    return "".join(codes)


def sound_at(word: str, at: int) -> tuple[str, int]:
    """The code of the part that starts at a place, and its length."""
    rows: list[tuple[str, str, str, bool]] = [
        ("s", "sch sh cz sz s z", "", False),
        ("s", "x", "", True),
        ("s", "c", "eiy", False),
        ("j", "dzh dj j", "", True),
        ("j", "g", "eiy", True),
        ("j", "i y", "aeiou", True),
        ("k", "tch ch kh k q c", "", False),
        ("k", "gh", "aeiou", False),
        ("k", "g", "!h", False),
        ("f", "ph wh f v", "", False),
        ("f", "w", "aeiou", False),
        ("t", "th dzh dj t d", "", False),
        *[(part.replace("b", "p"), part, "", False) for part in "pblrmn"],
        ("ks", "x", "", False),
        ("a", "a e i o u y", "", True),
        ("h", "h", "", True),
        ("", "gh", "", False),
    ]
    for code, parts, before, is_first in rows:
        for part in parts.split():
            following = word[at + len(part) : at + len(part) + 1]
            fits = word.startswith(part, at) and (at == 0 or not is_first)
            if before == "!h":
                fits = fits and following != "h"
            elif before:
                fits = fits and following != "" and following in before
            if fits:
                return code, len(part)
    return "", 1


def classes(word: str) -> list[str]:
    """Section 4.2.2."""
    found = []
    for line in NICKNAMES.read_text(encoding="ascii").splitlines():
        names = line.replace(":", "").split()
        if word in names:
            found.append(names[0])
    return found or [word]


def pieces(kind: str, form: str) -> list[str]:  # noqa: PLR0911 - one for each kind
    """Sections 4.1 to 4.5."""
    found = form.split()
    match kind:
        case "bigrams" | "shared-bigrams":
            padded = " " + form + " "
            return [padded[at - 1] + padded[at] for at in range(1, len(padded))]
        case "words" | "shared-words":
            return found
        case "whole":
            return [form]
        case "initial":
            return [word[0] for word in found]
        case "phonetic":
            return [code for code in map(sound_code, found) if code]
        case "nickname":
            return [name for word in found for name in classes(word)]
        case "numbers":
            return [word for word in found if set(word) & set("0123456789")]
        case "postcode-parts":
            starts = ["start:" + form[:length] for length in range(2, len(form) + 1)]
            return [*starts, "end:" + (form if len(form) < 3 else form[-3:])]
        case "local-part":
            local = form[: form.rindex("@")] if form.rfind("@") > 0 else form
            return [local[: local.index("+")] if local.find("+") > 0 else local]
        case _:
            return date_pieces(kind, form)


def date_pieces(kind: str, form: str) -> list[str]:
    """Section 4.3."""
    y1, y2, y3, y4 = list(form[:4])
    if kind == "year-neighbours":
        year = int(form[:4])
        return [str(number) for number in range(year - 1, year + 2)]
    found = ["y1:" + y1, "y2:" + y2, "y3:" + y3, "y4:" + y4, "y23:" + y2 + y3, "y34:" + y3 + y4]
    if kind == "date-parts":
        m1, m2, d1, d2 = list(form[4:])
        found += ["t:" + m1, "u:" + m2, "t:" + d1, "u:" + d2, "m:" + m1 + m2, "d:" + d1 + d2]
    return found


def tokens(kind: str, form: str) -> list[str]:
    """Section 4.6."""
    cut = pieces(kind, form)
    result = []
    for at, piece in enumerate(cut):
        occurrence = cut[: at + 1].count(piece)
        result.append(piece if occurrence == 1 else piece + "#" + str(occurrence))
    return result


def field_key(epoch: int, field: str, kind: str) -> bytes:
    """Section 5.1."""
    namespace = "names/shared" if kind.startswith("shared-") else field
    info = frame("linkage/field-key/v2", epoch, namespace, kind)
    return hmac.new(PROJECT_SECRET, info + b"\x01", hashlib.sha256).digest()


def positions(key: bytes, token: str, weight: int, length_bits: int) -> list[int]:
    """Sections 5.2 and 5.3."""
    result = []
    for at in range(weight):
        counter, place = divmod(at, 16)
        block = hmac.new(key, bytes([counter]) + token.encode("utf-8"), hashlib.sha256).digest()
        result.append((block[2 * place] * 256 + block[2 * place + 1]) % length_bits)
    return result


def forms_of(schema: Schema, record: Record) -> list[str]:
    """The normal form of each field of a record, empty where it is missing."""
    forms = []
    for field, value in zip(schema.fields, record, strict=True):
        form = "" if value is None else normal_form(field.kind, value, schema.transliteration)
        forms.append(form if form and passes(field.check, form) else "")
    return forms


def segment_of(schema: Schema, field: Field) -> str:
    """Section 5.5: the name of the filter that a field is in."""
    return {"field-likeness": field.name, "group-likeness": field.group}.get(schema.reveals, "")


def encoding(schema: Schema, record: Record, epoch: int) -> str:
    """Sections 5.4 and 5.5, in hexadecimal."""
    filters = dict.fromkeys((segment_of(schema, field) for field in schema.fields), 0)
    for field, form in zip(schema.fields, forms_of(schema, record), strict=True):
        if not form:
            continue
        for kind, weight in field.tokens.items():
            key = field_key(epoch, field.name, kind)
            for token in tokens(kind, form):
                for position in positions(key, token, weight, schema.length_bits):
                    filters[segment_of(schema, field)] |= 1 << (schema.length_bits - 1 - position)
    return "".join(bits.to_bytes(schema.length_bits // 8, "big").hex() for bits in filters.values())


def is_sent(schema: Schema, record: Record) -> bool:
    """Section 5.7."""
    forms = forms_of(schema, record)
    needed = [
        form
        for field, form in zip(schema.fields, forms, strict=True)
        if field.missing == "withhold"
    ]
    return all(needed) and sum(map(bool, forms)) >= max(1, schema.minimum_fields)


def dataset(schema: Schema, records: list[Record], epoch: int) -> Json:
    """A case with each record's encoding, or null where section 5.7 withholds it."""
    fields: list[Json] = [
        {**field._asdict(), "tokens": dict[str, Json](field.tokens)} for field in schema.fields
    ]
    return {
        "epoch": epoch,
        **schema._asdict(),
        "fields": fields,
        "records": [
            {
                "values": list(record),
                "encoding": encoding(schema, record, epoch) if is_sent(schema, record) else None,
            }
            for record in records
        ],
    }


def unicode_digest(transliteration: str) -> str:
    """SHA-256 over the outcome for each character of Unicode 3.2, which no later version changes.

    One line for each code point that 3.2 assigns, surrogates and private use left out, ascending:
    the code point in decimal, a tab, the normal form as an address, a line feed; in UTF-8.
    """
    total = hashlib.sha256()
    for code_point in range(sys.maxunicode + 1):
        character = chr(code_point)
        if unicodedata.ucd_3_2_0.category(character) not in {"Cn", "Co", "Cs"}:
            form = normal_form("address", character, transliteration)
            total.update(f"{code_point}\t{form}\n".encode())
    return total.hexdigest()


def anyascii_digest() -> str:
    """Section 3.7."""
    total = hashlib.sha256()
    for code_point in [*range(0xD800), *range(0xE000, 0x10000)]:
        total.update(f"{code_point}\t{anyascii(chr(code_point))}\n".encode("ascii"))
    return total.hexdigest()


def normal_form_cases() -> list[tuple[str, str, str, str]]:
    """Transliteration, kind, value and normal form of each value above."""
    return [
        (transliteration, kind, value, normal_form(kind, value, transliteration))
        for transliteration in ("anyascii-0.3", "none")
        for kind in VALUES
        for value in VALUES[kind]
    ]


TOKENS_OF = {
    "given-name": "bigrams words whole initial phonetic nickname",
    "family-name": "shared-bigrams shared-words phonetic",
    "date": "date-parts year-neighbours whole",
    "year": "year-digits year-neighbours",
    "sex": "whole",
    "postcode": "postcode-parts",
    "address": "words numbers",
    "phone": "bigrams",
    "email": "local-part",
}
"""Kinds of token that are worked out for the normal forms of a kind of field."""


def token_cases() -> list[Json]:
    """The tokens of the normal forms, and the sounds and classes of more words."""
    cut = {
        (token, form)
        for _, kind, _, form in normal_form_cases()
        for token in TOKENS_OF.get(kind, "").split()
        if form
    }
    cut |= {("phonetic", text) for text in WORDS_FOR_SOUNDS}
    cut |= {("nickname", text) for text in ("bert", "kate bob", "liz elizabeth", "ada", "ann ann")}
    return [
        {"token_kind": kind, "normal_form": form, "tokens": list[Json](tokens(kind, form))}
        for kind, form in sorted(cut)
    ]


def position_cases() -> list[Json]:
    """One, a part of and several blocks of the stream; every length."""
    return [
        {
            "epoch": 1,
            "field": "surname",
            "token_kind": "bigrams",
            "token": token,
            "weight": weight,
            "length_bits": length,
            "positions": list[Json](
                positions(field_key(1, "surname", "bigrams"), token, weight, length)
            ),
        }
        for token, weight, length in [
            (" l", 1, 128),
            (" l", 1, 256),
            (" l", 1, 512),
            (" l", 2, 1024),
            ("an#2", 16, 2048),
            ("an#12", 17, 4096),
            ("\u738b\u5c0f", 128, 8192),
            ("ab", 128, 512),
        ]
    ]


def dataset_cases() -> list[Json]:
    """The worked example, and every level with every kind of field and token."""
    must_have_date = [
        field._replace(missing="withhold") if field.kind == "date" else field
        for field in FULL_FIELDS
    ]
    names = Schema([FULL_FIELDS[2]], "field-likeness", 512)
    return [
        dataset(EXAMPLE, [["Lý-LY", None]], 1),
        dataset(Schema(FULL_FIELDS, "record-likeness", 2048, 2), FULL_RECORDS, 1),
        dataset(Schema(FULL_FIELDS, "group-likeness", 1024, 1, "none"), FULL_RECORDS, 7),
        dataset(Schema(must_have_date, "field-likeness", 256, 3), FULL_RECORDS, 1),
        dataset(names, [[name] for name in NAMES], 3),
    ]


def vectors() -> Json:
    """All cases."""
    return {
        "about": "PROTOCOL.md sections 2 to 5; made by make_encoding_vectors.py",
        "project_secret": PROJECT_SECRET.hex(),
        "anyascii_digest": anyascii_digest(),
        "nicknames_digest": hashlib.sha256(NICKNAMES.read_bytes()).hexdigest(),
        "unicode_3_2_digests": {
            transliteration: unicode_digest(transliteration)
            for transliteration in ("anyascii-0.3", "none")
        },
        "normal_forms": [
            {"transliteration": how, "kind": kind, "value": value, "normal_form": form}
            for how, kind, value, form in normal_form_cases()
        ],
        "refused": [{"kind": kind, "value": value} for kind in REFUSED for value in REFUSED[kind]],
        "checks": [
            {"rule": rule, "normal_form": form, "passes": passes(rule, form)}
            for rule, forms in CHECKS.items()
            for form in forms
        ],
        "tokens": token_cases(),
        "field_keys": [
            {
                "epoch": epoch,
                "field": field,
                "token_kind": kind,
                "key": field_key(epoch, field, kind).hex(),
            }
            for epoch in (1, 2, 10_000)
            for field in ("surname", "given_name", "a")
            for kind in ("bigrams", "words", "shared-bigrams", "shared-words")
        ],
        "positions": position_cases(),
        "datasets": dataset_cases(),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(vectors(), indent=1) + "\n", encoding="ascii")
