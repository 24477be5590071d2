//! Icons, drawn on the server. None says anything that the text beside it does not say.

use icondata_core::IconData;
use leptos::prelude::*;

/// The icons that stand for something of this app.
pub mod glyph {
    use icondata_core::Icon;
    pub use icondata_lu::{
        LuArrowDownLeft as IN, LuArrowUpRight as OUT, LuCheck as CHECK, LuClock as CLOCK,
        LuCloud as SYNCED, LuDownload as DOWNLOAD, LuEye as SHOW, LuFingerprint as PASSKEY,
        LuHistory as ACTIVITY, LuInfo as INFO, LuKeyRound as KEY, LuLaptop as COMPUTER,
        LuLifeBuoy as RECOVERY, LuLockKeyhole as PASSWORD, LuMail as MAIL, LuPhone as PHONE,
        LuReceipt as RECEIPT, LuShieldCheck as SAFE, LuSmartphone as HANDHELD, LuTrash2 as DELETE,
        LuTriangleAlert as WARNING, LuUsb as SECURITY_KEY, LuUserPlus as SIGN_UP,
        LuUserRound as PERSON,
    };

    /// The mark of the maker of a passkey, or a key where it is not known.
    pub fn of_provider(name: Option<&str>, synced: bool) -> Icon {
        match name.unwrap_or_default() {
            name if name.starts_with("Apple") => icondata_si::SiApple,
            name if name.starts_with("Google") => icondata_si::SiGoogle,
            name if name.starts_with("Chrom") => icondata_si::SiGooglechrome,
            "1Password" => icondata_si::Si1password,
            "Bitwarden" => icondata_si::SiBitwarden,
            "Dashlane" => icondata_si::SiDashlane,
            "Enpass" => icondata_si::SiEnpass,
            "KeePassXC" => icondata_si::SiKeepassxc,
            "Keeper" => icondata_si::SiKeeper,
            "Proton Pass" => icondata_si::SiProton,
            "Samsung Pass" => icondata_si::SiSamsung,
            "YubiKey" => icondata_si::SiYubico,
            "Windows Hello" => COMPUTER,
            _ if synced => KEY,
            _ => SECURITY_KEY,
        }
    }

    /// A device, by the name that its user agent gives it.
    pub fn of_device(name: &str) -> Icon {
        let handheld = ["iPhone", "iPad", "Android"].iter().any(|it| name.contains(it));
        if handheld { HANDHELD } else { COMPUTER }
    }
}

#[component]
pub fn Icon(of: &'static IconData) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox=of.view_box.unwrap_or("0 0 24 24")
            fill=of.fill.unwrap_or("currentColor")
            stroke=of.stroke.unwrap_or("none")
            stroke-width=of.stroke_width.unwrap_or("0")
            stroke-linecap=of.stroke_linecap.unwrap_or("butt")
            stroke-linejoin=of.stroke_linejoin.unwrap_or("miter")
            aria-hidden="true"
            inner_html=of.data
        ></svg>
    }
}

/// An icon in a round field, at the head of a row.
#[component]
pub fn Glyph(of: &'static IconData) -> impl IntoView {
    view! { <span class="glyph"><Icon of/></span> }
}
