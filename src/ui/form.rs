//! Forms that post to calls. Scripts send one without leaving the page, have its action confirmed where
//! the server asks for that, and renew the page; without scripts the browser sends it, and a refused form
//! comes back with what was typed.

use super::{
    icon::{Icon, glyph},
    refused::Refused,
};
use crate::{credentials::MIN_PASSWORD_CHARS, server::answers::PAGE_FIELD};
use icondata_core::IconData;
use leptos::{context::Provider, prelude::*};

/// A form whose fields are the arguments of a call.
#[component]
pub fn CallForm(
    /// The path of the call.
    action: &'static str,
    /// The label of the button.
    button: &'static str,
    /// The label while the call is under way.
    #[prop(default = "Working…")]
    busy: &'static str,
    /// The class of the button.
    #[prop(default = "")]
    class: &'static str,
    #[prop(optional)] icon: Option<&'static IconData>,
    /// The id of what the call is about, where a page has several such forms.
    #[prop(optional, into)]
    about: Option<String>,
    /// What the button is called where several have the same label.
    #[prop(optional, into)]
    name: Option<String>,
    /// What the id of the part of the page begins with that opens for the new thing.
    #[prop(optional)]
    opens: Option<&'static str>,
    /// The name of the file as which the answer is saved.
    #[prop(default = "")]
    download: &'static str,
    /// Whether the button does nothing without scripts.
    #[prop(optional)]
    needs_scripts: bool,
    /// Whether the server asks for a confirmation before it does anything.
    #[prop(optional)]
    gated: bool,
    /// Whether passkeys are offered among the suggestions of its fields.
    #[prop(optional)]
    autofill: bool,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let about = about.unwrap_or_default();
    let name = name.filter(|it| !it.is_empty());
    let form = Refused::find(action, &about);
    let refused = form.clone();
    view! {
        <form
            method="post"
            action=action
            data-gated=gated
            data-autofill=autofill
            data-opens=opens
            data-download=(!download.is_empty()).then_some(download)
        >
            {(!about.is_empty()).then(|| view! { <input type="hidden" name="id" value=about/> })}
            {Refused::page().map(|page| view! { <input type="hidden" name=PAGE_FIELD value=page/> })}
            <Provider value=form>{children.map(|children| children())}</Provider>
            <button class=class data-busy=busy data-scripts=needs_scripts disabled=needs_scripts aria-label=name>
                {icon.map(|of| view! { <Icon of/> })} <span>{button}</span>
            </button>
            <Outcome refused/>
        </form>
    }
}

/// The form of a guarded action: the one modal opens when the server asks for a confirmation, and when it
/// is given the same fields are sent again.
#[component]
pub fn GatedForm(
    action: &'static str,
    button: &'static str,
    #[prop(default = "Working…")] busy: &'static str,
    #[prop(default = "")] class: &'static str,
    #[prop(optional)] icon: Option<&'static IconData>,
    #[prop(optional, into)] about: Option<String>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional)] opens: Option<&'static str>,
    #[prop(optional)] download: &'static str,
    /// Whether this is a recovery session, where the recovery was the confirmation.
    #[prop(optional)]
    recovering: bool,
    /// Whether a device is asked as well, which takes scripts in any session.
    #[prop(optional)]
    scripted: bool,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let needs_scripts = scripted || !recovering;
    view! {
        <CallForm
            action
            button
            busy
            class
            icon=icon.unwrap_or(glyph::PASSKEY)
            about=about.unwrap_or_default()
            name=name.unwrap_or_default()
            opens=opens.unwrap_or_default()
            download
            gated=!recovering
            needs_scripts
        >
            {children.map(|children| children())}
        </CallForm>
    }
}

/// Where a form or a section says what came of a call. The page's one status says aloud what worked, since
/// this one may be replaced by then.
#[component]
pub fn Outcome(#[prop(optional)] refused: Refused) -> impl IntoView {
    let problem = refused.of_form();
    view! {
        <p class="alert" role="alert">
            {problem.map(|(text, link)| view! {
                {text}
                {link.map(|(href, text)| view! { " " <a href=href>{text}</a> })}
            })}
        </p>
        <p class="cancelled" role="status"></p>
        <p class="success" tabindex="-1"></p>
    }
}

