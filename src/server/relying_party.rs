//! Refuses a relying party id and an origin that browsers would refuse, or that unrelated sites could
//! use (OPS-03). The error is one sentence that says how to mend it.

use super::config::Config;
use url::Host;

pub fn check(config: &Config) -> Result<(), String> {
    let Config { rp_id, origin, .. } = config;
    let Some(Host::Domain(host)) = origin.host() else {
        return Err(format!(
            "PASSKEY_ORIGIN is {origin}, but passkeys need a host name: set it to an address such as https://example.com."
        ));
    };
    match origin.scheme() {
        "https" => {}
        "http" if is_local(host) => {}
        _ => {
            return Err(format!(
                "PASSKEY_ORIGIN is {origin}, but browsers allow passkeys over https only (or http on localhost): set it to https://{host}."
            ));
        }
    }
    if origin.path() != "/" || origin.query().is_some() || origin.fragment().is_some() {
        return Err(format!(
            "PASSKEY_ORIGIN is {origin}, but an origin has no path: set it to {}.",
            config.origin()
        ));
    }
    if host != rp_id && !host.ends_with(&format!(".{rp_id}")) {
        return Err(format!(
            "PASSKEY_RP_ID is {rp_id}, which is not the host of PASSKEY_ORIGIN or a parent of it: set it to {host}."
        ));
    }
    if !is_local(rp_id) && psl::domain_str(rp_id).is_none() {
        return Err(format!(
            "PASSKEY_RP_ID is {rp_id}, a public suffix that unrelated sites share: set it to {host}."
        ));
    }
    Ok(())
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn check_with(rp_id: &str, origin: &str) -> Result<(), String> {
        let config = Config::try_parse_from(["latchkey", "--rp-id", rp_id, "--origin", origin]);
        check(&config.map_err(|error| error.to_string())?)
    }

    #[test]
    fn working_configurations_are_accepted() {
        for (rp_id, origin) in [
            ("localhost", "http://localhost:3000"),
            ("example.com", "https://example.com"),
            ("example.com", "https://app.example.com"),
            ("example.co.uk", "https://bank.example.co.uk:8443"),
        ] {
            assert!(check_with(rp_id, origin).is_ok(), "{rp_id} {origin}");
        }
    }

    #[test]
    fn broken_configurations_are_refused_with_a_way_to_mend_them() {
        for (rp_id, origin, mend) in [
            ("example.com", "http://example.com", "set it to https://example.com."),
            ("badexample.com", "https://example.com", "set it to example.com."),
            ("example.com", "https://badexample.com", "set it to badexample.com."),
            ("com", "https://example.com", "set it to example.com."),
            ("co.uk", "https://example.co.uk", "set it to example.co.uk."),
            ("127.0.0.1", "http://127.0.0.1:3000", "such as https://example.com."),
            ("example.com", "https://example.com/app", "set it to https://example.com."),
        ] {
            let sentence = check_with(rp_id, origin).err().unwrap_or_default();
            assert!(sentence.ends_with(mend), "{rp_id} {origin}: {sentence}");
        }
    }
}
