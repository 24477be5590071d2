-- A declined suggestion comes back after a while (milliseconds since 1970 UTC).
alter table declined_offers add column declined_at bigint not null default 0;
update declined_offers set declined_at = cast(extract(epoch from now()) * 1000 as bigint);
