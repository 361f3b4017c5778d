-- What lists across cases are read from: rows that follow the log, how far they have come,
-- and what was set aside on the way. Every row can be made again from the log.

CREATE TABLE projection (
    view text NOT NULL,
    generation bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('live', 'building', 'retired')),
    position bigint NOT NULL DEFAULT 0,  -- of the last entry its rows rest on; 0: none
    erasures bigint NOT NULL DEFAULT 0,  -- of the head, when its rows were last made
    PRIMARY KEY (view, generation)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX projection_live ON projection (view) WHERE status = 'live';
CREATE UNIQUE INDEX projection_building ON projection (view) WHERE status = 'building';

CREATE TABLE listed (
    view text NOT NULL,
    generation bigint NOT NULL,
    key bytea NOT NULL,                  -- keyed hash of what the row is about
    part bytea NOT NULL,                 -- keyed hash of the stream it is visible through
    owner bytea NOT NULL,                -- keyed hash of whose list it is in; empty: all's
    sort text COLLATE "C" NOT NULL,      -- dates and positions, nothing else
    outdated boolean NOT NULL,           -- its case holds an entry that could not be read
    sealed bytea NOT NULL,
    PRIMARY KEY (view, generation, key)
);
CREATE INDEX listed_part ON listed (view, generation, part);
CREATE INDEX listed_owner ON listed (view, generation, owner, sort, key);

CREATE TABLE quarantine (                -- entries that could not be read, the first a stream
    view text NOT NULL,
    generation bigint NOT NULL,
    part bytea NOT NULL,                 -- keyed hash of the entry's stream
    position bigint NOT NULL,
    code text NOT NULL,                  -- why; never a word of the entry
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (view, generation, part)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON projection, listed, quarantine
    TO stafettlogg_follower;
GRANT SELECT ON projection, listed, quarantine TO stafettlogg_writer;
