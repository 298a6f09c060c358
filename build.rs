//! Rules and knowledge seeds are embedded; cargo has to be told that a new one means a new program.

fn main() {
    println!("cargo:rerun-if-changed=queries");
}
