-- pgvector of at least 0.8: halfvec and iterative scans.
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE alignql.collections (
  name text PRIMARY KEY,
  dim integer NOT NULL,
  index text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- The rows of a segment are all there, or it does not stand here.
CREATE TABLE alignql.segments (
  collection text NOT NULL REFERENCES alignql.collections ON DELETE CASCADE,
  segment bigint NOT NULL,
  PRIMARY KEY (collection, segment)
);
