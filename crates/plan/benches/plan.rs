//! How long a film-maker waits for a plan.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that cannot plan has nothing to measure")]

#[path = "../tests/film/mod.rs"]
mod film;

use criterion::{Criterion, criterion_group, criterion_main};
use soundlock_plan::format::{Cuts, write};
use soundlock_plan::{Before, LineLevels, plan};
use soundlock_vault::NoReport;

fn plan_64_minutes(criterion: &mut Criterion) {
    let (film, rules) = (film::drawn(1, 39), film::rules());
    assert!(film.sound.frames() >= 92_160, "{}", film.sound.frames());
    let first = || {
        plan(&film.screenplay, &film.sound, &LineLevels::new(), &rules, Before::NOTHING, &NoReport).unwrap()
    };
    criterion.bench_function("plan_64_minutes", |bencher| bencher.iter(first));
    let text = write(None, &first()).unwrap();
    criterion.bench_function("replan_64_minutes", |bencher| {
        bencher.iter(|| {
            let cuts = Cuts::read(&text).unwrap();
            let cut_list = plan(
                &film.screenplay,
                &film.sound,
                &LineLevels::new(),
                &rules,
                Before { cuts: Some(&cuts), ..Before::NOTHING },
                &NoReport,
            )
            .unwrap();
            write(Some(&text), &cut_list).unwrap()
        });
    });
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = plan_64_minutes }
criterion_main!(benches);
