-- The app's role can add and count visits and nothing else.
\set ON_ERROR_STOP on
\getenv password PASSWORD
-- Otherwise a failing statement is logged, with the password in it.
SET log_min_error_statement = panic;
CREATE ROLE workload LOGIN PASSWORD :'password';
CREATE DATABASE workload;
\connect workload
CREATE TABLE visits (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON visits TO workload;
