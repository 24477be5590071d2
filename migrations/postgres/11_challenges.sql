-- A challenge that a crash forgets has expired. An unlogged table is written without waiting for the disk,
-- and is empty after a crash, so that no used challenge can come back.
alter table challenges set unlogged;
