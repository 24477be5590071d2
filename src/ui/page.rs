//! A page, and the visit that it answers.

use super::refused::OnPage;
use crate::{
    account::{self, MyAccount},
    error::{Error, Result},
    server::{
        request::Request,
        session::{Scope, User},
    },
};
use axum::http::StatusCode;
use hydration_context::SsrSharedContext;
use leptos::{prelude::*, reactive::owner::Owner};
use std::sync::Arc;

/// What is inside the frame of a page, and what it tells of itself.
pub struct Page {
    pub title: &'static str,
    /// For search engines.
    pub description: &'static str,
    pub status: StatusCode,
    pub main: Main,
}

type Main = Box<dyn FnOnce() -> AnyView + Send>;

impl Page {
    pub fn new<V: IntoAny>(
        title: &'static str,
        description: &'static str,
        main: impl FnOnce() -> V + Send + 'static,
    ) -> Self {
        let main = Box::new(move || main().into_any());
        Self { title, description, status: StatusCode::OK, main }
    }
}

/// The visitors that a page is for. The others are led to where they belong.
#[derive(Clone, Copy, PartialEq)]
pub enum Who {
    Everybody,
    Stranger,
    User,
    UserOrRecovering,
}

/// Somebody looks at a page.
#[derive(Clone)]
pub struct Visit {
    pub request: Request,
    account: Option<(User, MyAccount)>,
}

impl Visit {
    pub async fn new(request: Request) -> Result<Self> {
        let account = account::server::find(&request).await?;
        Ok(Self { request, account })
    }

    pub fn user(&self) -> Result<&User> {
        self.account.as_ref().map(|(user, _)| user).ok_or(Error::NotSignedIn)
    }

    pub fn account(&self) -> Option<&MyAccount> {
        self.account.as_ref().map(|(_, account)| account)
    }

    /// The account of a page that is for users only.
    pub fn own_account(&self) -> Result<&MyAccount> {
        self.account().ok_or(Error::NotSignedIn)
    }

    /// The page that was asked for before signing in, if it is one of ours.
    pub fn next(&self) -> Option<String> {
        self.request.query("next")
    }

    /// Where a visitor goes for whom the page is not.
    pub fn elsewhere(&self, who: Who) -> Option<String> {
        let scope = self.account.as_ref().map(|(user, _)| user.scope);
        let is_here = match who {
            Who::Everybody => true,
            Who::Stranger => scope.is_none(),
            Who::User => scope == Some(Scope::Full),
            Who::UserOrRecovering => scope.is_some(),
        };
        if is_here {
            return None;
        }
        Some(match scope {
            // A recovery session has one page.
            Some(Scope::Recovery) => "/settings/security".to_owned(),
            Some(Scope::Full) => {
                super::next_page(self.next().as_deref(), self.request.features.home).to_owned()
            }
            None => format!("/signin?next={}", self.request.path()),
        })
    }
}

/// Renders a view to HTML.
pub fn render<V: IntoView>(request: &Request, view: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new())));
    owner.with(|| {
        if let Some(context) = Owner::current_shared_context() {
            context.set_is_hydrating(false);
        }
        provide_context(OnPage { form: request.refused(), shown: Arc::default() });
        view().into_view().to_html()
    })
}
