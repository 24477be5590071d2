//! The events that features list.

use super::support::TestApp;
use crate::{
    error::Error,
    server::{activity, db::Kind, feature::Event, request::Request},
};
use std::collections::BTreeSet;

#[tokio::test]
async fn an_event_that_no_feature_lists_is_not_recorded() {
    static NOBODYS: Event = Event::new("nobodys", "Nobody listed this");
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let ann = app.text("select id from users").await;
    let request = Request::of_command(app.state.clone());
    let mut tx = app.state.db.begin().await.expect("a transaction");
    let recorded = activity::record(&request, &mut tx, &ann, &NOBODYS, None).await;
    assert_eq!(recorded, Err(Error::Internal));
    tx.commit().await.expect("a commit");
    assert!(!app.activity("ann@example.com").await.contains(&"nobodys".to_owned()));
}

#[tokio::test]
async fn the_index_of_what_users_are_told_has_every_event_that_they_are_told() {
    let app = TestApp::new().await;
    let index = app
        .text(match app.state.db.kind() {
            Kind::Sqlite => "select sql from sqlite_master where name = 'activity_told'",
            Kind::Postgres => {
                "select indexdef from pg_indexes where indexname = 'activity_told' and schemaname = current_schema()"
            }
        })
        .await;
    let indexed: BTreeSet<_> = index.split('\'').skip(1).step_by(2).collect();
    let told: BTreeSet<_> = app.state.events.told.iter().copied().collect();
    assert_eq!(indexed, told);
}
