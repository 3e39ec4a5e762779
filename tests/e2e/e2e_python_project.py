"""A small Python project, a runner of background jobs, and what a person would ask of it."""

from __future__ import annotations

FILES: dict[str, str] = {
    "pyproject.toml": '[project]\nname = "relay"\nversion = "1.4.0"\ndependencies = ["httpx"]\n',
    "README.md": "# Relay\n\nRuns background jobs from a durable queue.\n\n## Install\n\n    pip install relay\n",
    "src/relay/__init__.py": '"""Background jobs."""\n\nfrom relay.job_queue import JobQueue\n\n__all__ = ["JobQueue"]\n',
    "src/relay/config.py": '''\
"""Settings of the service."""

import os
import tomllib
from dataclasses import dataclass


@dataclass
class Settings:
    """What can be configured."""

    database: str = "relay.sqlite"
    workers: int = 4
    heartbeat_seconds: float = 5.0


def load_settings(path: str) -> Settings:
    """Read the configuration file and let environment variables override it."""
    with open(path, "rb") as file:
        values = tomllib.load(file)
    for name in ("database", "workers"):
        if (found := os.environ.get(f"RELAY_{name.upper()}")) is not None:
            values[name] = found
    return Settings(**values)
''',
    "src/relay/job_queue.py": '''\
"""Jobs that wait for a worker, the most urgent first."""

import heapq
import itertools


class JobQueue:
    """A priority queue of jobs."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, object]] = []
        self._order = itertools.count()

    def push(self, job: object, priority: int = 0) -> None:
        """Add a job; a smaller number is more urgent."""
        heapq.heappush(self._heap, (priority, next(self._order), job))

    def pop(self) -> object:
        """Take the most urgent job, the oldest of those of equal priority."""
        return heapq.heappop(self._heap)[2]

    def __len__(self) -> int:
        return len(self._heap)
''',
    "src/relay/backoff.py": '''\
"""Trying again after failures."""

import random
import time


def backoff_delay(attempt: int, base: float = 0.5, ceiling: float = 60.0) -> float:
    """Seconds to wait before the next attempt: exponential growth with random jitter."""
    if attempt < 0:
        raise ValueError("attempts are counted from 0")
    longest = min(ceiling, base * 2**attempt)
    return random.uniform(0, longest)


def retry_with_backoff(operation, attempts: int = 5):
    """Call an operation until it succeeds, waiting longer after each failure."""
    for attempt in range(attempts):
        try:
            return operation()
        except OSError:
            if attempt + 1 == attempts:
                raise
            time.sleep(backoff_delay(attempt))
    return None
''',
    "src/relay/worker.py": '''\
"""The loop that executes jobs."""

import threading
import traceback

from relay.job_queue import JobQueue


class Worker(threading.Thread):
    """Takes jobs off the queue and runs them until it is stopped."""

    def __init__(self, queue: JobQueue) -> None:
        super().__init__(daemon=True)
        self.queue = queue
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until stopped."""
        while not self.stopping.is_set():
            self.execute(self.queue.pop())

    def execute(self, job) -> None:
        """Run one job and record its failure."""
        try:
            job.run()
        except Exception:
            job.error = traceback.format_exc()

    def send_heartbeat(self, monitor) -> None:
        """Tell the monitor that this worker is still alive."""
        monitor.beat(self.name)
''',
    "src/relay/storage.py": '''\
"""Jobs on disk."""

import json
import sqlite3


class JobStore:
    """Persists jobs in SQLite, so that none is lost when the process restarts."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path)
        self.connection.execute("CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, state TEXT, payload TEXT)")

    def save_job(self, job_id: str, state: str, payload: dict) -> None:
        """Insert the job or replace what is stored of it."""
        self.connection.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?)", (job_id, state, json.dumps(payload)))

    def list_failed_jobs(self) -> list[str]:
        """Identifiers of all jobs whose last run raised an error."""
        return [row[0] for row in self.connection.execute("SELECT id FROM jobs WHERE state = 'failed'")]
''',
    "src/relay/schedule.py": '''\
"""Recurring jobs."""

from datetime import datetime, timedelta


def parse_cron(expression: str) -> list[set[int]]:
    """The minutes, hours, days, months and weekdays that a cron expression allows."""
    ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]
    fields = []
    for part, (low, high) in zip(expression.split(), ranges, strict=True):
        fields.append(set(range(low, high + 1)) if part == "*" else {int(number) for number in part.split(",")})
    return fields


def next_run(expression: str, after: datetime) -> datetime:
    """When a recurring job is due the next time."""
    minutes, hours, days, months, _ = parse_cron(expression)
    moment = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while not (moment.minute in minutes and moment.hour in hours and moment.day in days and moment.month in months):
        moment += timedelta(minutes=1)
    return moment
''',
    "src/relay/web/auth.py": '''\
"""Who may use the dashboard."""

import hashlib
import hmac
import os


def hash_password(password: str, salt: bytes | None = None) -> bytes:
    """Derive a key from a password with a random salt."""
    salt = salt or os.urandom(16)
    return salt + hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def verify_password(password: str, stored: bytes) -> bool:
    """Whether a password is the one that was stored, compared in constant time."""
    return hmac.compare_digest(hash_password(password, stored[:16]), stored)
''',
    "src/relay/web/fetch.py": '''\
"""Calling web hooks."""

import random
import time

import httpx


def call_webhook_again_and_again(url: str, attempts: int = 5):
    """Post to a URL until it succeeds, waiting longer after each failure."""
    for attempt in range(attempts):
        try:
            return httpx.post(url)
        except OSError:
            if attempt + 1 == attempts:
                raise
            time.sleep(random.uniform(0, min(60.0, 0.5 * 2**attempt)))
    return None
''',
    "src/relay/labels.py": '''\
"""État des tâches — 状態の表示 😀"""

ICONS = {"ok": "✅", "失敗": "🧨"}; FALLBACK_ICON = "❓"


class Übersetzer:
    """Renders the state of a job for people. 🌍"""

    def etikett_für(self, état: str) -> str:
        """The emoji label of a job state."""
        return "👩‍💻 " + ICONS.get(état, FALLBACK_ICON)


if ICONS: message = "日本語 🎌"; label_of = lambda état: ICONS[état]; """🎌"""; 終わり = True
''',
    "src/relay/metrics.py": '''\
"""Numbers about what happened."""


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of the measurements lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Histogram:
    """Counts measurements in buckets."""

    def __init__(self, bounds: list[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        """Add a measurement to its bucket."""
        self.counts[sum(value > bound for bound in self.bounds)] += 1
''',
    "tests/test_backoff.py": """\
from relay.backoff import backoff_delay


def test_the_delay_has_a_ceiling():
    assert all(backoff_delay(attempt, ceiling=3.0) <= 3.0 for attempt in range(20))
""",
}

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("how long to wait before the next attempt", "src/relay/backoff.py", "backoff_delay"),
    (
        "environment variables override the configuration file",
        "src/relay/config.py",
        "load_settings",
    ),
    ("when is a recurring job due the next time", "src/relay/schedule.py", "next_run"),
    ("compare a password in constant time", "src/relay/web/auth.py", "verify_password"),
    ("persist jobs so that none is lost at a restart", "src/relay/storage.py", "JobStore"),
)
"""Query, file, and name of the definition that must come first."""

SMALL: tuple[tuple[str, str, str], ...] = (
    ("identifiers of all failed jobs", "src/relay/storage.py", "list_failed_jobs"),
    ("etikett_für", "src/relay/labels.py", "etikett_für"),
    ("JobQueue.pop", "src/relay/job_queue.py", "pop"),
)
"""The same for definitions of a few lines, which may be shown with what is around them."""

SYMBOLS: tuple[tuple[str, str, str], ...] = (
    ("retry_with", "src/relay/backoff.py", "retry_with_backoff"),
    ("lFJ", "src/relay/storage.py", "list_failed_jobs"),
    ("Worker.execute", "src/relay/worker.py", "execute"),
    ("Übersetzer", "src/relay/labels.py", "Übersetzer"),
    ("FALLBACK_ICON", "src/relay/labels.py", "FALLBACK_ICON"),
)
