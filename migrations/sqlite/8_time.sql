-- As much as the largest transaction writes, so that the probe fails where that would.
alter table probe add column room blob;
-- What happened is kept for a while only.
create index activity_at on activity (at);
