-- One tenant's ledger: envelopes, bodies, heads, keys of requests, and the one function
-- that writes them. Positions are given out by the head row, so they are dense and their
-- order is the order of commits.

CREATE TABLE head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL DEFAULT 0,  -- of the last entry; 0: none
    erasures bigint NOT NULL DEFAULT 0,  -- bodies; a cache built under another count is stale
    grants bigint NOT NULL DEFAULT 0     -- entries that changed who may see what
) WITH (fillfactor = 50);
INSERT INTO head DEFAULT VALUES;

CREATE TABLE envelope (
    position bigint PRIMARY KEY,
    stream uuid NOT NULL,
    version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,                -- the signed envelope, byte for byte
    UNIQUE (stream, version)
);
ALTER TABLE envelope ALTER COLUMN state SET STORAGE EXTERNAL;

CREATE TABLE body (
    position bigint PRIMARY KEY,
    key_id uuid NOT NULL,                -- data key it is sealed under
    nonce bytea NOT NULL,
    ciphertext bytea NOT NULL
);
ALTER TABLE body ALTER COLUMN ciphertext SET STORAGE EXTERNAL;

CREATE TABLE stream_head (
    stream uuid PRIMARY KEY,
    version bigint NOT NULL,
    leaf bytea NOT NULL                  -- leaf hash of the last entry of the stream
) WITH (fillfactor = 50);

CREATE TABLE request (                   -- what makes a repeated request safe
    key bytea PRIMARY KEY,               -- keyed hash of tenant, person and Idempotency-Key
    content bytea NOT NULL,              -- keyed hash of the request
    first bigint NOT NULL,               -- positions it was recorded at, inclusive
    last bigint NOT NULL,
    kept_until timestamptz               -- NULL: for ever
);

CREATE TABLE keyed_index (               -- what joins streams to cases and cases to people
    key bytea PRIMARY KEY,
    sealed bytea NOT NULL
);

