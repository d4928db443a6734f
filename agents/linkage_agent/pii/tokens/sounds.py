"""Sound code: what is left of a name when spelling, vowels and voicing are taken away.

Minded of no language in particular, so it is coarse: it joins what clerks write for one name
(`Steven` and `Stephen`, `Kathryn` and `Catherine`, `Mohammed` and `Muhamad`) at the price of
joining some names that sound apart. PROTOCOL.md section 4.2.1.
"""

import re
from typing import Final

_SOUNDS: Final = re.compile(
    "(?P<s>sch|sh|cz|sz|s|z|^x|c(?=[eiy]))"
    "|(?P<j>^(?:dzh|dj|j|g(?=[eiy])|[iy](?=[aeiou])))"
    "|(?P<k>tch|ch|kh|k|q|c|gh(?=[aeiou])|g(?!h))"
    "|(?P<f>ph|wh|f|v|w(?=[aeiou]))"
    "|(?P<t>th|dzh|dj|t|d)"
    "|(?P<p>p|b)|(?P<l>l)|(?P<r>r)|(?P<m>m)|(?P<n>n)|(?P<ks>x)"
    "|(?P<a>^[aeiouy])|(?P<h>^h)"
    "|gh|."
)
"""The parts of a word from left to right, the first alternative that fits; the name of its group is
its code. What is in no group is silent."""


def sound_code(word: str) -> str:
    """The code of a word; empty if nothing in it sounds.

    A part that sounds like the one right before it counts once.
    """
    code = ""
    last = None
    for part in _SOUNDS.finditer(word):
        if part.lastgroup and part.lastgroup != last:
            code += part.lastgroup
        last = part.lastgroup
    return code
