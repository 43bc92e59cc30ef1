"""The two procrastinate apps. One set of blueprints, two schemas: bulk work must not slow the students' queue."""

from typing import Literal

from procrastinate import App

from app.jobs import tasks
from app.jobs.connector import PatientConnector
from app.jobs.waking import WakefulApp

Queue = Literal["chat", "bulk"]


def make_app(queue: Queue, dsn: str, *, connections: int = 4, durable: bool = True) -> App:
    """The app of one queue; opened by its worker.

    Each connection looks for procrastinate's tables in that queue's schema alone. Without `durable`, what it writes is
    on disk a little later and waits for no flush: for the worker of a queue whose tasks know by themselves what became
    of them. A fetch that a crash of the database undid is made again, of an end that was lost the sweep takes care.
    """
    settings = {"search_path": f"queue_{queue}", "application_name": f"prashna-queue-{queue}"}
    if not durable:
        settings["synchronous_commit"] = "off"
    connector = PatientConnector(
        conninfo=dsn,
        kwargs={"options": " ".join(f"-c {name}={value}" for name, value in settings.items())},
        min_size=1,
        max_size=connections,
    )
    app = WakefulApp(connector=connector)
    for name, blueprint in tasks.blueprints().items():
        app.add_tasks_from(blueprint, namespace=name)
    return app
