//! Codes of shots, which stay with them.

use std::collections::BTreeSet;

use soundlock_script::SceneId;

use crate::ShotCode;
use crate::format::Entry;
use crate::remembered::Old;

/// Codes for the shots of a scene: a shot that was there keeps its own, a new one gets a number between its
/// neighbours', and no number goes from one shot to another.
pub(crate) fn codes(
    scene: &SceneId,
    same: &[Option<usize>],
    olds: &[Old<'_>],
    all: &[&Entry],
) -> Vec<ShotCode> {
    let mut used: BTreeSet<u32> = all.iter().map(|entry| entry.code.number()).collect();
    let mut numbers: Vec<Option<u32>> =
        same.iter().map(|old| old.map(|old| olds[old].entry.code.number())).collect();
    let mut index = 0;
    while index < numbers.len() {
        if numbers[index].is_some() {
            index += 1;
            continue;
        }
        let run = numbers[index..].iter().take_while(|number| number.is_none()).count();
        let low = if index == 0 { 0 } else { numbers[index - 1].unwrap_or(0) };
        let high = numbers.get(index + run).copied().flatten();
        for (place, number) in numbers_between(low, high, run, &used).into_iter().enumerate() {
            used.insert(number);
            numbers[index + place] = Some(number);
        }
        index += run;
    }
    numbers.into_iter().map(|number| ShotCode::new(scene, number.unwrap_or(0))).collect()
}

/// A number for one new shot after `low`, before `high` where there is room.
pub(crate) fn number_between(low: u32, high: Option<u32>, used: &BTreeSet<u32>) -> u32 {
    numbers_between(low, high, 1, used)[0]
}

/// `count` numbers above `low` and below `high` that nobody has had; in tens where nothing follows.
fn numbers_between(low: u32, high: Option<u32>, count: usize, used: &BTreeSet<u32>) -> Vec<u32> {
    if let Some(high) = high.filter(|high| *high > low) {
        let free: Vec<u32> = (low + 1..high).filter(|number| !used.contains(number)).collect();
        if free.len() >= count {
            return spread(&free, low, high, count);
        }
    }
    let highest = used.last().copied().unwrap_or(0).max(low);
    (1..=count as u32).map(|step| (highest / 10 + step) * 10).collect()
}

/// `count` of the `free` numbers, spread over the room between `low` and `high`, in order.
fn spread(free: &[u32], low: u32, high: u32, count: usize) -> Vec<u32> {
    let mut chosen = Vec::with_capacity(count);
    let mut next = 0;
    for place in 0..count {
        let wanted = low + (u64::from(high - low) * (place as u64 + 1) / (count as u64 + 1)) as u32;
        let last = free.len() - (count - place);
        let nearest = (next..=last).min_by_key(|index| free[*index].abs_diff(wanted)).unwrap_or(last);
        chosen.push(free[nearest]);
        next = nearest + 1;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::numbers_between;
    use std::collections::BTreeSet;

    #[test]
    fn new_numbers_lie_between_their_neighbours() {
        fn check(low: u32, high: Option<u32>, used: &[u32], expected: &[u32]) {
            let used: BTreeSet<u32> = used.iter().copied().collect();
            assert_eq!(numbers_between(low, high, expected.len(), &used), expected);
        }
        check(0, None, &[], &[10, 20, 30]);
        check(40, Some(50), &[40, 50], &[45]);
        check(40, Some(45), &[40, 45, 50], &[42]);
        check(40, Some(50), &[40, 45, 50], &[44]);
        check(40, Some(50), &[40, 50], &[43, 46]);
        check(0, Some(10), &[10], &[5]);
        check(30, None, &[10, 20, 30, 40], &[50, 60]);
        check(40, Some(41), &[40, 41, 50], &[60]);
        check(50, Some(20), &[20, 50], &[60]);
    }
}
