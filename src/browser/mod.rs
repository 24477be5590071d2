//! The browser's half: forms, passkeys and the page itself, in plain Rust on web-sys. It knows no
//! feature: a page says what it needs in attributes, and a new page needs no code in here. JSON stays a
//! JavaScript value from the server to the authenticator and back.

pub mod autofill;
mod call;
mod controls;
mod dom;
mod focus;
mod forms;
pub mod modal;
mod outcome;
mod passkeys;
mod renew;
mod times;

pub use passkeys::signal_listed;

/// Takes over the page. It happens once; what replaces a part of the page later needs nothing more.
pub fn start() {
    forms::listen();
    controls::listen();
    renew::listen();
    autofill::listen();
    times::show(&dom::document());
}
