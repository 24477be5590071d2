//! The document, the routes, and what is around every page: header, footer, the one step-up modal.

use crate::{
    account::{Me, current::CurrentAccount, who_am_i},
    auth::{
        SignOut,
        page::{
            RecoveryPage, SignInPage, SignUpByPasswordPage, SignUpPage, home, is_fully_signed_in,
            is_signed_in,
        },
    },
    error::Result,
    settings::{
        page::{ActivityPage, SessionsPage},
        passkeys::page::PasskeysPage,
        security::SecurityPage,
        suggestions::Suggestions,
    },
    step_up::{StepUp, StepUpModal},
    transfer::page::TransferPage, // with: transfer
    ui::{Alert, FirstPage, Outcomes, PageHeading, next_page, problem_of},
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    PossibleRouteMatch, SsrMode,
    components::{FlatRoutes, ProtectedRoute, Route, Router},
    hooks::{use_location, use_query_map, use_url},
    path,
};
#[cfg(feature = "ssr")]
use {
    crate::assets::{Assets, PageAssets},
    leptos_meta::MetaTags,
};

#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions, assets: Assets) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f7f9"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#10161d"/>
                <link rel="icon" href="/favicon.ico" sizes="32x32"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <PageAssets assets/>
                <AutoReload options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    StepUp::provide();
    FirstPage::provide();
    Outcomes::provide();
    let visitor = Resource::new_blocking(|| (), |()| who_am_i());
    provide_context(visitor);
    CurrentAccount::provide(visitor);
    view! {
        <Title formatter=|title| format!("{title} · Latchkey")/>
        <a class="skip" href="#main">"Skip to the page"</a>
        <Router><Frame visitor/></Router>
        <footer>"Latchkey is a demonstration. The money is not real."</footer> // with: transfer
    }
}

/// The page and what is around it.
#[component]
fn Frame(visitor: Resource<Result<Me>>) -> impl IntoView {
    // The outcome of a form that was sent without scripts; the router tells only the pages.
    use_url().get_untracked().provide_server_action_error();
    let sign_out = problem_of(ServerAction::<SignOut>::new());
    view! {
        <Header visitor/>
        <main id="main">
            <Alert problem=sign_out/>
            <Suggestions/>
            <Pages visitor/>
        </main>
        <StepUpModal/>
    }
}

#[component]
fn Pages(visitor: Resource<Result<Me>>) -> impl IntoView {
    view! {
        <FlatRoutes fallback=NotFoundPage>
            <Route path=path!("/") view=move || view! { <HomePage visitor/> } ssr=SsrMode::Async/>
            <PageFor who=Who::Stranger path=path!("/signin") view=SignInPage visitor/>
            <PageFor who=Who::Stranger path=path!("/signin/recovery") view=RecoveryPage visitor/>
            <PageFor who=Who::Stranger path=path!("/signup") view=SignUpPage visitor/>
            <PageFor who=Who::Stranger path=path!("/signup/password") view=SignUpByPasswordPage visitor/>
            <PageFor who=Who::User path=path!("/transfer") view=TransferPage visitor/> // with: transfer
            <PageFor who=Who::User path=path!("/settings/passkeys") view=PasskeysPage visitor/>
            <PageFor who=Who::UserOrRecovering path=path!("/settings/security") view=SecurityPage visitor/>
            <PageFor who=Who::User path=path!("/settings/sessions") view=SessionsPage visitor/>
            <PageFor who=Who::User path=path!("/settings/activity") view=ActivityPage visitor/>
        </FlatRoutes>
    }
}

/// The visitors that a page is for.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    Stranger,
    User,
    UserOrRecovering,
}

/// A page for some visitors; the others are redirected to where they belong.
#[component(transparent)]
fn PageFor<Path, Page, View>(
    who: Who,
    path: Path,
    view: Page,
    visitor: Resource<Result<Me>>,
) -> impl leptos_router::MatchNestedRoutes + Clone
where
    Path: PossibleRouteMatch + Clone + Send + 'static,
    Page: Fn() -> View + Send + Clone + 'static,
    View: IntoView + 'static,
{
    let is_here = move || {
        Some(match who {
            Who::Stranger => !is_signed_in(visitor)?,
            Who::User => is_fully_signed_in(visitor)?,
            Who::UserOrRecovering => is_signed_in(visitor)?,
        })
    };
    let elsewhere = move || match (is_signed_in(visitor), is_fully_signed_in(visitor)) {
        // A recovery session has one page.
        (Some(true), Some(false)) => "/settings/security".to_owned(),
        (Some(true), _) => {
            let next = use_query_map().get_untracked().get("next");
            next_page(next.as_deref(), &home(visitor)).to_owned()
        }
        _ => format!("/signin?next={}", use_location().pathname.get_untracked()),
    };
    view! {
        <ProtectedRoute path view condition=is_here redirect_path=elsewhere ssr=SsrMode::Async/>
    }
    .into_inner()
}

#[component]
fn Header(visitor: Resource<Result<Me>>) -> impl IntoView {
    let account = move || visitor.get().and_then(Result::ok).and_then(|me| me.account);
    view! {
        <header>
            <a class="brand" href="/">"Latchkey"</a>
            <Transition>
                {move || match account() {
                    Some(account) => view! {
                        <nav aria-label="Main">
                            {(!account.recovering).then(|| view! {
                                <a href="/transfer">"Send money"</a> // with: transfer
                                <a href="/settings/passkeys">"Settings"</a>
                            })}
                        </nav>
                        <div class="who">
                            <p><strong>{account.user.name}</strong> <span>{account.user.email}</span></p>
                            <form method="post" action="/api/signout"><button>"Sign out"</button></form>
                        </div>
                    }
                    .into_any(),
                    None => view! {
                        <nav aria-label="Main"><a href="/signin">"Sign in"</a> <a href="/signup">"Create an account"</a></nav>
                    }
                    .into_any(),
                }}
            </Transition>
        </header>
    }
}

#[component]
fn HomePage(visitor: Resource<Result<Me>>) -> impl IntoView {
    let start = move || match is_signed_in(visitor) {
        Some(true) => {
            view! { <a class="button primary" href=home(visitor)>"Continue"</a> }.into_any()
        }
        _ => view! {
            <a class="button primary" href="/signin">"Sign in with Passkey"</a>
            <a class="button" href="/signup">"Create an account"</a>
        }
        .into_any(),
    };
    view! {
        <section class="hero">
            <PageHeading
                title="Passkeys that confirm"
                description="Latchkey shows how a passkey approves one sensitive act, and nothing else."
                text="Passkeys that confirm, not only sign in"
            />
            <p class="lead">
                "Latchkey shows how a passkey approves one sensitive act: your device signs exactly what you read, and the approval is good for that act alone."
            </p>
            <Transition><div class="buttons">{start}</div></Transition>
        </section>
        <ul class="points">
            <li><h2>"Sign in"</h2><p>"One button, no password. Your device checks that it is you."</p></li>
            <li><h2>"Keep them in order"</h2><p>"Name your passkeys, add one for each device, remove those you lost."</p></li>
            <li><h2>"Confirm"</h2><p>"Your device signs exactly what you confirm, with a receipt that anyone can check."</p></li>
        </ul>
    }
}

#[component]
fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <div class="card narrow">
            <PageHeading
                title="Not found"
                description="There is no page at this address of Latchkey."
                text="There is no such page"
            />
            <p>"The address may be mistyped, or the page has moved."</p>
            <p><a href="/">"Go to the start"</a></p>
        </div>
    }
}
