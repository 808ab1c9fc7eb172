use soundlock_time::Raster;

use crate::Colour;

/// Bits per sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// One byte a sample.
    Eight,
    /// Two bytes a sample, values 0 to 1023.
    Ten,
}

/// Which planes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Luma alone.
    Grey,
    /// Luma, and two chroma planes of half width and half height.
    Yuv420,
    /// Luma, and two chroma planes of full size.
    Yuv444,
}

/// Samples of one plane, row after row without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Samples {
    /// 8 bits.
    Eight(Vec<u8>),
    /// 10 bits in 16.
    Ten(Vec<u16>),
}

/// A picture in planes: one for `Grey`, three otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Size of the first plane.
    pub raster: Raster,
    /// Which planes.
    pub layout: Layout,
    /// What the values mean.
    pub colour: Colour,
    /// The planes.
    pub planes: Vec<Samples>,
}

impl Frame {
    /// A frame of zeroes.
    pub fn new(raster: Raster, layout: Layout, depth: Depth, colour: Colour) -> Self {
        let plane = |count: usize| match depth {
            Depth::Eight => Samples::Eight(vec![0; count]),
            Depth::Ten => Samples::Ten(vec![0; count]),
        };
        let planes = Self::plane_lengths(raster, layout).map(plane).collect();
        Self { raster, layout, colour, planes }
    }

    /// How many samples each plane of such a frame has.
    pub(crate) fn plane_lengths(raster: Raster, layout: Layout) -> impl Iterator<Item = usize> {
        let luma = raster.pixels();
        let chroma = match layout {
            Layout::Grey => None,
            Layout::Yuv420 => Some(luma / 4),
            Layout::Yuv444 => Some(luma),
        };
        std::iter::once(luma).chain(chroma).chain(chroma)
    }

    /// Bytes of plane `index`; empty when it is 10 bits deep or not there.
    pub fn bytes(&self, index: usize) -> &[u8] {
        match self.planes.get(index) {
            Some(Samples::Eight(bytes)) => bytes,
            _ => &[],
        }
    }

    /// Bytes of plane `index` to write to; empty when it is 10 bits deep or not there.
    pub fn bytes_mut(&mut self, index: usize) -> &mut [u8] {
        match self.planes.get_mut(index) {
            Some(Samples::Eight(bytes)) => bytes,
            _ => &mut [],
        }
    }
}
