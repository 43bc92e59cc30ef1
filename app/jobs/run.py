"""One run of one task: the turn's events become the stream's, and its end becomes the stored answer."""

from contextlib import aclosing
from dataclasses import astuple
from datetime import timedelta

from app.agents import closing
from app.agents.answer import Intent
from app.agents.ask import Ask
from app.agents.events import ChatEvent, Finished, Restarted, RouteChosen, SourcesFound, StageReached, TextShown
from app.agents.turn import ChatTurn
from app.db import cache, tasks, withheld
from app.db.tasks import Ending, RunningTask
from app.errors import ProviderError
from app.jobs.attempt import Attempt
from app.jobs.leases import Running
from app.jobs.persistence import persistently
from app.jobs.stream_writer import StreamWriter
from app.resources import Resources
from app.retrieval import stored_answers
from app.telemetry import get_logger

# News goes stale; what the examination asks of a constitution does not.
NEWS_LIFETIME = timedelta(hours=24)
LIFETIME = timedelta(days=30)


class Run:
    """A task on its way to an answer. `talk` may be cancelled at any time; then `finish` takes a partial answer."""

    def __init__(self, resources: Resources, turn: ChatTurn, writer: StreamWriter, task: RunningTask, ask: Ask) -> None:
        self._resources = resources
        self._turn = turn
        self._writer = writer
        self._task = task
        self._ask = ask
        self.attempt = Attempt(writer, task.id, task.attempt)

    async def talk(self, running: Running) -> Finished:
        """Run the turn and stream what it says; its last event."""
        async with aclosing(self._turn.run(self._ask)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event
                if isinstance(event, Restarted):
                    await self._raise_attempt(running, event.reason)
                else:
                    self._say(event)
        raise RuntimeError("a turn ended without Finished")

    def _say(self, event: ChatEvent) -> None:
        match event:
            case StageReached(stage):
                self.attempt.stage(stage)
            case RouteChosen():
                self.attempt.routed(event)
            case SourcesFound(sources):
                self.attempt.sourced(sources)
            case TextShown(text):
                self.attempt.token(text)

    async def _raise_attempt(self, running: Running, reason: str) -> None:
        running.rising = True
        number = await persistently(
            lambda: tasks.raise_attempt(self._resources.pool, self._task.id, attempt=self.attempt.number)
        )
        running.attempt, running.rising = number, False
        self.attempt = Attempt(self._writer, self._task.id, number, reason=reason)

    def stopped(self) -> Finished:
        """The end that a student asked for: what was shown is the answer, and it is never cached."""
        attempt = self.attempt
        intent: Intent = attempt.route["intent"] if attempt.route else "factual"
        answer = closing.stopped(self._ask, intent, self._turn.first_tier, attempt.text, attempt.sources)
        return Finished(answer, cacheable=False, produced=True, versions=(), namespaces=())

    async def finish(self, finished: Finished) -> None:
        """Commit the answer, then say `done`.

        Raises:
            AttemptFenced: another attempt has taken over; nothing was written.
        """
        ending = await self._ending(finished)
        await persistently(lambda: self._commit(ending, finished))
        self.attempt.done(ending.answer)

    async def _commit(self, ending: Ending, finished: Finished) -> None:
        rows = [withheld.Row(*astuple(one)) for one in finished.left_out]
        async with self._resources.pool.acquire() as connection, connection.transaction():
            await tasks.finish(connection, self._task, ending, attempt=self.attempt.number)
            await withheld.save(connection, rows, task_id=self._task.id, attempt=self.attempt.number)

    async def _ending(self, finished: Finished) -> Ending:
        attempt = self.attempt
        return Ending(
            answer=finished.answer.model_dump(mode="json"),
            route=attempt.route,
            sources=[source.model_dump(mode="json") for source in attempt.sources],
            namespaces=finished.namespaces,
            withheld=finished.withheld,
            last_seq=attempt.seq + 1,
            refund=not finished.produced,
            first_words_at=attempt.first_words_at,
            cache_entry=await self._cache_entry(finished) if finished.cacheable else None,
            served=finished.served,
        )

    async def _cache_entry(self, finished: Finished) -> cache.NewEntry | None:
        task, attempt = self._task, self.attempt
        question = finished.question or task.question
        try:
            key = await stored_answers.key_of(question, self._resources.embedder)
        except ProviderError as error:
            # The answer is shown and whole: that it is not kept for others must not void it.
            get_logger(__name__).warning("cache.not_kept", code=error.code)
            return None
        if attempt.route is None or key is None:
            return None
        return cache.NewEntry(
            question=question,
            key=key,
            language=task.language,
            prompt_set=self._resources.prompt_set,
            route=attempt.route,
            sources=[source.model_dump(mode="json") for source in attempt.sources],
            answer=finished.answer.model_dump(mode="json"),
            lifetime=NEWS_LIFETIME if finished.answer.intent == "current_affairs" else LIFETIME,
            versions=finished.versions,
            namespaces=finished.namespaces,
        )
