use soundlock_time::Raster;

/// The paper that everything is painted on, and the dark of the corners, as a factor for each pixel, 255 for one.
///
/// It stands still, as the paper of a picture book does; a little of it also keeps skies from banding.
pub(crate) fn paper(raster: Raster) -> Vec<u8> {
    let (width, height) = (raster.width() as usize, raster.height() as usize);
    // In small pictures a pixel covers many fibres, which cancel out.
    let strength = (height as f64 / 1080.0).clamp(0.25, 1.0);
    let mut factors = vec![255; width * height];
    for (y, row) in factors.chunks_exact_mut(width).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let (across, down) = (x as f64 / width as f64 * 2.0 - 1.0, y as f64 / height as f64 * 2.0 - 1.0);
            let corner = (across * across * 0.62 + down * down * 0.48).max(0.0);
            let vignette = 26.0 * corner * corner;
            let fine = f64::from(hash(x as u32, y as u32)) / 255.0 - 0.5;
            let coarse = soft(x as f64 / 5.3, y as f64 / 3.1) - 0.5;
            let broad = soft(x as f64 / 61.0 + 90.0, y as f64 / 47.0) - 0.5;
            let grain = strength * (fine * 7.0 + coarse * 8.0) + broad * 5.0;
            *pixel = (249.0 - vignette + grain).clamp(0.0, 255.0) as u8;
        }
    }
    factors
}

fn hash(x: u32, y: u32) -> u8 {
    let mut mixed = x.wrapping_mul(0x85eb_ca6b) ^ y.wrapping_mul(0xc2b2_ae35);
    mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
    mixed = (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39);
    (mixed >> 24) as u8
}

/// Noise that is soft between whole places, 0 to 1.
fn soft(x: f64, y: f64) -> f64 {
    let (left, top) = (x as u32, y as u32);
    let (right_share, low_share) = (x - f64::from(left), y - f64::from(top));
    let at = |dx: u32, dy: u32| f64::from(hash(left + dx, top + dy)) / 255.0;
    let upper = at(0, 0) * (1.0 - right_share) + at(1, 0) * right_share;
    let lower = at(0, 1) * (1.0 - right_share) + at(1, 1) * right_share;
    upper * (1.0 - low_share) + lower * low_share
}
