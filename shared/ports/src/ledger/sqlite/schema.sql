-- Times are ISO 8601 in UTC with nine digits of the second, so that they sort as text.

-- Where each piece of work stands.
CREATE TABLE claims (
    stage    TEXT NOT NULL,
    image    TEXT NOT NULL,
    input    TEXT NOT NULL,
    -- The number of the last attempt, from 1, and the token of its ticket.
    attempt  INTEGER NOT NULL,
    token    TEXT NOT NULL,
    -- Held: `held_until` is set. Settled: `receipt` is set. Free: neither.
    held_until TEXT,
    receipt  TEXT,
    PRIMARY KEY (stage, image, input),
    CHECK (held_until IS NULL OR receipt IS NULL)
) STRICT, WITHOUT ROWID;

-- What was done, one row for each claim.
CREATE TABLE attempts (
    id       INTEGER PRIMARY KEY,
    stage    TEXT NOT NULL,
    image    TEXT NOT NULL,
    input    TEXT NOT NULL,
    attempt  INTEGER NOT NULL,
    cause    TEXT NOT NULL,
    started  TEXT NOT NULL,
    ended    TEXT,
    -- JSON, such as {"outcome":"done","receipt":"…"}
    outcome  TEXT,
    software TEXT NOT NULL,
    config_sha256 TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX attempts_of_work ON attempts (stage, image, input, attempt);
CREATE INDEX attempts_of_image ON attempts (image, started, id);
