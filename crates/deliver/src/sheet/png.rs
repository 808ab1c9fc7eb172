//! PNG pictures read back.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::DeliverError;

/// Width, height and pixels of an RGB PNG of 8 bits.
pub(super) fn read(file: &Path) -> Result<(u32, u32, Vec<u8>), DeliverError> {
    let damaged = |why: String| DeliverError::DamagedPicture { file: file.to_owned(), why };
    let opened = File::open(file).map_err(DeliverError::io(file))?;
    let mut decoder = png::Decoder::new(BufReader::new(opened));
    decoder.set_limits(png::Limits { bytes: 512 << 20 });
    let mut reader = decoder.read_info().map_err(|error| damaged(error.to_string()))?;
    let length = reader.output_buffer_size().ok_or_else(|| damaged("it is too large".to_owned()))?;
    let mut pixels = vec![0; length];
    let frame = reader.next_frame(&mut pixels).map_err(|error| damaged(error.to_string()))?;
    if (frame.color_type, frame.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(damaged("it is not RGB of 8 bits".to_owned()));
    }
    pixels.truncate(frame.buffer_size());
    Ok((frame.width, frame.height, pixels))
}
