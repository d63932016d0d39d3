//! Prints the state of a preset at block 0 as JSON, keys and values in hex, without the code.
//! `cargo run -p gantry-dev-runtime --example genesis -- development`

fn main() {
    let preset = std::env::args().nth(1).unwrap_or_else(|| "development".into());
    match gantry_dev_runtime::presets::state_json(&preset) {
        Ok(json) => print!("{json}"),
        Err(reason) => {
            eprintln!("genesis: {reason}");
            std::process::exit(64);
        }
    }
}
