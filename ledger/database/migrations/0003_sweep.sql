-- Keys of requests are kept for as long as somebody may repeat the request, and no longer.

-- Rows are added in the order of their time, so the smallest of indexes finds what is over
-- and costs `append` next to nothing.
CREATE INDEX request_kept_until ON request USING brin (kept_until)
    WITH (pages_per_range = 16, autosummarize = on);

-- Takes away at most `_most` keys whose time is over; returns how many. The writer may not
-- delete, and through this no more than that.
CREATE FUNCTION sweep_requests(_most integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH gone AS (
        DELETE FROM request WHERE key IN (
            SELECT key FROM request WHERE kept_until < clock_timestamp() LIMIT _most)
        RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION sweep_requests FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sweep_requests TO stafettlogg_writer;
