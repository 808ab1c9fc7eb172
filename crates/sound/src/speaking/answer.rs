//! What a service sends when it is asked to speak: believed only as far as it is sound, and fits what was asked.

use soundlock_service::Answer;

use crate::signal::Energies;
use crate::wav::{Kind, convert, read_header};

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// WAV, which says its rate itself.
    Wav,
    /// 16-bit values of one channel at this rate, and nothing else.
    Pcm { hz: u32 },
}

/// Sound as it came, mixed to one channel, full scale ±1.0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spoken {
    pub(super) hz: u32,
    pub(super) sound: Vec<f32>,
}

/// Rates that sound of speech has.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// Nobody speaks faster, in letters a second.
const MOST_LETTERS_A_SECOND: f64 = 60.0;

/// The longest that `letters` letters may take, in seconds: half a second for each, and time to breathe.
pub(super) fn longest_secs(letters: usize) -> f64 {
    20.0 + 0.5 * letters as f64
}

/// The most bytes that such an answer may have: two channels of 32 bits at 48 kHz.
pub(super) fn most_bytes(letters: usize) -> u64 {
    (longest_secs(letters) * 48_000.0 * 8.0) as u64
}

/// The sound of an answer to `text`; a clause that begins with a verb where it is none.
pub(super) fn sound_of(answer: &Answer, form: Form, text: &str) -> Result<Spoken, String> {
    let (bytes, letters) = (&answer.bytes, text.chars().count());
    if bytes.is_empty() {
        return Err("is empty".to_owned());
    }
    if let Some(other) = other_kind(bytes, &answer.mime) {
        return Err(format!("is {other}, not the {} that was asked for", form.name()));
    }
    let spoken = match form {
        Form::Wav => of_wav(bytes, most_bytes(letters))?,
        // A server that sends WAV where bare values were asked for says more than it had to.
        Form::Pcm { .. } if bytes.starts_with(b"RIFF") => of_wav(bytes, most_bytes(letters))?,
        Form::Pcm { hz } => of_pcm(bytes, hz)?,
    };
    // What is written around words takes no time to say.
    check(&spoken, letters, text.chars().filter(|letter| letter.is_alphanumeric()).count())?;
    Ok(spoken)
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Pcm { .. } => "PCM",
        }
    }
}

/// What the bytes are when they are no PCM at all.
fn other_kind(bytes: &[u8], mime: &str) -> Option<String> {
    let begins = |mark: &[u8]| bytes.starts_with(mark);
    let named = [
        (begins(b"ID3") || is_mp3(bytes), "MP3"),
        (begins(b"OggS"), "Ogg"),
        (begins(b"fLaC"), "FLAC"),
        (bytes.get(4..8) == Some(b"ftyp"), "MP4"),
        (begins(b"\x1a\x45\xdf\xa3"), "WebM"),
        (begins(b"\x1f\x8b\x08"), "packed by gzip"),
        (begins(b"PK\x03\x04"), "a ZIP file"),
    ];
    if let Some((_, name)) = named.iter().find(|(is, _)| *is) {
        return Some((*name).to_owned());
    }
    let says_so = |kind: &str| mime.starts_with(kind) && !begins(b"RIFF");
    if says_so("audio/mpeg") || says_so("audio/mp3") {
        return Some("MP3".to_owned());
    }
    let is_text = says_so("text/") || says_so("application/json") || is_text(bytes);
    is_text.then(|| text_kind(bytes).to_owned())
}

fn text_kind(bytes: &[u8]) -> &'static str {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'<') => "an HTML page",
        Some(b'{' | b'[') => "JSON",
        _ => "text",
    }
}

/// Whether it begins like text, of any script: sound has bytes that no text has within its first hundreds.
fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(512)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A letter may be cut at the end.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_written = |letter: char| matches!(letter, '\t' | '\n' | '\r') || !letter.is_control();
    text.len() > 3 && text.chars().all(is_written)
}

/// Whether two frames of MPEG audio follow each other at the start.
fn is_mp3(bytes: &[u8]) -> bool {
    mp3_frame(bytes).is_some_and(|length| bytes.get(length..).and_then(mp3_frame).is_some())
}

/// Bytes of the MPEG audio frame (layer III) that begins here.
fn mp3_frame(bytes: &[u8]) -> Option<usize> {
    let [first, second, third, _] = *bytes.first_chunk::<4>()?;
    if first != 0xff || second & 0xe6 != 0xe2 {
        return None;
    }
    let is_mpeg_1 = second & 0x18 == 0x18;
    let rates = if is_mpeg_1 { [44_100, 48_000, 32_000] } else { [22_050, 24_000, 16_000] };
    let kilobits: [usize; 15] = if is_mpeg_1 {
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    } else {
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    };
    let hz: usize = *rates.get(usize::from(third >> 2 & 3))?;
    let bits = 1000 * kilobits.get(usize::from(third >> 4)).filter(|rate| **rate > 0)?;
    Some(if is_mpeg_1 { 144 } else { 72 } * bits / hz + usize::from(third >> 1 & 1))
}

