"""Pieces of e-mail addresses. PROTOCOL.md section 4.5."""


def local_part(text: str) -> list[str]:
    """What stands before the last `@`, and of that what stands before the first `+`.

    People who move to another provider mostly keep it.
    """
    before = text.rpartition("@")[0] or text
    return [before.partition("+")[0] or before]
