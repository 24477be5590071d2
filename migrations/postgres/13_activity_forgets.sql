-- What happened, and when, is not rewritten; who else it was about can be forgotten.
drop trigger activity_is_not_updated on activity;
create trigger activity_is_not_updated before update of id, user_id, kind, at, ip, user_agent on activity
for each row execute function activity_is_append_only();