/// `most` is the most that the whole may have: a header that promises more says nothing.
fn of_wav(bytes: &[u8], most: u64) -> Result<Spoken, String> {
    let mut rest = bytes;
    let header = read_header(&mut rest).ok_or("is no WAV of plain values")?;
    if !RATES.contains(&header.hz) {
        return Err(format!("says it has {} Hz", header.hz));
    }
    if header.channels > 2 {
        return Err(format!("has {} channels", header.channels));
    }
    // A server that streams cannot know the length when it begins. OpenAI's writes 0xFFFFFFFF, libsndfile 0, others
    // 0x7FFFFFFF or two thousand million: all of them lengths that no line has.
    let streamed = header.data == 0 || u64::from(header.data) > most;
    let promised = header.data as usize;
    if !streamed && promised > rest.len() {
        return Err(format!("breaks off: {} of {promised} bytes of sound came", rest.len()));
    }
    let data = if streamed { rest } else { &rest[..promised] };
    let size = header.kind.bytes();
    let mut values = vec![0.0; data.len() / size];
    convert(header.kind, data, &mut values);
    let channels = usize::from(header.channels);
    let mixed = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
    Ok(Spoken { hz: header.hz, sound: values.chunks_exact(channels).map(mixed).collect() })
}

fn of_pcm(bytes: &[u8], hz: u32) -> Result<Spoken, String> {
    if bytes.len() % 2 == 1 {
        return Err(format!("has {} bytes, and values of 16 bits have two each", bytes.len()));
    }
    let mut sound = vec![0.0; bytes.len() / 2];
    convert(Kind::I16, bytes, &mut sound);
    Ok(Spoken { hz, sound })
}

/// Whether somebody can have said the line in it.
fn check(spoken: &Spoken, letters: usize, sounding: usize) -> Result<(), String> {
    let secs = spoken.sound.len() as f64 / f64::from(spoken.hz);
    let longest = longest_secs(letters);
    if secs > longest {
        return Err(format!("lasts {secs:.1} s, and {letters} letters take {longest:.0} s at most"));
    }
    let shortest = (sounding as f64 / MOST_LETTERS_A_SECOND).max(0.05);
    if secs < shortest {
        return Err(format!(
            "lasts {secs:.2} s, and nobody says {sounding} letters in less than {shortest:.2} s"
        ));
    }
    let mut energies = Energies::new(spoken.hz);
    energies.add(&spoken.sound, 1);
    let heard = energies.heard().level_db.is_some();
    if heard { Ok(()) } else { Err("holds nothing but silence".to_owned()) }
}

#[cfg(test)]
mod tests {
    use soundlock_testing::{fuzz, tone, wav};
    use soundlock_time::SampleRate;

    use super::*;

    fn answered(bytes: Vec<u8>, mime: &str, form: Form) -> Result<Spoken, String> {
        let (request, mime) = (String::new(), mime.to_owned());
        sound_of(&Answer { mime, request, letters: None, bytes }, form, &"word ".repeat(5)[..20])
    }

    fn pcm(secs: f64) -> Vec<u8> {
        let value = |n: u32| (8000.0 * libm::sin(f64::from(n) * 0.05)) as i16;
        (0..(secs * 24_000.0) as u32).flat_map(|n| value(n).to_le_bytes()).collect()
    }

    /// A WAV file of this form around bytes of sound, promising `promised` of them.
    fn wav_of(hz: u32, channels: u16, promised: u32, sound: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0".to_vec();
        file.extend(channels.to_le_bytes());
        file.extend(hz.to_le_bytes());
        file.extend((hz.wrapping_mul(2 * u32::from(channels))).to_le_bytes());
        file.extend((2 * channels).to_le_bytes());
        file.extend(16_u16.to_le_bytes());
        file.extend(b"data");
        file.extend(promised.to_le_bytes());
        file.extend(sound);
        file
    }

