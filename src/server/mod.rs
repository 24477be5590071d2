#![cfg(feature = "ssr")]
//! What every feature shares on the server. Nothing in here knows a feature by name.

pub mod activity;
pub mod address;
pub mod answers;
mod argon;
pub mod attempts;
pub mod ceremony;
pub mod client;
pub mod clock;
pub mod config;
pub mod cookies;
pub mod core;
pub mod db;
pub mod devices;
pub mod feature;
pub mod hashing;
pub mod headers;
pub mod health;
pub mod layers;
pub mod listen;
pub mod log;
pub mod metrics;
pub mod network_limits;
pub mod preflight;
pub mod probes;
pub mod proxies;
mod relying_party;
pub mod request;
pub mod sealing; // with: totp
pub mod secret;
pub mod session;
pub mod slots;
pub mod state;
pub mod user_agent;
mod wire;