/// A text field with its label, and what is wrong with it.
#[component]
pub fn Field(
    #[prop(into)] label: String,
    name: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(default = true)] required: bool,
    /// Whether it is required while the page shows it, and not while it is hidden.
    #[prop(optional)]
    required_if_shown: bool,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional)] inputmode: Option<&'static str>,
    #[prop(optional)] maxlength: Option<usize>,
    /// A regular expression that the text must match, and how that is said to the user.
    #[prop(optional)]
    pattern: Option<(String, String)>,
    #[prop(optional, into)] value: Option<String>,
    /// What stands in the field before the text.
    #[prop(optional)]
    prefix: Option<&'static str>,
    /// Another name that the call has for the field.
    #[prop(default = "")]
    also: &'static str,
    /// Whether what was typed is shown again, if the form is refused.
    #[prop(default = true)]
    kept: bool,
    #[prop(default = "")] class: &'static str,
) -> impl IntoView {
    let form = Refused::current();
    let names = if also.is_empty() { name.to_owned() } else { format!("{name} {also}") };
    let error = form.of_field(&names);
    let id = format!("{}-{name}", form.id);
    let error_id = format!("{id}-error");
    let (pattern, title) = pattern.unzip();
    let typed = if kept { form.typed(name) } else { None };
    view! {
        <div class=format!("field {class}")>
            <label for=id.clone()>{label}</label>
            <div class="input" data-prefix=prefix>
                <input
                    id=id
                    type=kind
                    name=name
                    required=required && !required_if_shown
                    data-required=required_if_shown
                    autocomplete=autocomplete
                    placeholder=placeholder
                    inputmode=inputmode
                    maxlength=maxlength
                    pattern=pattern
                    title=title
                    value=typed.or(value)
                    aria-invalid=error.is_some().then_some("true")
                    aria-describedby=error_id.clone()
                />
            </div>
            <p id=error_id class="error" role="alert" data-field=names>{error}</p>
        </div>
    }
}

/// A field for a password, which can be shown; it is never sent back.
#[component]
pub fn PasswordField(
    label: &'static str,
    name: &'static str,
    /// Whether it is being chosen, not asked for.
    #[prop(optional)]
    new: bool,
) -> impl IntoView {
    let form = Refused::current();
    let error = form.of_field(name);
    let id = format!("{}-{name}", form.id);
    let (error_id, hint_id) = (format!("{id}-error"), format!("{id}-hint"));
    let described = if new { format!("{hint_id} {error_id}") } else { error_id.clone() };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <div class="input">
                <input
                    id=id.clone()
                    type="password"
                    name=name
                    required
                    minlength=new.then_some(MIN_PASSWORD_CHARS)
                    autocomplete=if new { "new-password" } else { "current-password" }
                    aria-invalid=error.is_some().then_some("true")
                    aria-describedby=described
                />
                <button type="button" class="reveal" data-does="reveal" aria-controls=id aria-pressed="false" aria-label="Show the password" hidden>
                    <Icon of=glyph::SHOW/>
                </button>
            </div>
            {new.then(|| view! {
                <p id=hint_id class="hint">"At least " {MIN_PASSWORD_CHARS} " characters; a few words are fine."</p>
            })}
            <p id=error_id class="error" role="alert" data-field=name>{error}</p>
        </div>
    }
}

// with: mail {
/// A field for a code that was mailed, which the link in the mail fills in.
#[component]
pub fn MailedCode(code: Option<String>) -> impl IntoView {
    view! {
        <Field label="Code" name="code" autocomplete="one-time-code" placeholder="ABCD-EFGH" value=code.unwrap_or_default() kept=false/>
    }
}

// with: mail }
/// Says why nothing happens if scripts are switched off; the style sheet hides it otherwise.
#[component]
pub fn NeedsScripts() -> impl IntoView {
    view! {
        <p class="needs-scripts">
            "Passkeys need JavaScript. Turn it on for this site and load the page again."
        </p>
    }
}
