"""The two procrastinate apps. One set of blueprints, two schemas: bulk work must not slow the students' queue."""

from typing import Literal

from procrastinate import App

from app.jobs import tasks
from app.jobs.connector import PatientConnector
from app.jobs.waking import WakefulApp

Queue = Literal["chat", "bulk"]


def make_app(queue: Queue, dsn: str, *, connections: int = 4) -> App:
    """The app of one queue; opened by its worker.

    Each connection looks for procrastinate's tables in that queue's schema alone.
    """
    connector = PatientConnector(
        conninfo=dsn,
        kwargs={"options": f"-c search_path=queue_{queue} -c application_name=prashna-queue-{queue}"},
        min_size=1,
        max_size=connections,
    )
    app = WakefulApp(connector=connector)
    for name, blueprint in tasks.blueprints().items():
        app.add_tasks_from(blueprint, namespace=name)
    return app
