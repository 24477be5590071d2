-- The roles of users, their suspension, and what owners and admins have done to whom.
alter table users add column role text not null default 'member'
    check (role in ('member', 'admin', 'owner'));
-- Since when the user cannot sign in.
alter table users add column suspended_at bigint;

-- It outlives the accounts that it is about.
create table acts_on_people (
    id         text   not null primary key,
    actor_id   text   not null,
    -- How others knew whoever did it.
    actor_name text   not null,
    target_id  text   not null,
    -- What was signed, and the signature.
    receipt    text   not null,
    created_at bigint not null
);
create index acts_on_people_created on acts_on_people (created_at);