    #[test]
    fn sound_is_read_in_every_form_that_servers_send() {
        let sound = pcm(1.5);
        let length = sound.len() as u32;
        let bare = Form::Pcm { hz: 24_000 };
        for (bytes, form) in [
            (sound.clone(), bare),
            (wav_of(24_000, 1, length, &sound), Form::Wav),
            (wav_of(24_000, 1, 0, &sound), Form::Wav),
            (wav_of(24_000, 1, u32::MAX, &sound), Form::Wav),
            (wav_of(24_000, 1, 0x7FFF_FFFF, &sound), Form::Wav),
            (wav_of(24_000, 1, 2_000_000_000, &sound), Form::Wav),
            (wav_of(24_000, 1, length, &sound), bare),
        ] {
            let spoken = answered(bytes, "audio/wav", form).unwrap();
            assert_eq!((spoken.hz, spoken.sound.len()), (24_000, 36_000));
            assert!((spoken.sound[31] - 8000.0 / 32_768.0).abs() < 0.01);
        }
        let stereo = answered(wav_of(24_000, 2, length, &sound), "", Form::Wav).unwrap();
        assert_eq!(stereo.sound.len(), 18_000);
    }

    #[test]
    fn what_is_no_speech_is_told_apart() {
        let sound = pcm(1.5);
        let length = sound.len() as u32;
        let mp3: Vec<u8> =
            [0xff, 0xfb, 0x90, 0x00].into_iter().chain([0x55; 413]).cycle().take(4000).collect();
        let bare = Form::Pcm { hz: 24_000 };
        for (bytes, mime, form, why) in [
            (vec![], "audio/wav", Form::Wav, "is empty"),
            (mp3.clone(), "audio/wav", Form::Wav, "is MP3, not the WAV"),
            (mp3, "application/octet-stream", bare, "is MP3, not the PCM"),
            (b"ID3\x04 and so on".to_vec(), "", bare, "is MP3"),
            (sound.clone(), "audio/mpeg", bare, "is MP3"),
            (b"OggS\0\0\0".to_vec(), "", Form::Wav, "is Ogg"),
            (b"<!doctype html><p>Sign in to the network".to_vec(), "text/html", Form::Wav, "is an HTML page"),
            (b"<html>".repeat(100), "audio/pcm", bare, "is an HTML page"),
            (b"{\"error\":\"quota\"}".to_vec(), "audio/pcm", bare, "is JSON"),
            ("{\"error\":\"한도를 넘었습니다\"}".repeat(40).into_bytes(), "audio/pcm", bare, "is JSON"),
            (b"\x1f\x8b\x08\0\0\0\0\0".repeat(9000), "audio/pcm", bare, "is packed by gzip"),
            (wav_of(24_000, 1, length + 2, &sound), "", Form::Wav, "breaks off: 72000 of 72002 bytes"),
            (wav_of(1, 1, length, &sound), "", Form::Wav, "says it has 1 Hz"),
            (wav_of(4_000_000, 1, length, &sound), "", Form::Wav, "says it has 4000000 Hz"),
            (wav_of(192_000, 1, length, &sound), "", Form::Wav, "lasts 0.19 s, and nobody says 16 letters"),
            (wav_of(24_000, 7, length, &sound), "", Form::Wav, "has 7 channels"),
            (b"RIFF\0\0\0\0WAVEnonsense\xff\xff\xff\xff\0".to_vec(), "", Form::Wav, "is no WAV"),
            (pcm(31.0), "", bare, "lasts 31.0 s, and 20 letters take 30 s at most"),
            (pcm(0.1), "", bare, "lasts 0.10 s"),
            (vec![0; 48_000], "", bare, "holds nothing but silence"),
            (vec![0x80; 48_001], "", bare, "has 48001 bytes"),
        ] {
            let refused = answered(bytes, mime, form).unwrap_err();
            assert!(refused.contains(why), "{refused}, not {why}");
        }
    }

    #[test]
    fn the_longest_line_fits_into_what_is_read_of_it() {
        assert_eq!(most_bytes(0), 7_680_000);
        assert!(most_bytes(100) as f64 >= longest_secs(100) * 384_000.0);
    }

    #[test]
    fn no_answer_breaks_us() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/answer");
        fuzz(&corpus, 5, 300, |bytes| {
            for (form, mime) in [(Form::Wav, "audio/wav"), (Form::Pcm { hz: 24_000 }, "")] {
                if let Ok(spoken) = answered(bytes.to_vec(), mime, form) {
                    assert!(spoken.sound.iter().all(|value| value.is_finite()));
                    assert!(RATES.contains(&spoken.hz));
                }
            }
        });
    }

    #[test]
    fn a_tone_of_another_writer_is_read() {
        let rate = SampleRate::new(24_000).unwrap();
        let bytes = wav(rate, &tone(rate, 440.0, 0.5, 24_000));
        assert_eq!(answered(bytes, "audio/wav", Form::Wav).unwrap().hz, 24_000);
    }
}
