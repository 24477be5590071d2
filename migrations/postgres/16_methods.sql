-- The program alone says which ways to confirm something there are.
alter table sessions drop constraint sessions_method_check;
alter table actions drop constraint actions_confirmed_by_check;
