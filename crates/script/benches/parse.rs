//! How long a writer waits for a feature to be read.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use soundlock_script::{Fountain, KnownIds, Screenplay};

/// A screenplay of 146 kB, the size of a feature, with as much dialogue, emphasis and notes as one has.
fn screenplay() -> Vec<u8> {
    let mut script = String::from("Title: Long\nAuthor: Nobody\n\n");
    for number in 1.. {
        if script.len() >= 146_000 {
            break;
        }
        script.extend([
            format!("INT. ROOM {number} - NIGHT\n\nThe *lamp* in room {number} flickers. [[why?]] "),
            format!("IDA ({number}) looks up,\nand waits for what comes.\n\n"),
        ]);
        for line in 0..6 {
            let name = ["IDA", "TOM", "THE KEEPER (O.S.)"][(number + line) % 3];
            let words = format!("I counted {line} ships in the bay, and {number} before them. Nobody waved.");
            script.extend([name, "\n(quietly)\n", &words, "\n\n"]);
        }
        script += "CUT TO:\n\n";
    }
    script.into_bytes()
}

fn parse(criterion: &mut Criterion) {
    let bytes = screenplay();
    criterion.bench_function("parse_146k_screenplay", |bencher| {
        bencher.iter(|| {
            let fountain = Fountain::read(black_box(&bytes), &[]);
            Screenplay::from_fountain(&fountain, &KnownIds::default())
        });
    });
    let fountain = Fountain::read(&bytes, &[]);
    let known = Screenplay::from_fountain(&fountain, &KnownIds::default()).0.known_ids();
    criterion.bench_function("number_146k_screenplay_again", |bencher| {
        bencher.iter(|| Screenplay::from_fountain(black_box(&fountain), &known));
    });
}

criterion_group!(benches, parse);
criterion_main!(benches);
