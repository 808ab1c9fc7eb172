//! What libraries do not fetch for themselves: programs, cores, clock, Ctrl-C.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use soundlock_film::{Access, Film, Studio};
use soundlock_picture::{Limits, Tools};
use soundlock_sound::Espeak;
use soundlock_vault::Cancel;

use crate::args::Arguments;
use crate::exit::{Exit, Failure};
use crate::keyring::Keyring;
use crate::output::Output;
use crate::progress::Progress;

/// The studio that the arguments ask for.
pub(crate) fn studio(arguments: &Arguments, output: &Output) -> Result<Studio, Failure> {
    let tools = Tools::find("ffmpeg", "ffprobe")?;
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let asked = arguments.workers.and_then(|workers| NonZeroUsize::new(usize::from(workers)));
    let keyring = Keyring::new(output);
    Ok(Studio {
        tools,
        espeak: Espeak::find("espeak-ng"),
        diffusion: diffusion(),
        limits: Limits::GENEROUS,
        workers: asked.unwrap_or(cores),
        clock: Arc::new(|| jiff::Timestamp::now().to_string()),
        secrets: Arc::new(move |variable| keyring.secret(variable)),
        reporter: Arc::new(Progress::new(output.clone())),
        cancel: on_interrupt(output),
    })
}

/// This program as the one that diffuses, where it was built so.
fn diffusion() -> Option<Vec<String>> {
    let itself = std::env::current_exe().ok().filter(|_| soundlock_diffusion::IS_BUILT)?;
    Some(vec![itself.into_os_string().into_string().ok()?, "diffuse".to_owned()])
}

/// The film that the arguments name.
pub(crate) fn film(arguments: &Arguments, output: &Output, access: Access) -> Result<Film, Failure> {
    Ok(Film::open(studio(arguments, output)?, &arguments.film, access)?)
}

/// Ctrl-C once finishes the work in hand, twice stops at once.
fn on_interrupt(output: &Output) -> Cancel {
    let cancel = Cancel::new();
    let raised = cancel.clone();
    let output = output.clone();
    let times = AtomicUsize::new(0);
    // Without a handler Ctrl-C stops at once, which costs at most the work in hand.
    let _ = ctrlc::set_handler(move || {
        if times.fetch_add(1, Ordering::SeqCst) > 0 {
            Exit::Interrupted.leave();
        }
        raised.cancel();
        output.say("stopping after the work in hand; Ctrl-C again stops at once");
    });
    cancel
}
