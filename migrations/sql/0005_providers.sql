-- What may be asked of model providers, decided in one place for all workers: the switch, the breakers, the budgets.
-- Rows are locked in one order everywhere (task, breaker, retry budget, day), so that calls never wait in a circle.

-- What a task's calls may use is taken before each call and never given back, so a killed worker's calls count too.
ALTER TABLE chat.tasks
    ADD COLUMN answer_calls smallint NOT NULL DEFAULT 0,
    ADD COLUMN reserved_tokens_in integer NOT NULL DEFAULT 0,
    ADD COLUMN reserved_tokens_out integer NOT NULL DEFAULT 0,
    ADD COLUMN reserved_money numeric(14, 8) NOT NULL DEFAULT 0;

-- Its one row says that no provider may be called.
CREATE TABLE ops.model_switch (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    stopped_at timestamptz NOT NULL DEFAULT now(),
    reason     text NOT NULL
);

-- One row for each Indian day: reserved before a call, corrected to what it used after it. In US dollars.
CREATE TABLE ops.model_days (
    day         date PRIMARY KEY,
    calls       bigint NOT NULL DEFAULT 0,
    tokens      bigint NOT NULL DEFAULT 0,
    money       numeric(20, 8) NOT NULL DEFAULT 0,
    most_tokens bigint,          -- the ceilings that the last call was judged by; null for none
    most_money  numeric(20, 8)
) WITH (fillfactor = 20);

