#![cfg(feature = "ssr")]
//! The browser's files that cargo-leptos built. Their names hold a hash of their content, so that a name
//! always means the same bytes.

use leptos::config::LeptosOptions;
use std::{collections::HashMap, sync::Arc};

/// Addresses on this site.
#[derive(Clone)]
pub struct Assets {
    pub stylesheet: Arc<str>,
    pub script: Arc<str>,
    pub wasm: Arc<str>,
}

impl Assets {
    /// Reads the hashes that the build left beside the executable. A build without hashes has none.
    pub fn find(options: &LeptosOptions) -> Self {
        let list = if options.hash_files { read_hashes(options) } else { String::new() };
        let hashes: HashMap<_, _> = list.lines().filter_map(|line| line.split_once(": ")).collect();
        let address = |kind: &str| {
            let hash = hashes.get(kind).map(|hash| format!(".{hash}")).unwrap_or_default();
            format!("/{}/{}{hash}.{kind}", options.site_pkg_dir, options.output_name).into()
        };
        Self { stylesheet: address("css"), script: address("js"), wasm: address("wasm") }
    }
}

fn read_hashes(options: &LeptosOptions) -> String {
    let list = std::env::current_exe().and_then(|executable| {
        std::fs::read_to_string(executable.with_file_name(options.hash_file.as_ref()))
    });
    list.unwrap_or_else(|error| {
        tracing::error!(%error, "no {} beside the executable: pages will find no scripts", options.hash_file);
        String::new()
    })
}
