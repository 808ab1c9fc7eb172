//! The shot list: what a crew reads, as a table and as a page to print.

mod csv;
mod html;
mod rows;

pub use rows::ShotList;

use crate::ExchangeError;

impl ShotList<'_> {
    /// The list as CSV: a row a shot, with a head row and the mark that spreadsheets know UTF-8 by.
    pub fn csv(&self) -> Result<Vec<u8>, ExchangeError> {
        Ok(csv::table(&self.rows()?))
    }

    /// The list as a page: scene by scene, with stills where there are some, made to be printed on A4.
    pub fn html(&self) -> Result<String, ExchangeError> {
        Ok(html::page(self, &self.rows()?))
    }
}
