-- One tenant's wrapped data keys. They lie in a database of their own, with a short backup
-- retention of its own, so that a destroyed key does not come back with a restored ledger.

CREATE TABLE wrapped_key (
    key_id uuid PRIMARY KEY,
    stream uuid NOT NULL,
    epoch integer NOT NULL,              -- of the tenant key it is wrapped under
    wrapped bytea NOT NULL,              -- AES-256-KWP (RFC 5649)
    made timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX wrapped_key_stream ON wrapped_key (stream);

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO stafettlogg_writer, stafettlogg_follower,'
                   ' stafettlogg_eraser', current_schema());
END
$$;
GRANT SELECT, INSERT ON wrapped_key TO stafettlogg_writer;
GRANT SELECT ON wrapped_key TO stafettlogg_follower;
GRANT SELECT, DELETE ON wrapped_key TO stafettlogg_eraser;
