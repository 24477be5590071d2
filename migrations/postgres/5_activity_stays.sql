-- What happened on an account is not rewritten afterwards; it goes with the account alone.
create function activity_is_append_only() returns trigger language plpgsql as
$$ begin raise exception 'activity is append only'; end; $$;

create trigger activity_is_not_updated before update on activity
for each row execute function activity_is_append_only();
