"""Connections: which account somebody has that a provider vouches for, by issuer and subject.

What a provider says of an address never opens an account that is there: its own sign-in comes first (ATTACKS 9, 11).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from . import accounts, history
from .addresses import normalise
from .database import new_id, refusals, transaction
from .errors import ConnectedAlready, ConnectFirst, NoAccount, NotAnAddress, NotFound
from .models import Connection, User
from .permissions import Actor


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a provider says of somebody; ``proved`` where it says that they read the mailbox, and is believed."""

    provider: str
    issuer: str
    subject: str
    email: str = ""
    proved: bool = False
    name: str = ""

    @property
    def address(self) -> str | None:
        """The proved address, normalised; None where nothing is proved."""
        try:
            return normalise(self.email) if self.proved else None
        except NotAnAddress:
            return None


def sign_in(session: Session, vouched: Vouched, now: datetime) -> User:
    """The account that is connected, or a new one where sign-up allows its proved address.

    Raises ConnectFirst when there is an account with that address, NoAccount when there is none to be had.
    """
    with transaction(session):
        query = select(Connection).where(Connection.issuer == vouched.issuer, Connection.subject == vouched.subject)
        found = session.scalar(query.with_for_update())
        if found is None:
            return _sign_up(session, vouched, now)
        user = session.get_one(User, found.user_id)
        if user.deactivated_at is not None:
            raise NoAccount()
        found.used_at, found.email = now, vouched.email
    return user


def _sign_up(session: Session, vouched: Vouched, now: datetime) -> User:
    address = vouched.address
    if address is None:
        raise NoAccount()
    there = accounts.by_address(session, address)
    if there is not None and there.deactivated_at is None:
        raise ConnectFirst(address=address)
    if there is not None or not accounts.may_sign_up(address):
        raise NoAccount()
    user = accounts.create(session, address, vouched.name or address.partition("@")[0], None, now, verified=True)
    _bind(session, user, vouched, now)
    return user


def connect(session: Session, actor: Actor, vouched: Vouched, now: datetime) -> None:
    """Lets somebody who is signed in sign in that way as well. Raises ConnectedAlready."""
    with transaction(session):
        user = session.get_one(User, actor.user_id)
        _bind(session, user, vouched, now)
        history.record(session, actor, None, "account.connected", user.id, now, provider=vouched.provider)


def bind_proved(session: Session, user: User, vouched: Vouched, now: datetime) -> None:
    """The same for an account that has just been opened for the address that the provider proved."""
    _bind(session, user, vouched, now)


def _bind(session: Session, user: User, vouched: Vouched, now: datetime) -> None:
    with refusals(session, uq_connections_issuer_subject=ConnectedAlready()):
        session.add(
            Connection(
                id=new_id(), user_id=user.id, provider=vouched.provider, issuer=vouched.issuer,
                subject=vouched.subject, email=vouched.email, created_at=now, used_at=now,
            )
        )  # fmt: skip


def disconnect(session: Session, actor: Actor, connection_id: UUID, now: datetime) -> None:
    """Ends one of the actor's connections; a mailed link still signs in. Raises NotFound."""
    with transaction(session):
        gone = session.execute(
            delete(Connection).where(Connection.id == connection_id, Connection.user_id == actor.user_id)
        )
        if not gone.rowcount:  # type: ignore[attr-defined]
            raise NotFound()
        assert actor.user_id is not None
        history.record(session, actor, None, "account.disconnected", actor.user_id, now)


def of_user(session: Session, user_id: UUID) -> list[Connection]:
    """Somebody's connections, oldest first."""
    query = select(Connection).where(Connection.user_id == user_id)
    return list(session.scalars(query.order_by(Connection.created_at, Connection.id)))