-- Both may be lost in a crash: what a provider is like is learnt again from five calls.
CREATE UNLOGGED TABLE ops.provider_breakers (
    provider     text NOT NULL,
    model        text NOT NULL,
    state        text NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'open', 'half_open')),
    failures     integer NOT NULL DEFAULT 0,  -- in a row
    successes    integer NOT NULL DEFAULT 0,  -- of probes, in a row
    trips        integer NOT NULL DEFAULT 0,  -- openings since it was last closed
    retry_at     timestamptz,                 -- open: when to probe; half-open: how long the probe under way has
    last_failure text,
    changed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, model),
    CONSTRAINT closed_means_no_wait CHECK ((state = 'closed') = (retry_at IS NULL))
) WITH (fillfactor = 50);
CREATE UNLOGGED TABLE ops.retry_budgets (
    provider  text PRIMARY KEY,
    tokens    double precision NOT NULL,
    filled_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION ops.call_refused(p_provider text, p_model text) RETURNS text LANGUAGE sql STABLE
RETURN CASE
    WHEN EXISTS (SELECT FROM ops.model_switch) THEN 'models_stopped'
    WHEN EXISTS (SELECT FROM ops.provider_breakers
                 WHERE provider = p_provider AND model = p_model AND retry_at > now()) THEN 'provider_resting'
END;
COMMENT ON FUNCTION ops.call_refused IS 'Why no worker may call this model now, or null; takes and changes nothing.';

-- Decides on one call and reserves for it. `p_known` are the answer calls that the asking worker knows of: a crash of
-- the database may forget the last half second, since this commits asynchronously.
CREATE FUNCTION ops.begin_call(
    p_task uuid, p_provider text, p_model text, p_answer boolean, p_known integer,
    p_tokens_in integer, p_tokens_out integer, p_money numeric,
    p_task_calls integer, p_task_tokens_in integer, p_task_tokens_out integer, p_task_money numeric,
    p_task_seconds integer, p_day_tokens bigint, p_day_money numeric,
    OUT refused text, OUT day date, OUT answer_calls integer, OUT probe boolean
) LANGUAGE plpgsql AS $$
DECLARE
    task chat.tasks;
    waiting timestamptz;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    answer_calls := p_known;
    probe := false;
    refused := ops.call_refused(p_provider, p_model);
    IF refused IS NOT NULL THEN
        RETURN;
    END IF;
    IF p_task IS NOT NULL THEN
        SELECT * INTO task FROM chat.tasks WHERE id = p_task FOR NO KEY UPDATE;
        answer_calls := greatest(coalesce(task.answer_calls, 0), p_known);
        IF task.reserved_tokens_in + p_tokens_in > p_task_tokens_in OR task.reserved_money + p_money > p_task_money
           OR task.reserved_tokens_out + p_tokens_out > p_task_tokens_out
           OR task.started_at < ops.now() - make_interval(secs => p_task_seconds) THEN
            refused := 'task_spent';
            RETURN;
        END IF;
    END IF;
    IF p_answer AND answer_calls >= p_task_calls THEN
        refused := 'task_spent';
        RETURN;
    END IF;
    SELECT b.retry_at INTO waiting FROM ops.provider_breakers b WHERE b.provider = p_provider AND b.model = p_model;
    IF waiting IS NOT NULL THEN
        -- Of all workers that find the wait over, the one whose UPDATE comes first gets a row.
        UPDATE ops.provider_breakers b
        SET state = 'half_open', retry_at = now() + ops.probe_lifetime(),
            changed_at = CASE WHEN state = 'open' THEN now() ELSE changed_at END
        WHERE b.provider = p_provider AND b.model = p_model AND b.retry_at <= now();
        IF NOT FOUND THEN
            refused := 'provider_resting';
            RETURN;
        END IF;
        probe := true;
    END IF;
    IF p_answer AND answer_calls > 0 AND NOT ops.take_retry(p_provider) THEN
        refused := 'retries_spent';
    ELSE
        day := ops.reserve(p_tokens_in + p_tokens_out, p_money, p_day_tokens, p_day_money);
        IF day IS NULL THEN
            refused := 'day_spent';
        END IF;
    END IF;
    IF refused IS NOT NULL THEN
        -- Whoever may call is the probe.
        UPDATE ops.provider_breakers b SET retry_at = now()
        WHERE begin_call.probe AND b.provider = p_provider AND b.model = p_model;
        probe := false;
        RETURN;
    END IF;
    answer_calls := answer_calls + p_answer::integer;
    UPDATE chat.tasks t
    SET answer_calls = begin_call.answer_calls, reserved_tokens_in = t.reserved_tokens_in + p_tokens_in,
        reserved_tokens_out = t.reserved_tokens_out + p_tokens_out, reserved_money = t.reserved_money + p_money
    WHERE t.id = p_task;
END;
$$;
COMMENT ON FUNCTION ops.begin_call IS
    'Whether a call to a provider may be made now. If so, it is counted for its task and reserved for its day; '
    '`probe` marks the one call that tries a provider at rest.';

CREATE FUNCTION ops.probe_lifetime() RETURNS interval LANGUAGE sql IMMUTABLE
-- Longer than the longest call: after that whoever made the probe is dead.
RETURN interval '100 seconds';

-- A second answer call of one task costs one token. Every task that asks for the first time brings a tenth of one, so
-- providers see a tenth more calls than there are questions at most; a token in ten seconds comes by itself, so that a
-- quiet night is not without second tries, and ten are the most that are saved up.
CREATE FUNCTION ops.retry_tokens(p_tokens double precision, p_filled_at timestamptz) RETURNS double precision
LANGUAGE sql STABLE
RETURN least(10, p_tokens + 0.1 * extract(epoch FROM now() - p_filled_at));

CREATE FUNCTION ops.take_retry(p_provider text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ops.retry_budgets AS b (provider, tokens, filled_at) VALUES (p_provider, 9, now())
    ON CONFLICT (provider) DO UPDATE SET tokens = ops.retry_tokens(b.tokens, b.filled_at) - 1, filled_at = now()
    WHERE ops.retry_tokens(b.tokens, b.filled_at) >= 1;
    RETURN FOUND;
END;
$$;

CREATE FUNCTION ops.reserve(p_tokens bigint, p_money numeric, p_most_tokens bigint, p_most_money numeric) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
    today date := chat.today();
BEGIN
    FOR trial IN 1..2 LOOP
        UPDATE ops.model_days d
        SET calls = d.calls + 1, tokens = d.tokens + p_tokens, money = d.money + p_money,
            most_tokens = p_most_tokens, most_money = p_most_money
        WHERE d.day = today AND (d.tokens + p_tokens > p_most_tokens) IS NOT TRUE
          AND (d.money + p_money > p_most_money) IS NOT TRUE;
        IF FOUND THEN
            RETURN today;
        END IF;
        INSERT INTO ops.model_days (day) VALUES (today) ON CONFLICT DO NOTHING;
        EXIT WHEN NOT FOUND;
    END LOOP;
    RETURN NULL;
END;
$$;

-- How long a model rests. After failures 5 s, doubled each time up to a minute; after "too many requests" what the
-- provider says, but never under half of the 2 s that it gets when it says nothing, nor over an hour, since one probe an
-- hour is no burden. Up to a fifth more by chance, so that several models or deployments do not come back together.
CREATE FUNCTION ops.rest(p_trips integer, p_busy boolean, p_retry_after integer) RETURNS interval LANGUAGE sql VOLATILE
RETURN make_interval(secs => (1 + 0.2 * random()) * CASE
    WHEN p_busy AND p_retry_after IS NOT NULL THEN least(greatest(p_retry_after, 1), 3600)
    ELSE least(CASE WHEN p_busy THEN 2 ELSE 5 END * 2 ^ least(p_trips, 6), 60)
END);

-- `p_calls`: [{provider, model, day, tokens, money, outcome: alive|failed|busy|unknown, retry_after, probe, fresh}] in
-- the order in which they ended; `tokens` and `money` are what to add to the day, `fresh` marks a task's first answer
-- call.
CREATE FUNCTION ops.settle_calls(p_calls jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ended record;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    FOR ended IN
        SELECT c.value ->> 'provider' AS provider, c.value ->> 'model' AS model, c.value ->> 'outcome' AS outcome,
               (c.value ->> 'retry_after')::integer AS retry_after, (c.value ->> 'probe')::boolean AS probe
        FROM jsonb_array_elements(p_calls) WITH ORDINALITY AS c (value, n) ORDER BY 1, 2, n
    LOOP
        CASE ended.outcome
            WHEN 'alive' THEN PERFORM ops.provider_lives(ended.provider, ended.model, ended.probe);
            WHEN 'unknown' THEN
                -- A probe that tells nothing, its student having left for instance: the next one may try at once.
                UPDATE ops.provider_breakers b SET retry_at = now()
                WHERE ended.probe AND b.provider = ended.provider AND b.model = ended.model AND b.state = 'half_open';
            ELSE PERFORM ops.provider_fails(ended.provider, ended.model, ended.outcome, ended.retry_after, ended.probe);
        END CASE;
    END LOOP;
    INSERT INTO ops.retry_budgets AS b (provider, tokens, filled_at)
    SELECT c.value ->> 'provider', 10, now() FROM jsonb_array_elements(p_calls) AS c
    WHERE (c.value ->> 'fresh')::boolean GROUP BY 1 ORDER BY 1
    ON CONFLICT (provider) DO UPDATE SET filled_at = now(), tokens = ops.retry_tokens(
        b.tokens + 0.1 * (SELECT count(*) FROM jsonb_array_elements(p_calls) AS c
                          WHERE (c.value ->> 'fresh')::boolean AND c.value ->> 'provider' = b.provider), b.filled_at)
    WHERE ops.retry_tokens(b.tokens, b.filled_at) < 10;
    UPDATE ops.model_days d SET tokens = greatest(0, d.tokens + used.tokens), money = greatest(0, d.money + used.money)
    FROM (SELECT (c.value ->> 'day')::date AS day, sum((c.value ->> 'tokens')::bigint) AS tokens,
                 sum((c.value ->> 'money')::numeric) AS money
          FROM jsonb_array_elements(p_calls) AS c GROUP BY 1 ORDER BY 1) AS used
    WHERE d.day = used.day;
END;
$$;
COMMENT ON FUNCTION ops.settle_calls IS 'Correct the reservations of ended calls to what they used, and learn from how they ended.';

CREATE FUNCTION ops.provider_lives(p_provider text, p_model text, p_probe boolean) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    -- In health no row is written. Only probes close: a call that began before the opening says nothing of now.
    UPDATE ops.provider_breakers b SET
        failures = 0,
        successes = CASE WHEN b.state = 'closed' OR b.successes > 0 THEN 0 ELSE 1 END,
        trips = CASE WHEN b.state = 'closed' OR b.successes > 0 THEN 0 ELSE b.trips END,
        changed_at = CASE WHEN b.state <> 'closed' AND b.successes > 0 THEN now() ELSE b.changed_at END,
        state = CASE WHEN b.state = 'closed' OR b.successes > 0 THEN 'closed' ELSE 'half_open' END,
        retry_at = CASE WHEN b.state = 'closed' OR b.successes > 0 THEN NULL ELSE now() END
    WHERE b.provider = p_provider AND b.model = p_model
      AND ((b.state = 'closed' AND b.failures > 0) OR (b.state = 'half_open' AND p_probe));
END;

CREATE FUNCTION ops.provider_fails(
    p_provider text, p_model text, p_outcome text, p_retry_after integer, p_probe boolean
) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO ops.provider_breakers AS b (provider, model, failures, last_failure)
    VALUES (p_provider, p_model, 1, p_outcome)
    ON CONFLICT (provider, model) DO UPDATE SET failures = b.failures + 1, last_failure = p_outcome;
    -- Five in a row: with one call in ten failing by chance that happens once in 100,000 calls, and a provider that is
    -- down is known after five. "Too many requests" is said once. A late failure prolongs no rest, unless it is told to.
    UPDATE ops.provider_breakers b SET
        state = 'open', successes = 0, trips = b.trips + (b.state <> 'open')::integer, changed_at = now(),
        retry_at = greatest(CASE WHEN b.state = 'open' THEN b.retry_at END,
                            now() + ops.rest(b.trips, p_outcome = 'busy', p_retry_after))
    WHERE b.provider = p_provider AND b.model = p_model
      AND (p_outcome = 'busy' OR (b.state = 'closed' AND b.failures >= 5) OR (b.state = 'half_open' AND p_probe));
END;

CREATE FUNCTION ops.stop_models(p_reason text DEFAULT 'stopped by an operator') RETURNS timestamptz LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO ops.model_switch AS s (reason) VALUES (p_reason)
    ON CONFLICT (only_row) DO UPDATE SET reason = excluded.reason RETURNING s.stopped_at;
END;
COMMENT ON FUNCTION ops.stop_models IS 'No worker begins another call to a provider; cache, quotes and running calls go on.';

CREATE FUNCTION ops.resume_models() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ops.model_switch;
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION ops.resume_models IS 'Providers may be called again; false when they were never stopped.';

CREATE VIEW ops.providers AS
SELECT b.provider, b.model, coalesce(b.state, 'closed') AS breaker, b.failures AS failures_in_a_row, b.last_failure,
       b.retry_at, b.changed_at, round(ops.retry_tokens(r.tokens, r.filled_at)::numeric, 1) AS retries_left,
       s.stopped_at, s.reason AS stop_reason, d.day, d.calls, d.tokens, d.most_tokens, d.money, d.most_money
FROM (SELECT chat.today() AS day) AS today
LEFT JOIN ops.provider_breakers b ON true
LEFT JOIN ops.retry_budgets r ON r.provider = b.provider
LEFT JOIN ops.model_switch s ON true
LEFT JOIN ops.model_days d ON d.day = today.day
ORDER BY b.provider, b.model;
COMMENT ON VIEW ops.providers IS
    'A row for each model that ever failed (one without a name before): its breaker, the second tries left, and with each '
    'the switch and the day''s calls, tokens and money (US dollars) with their ceilings.';