CREATE TABLE erasure (                   -- bodies taken away, and the entry that says why
    position bigint PRIMARY KEY,
    decided_at bigint NOT NULL,
    executed timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Records a batch of calls, or says which of them are in conflict and records nothing.
-- Arrays are parallel; `*_call` counts the calls of the batch from 1. A call is in conflict
-- when a stream it was decided on no longer has the version and leaf it saw, or when an
-- earlier call of the batch writes one. A place, request or index key that is taken breaks
-- its unique constraint, and nothing is recorded either. So a refused call never burns a
-- position, and the caller records the others without it.
--
-- base: position before the first entry of the batch; refused: calls in conflict.
CREATE FUNCTION append(
    _calls integer,
    _decided_call integer[], _decided_stream uuid[], _decided_version bigint[],
    _decided_leaf bytea[],
    _entry_stream uuid[], _entry_version bigint[], _entry_topic text[],
    _entry_state bytea[], _entry_key uuid[], _entry_nonce bytea[],
    _entry_ciphertext bytea[],
    _head_call integer[], _head_stream uuid[], _head_version bigint[], _head_leaf bytea[],
    _request_key bytea[], _request_content bytea[],
    _request_first integer[], _request_count integer[], _request_days integer[],
    _index_key bytea[], _index_sealed bytea[],
    _grants integer,
    OUT base bigint, OUT refused integer[]
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT
  -- One plan for any number of rows, made once: planning anew costs more than it can save.
  -- By index always: made while the tables are empty, it would scan them when they grow.
  -- Never compiled: a plan that lives for microseconds is not worth milliseconds.
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    _size CONSTANT integer := cardinality(_entry_stream);
BEGIN
    -- The lock comes first: every statement below sees what earlier calls committed.
    UPDATE head SET position = position + _size, grants = grants + _grants
    RETURNING position - _size INTO base;

    SELECT array_agg(d.call) INTO refused
      FROM unnest(_decided_call, _decided_stream, _decided_version, _decided_leaf)
           AS d(call, stream, version, leaf)
      LEFT JOIN stream_head h ON h.stream = d.stream
     WHERE coalesce(h.version, 0) <> d.version OR h.leaf IS DISTINCT FROM d.leaf;

    IF _calls > 1 THEN
        SELECT refused || array_agg(s.call) INTO refused
          FROM (SELECT a.call, min(a.call) FILTER (WHERE a.writes)
                               OVER (PARTITION BY a.stream) AS writer
                  FROM (SELECT d.call, d.stream, false AS writes
                          FROM unnest(_decided_call, _decided_stream) AS d(call, stream)
                        UNION ALL
                        SELECT h.call, h.stream, true
                          FROM unnest(_head_call, _head_stream) AS h(call, stream)
                       ) AS a
               ) AS s
         WHERE s.call > s.writer;
    END IF;

    IF refused IS NOT NULL THEN
        UPDATE head SET position = base, grants = grants - _grants;
        RETURN;
    END IF;

    INSERT INTO envelope (position, stream, version, topic, state)
    SELECT base + e.place, e.stream, e.version, e.topic, e.state
      FROM unnest(_entry_stream, _entry_version, _entry_topic, _entry_state)
           WITH ORDINALITY AS e(stream, version, topic, state, place);

    INSERT INTO body (position, key_id, nonce, ciphertext)
    SELECT base + e.place, e.key, e.nonce, e.ciphertext
      FROM unnest(_entry_key, _entry_nonce, _entry_ciphertext)
           WITH ORDINALITY AS e(key, nonce, ciphertext, place)
     WHERE e.key IS NOT NULL;

    INSERT INTO stream_head (stream, version, leaf)
    SELECT * FROM unnest(_head_stream, _head_version, _head_leaf)
        ON CONFLICT (stream) DO UPDATE
       SET version = excluded.version, leaf = excluded.leaf;

    IF cardinality(_request_key) > 0 THEN
        INSERT INTO request (key, content, first, last, kept_until)
        SELECT r.key, r.content, base + r.first, base + r.first + r.count - 1,
               clock_timestamp() + r.days * interval '1 day'
          FROM unnest(_request_key, _request_content, _request_first, _request_count,
                      _request_days) AS r(key, content, first, count, days);
    END IF;

    IF cardinality(_index_key) > 0 THEN
        INSERT INTO keyed_index (key, sealed)
        SELECT * FROM unnest(_index_key, _index_sealed);
    END IF;
END
$$;

-- Keeps everybody else from recording until the transaction ends: for who lost the place in
-- an access stream to another process and must not lose it again.
CREATE FUNCTION hold() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT FROM head FOR UPDATE
$$;

-- Takes bodies away on the strength of the entry at `_decided_at`, which stands after them.
-- The envelope, its place and every proof stay. Returns how many bodies were deleted.
CREATE FUNCTION erase_bodies(_positions bigint[], _decided_at bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    _deleted bigint;
BEGIN
    PERFORM 1 FROM head FOR UPDATE;
    PERFORM 1 FROM envelope WHERE position = _decided_at;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no entry at the position given as the decision';
    END IF;
    IF EXISTS (SELECT 1 FROM unnest(_positions) AS p WHERE p >= _decided_at) THEN
        RAISE EXCEPTION 'a decision erases only what stands before it';
    END IF;
    INSERT INTO erasure (position, decided_at)
    SELECT b.position, _decided_at FROM body b WHERE b.position = ANY (_positions);
    DELETE FROM body WHERE position = ANY (_positions);
    GET DIAGNOSTICS _deleted = ROW_COUNT;
    UPDATE head SET erasures = erasures + _deleted;
    RETURN _deleted;
END
$$;

-- Seat belts: a slip of a hand stops here; a superuser does not, and the log shows it.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries are never changed or deleted';
END
$$;
CREATE TRIGGER envelope_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON envelope
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER body_is_never_changed BEFORE UPDATE OR TRUNCATE ON body
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Rights. The writer writes through `append` alone, and may hold others back for it.
DO $$
DECLARE
    _schema text := current_schema();
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO stafettlogg_writer, stafettlogg_follower,'
                   ' stafettlogg_publisher, stafettlogg_eraser', _schema);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', _schema);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO stafettlogg_writer',
                   _schema);
    GRANT EXECUTE ON FUNCTION append, hold TO stafettlogg_writer;
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO stafettlogg_eraser', _schema);
    ALTER FUNCTION erase_bodies OWNER TO stafettlogg_eraser;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM stafettlogg_eraser', _schema);
END
$$;
GRANT SELECT ON head, envelope, body, erasure, stream_head, keyed_index
    TO stafettlogg_follower;
GRANT SELECT ON head, envelope TO stafettlogg_publisher;
GRANT SELECT ON head, envelope, body TO stafettlogg_eraser;
GRANT DELETE ON body TO stafettlogg_eraser;
GRANT UPDATE ON head TO stafettlogg_eraser;
GRANT INSERT ON erasure TO stafettlogg_eraser;
