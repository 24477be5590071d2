//! A migration that is added or changed is part of the program: it is built anew.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
