//! Measures the aligner, on sessions that it draws and on any folder of recordings with truth beside them.
//!
//! ```text
//! cargo run --release -p soundlock-align --example bench -- draw FOLDER 1-4    # sessions of four seeds, with truth
//! cargo run --release -p soundlock-align --example bench -- draw FOLDER 1-4 changed   # words said otherwise
//! cargo run --release -p soundlock-align --example bench -- join FOLDER INTO   # one long session of them all
//! cargo run --release -p soundlock-align --example bench -- FOLDER ...         # the table; `-v` says it line by line
//! cargo run --release -p soundlock-align --example bench -- --other FOLDER     # each recording with another's lines
//! cargo run --release -p soundlock-align --example bench -- --answers ROWS FOLDER   # another aligner's rows instead
//! ```
//! ROWS holds a file for each recording, named as its truth; `ask_aeneas.py` beside this writes such a folder.
//! Drawing needs espeak-ng, flite, festival (with `festvox-us-slt-hts`) and sox. Truth is JSON beside each recording:
//! lines with `id`, `character`, `text`, `language`, `status`, `start`, `end` and `takes`.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a bench of its own, run by hand"
)]

mod draw;
mod lines;
mod score;
mod table;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|a| a == "draw") {
        let folder = std::path::Path::new(&arguments[1]);
        std::fs::create_dir_all(folder).expect("a folder");
        let seeds: Vec<u64> = arguments[2].split('-').map(|n| n.parse().expect("a seed")).collect();
        let changed = arguments.len() > 3;
        for seed in seeds[0]..=seeds[1] {
            if changed {
                for condition in ["changed", "changed_room"] {
                    draw::draw(folder, "en", condition, seed, 14);
                }
                draw::draw(folder, if seed % 3 == 2 { "de" } else { "ko" }, "changed", seed, 14);
                continue;
            }
            for condition in ["clean", "noise", "reverb", "tight", "ambience", "mistakes", "mix"] {
                draw::draw(folder, "en", condition, seed, 14);
                let other = if seed % 3 == 2 { "de" } else { "ko" };
                draw::draw(folder, other, condition, seed, 14);
            }
        }
        return;
    }
    if arguments.first().is_some_and(|a| a == "join") {
        let folder = |at: usize| std::path::Path::new(&arguments[at]);
        draw::join(folder(1), folder(2), arguments.len() > 3);
        return;
    }
    score::main();
}
