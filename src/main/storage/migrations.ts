/** Numbered by position, append-only: what has been released is never edited. The number reached is SQLite's `user_version`. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE places (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    settings TEXT NOT NULL
  ) STRICT;

  CREATE TABLE clusters (
    id TEXT PRIMARY KEY,
    place_id TEXT NOT NULL REFERENCES places (id),
    name TEXT NOT NULL,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    observed TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  -- A name is taken while its cluster holds something. A terminated or failed one gives it back.
  CREATE UNIQUE INDEX clusters_live_name ON clusters (name) WHERE state ->> 'is' NOT IN ('terminated', 'failed');

  CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    machine_id TEXT,
    external_id TEXT,
    inner_ip TEXT,
    endpoint TEXT,
    facts TEXT,
    state TEXT NOT NULL,
    last_seen INTEGER,
    UNIQUE (cluster_id, rank)
  ) STRICT;

  CREATE TABLE operations (
    id TEXT PRIMARY KEY,
    cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    plan_version INTEGER NOT NULL,
    plan TEXT NOT NULL,
    candidates TEXT NOT NULL,
    error TEXT,
    leftovers TEXT NOT NULL,
    cancel TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX operations_by_cluster ON operations (cluster_id, created_at);
  -- One at a time; the database itself refuses a second.
  CREATE UNIQUE INDEX operations_one_active ON operations (cluster_id) WHERE state IN ('running', 'undoing');

  CREATE TABLE attempts (
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    candidate TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (operation_id, number)
  ) STRICT, WITHOUT ROWID;

  -- One row for each step that was begun, and, with a node, for each node of a step of node scope.
  -- attempt 0: cluster scope. node_id '': the step itself.
  CREATE TABLE steps (
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    name TEXT NOT NULL,
    node_id TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    tries INTEGER NOT NULL,
    progress TEXT,
    error TEXT,
    output TEXT,
    PRIMARY KEY (operation_id, attempt, name, node_id)
  ) STRICT, WITHOUT ROWID;

  -- No foreign key to the cluster: an event outlives what it tells of.
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    cluster_id TEXT,
    cluster_name TEXT,
    operation_id TEXT,
    text TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_cluster ON events (cluster_id, id);

  CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE terminals (
    id TEXT PRIMARY KEY,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- No foreign key to the cluster: a job outlives it. open: something is still to be done with it.
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    cluster_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    submitted_at INTEGER NOT NULL,
    open INTEGER NOT NULL,
    job TEXT NOT NULL,
    work TEXT NOT NULL,
    yaml TEXT NOT NULL,
    UNIQUE (cluster_id, number)
  ) STRICT;
  CREATE INDEX jobs_by_time ON jobs (submitted_at);
  CREATE INDEX jobs_by_cluster ON jobs (cluster_id, submitted_at);
  CREATE INDEX jobs_open ON jobs (submitted_at) WHERE open = 1;

  CREATE TABLE job_numbers (
    cluster_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- How far each node's journal was read, bytes.
  CREATE TABLE job_journals (
    node_id TEXT PRIMARY KEY,
    offset INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Ray of the cluster as it stands, JSON; null: it was launched without.
  ALTER TABLE clusters ADD COLUMN ray TEXT;
  `,
  `
  -- A job says of each rank how it stands, and the name of its node.
  UPDATE jobs SET job = json_set(job, '$.ranks', (
    SELECT json_group_array(json_set(
      rank.value,
      '$.state', json_extract(work, '$.ranks[' || rank.key || '].state'),
      '$.node', CASE rank.key WHEN 0 THEN 'head' ELSE 'worker ' || rank.key END
    )) FROM json_each(job, '$.ranks') AS rank
  )) WHERE json_array_length(job, '$.ranks') > 0;
  `,
  `
  -- The job that an event tells of.
  ALTER TABLE events ADD COLUMN job_id TEXT;
  `,
  `
  -- The GPUs that the cluster holds on the machine, a JSON list of UUIDs; null: all of them.
  ALTER TABLE nodes ADD COLUMN gpus TEXT;
  -- The nodes that it is about, a JSON list of ids; null: all of its cluster.
  ALTER TABLE operations ADD COLUMN node_ids TEXT;
  `,
]
