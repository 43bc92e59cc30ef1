-- What operators and DBAs look at.

CREATE TABLE ops.llm_calls (
    id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    task_id    uuid,
    attempt    integer,
    node       text NOT NULL CHECK (node IN ('route', 'answer', 'embed', 'rerank', 'judge')),
    model      text NOT NULL,
    tokens_in  integer NOT NULL DEFAULT 0 CHECK (tokens_in >= 0),
    tokens_out integer NOT NULL DEFAULT 0 CHECK (tokens_out >= 0),
    cost       numeric(14, 8),  -- US dollars; null where the price of the model is not known
    ms         integer NOT NULL CHECK (ms >= 0),
    outcome    text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX llm_calls_task ON ops.llm_calls (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX llm_calls_day ON ops.llm_calls (created_at);

CREATE VIEW ops.content AS
SELECT d.name AS domain, d.intent, n.name AS namespace, n.model,
       count(v.id) FILTER (WHERE v.status = 'live') AS live_versions,
       count(v.id) FILTER (WHERE v.status <> 'live') AS other_versions,
       (SELECT max(r.id) FROM catalog.revisions r WHERE r.domain = d.name) AS last_revision
FROM catalog.domains d
LEFT JOIN catalog.namespaces n ON n.domain = d.name AND n.status = 'active'
LEFT JOIN catalog.versions v ON v.domain = d.name
GROUP BY d.name, d.intent, n.name, n.model ORDER BY d.name;
COMMENT ON VIEW ops.content IS 'One row per domain: what is live and which embeddings serve it.';

CREATE VIEW ops.questions_by_day AS
SELECT (accepted_at AT TIME ZONE 'Asia/Kolkata')::date AS day, intent, tier, count(*) AS questions,
       count(*) FILTER (WHERE refused) AS refused, count(*) FILTER (WHERE is_fallback) AS fallbacks,
       count(*) FILTER (WHERE status = 'failed') AS failed,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - accepted_at)))::numeric, 3)
           AS median_seconds
FROM chat.tasks GROUP BY 1, 2, 3;
COMMENT ON VIEW ops.questions_by_day IS 'Questions by Indian calendar day, intent and tier.';

CREATE VIEW ops.unfinished_tasks AS
SELECT id, status, attempt, runs, job_id, ops.now() - accepted_at AS age, lease_until < now() AS lease_expired
FROM chat.tasks WHERE status IN ('queued', 'running');
COMMENT ON VIEW ops.unfinished_tasks IS 'Tasks a worker still owes an answer to.';

CREATE VIEW ops.workers AS
SELECT 'chat' AS queue, id, last_heartbeat, last_heartbeat > now() - interval '10 seconds' AS live
FROM queue_chat.procrastinate_workers
UNION ALL
SELECT 'bulk', id, last_heartbeat, last_heartbeat > now() - interval '10 seconds'
FROM queue_bulk.procrastinate_workers;
COMMENT ON VIEW ops.workers IS 'Worker processes and whether their heartbeat is fresh.';

CREATE VIEW ops.model_costs AS
SELECT (created_at AT TIME ZONE 'Asia/Kolkata')::date AS day, node, model, outcome, count(*) AS calls,
       sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out, sum(cost) AS cost,
       round(avg(ms)) AS average_ms
FROM ops.llm_calls GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW ops.model_costs IS 'Model, embedding and rerank calls by day.';
