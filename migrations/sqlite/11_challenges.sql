-- On SQLite challenges are kept in memory from here on (src/server/db/challenges.sql). What was open at the
-- upgrade has expired. The table in the file is of the release before, and goes with a later one.
delete from challenges;
