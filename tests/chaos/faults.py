"""How each kind of fault is done to a site, and undone. Each returns when the harm is over."""

import itertools
import signal
import time
from collections.abc import Callable

from tests.chaos.plan import Fault
from tests.chaos.site import Site
from tests.support.aggregator_process import AggregatorProcess
from tests.support.waiting import until

MOVES_S = 180.0
"""How long partitions may take to move; ClickHouse may be away for a minute of it."""
SLOW_S = 0.25
"""Delay of each piece on the slow way to ClickHouse."""
ids = itertools.count(1)


def inject(site: Site, fault: Fault) -> None:
    """Do it, for as long as it lasts."""
    time.sleep(fault.after_s)  # the load goes on meanwhile; when within it a fault comes is part of the plan
    DONE_BY[fault.kind](site, fault)


def _kill(site: Site, fault: Fault) -> None:
    site.stack_of(fault.part).kill(fault.part)


def _pause(site: Site, fault: Fault) -> None:
    stack = site.stack_of(fault.part)
    pid = stack.pid(fault.part)
    stack.kill(fault.part, signal.SIGSTOP)
    time.sleep(fault.lasts_s)
    assert stack.pid(fault.part) == pid, f"{fault.part} slept, it did not die"
    stack.kill(fault.part, signal.SIGCONT)


def _away(site: Site, fault: Fault) -> None:
    stack = site.stack_of(fault.part)
    stack.stop_part(fault.part)
    time.sleep(fault.lasts_s)
    stack.start_part(fault.part)


def _join(site: Site, fault: Fault) -> None:
    worker = _joined(site)
    time.sleep(fault.lasts_s)
    _leave(site, worker)


def _join_two(site: Site, fault: Fault) -> None:
    """A second and a third: one leaves as it should, one dies."""
    second, third = _joined(site), _joined(site)
    time.sleep(fault.lasts_s)
    third.kill()
    _leave(site, second)


def _zombie(site: Site, fault: Fault) -> None:
    """The aggregator sleeps until its partitions are another's, and wakes in the middle of its batch."""
    successor = _joined(site)
    site.services.kill("aggregator", signal.SIGSTOP)
    time.sleep(fault.lasts_s)
    until(lambda: _owners(site) == {_name_of(site, successor)}, "all partitions moved", MOVES_S)
    site.services.kill("aggregator", signal.SIGCONT)
    site.services.wait_ready("aggregator")
    _leave(site, successor)


def _full_disk(site: Site, fault: Fault) -> None:
    site.disk.fill()
    time.sleep(fault.lasts_s)
    site.disk.empty()


def _slow(site: Site, fault: Fault) -> None:
    site.proxy.delay_s = SLOW_S
    time.sleep(fault.lasts_s)
    site.proxy.delay_s = 0.0


DONE_BY: dict[str, Callable[[Site, Fault], None]] = {
    "kill": _kill,
    "pause": _pause,
    "away": _away,
    "join": _join,
    "join two, one is killed": _join_two,
    "zombie": _zombie,
    "full disk": _full_disk,
    "slow": _slow,
}


def _joined(site: Site) -> AggregatorProcess:
    """A further worker that has taken its share over, unless ClickHouse or the broker is away so long."""
    name = f"worker-{next(ids)}"
    worker = site.worker(name)
    until(lambda: worker.ready() or not worker.running, f"{name} ready", MOVES_S)
    assert worker.running, f"{name} ended; its log is {site.folder / name}.log"
    return worker


def _leave(site: Site, worker: AggregatorProcess) -> None:
    worker.stop()
    site.workers.pop(_name_of(site, worker))


def _name_of(site: Site, worker: AggregatorProcess) -> str:
    return next(name for name, known in site.workers.items() if known is worker)


def _owners(site: Site) -> set[str]:
    """Who wrote the progress of the events' partitions last."""
    rows = site.store.query("SELECT DISTINCT worker FROM progress FINAL WHERE topic LIKE '%enrollment-events'")
    return {worker for (worker,) in rows}
