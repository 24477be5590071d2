-- What happened, and when, is not rewritten; who else it was about can be forgotten.
drop trigger activity_is_not_updated;
create trigger activity_is_not_updated before update of id, user_id, kind, at, ip, user_agent on activity
begin select raise(abort, 'activity is append only'); end;
