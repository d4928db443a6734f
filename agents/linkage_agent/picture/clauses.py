"""What the agreement says about tables: who gives which attributes to whom."""

import datetime as dt

from linkage.agreement.model import Agreement, Attribute, AttributeTable
from linkage.errors import AccessError, ConfigError, StateError
from linkage.ids import AgencyId, GroupId
from linkage.reasons import AGREEMENT_NOT_LIVE
from linkage_agent.picture import reasons


def table_clause(agreement: Agreement, sender: AgencyId, recipient: AgencyId) -> AttributeTable:
    """The clause that lets the sender give a table to the recipient.

    Raises:
        AccessError: There is none.
    """
    for clause in agreement.tables:
        if (clause.sender, clause.recipient) == (sender, recipient):
            return clause
    raise AccessError(reasons.TABLE_NOT_AGREED, sender=sender, recipient=recipient)


def require_in_force(agreement: Agreement, today: dt.date) -> None:
    """Lets a table or a picture be made on this day (UTC).

    Raises:
        StateError: The agreement's period does not include it.
    """
    if not agreement.is_current(today):
        raise StateError(AGREEMENT_NOT_LIVE, missing_count=0)


def clauses_for(agreement: Agreement, recipient: AgencyId) -> tuple[AttributeTable, ...]:
    """Every clause under which the agency is given a table."""
    return tuple(clause for clause in agreement.tables if clause.recipient == recipient)


def own_attributes(
    agreement: Agreement, agency: AgencyId, group: GroupId, names: tuple[str, ...]
) -> tuple[Attribute, ...]:
    """The attributes that an agency may show of its own records in its own picture.

    They are those that it gives to others in the group: for these the agreement says what the
    values are and what they serve. Where two clauses differ in an attribute's values, the first
    stands.

    Args:
        agreement: What is agreed.
        agency: Whose picture it is.
        group: Whose match keys the picture joins by.
        names: Which attributes, as the configuration names them.

    Returns:
        In the order of the agreement.

    Raises:
        ConfigError: A name is not among them.
    """
    agreed: dict[str, Attribute] = {}
    for clause in agreement.tables:
        if (clause.sender, clause.group) == (agency, group):
            for attribute in clause.attributes:
                agreed.setdefault(attribute.name, attribute)
    unknown = [name for name in names if name not in agreed]
    if unknown:
        listed = ", ".join(unknown)
        raise ConfigError(reasons.ATTRIBUTE_NOT_AGREED, agency=agency, group=group, names=listed)
    return tuple(attribute for name, attribute in agreed.items() if name in names)
