use serde::Serialize;
use soundlock_time::Fps;

/// Rows that fit on one page in the size of cinema credits.
const ROWS_PER_PAGE: usize = 8;
/// A page stands for a breath and then a time for each row, within bounds.
const PAGE_MILLIS: u64 = 2_600;
const ROW_MILLIS: u64 = 450;
const LONGEST_PAGE_MILLIS: u64 = 8_000;
/// The tools that were really used are known only when the film is finished, so their page stands for a fixed time.
const TOOLS_MILLIS: u64 = 4_000;

/// A character and who spoke it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CastMember {
    /// The character as the script names it.
    pub character: String,
    /// Who lent the voice.
    pub voice: String,
}

/// A page of end credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// What is on it; its time on screen depends on it.
    pub kind: PageKind,
    /// Line above the rows; may be empty.
    pub heading: String,
    /// What stands left and right of the middle.
    pub rows: Vec<(String, String)>,
}

/// What is on a page of end credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PageKind {
    /// Who wrote and made the film.
    Crew,
    /// Who spoke whom.
    Cast,
    /// With which programs and models.
    Tools,
}

/// End credits of a film with this title, crew (what, who), cast and tools (what, which).
///
/// How many pages there are and how long each stands depends on title, crew and cast alone, which are known when the
/// sound is locked; `tools` may be empty then and be filled in when the film is finished.
pub fn credits_pages(
    title: &str,
    language: &str,
    crew: &[(String, String)],
    cast: &[CastMember],
    tools: &[(String, String)],
) -> Vec<Page> {
    let (cast_heading, tools_heading) = headings(language);
    let rows: Vec<_> = cast.iter().map(|member| (member.character.clone(), member.voice.clone())).collect();
    let crew = (!crew.is_empty()).then(|| Page {
        kind: PageKind::Crew,
        heading: title.to_owned(),
        rows: crew.to_vec(),
    });
    let cast = evenly(&rows).map(|rows| Page {
        kind: PageKind::Cast,
        heading: cast_heading.to_owned(),
        rows: rows.to_vec(),
    });
    let tools = Page { kind: PageKind::Tools, heading: tools_heading.to_owned(), rows: tools.to_vec() };
    crew.into_iter().chain(cast).chain([tools]).collect()
}

/// How many frames each page stands.
pub fn credits_frames(pages: &[Page], fps: Fps) -> Vec<u32> {
    pages.iter().map(|page| fps.frames_from_millis(page_millis(page)).max(1)).collect()
}

fn page_millis(page: &Page) -> u64 {
    match page.kind {
        PageKind::Tools => TOOLS_MILLIS,
        PageKind::Crew | PageKind::Cast => {
            (PAGE_MILLIS + ROW_MILLIS * page.rows.len() as u64).min(LONGEST_PAGE_MILLIS)
        }
    }
}

/// As few pages as can be, filled alike: 9 rows are 5 and 4, never 8 and a lonely 1.
fn evenly<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let pages = rows.len().div_ceil(ROWS_PER_PAGE).max(1);
    rows.chunks(rows.len().div_ceil(pages).max(1))
}

fn headings(language: &str) -> (&'static str, &'static str) {
    match language.split(['-', '_']).next() {
        Some("ko") => ("목소리", "만든 도구"),
        _ => ("Voices", "Made with"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(crew: usize, cast: usize, tools: usize) -> Vec<Page> {
        let row = |index: usize| (format!("left {index}"), format!("right {index}"));
        let rows = |count| (0..count).map(row).collect::<Vec<_>>();
        let cast: Vec<_> =
            rows(cast).into_iter().map(|(character, voice)| CastMember { character, voice }).collect();
        credits_pages("The Tide", "en", &rows(crew), &cast, &rows(tools))
    }

    #[test]
    fn rows_are_spread_evenly_over_pages() {
        for (crew, cast, rows) in [
            (0, 0, vec![3]),
            (2, 3, vec![2, 3, 3]),
            (0, 8, vec![8, 3]),
            (0, 9, vec![5, 4, 3]),
            (1, 30, vec![1, 8, 8, 8, 6, 3]),
        ] {
            let found: Vec<_> = pages(crew, cast, 3).iter().map(|page| page.rows.len()).collect();
            assert_eq!(found, rows, "{crew} crew, {cast} cast");
        }
    }

    #[test]
    fn tools_change_no_length() {
        let (locked, finished) = (pages(1, 20, 0), pages(1, 20, 9));
        assert_eq!(credits_frames(&locked, Fps::FILM), credits_frames(&finished, Fps::FILM));
        assert_eq!(credits_frames(&locked, Fps::FILM), [73, 138, 138, 127, 96]);
    }

    #[test]
    fn a_korean_film_has_korean_headings() {
        let cast = [CastMember { character: "미나".to_owned(), voice: "espeak-ng".to_owned() }];
        let pages = credits_pages("조수", "ko-KR", &[], &cast, &[]);
        assert_eq!(pages[0].heading, "목소리");
    }
}
