//! The same work on wider vectors, where the machine has them.

/// Work on many pixels.
pub(crate) trait Work {
    /// Does it. Must always be inlined, with what it calls: only then is it compiled for each width.
    fn work(self);
}

/// Does `work`, on vectors of 256 bits where there are such.
///
/// Whole numbers are the same on any vector unit, and floats too: no two operations are made one unless asked for.
#[inline]
pub(crate) fn wide(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code, reason = "the only way to call it; the machine was asked just before")]
        // SAFETY: the function needs nothing but AVX2, and the machine has it.
        unsafe {
            with_avx2(work);
        }
        return;
    }
    work.work();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(work: impl Work) {
    work.work();
}

#[cfg(test)]
mod tests {
    use soundlock_picture::{Colour, Depth, Frame, Layout};
    use soundlock_time::Raster;

    use super::*;
    use crate::planes::Picture;

    /// Bytes that no two neighbours share.
    fn bytes(count: u32) -> Vec<u8> {
        (0..count).map(|index| (index.wrapping_mul(0x9e37_79b9) >> 23) as u8).collect()
    }

    /// The planes of a picture whose width is not a multiple of any vector's.
    fn planes(work: fn(Picture)) -> Vec<u8> {
        let raster = Raster::new(150, 34).expect("a raster");
        let mut frame = Frame::new(raster, Layout::Yuv420, Depth::Eight, Colour::FILM);
        let (rgba, grain) = (bytes(150 * 34 * 4), bytes(150 * 34));
        work(Picture { rgba: &rgba, grain: Some(&grain), frame: &mut frame });
        (0..3).flat_map(|plane| frame.bytes(plane).to_vec()).collect()
    }

    #[test]
    fn wide_vectors_give_the_same_bytes() {
        assert_eq!(planes(|picture| picture.work()), planes(|picture| wide(picture)));
    }

    /// In the plainest words, a pixel and a sample at a time.
    #[test]
    fn planes_are_as_reckoned_singly() {
        let (rgba, grain, found) = (bytes(150 * 34 * 4), bytes(150 * 34), planes(|picture| wide(picture)));
        let at = |x: usize, y: usize, channel: usize| i32::from(rgba[(y * 150 + x) * 4 + channel]);
        let factor = |x: usize, y: usize| i32::from(grain[y * 150 + x]) + 1;
        for (x, y) in (0..34).flat_map(|y| (0..150).map(move |x| (x, y))) {
            let light = (5983 * at(x, y, 0) + 20127 * at(x, y, 1) + 2032 * at(x, y, 2)) >> 8;
            let luma = (light * factor(x, y) + (16 << 15) + (1 << 14)) >> 15;
            assert_eq!(i32::from(found[y * 150 + x]), luma, "luma at {x}, {y}");
        }
        let sum = |x: usize, y: usize, channel: usize| {
            let row = |y| {
                at((2 * x).saturating_sub(1), y, channel)
                    + 2 * at(2 * x, y, channel)
                    + at(2 * x + 1, y, channel)
            };
            row(2 * y) + row(2 * y + 1)
        };
        for (plane, weights) in [[-3298, -11094, 14392], [14392, -13073, -1319]].into_iter().enumerate() {
            for (x, y) in (0..17).flat_map(|y| (0..75).map(move |x| (x, y))) {
                let colour = (0..3).map(|channel| weights[channel] * sum(x, y, channel)).sum::<i32>() >> 10;
                let chroma = (colour * factor(2 * x, 2 * y) + (128 << 16) + (1 << 15)) >> 16;
                let found = found[150 * 34 + plane * 75 * 17 + y * 75 + x];
                assert_eq!(i32::from(found), chroma, "plane {} at {x}, {y}", plane + 1);
            }
        }
    }
}
