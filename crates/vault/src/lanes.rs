use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many at once may do a thing that takes much memory, however many workers there are.
#[derive(Debug)]
pub struct Lanes {
    count: NonZeroUsize,
    free: Mutex<usize>,
    left: Condvar,
}

/// The right to be on a lane, given back when it is dropped.
#[derive(Debug)]
pub struct Lane<'l>(&'l Lanes);

impl Lanes {
    /// `count` lanes, all free.
    pub fn new(count: NonZeroUsize) -> Self {
        Self { count, free: Mutex::new(count.get()), left: Condvar::new() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count.get()
    }

    /// A lane, waited for where none is free.
    pub fn enter(&self) -> Lane<'_> {
        let free = self.left.wait_while(self.lock(), |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        Lane(self)
    }

    /// A panic elsewhere leaves the count whole: it is changed in one step.
    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn no_more_are_inside_than_there_are_lanes() {
        for count in [1, 2, 3] {
            let lanes = Lanes::new(NonZeroUsize::new(count).unwrap());
            let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        for _ in 0..50 {
                            let _lane = lanes.enter();
                            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            thread::yield_now();
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                    });
                }
            });
            assert!(most.into_inner() <= count);
            assert_eq!(*lanes.lock(), count, "every lane was given back");
        }
    }
}
