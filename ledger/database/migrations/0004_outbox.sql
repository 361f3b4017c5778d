-- Notices on their way to people. What is here can be made again from the log, but for what
-- has been sent; a notice is deleted when nothing would make it again.

CREATE TABLE outbox (
    id uuid PRIMARY KEY,                 -- follows from what the notice is; its receiver's too
    sealed bytea NOT NULL,               -- to whom, of which kind and about which case
    made_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,         -- when it is to be tried next
    tries integer NOT NULL DEFAULT 0,
    ended_at timestamptz                 -- sent, or not to be sent any more
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE ended_at IS NULL;
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE ended_at IS NOT NULL;
GRANT SELECT ON outbox TO stafettlogg_writer;

-- The writer may change no table, and through these three no more than they say.
CREATE FUNCTION outbox_put(_ids uuid[], _sealed bytea[], _at timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH put AS (
        INSERT INTO outbox (id, sealed, made_at, due_at)
        SELECT id, sealed, _at, _at FROM unnest(_ids, _sealed) AS given(id, sealed)
        ON CONFLICT (id) DO NOTHING
        RETURNING 1)
    SELECT count(*) FROM put
$$;

-- `_again`: when to try once more; without it the notice has come to its end.
CREATE FUNCTION outbox_tried(_id uuid, _at timestamptz, _again timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE outbox SET tries = tries + 1, due_at = coalesce(_again, due_at),
        ended_at = CASE WHEN _again IS NULL THEN _at END
    WHERE id = _id AND ended_at IS NULL
$$;

CREATE FUNCTION outbox_forget(_ended_before timestamptz, _most integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH gone AS (
        DELETE FROM outbox WHERE id IN (
            SELECT id FROM outbox WHERE ended_at < _ended_before LIMIT _most)
        RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION outbox_put, outbox_tried, outbox_forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_put, outbox_tried, outbox_forget TO stafettlogg_writer;
