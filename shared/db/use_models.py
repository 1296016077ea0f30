"""The tables of measured use, beside the VMs' own: looking at a machine's use never moves its row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.models import NOW, Base


class VmUse(Base):
    """The latest measuring of a machine since its last start: a list of `shared.domain.use.Sample`."""

    __tablename__ = "vm_use"
    vm_id: Mapped[str] = mapped_column(ForeignKey("vms.id"), primary_key=True)
    samples: Mapped[list[Any]]
    measured_at: Mapped[datetime] = mapped_column(server_default=NOW)


class IdleStopRow(Base):
    """What an owner chose for a VM; the columns are the fields of `shared.domain.use.IdleStop`."""

    __tablename__ = "idle_stops"
    __table_args__ = (CheckConstraint("(warned_at IS NULL) = (stops_at IS NULL)", name="whole_warning"),)
    vm_id: Mapped[str] = mapped_column(ForeignKey("vms.id"), primary_key=True)
    after: Mapped[timedelta | None]
    counts_from: Mapped[datetime] = mapped_column(server_default=NOW)
    warned_at: Mapped[datetime | None]
    stops_at: Mapped[datetime | None]


class UseLook(Base):
    """When the machines' use was last looked at: one row."""

    __tablename__ = "use_looks"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_at: Mapped[datetime]
