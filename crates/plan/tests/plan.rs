//! Plans of small films.

mod film;

use film::{Film, drawn, kitchen, rules};
use soundlock_plan::{CutList, PlanError, PlanRules, Shot, ShotKind, plan, stats};
use soundlock_time::FilmFrame;
use soundlock_vault::NoReport;

fn planned(film: &Film, rules: &PlanRules) -> CutList {
    plan(&film.screenplay, &film.sound, rules, None, &NoReport).unwrap()
}

fn table(cut_list: &CutList) -> String {
    let row = |shot: &Shot| {
        format!(
            "{} {:>3}+{:<3} {:<3} {} {} [{}] {} | {}\n",
            shot.code,
            shot.at,
            shot.frames(),
            shot.look.size.short(),
            shot.look.angle.word(),
            shot.look.movement.word(),
            shot.look.subjects.join(" "),
            shot.reason,
            shot.look.action,
        )
    };
    cut_list.shots.iter().map(row).collect()
}

#[test]
fn look_at_it() {
    let film = kitchen();
    let cut_list = planned(&film, &rules());
    println!("{}", table(&cut_list));
    for shot in &cut_list.shots {
        println!("{}", shot.prompt);
    }
    println!("{}", soundlock_plan::format::write(None, &cut_list).unwrap());
    for seed in 1..4 {
        let film = drawn(seed, 48);
        for (pace, ceiling) in [(3.0, 121), (4.0, 240), (6.0, 480)] {
            let mut rules = rules();
            rules.pace_secs = pace;
            rules.ceilings[1].longest_frames = ceiling;
            let start = std::time::Instant::now();
            let cut_list = planned(&film, &rules);
            println!(
                "{} frames {:?} {:?}",
                film.sound.frames(),
                start.elapsed(),
                stats(&cut_list, &film.sound)
            );
        }
    }
}
