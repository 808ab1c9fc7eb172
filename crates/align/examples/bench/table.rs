//! The table of what was found.

use crate::score::{Change, Row};

const CONDITIONS: [&str; 8] = ["clean", "noise", "reverb", "tight", "ambience", "mistakes", "mix", "repeats"];

/// Prints what the bench measures of all rows; `secs` of sound took `cpu` seconds.
pub fn table(rows: &[Row], secs: f64, cpu: f64) {
    let said: Vec<&Row> = rows.iter().filter(|row| row.line.start.is_some()).collect();
    found(&said);
    edges(&said);
    edges_by_condition(&said);
    let median = |edge: usize| {
        let right = said.iter().filter(|row| row.right());
        median_ms(right.filter_map(|row| Some(late(row)?[edge])).collect())
    };
    println!("   signed medians: start {:.1} end {:.1}", median(0), median(1));
    missing(rows, &said);
    misreadings(&said);
    confidence(rows);
    calibration(rows);
    if secs > 0.0 {
        cost(secs, cpu);
    }
}

fn share(part: usize, whole: usize) -> String {
    format!("{:5.1} % ({part}/{whole})", 100.0 * part as f64 / whole.max(1) as f64)
}

fn hit(some: &[&Row]) -> String {
    share(some.iter().filter(|row| row.right()).count(), some.len())
}

/// By how many seconds start and end of a line were found too late.
fn late(row: &Row) -> Option<[f64; 2]> {
    let (start, end) = row.found?;
    Some([start - row.line.start?, end - row.line.end?])
}

fn median_ms(mut secs: Vec<f64>) -> f64 {
    secs.sort_by(f64::total_cmp);
    secs.get(secs.len() / 2).copied().unwrap_or(0.0) * 1000.0
}

fn found(said: &[&Row]) {
    let of =
        |is: &dyn Fn(&Row) -> bool| -> Vec<&Row> { said.iter().copied().filter(|row| is(row)).collect() };
    println!("all lines IoU>=0.5        {}", hit(said));
    for condition in CONDITIONS {
        for language in ["en", "ko"] {
            let some = of(&|row| row.condition == condition && row.language == language);
            if !some.is_empty() {
                println!("   {language} {condition:10} {}", hit(&some));
            }
        }
    }
    let hard = of(&|row| ["mistakes", "mix"].contains(&row.condition.as_str()));
    println!("mistakes + mix            {}", hit(&hard));
}

fn edges(said: &[&Row]) {
    let errors = said.iter().filter_map(|row| late(row)).map(|late| late.map(f64::abs));
    let (starts, ends): (Vec<f64>, Vec<f64>) = errors.map(|[start, end]| (start, end)).unzip();
    let errors = [&starts[..], &ends].concat();
    let within = errors.iter().filter(|error| **error <= 0.04).count();
    println!(
        "edges within 40 ms        {}  of all edges of said lines {}",
        share(within, errors.len()),
        share(within, 2 * said.len())
    );
    println!(
        "median edge error         {:.1} ms (start {:.1}, end {:.1})",
        median_ms(errors),
        median_ms(starts),
        median_ms(ends)
    );
}

fn edges_by_condition(said: &[&Row]) {
    for condition in CONDITIONS {
        let some = said.iter().filter(|row| row.condition == condition && row.right());
        let (starts, ends): (Vec<f64>, Vec<f64>) =
            some.filter_map(|row| late(row)).map(|[start, end]| (start * 1000.0, end * 1000.0)).unzip();
        if !starts.is_empty() {
            println!("   {condition:9} start {}   end {}", spread(starts), spread(ends));
        }
    }
}

/// Tenth, quarter, middle and so on of errors in milliseconds, and how many are good.
fn spread(mut errors_ms: Vec<f64>) -> String {
    errors_ms.sort_by(f64::total_cmp);
    let n = errors_ms.len();
    let good = errors_ms.iter().filter(|e| e.abs() <= 40.0).count() * 100 / n;
    let at = [n / 10, n / 4, n / 2, n * 3 / 4, n * 9 / 10].map(|at| format!("{:6.1}", errors_ms[at]));
    format!("{} good {good} %", at.join(" "))
}

