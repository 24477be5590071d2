//! Names of common passkey providers, by the AAGUID that their authenticators claim. A guess to
//! help people tell their passkeys apart; nothing attests it, so nothing may depend on it.

use uuid::{Uuid, uuid};

const PROVIDERS: &[(Uuid, &str)] = &[
    (uuid!("fbfc3007-154e-4ecc-8c0b-6e020557d7bd"), "Apple Passwords"),
    (uuid!("dd4ec289-e01d-41c9-bb89-70fa845d4bf2"), "Apple Passwords (managed)"),
    (uuid!("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"), "Google Password Manager"),
    (uuid!("adce0002-35bc-c60a-648b-0b25f1f05503"), "Chrome on Mac"),
    (uuid!("b5397666-4885-aa6b-cebf-e52262a439a2"), "Chromium browser"),
    (uuid!("08987058-cadc-4b81-b6e1-30de50dcbe96"), "Windows Hello"),
    (uuid!("9ddd1817-af5a-4672-a2b9-3e3dd95000a9"), "Windows Hello"),
    (uuid!("6028b017-b1d4-4c02-b4b3-afcdafc96bb2"), "Windows Hello"),
    (uuid!("53414d53-554e-4700-0000-000000000000"), "Samsung Pass"),
    (uuid!("bada5566-a7aa-401f-bd96-45619a55120d"), "1Password"),
    (uuid!("d548826e-79b4-db40-a3d8-11116f7e8349"), "Bitwarden"),
    (uuid!("531126d6-e717-415c-9320-3d9aa6981239"), "Dashlane"),
    (uuid!("fdb141b2-5d84-443e-8a35-4698c205a502"), "KeePassXC"),
    (uuid!("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6"), "Keeper"),
    (uuid!("50726f74-6f6e-5061-7373-50726f746f6e"), "Proton Pass"),
    (uuid!("f3809540-7f14-49c1-a8b3-8f813b225541"), "Enpass"),
    (uuid!("b84e4048-15dc-4dd0-8640-f4f60813c8af"), "NordPass"),
    (uuid!("ee882879-721c-4913-9775-3dfcce97072a"), "YubiKey"),
    (uuid!("cb69481e-8ff7-4039-93ec-0a2729a154a8"), "YubiKey"),
    (uuid!("fa2b99dc-9e39-4257-8f92-4a30d23c4118"), "YubiKey"),
    (uuid!("2fc0579f-8113-47ea-b116-bb5a8db9202a"), "YubiKey"),
];

/// The provider's name, or nothing where the authenticator does not say or is not known here.
pub fn name(aaguid: &[u8]) -> Option<&'static str> {
    let aaguid = Uuid::from_slice(aaguid).ok()?;
    PROVIDERS.iter().find(|(known, _)| *known == aaguid).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_authenticator_is_listed_once() {
        for (at, (aaguid, _)) in PROVIDERS.iter().enumerate() {
            assert!(!PROVIDERS[..at].iter().any(|(other, _)| other == aaguid), "{aaguid}");
        }
    }

    #[test]
    fn an_unknown_authenticator_has_no_name() {
        assert_eq!(name(&[0; 16]), None);
        assert_eq!(name(&[1; 3]), None);
        assert_eq!(
            name(uuid!("bada5566-a7aa-401f-bd96-45619a55120d").as_bytes()),
            Some("1Password")
        );
    }
}
