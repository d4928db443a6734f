"""Admission: what a call must pass before anything of it is read.

1. There is time to do it: not less than `LEAST_SECONDS`, and never more than `DEADLINE_SECONDS`.
2. It comes from an agency of this trust domain, by a certificate that is valid now.
3. Its exact method is open to agencies.

A caller who is not known learns nothing, not even which methods there are. Which projects a caller
may act in, the servicers ask the service.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import grpc
from cryptography import x509

from linkage.errors import AccessError
from linkage.matcher.rpc.authorise import Role, Table, authorise
from linkage.matcher.service.clock import Clock
from linkage.matcher.service.projects import Caller
from linkage.reasons import UNAUTHENTICATED
from linkage.wire.limits import DEADLINE_SECONDS
from linkage.wire.tls import PeerIdentity, peer_identity

LEAST_SECONDS: Final = 0.1
"""A call with less time left would be answered to nobody."""

_CERTIFICATE: Final = "x509_pem_cert"

Context: TypeAlias = "grpc.aio.ServicerContext[object, object]"


@dataclass(frozen=True, slots=True)
class Admission:
    """The checks, and what they need to know.

    Attributes:
        trust_domain: whose certificates count.
        table: which methods there are, and for whom.
    """

    trust_domain: str
    clock: Clock
    table: Table

    def admit(self, method: str, context: Context) -> Caller:
        """Who calls.

        Raises:
            AccessError: The caller is nobody known, or the method is not for it.
            RequestError: There is no such method.
        """
        identity = self._identity(context)  # (2)
        authorise(method, Role.AGENCY, self.table)  # (3)
        return Caller(identity.trust_domain, identity.agency)

    def _identity(self, context: Context) -> PeerIdentity:
        shown = list(context.auth_context().get(_CERTIFICATE, ()))
        if len(shown) != 1:
            raise AccessError(UNAUTHENTICATED)
        try:
            certificate = x509.load_pem_x509_certificate(shown[0])
        except ValueError:
            raise AccessError(UNAUTHENTICATED) from None
        identity = peer_identity(certificate, self.clock.now())
        if identity.trust_domain != self.trust_domain:
            raise AccessError(UNAUTHENTICATED)
        return identity


def seconds_to_act(context: Context) -> float:  # (1)
    """How long the call may take, whatever it asks for.

    Raises:
        TimeoutError: It need not be begun.
    """
    asked: float | None = context.time_remaining()
    if asked is not None and asked < LEAST_SECONDS:
        raise TimeoutError
    return DEADLINE_SECONDS if asked is None else min(asked, DEADLINE_SECONDS)
