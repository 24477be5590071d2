-- What happened on an account is not rewritten afterwards; it goes with the account alone.
create trigger activity_is_not_updated before update on activity
begin select raise(abort, 'activity is append only'); end;