fn missing(rows: &[Row], said: &[&Row]) {
    let missing: Vec<&Row> = rows.iter().filter(|row| row.line.start.is_none()).collect();
    println!("skipped lines reported    {}", hit(&missing));
    let falsely = said.iter().filter(|row| row.found.is_none()).count();
    println!("falsely called missing    {}", share(falsely, said.len()));
}

/// What was told of words said otherwise, and what was told of words that were said as they are written.
fn misreadings(said: &[&Row]) {
    let said: Vec<&Row> = said.iter().copied().filter(|row| row.right()).collect();
    let right: Vec<&Row> = said.iter().copied().filter(|row| row.line.status == "ok").collect();
    let words = |row: &Row| row.line.text.split_whitespace().count();
    let told = |row: &Row| {
        row.told.iter().map(|(written, ..)| written.split_whitespace().count().max(1)).sum::<usize>()
    };
    println!(
        "right, told as misread    words {} lines with one {} lines `misread` {}",
        share(right.iter().map(|row| told(row)).sum(), right.iter().map(|row| words(row)).sum()),
        share(right.iter().filter(|row| !row.told.is_empty()).count(), right.len()),
        share(right.iter().filter(|row| row.misread).count(), right.len()),
    );
    for kind in ["replaced", "left out", "put in"] {
        for long in [true, false] {
            let some: Vec<&Row> = said
                .iter()
                .copied()
                .filter(|row| {
                    row.line
                        .change
                        .as_ref()
                        .is_some_and(|change| change.kind == kind && is_long(row, change) == long)
                })
                .collect();
            let named = some
                .iter()
                .filter(|row| {
                    row.told
                        .iter()
                        .any(|one| row.line.change.as_ref().is_some_and(|change| names(row, change, &one.0)))
                })
                .count();
            let noticed = some.iter().filter(|row| !row.told.is_empty()).count();
            let misread = some.iter().filter(|row| row.misread).count();
            println!(
                "   {kind:9} {}    named {} line noticed {} misread {}",
                if long { "long " } else { "short" },
                share(named, some.len()),
                share(noticed, some.len()),
                share(misread, some.len())
            );
        }
    }
}

/// Words of two syllables and more, about.
fn is_long(row: &Row, change: &Change) -> bool {
    let letters = change.word.chars().filter(|c| c.is_alphanumeric()).count();
    letters >= if row.language == "ko" { 2 } else { 5 } || change.kind == "put in"
}

/// Whether what is told names the word; of something put in, names nothing or a neighbour.
fn names(row: &Row, change: &Change, written: &str) -> bool {
    let plain = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let has = |wanted: &str| written.split_whitespace().any(|word| plain(word) == plain(wanted));
    if change.kind != "put in" {
        return has(&change.word);
    }
    let words: Vec<&str> = row.line.text.split_whitespace().collect();
    written.is_empty() || has(words[change.at - 1]) || words.get(change.at).is_some_and(|word| has(word))
}

/// Whether what is wrong is among what the aligner was least sure of.
fn confidence(rows: &[Row]) {
    let mut order: Vec<&Row> = rows.iter().collect();
    order.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let wrong = order.iter().filter(|row| !row.right()).count();
    for part in [10, 5] {
        let low = order.iter().take(order.len().div_ceil(part)).filter(|row| !row.right()).count();
        println!("wrong in the lowest 1/{part:<2}   {}", share(low, wrong));
    }
}

/// Of the answers that are about as sure, how many are right.
fn calibration(rows: &[Row]) {
    let steps = [0.0, 0.5, 0.7, 0.85, 0.95, 0.98, 0.99, 1.01];
    for step in steps.windows(2) {
        let some: Vec<&Row> =
            rows.iter().filter(|row| (step[0]..step[1]).contains(&row.confidence)).collect();
        if !some.is_empty() {
            let mean = some.iter().map(|row| row.confidence).sum::<f32>() / some.len() as f32;
            println!("   sure of {:4.1} %            {} right", 100.0 * mean, hit(&some));
        }
    }
}

fn cost(secs: f64, cpu: f64) {
    println!("CPU s per s               {:.4} ({cpu:.2} s for {secs:.0} s)", cpu / secs.max(1e-9));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("peak memory               {peak}");
}
