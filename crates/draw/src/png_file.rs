use soundlock_time::Raster;

use crate::DrawError;

/// RGB pixels of 8 bits as a PNG file; `rgb` has three bytes for each pixel of `raster`, row by row.
pub fn png_file(raster: Raster, rgb: &[u8]) -> Result<Vec<u8>, DrawError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, raster.width(), raster.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(file)
}
