DROP VIEW ops.providers;
DROP FUNCTION ops.resume_models();
DROP FUNCTION ops.stop_models(text);
DROP FUNCTION ops.settle_calls(jsonb);
DROP FUNCTION ops.provider_fails(text, text, text, integer, boolean);
DROP FUNCTION ops.provider_lives(text, text, boolean);
DROP FUNCTION ops.rest(integer, boolean, integer);
DROP FUNCTION ops.begin_call(uuid, text, text, boolean, integer, integer, integer, numeric, integer, integer, integer,
                             numeric, integer, bigint, numeric);
DROP FUNCTION ops.reserve(bigint, numeric, bigint, numeric);
DROP FUNCTION ops.take_retry(text);
DROP FUNCTION ops.retry_tokens(double precision, timestamptz);
DROP FUNCTION ops.probe_lifetime();
DROP FUNCTION ops.call_refused(text, text);
DROP TABLE ops.retry_budgets, ops.provider_breakers, ops.model_days, ops.model_switch;
ALTER TABLE chat.tasks DROP COLUMN answer_calls, DROP COLUMN reserved_tokens_in, DROP COLUMN reserved_tokens_out,
    DROP COLUMN reserved_money;
