-- Back to a run of its own for every question: followers that wait get one, students who left their run are done.

DROP FUNCTION ops.drop_old_keys(interval, integer);
DROP FUNCTION chat.enqueue(jsonb, integer);
DROP FUNCTION chat.close_full_flights(bytea[], integer);
DROP FUNCTION chat.add_leaders(chat.asked[]);
DROP FUNCTION chat.judge(chat.asked[], integer);
DROP FUNCTION chat.defer_answers(uuid[]);
DROP TYPE chat.asked;
DROP FUNCTION chat.gate(text, uuid, uuid, text, text, real[], text[], text, text, real, integer, bytea, text, bytea,
                        boolean);
DROP FUNCTION chat.add_ticket(bytea, uuid);
DROP FUNCTION chat.hit_of(chat.tasks);
DROP FUNCTION chat.return_taken(uuid[]);
DROP FUNCTION chat.lock_student(text);
DROP TABLE chat.units_taken;
DROP FUNCTION chat.end_run(uuid, integer, jsonb, text, jsonb, jsonb, uuid[], integer, integer, boolean, timestamptz);
UPDATE chat.tasks SET job_id = chat.defer_answer(id)
WHERE status IN ('queued', 'running') AND flight_id <> id;
UPDATE chat.tasks SET status = 'done', answer = left_answer, finished_at = left_at, lease_until = NULL
WHERE status IN ('queued', 'running') AND left_at IS NOT NULL;
UPDATE chat.tasks SET flight_id = NULL, shown_attempt = NULL, shown_seq = NULL WHERE flight_id IS NOT NULL;
DROP INDEX chat.tasks_run_ended, chat.tasks_user_unfinished, chat.tasks_leader;
ALTER TABLE chat.tasks DROP COLUMN left_answer, DROP COLUMN left_at, DROP COLUMN shown_attempt, DROP COLUMN flight_key;
