//! stable-diffusion.cpp behind a door: the only `unsafe` of the workspace is in here.
//!
//! What its header (`stable-diffusion.h`) says of ownership is kept to in the comments: it reads the parameters while a call
//! lasts and keeps none of their pointers; pictures and sound that it gives are ours to give back with its own `free`.
#![expect(unsafe_code, reason = "a library in C++ is called; every call says why it may be")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError};

use diffusion_rs_sys as sys;

use crate::take::Told;
use crate::{DiffusionError, Order, Setup};

/// Which library it is: as the registry has it, it does not know its own version. `Cargo.toml` names the same.
const LIBRARY: &str = "as in diffusion-rs-sys 0.1.20";
/// Lines of errors that are kept for what is said at the end, and letters of each.
const MOST_LINES: usize = 6;
const LONGEST: usize = 300;

/// A model with its weights, loaded.
pub(crate) struct Engine<'a> {
    model: NonNull<sys::sd_ctx_t>,
    hearing: Box<Hearing<'a>>,
}

/// What a take is made of.
pub(crate) struct Asked<'a> {
    pub(crate) order: &'a Order,
    pub(crate) setup: &'a Setup,
    pub(crate) first: Option<&'a Rgb>,
    pub(crate) last: Option<&'a Rgb>,
}

/// A picture: three bytes a pixel, row after row.
pub(crate) struct Rgb {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: Vec<u8>,
}

/// Who hears what the library says. It calls from threads of its own.
struct Hearing<'a> {
    tell: &'a (dyn Fn(Told<'_>) + Sync),
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    errors: Vec<String>,
    /// Steps of all stages; 0 while weights are loaded, whose progress is none of the take's.
    all_steps: u32,
    /// Steps of stages that are done.
    before: u32,
}

impl<'a> Engine<'a> {
    /// Loads the weights. What is wrong with them is said by the library, or ends the process.
    pub(crate) fn load(
        setup: &Setup,
        folder: &Path,
        tell: &'a (dyn Fn(Told<'_>) + Sync),
    ) -> Result<Self, DiffusionError> {
        let paths = Paths::of(setup, folder)?;
        let hearing = Box::new(Hearing { tell, heard: Mutex::default() });
        hearing.listen();
        // SAFETY: plain data for C: integers, floats, pointers and enums that all have a value of 0. It is overwritten at once.
        let mut params: sys::sd_ctx_params_t = unsafe { std::mem::zeroed() };
        // SAFETY: `params` is ours and lives through the call, which writes every field.
        unsafe { sys::sd_ctx_params_init(&raw mut params) };
        paths.fill(&mut params);
        if let Some(threads) = setup.threads {
            params.n_threads = threads as c_int;
        }
        params.enable_mmap = setup.mmap;
        params.flash_attn = setup.flash_attention;
        params.diffusion_flash_attn = setup.flash_attention;
        params.max_vram = setup.max_vram_gib.unwrap_or(params.max_vram);
        // SAFETY: `params` and the strings of `paths` live through the call; the library copies what it keeps.
        let model = NonNull::new(unsafe { sys::new_sd_ctx(&raw const params) });
        let Some(model) = model else {
            let said = hearing.errors();
            // The library hears nobody any more before `hearing` goes.
            Hearing::listen_no_more();
            return Err(DiffusionError::Load { said });
        };
        let engine = Self { model, hearing };
        // SAFETY: `model` is the live context that was just made.
        if !unsafe { sys::sd_ctx_supports_video_generation(engine.model.as_ptr()) } {
            return Err(DiffusionError::Stills);
        }
        (tell)(Told::Fact("stable-diffusion.cpp", LIBRARY.to_owned()));
        Ok(engine)
    }

    /// Makes the frames.
    pub(crate) fn frames(&mut self, asked: &Asked<'_>) -> Result<Vec<Rgb>, DiffusionError> {
        let (order, setup) = (asked.order, asked.setup);
        let prompt = text(&order.prompt)?;
        let negative = text(&order.negative)?;
        // SAFETY: as in `load`: plain data for C, overwritten at once.
        let mut params: sys::sd_vid_gen_params_t = unsafe { std::mem::zeroed() };
        // SAFETY: `params` is ours and lives through the call, which writes every field.
        unsafe { sys::sd_vid_gen_params_init(&raw mut params) };
        params.prompt = prompt.as_ptr();
        params.negative_prompt = negative.as_ptr();
        params.width = order.raster.width() as c_int;
        params.height = order.raster.height() as c_int;
        params.video_frames = order.frames as c_int;
        params.fps = order.fps.nominal() as c_int;
        params.seed = order.seed as i64;
        // Pictures that go along are what they are, not a suggestion.
        params.strength = 1.0;
        params.vae_tiling_params.enabled = setup.vae_tiling;
        params.init_image = asked.first.map_or(params.init_image, Rgb::lent);
        params.end_image = asked.last.map_or(params.end_image, Rgb::lent);
        let (sampler, scheduler) = (sampler(setup)?, scheduler(setup)?);
        sample(&mut params.sample_params, (setup.steps, setup.cfg), setup.flow_shift, sampler, scheduler);
        let high = &setup.high_noise;
        let cfg = high.cfg.or(setup.cfg);
        sample(&mut params.high_noise_sample_params, (high.steps, cfg), setup.flow_shift, sampler, scheduler);
        let all =
            params.sample_params.sample_steps.max(0) + params.high_noise_sample_params.sample_steps.max(0);
        self.hearing.heard().all_steps = all as u32;

        let mut images: *mut sys::sd_image_t = ptr::null_mut();
        let mut count: c_int = 0;
        let mut audio: *mut sys::sd_audio_t = ptr::null_mut();
        // SAFETY: the context is live and used by nobody else (`&mut self`); `params`, its strings and pictures live through
        // the call; the three places it writes to are ours.
        let made = unsafe {
            sys::generate_video(
                self.model.as_ptr(),
                &raw const params,
                &raw mut images,
                &raw mut count,
                &raw mut audio,
            )
        };
        if !audio.is_null() {
            // SAFETY: it was given to us by the call above, and is given back once.
            unsafe { sys::free_sd_audio(audio) };
        }
        // SAFETY: `images` are `count` pictures that the call above gave us, or null.
        let frames = unsafe { taken(images, count) };
        match frames {
            Some(frames) if made && !frames.is_empty() => Ok(frames),
            _ => Err(DiffusionError::Made { said: self.hearing.errors() }),
        }
    }
}

impl Drop for Engine<'_> {
    fn drop(&mut self) {
        // SAFETY: the context is live, and nobody has it after this.
        unsafe { sys::free_sd_ctx(self.model.as_ptr()) };
        Hearing::listen_no_more();
    }
}

/// Copies `count` pictures and gives them back; `None` where one of them is no RGB picture.
///
/// # Safety
/// `images` is null or points to `count` pictures of the library's that nobody else has.
unsafe fn taken(images: *mut sys::sd_image_t, count: c_int) -> Option<Vec<Rgb>> {
    if images.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    let lent = unsafe { std::slice::from_raw_parts(images, usize::try_from(count).unwrap_or(0)) };
    let copied = lent.iter().map(|image| {
        if image.data.is_null() || image.channel != 3 {
            return None;
        }
        let bytes = (image.width as usize).checked_mul(image.height as usize)?.checked_mul(3)?;
        // SAFETY: the header says that `data` has width times height times channel bytes.
        let bytes = unsafe { std::slice::from_raw_parts(image.data, bytes) }.to_vec();
        Some(Rgb { width: image.width, height: image.height, bytes })
    });
    let copied = copied.collect();
    // SAFETY: they came from the library, nothing of ours points to them any more, and they are given back once.
    unsafe { sys::free_sd_images(images, count) };
    copied
}

impl Rgb {
    /// The picture as the library reads it, as long as `self` is there.
    fn lent(&self) -> sys::sd_image_t {
        // It only reads pictures that go in, although its header does not say `const`.
        sys::sd_image_t {
            width: self.width,
            height: self.height,
            channel: 3,
            data: self.bytes.as_ptr().cast_mut(),
        }
    }
}

/// Paths of weights as C reads them; an empty one where none is named.
struct Paths(Vec<(&'static str, CString)>);

impl Paths {
    fn of(setup: &Setup, folder: &Path) -> Result<Self, DiffusionError> {
        let path = |(role, file): (&'static str, &Path)| {
            let why = || "have a name that is not UTF-8".to_owned();
            let wrong = || DiffusionError::Weights { role, file: file.to_owned(), why: why() };
            let full = folder.join(file);
            Ok((role, CString::new(full.to_str().ok_or_else(wrong)?).map_err(|_| wrong())?))
        };
        setup.weights.named().map(path).collect::<Result<_, DiffusionError>>().map(Self)
    }

    fn fill(&self, params: &mut sys::sd_ctx_params_t) {
        for (role, path) in &self.0 {
            let place: &mut *const c_char = match *role {
                "model" => &mut params.model_path,
                "diffusion" => &mut params.diffusion_model_path,
                "high_noise" => &mut params.high_noise_diffusion_model_path,
                "text" => &mut params.t5xxl_path,
                "llm" => &mut params.llm_path,
                "connectors" => &mut params.embeddings_connectors_path,
                "clip_vision" => &mut params.clip_vision_path,
                "vae" => &mut params.vae_path,
                _ => &mut params.audio_vae_path,
            };
            *place = path.as_ptr();
        }
    }
}

fn sample(
    params: &mut sys::sd_sample_params_t,
    (steps, cfg): (Option<u32>, Option<f32>),
    flow_shift: Option<f32>,
    sampler: Option<sys::sample_method_t>,
    scheduler: Option<sys::scheduler_t>,
) {
    params.sample_steps = steps.map_or(params.sample_steps, |steps| steps as c_int);
    params.guidance.txt_cfg = cfg.unwrap_or(params.guidance.txt_cfg);
    params.flow_shift = flow_shift.unwrap_or(params.flow_shift);
    params.sample_method = sampler.unwrap_or(params.sample_method);
    params.scheduler = scheduler.unwrap_or(params.scheduler);
}

fn sampler(setup: &Setup) -> Result<Option<sys::sample_method_t>, DiffusionError> {
    use sys::sample_method_t::{
        DDIM_TRAILING_SAMPLE_METHOD, DPM2_SAMPLE_METHOD, DPMPP2M_SAMPLE_METHOD, DPMPP2Mv2_SAMPLE_METHOD,
        DPMPP2S_A_SAMPLE_METHOD, ER_SDE_SAMPLE_METHOD, EULER_A_SAMPLE_METHOD, EULER_SAMPLE_METHOD,
        HEUN_SAMPLE_METHOD, IPNDM_SAMPLE_METHOD, IPNDM_V_SAMPLE_METHOD, LCM_SAMPLE_METHOD,
        RES_2S_SAMPLE_METHOD, RES_MULTISTEP_SAMPLE_METHOD, TCD_SAMPLE_METHOD,
    };
    let Some(name) = &setup.sampler else { return Ok(None) };
    let all = [
        EULER_SAMPLE_METHOD,
        EULER_A_SAMPLE_METHOD,
        HEUN_SAMPLE_METHOD,
        DPM2_SAMPLE_METHOD,
        DPMPP2S_A_SAMPLE_METHOD,
        DPMPP2M_SAMPLE_METHOD,
        DPMPP2Mv2_SAMPLE_METHOD,
        IPNDM_SAMPLE_METHOD,
        IPNDM_V_SAMPLE_METHOD,
        LCM_SAMPLE_METHOD,
        DDIM_TRAILING_SAMPLE_METHOD,
        TCD_SAMPLE_METHOD,
        RES_MULTISTEP_SAMPLE_METHOD,
        RES_2S_SAMPLE_METHOD,
        ER_SDE_SAMPLE_METHOD,
    ];
    // SAFETY: a text of the library's own that lives as long as the program.
    let known = all.map(|method| (method, unsafe { said(sys::sd_sample_method_name(method)) }));
    found("sampler", name, &known).map(Some)
}

fn scheduler(setup: &Setup) -> Result<Option<sys::scheduler_t>, DiffusionError> {
    use sys::scheduler_t::{
        AYS_SCHEDULER, BONG_TANGENT_SCHEDULER, DISCRETE_SCHEDULER, EXPONENTIAL_SCHEDULER, GITS_SCHEDULER,
        KARRAS_SCHEDULER, KL_OPTIMAL_SCHEDULER, LCM_SCHEDULER, LTX2_SCHEDULER, SGM_UNIFORM_SCHEDULER,
        SIMPLE_SCHEDULER, SMOOTHSTEP_SCHEDULER,
    };
    let Some(name) = &setup.scheduler else { return Ok(None) };
    let all = [
        DISCRETE_SCHEDULER,
        KARRAS_SCHEDULER,
        EXPONENTIAL_SCHEDULER,
        AYS_SCHEDULER,
        GITS_SCHEDULER,
        SGM_UNIFORM_SCHEDULER,
        SIMPLE_SCHEDULER,
        SMOOTHSTEP_SCHEDULER,
        KL_OPTIMAL_SCHEDULER,
        LCM_SCHEDULER,
        BONG_TANGENT_SCHEDULER,
        LTX2_SCHEDULER,
    ];
    // SAFETY: a text of the library's own that lives as long as the program.
    let known = all.map(|scheduler| (scheduler, unsafe { said(sys::sd_scheduler_name(scheduler)) }));
    found("scheduler", name, &known).map(Some)
}

fn found<T: Copy>(what: &'static str, name: &str, known: &[(T, String)]) -> Result<T, DiffusionError> {
    let found = known.iter().find(|(_, known)| known == name).map(|(value, _)| *value);
    found.ok_or_else(|| DiffusionError::NoSuch {
        what,
        name: name.to_owned(),
        known: known.iter().map(|(_, name)| name.clone()).collect(),
    })
}

fn text(text: &str) -> Result<CString, DiffusionError> {
    CString::new(text).map_err(|_| DiffusionError::Order { why: "a text has a NUL in it".to_owned() })
}

/// A text of the library's, in one short line.
///
/// # Safety
/// `text` is null or ends with a NUL.
unsafe fn said(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let plain = text.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.take(LONGEST).collect()
}

impl Hearing<'_> {
    /// Hears the library from now on, until [`Hearing::listen_no_more`].
    fn listen(&self) {
        let data = ptr::from_ref(self).cast_mut().cast::<c_void>();
        // SAFETY: `self` is in a box that does not move, and `listen_no_more` is called before it goes. The callbacks only read it,
        // and what they change is behind a lock.
        unsafe {
            sys::sd_set_log_callback(Some(on_log), data);
            sys::sd_set_progress_callback(Some(on_progress), data);
            // Its own would start a debugger to print a trace.
            sys::ggml_set_abort_callback(Some(on_abort));
        }
    }

    fn listen_no_more() {
        // SAFETY: no callback is a valid callback.
        unsafe {
            sys::sd_set_log_callback(None, ptr::null_mut());
            sys::sd_set_progress_callback(None, ptr::null_mut());
        }
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn errors(&self) -> String {
        let errors = &self.heard().errors;
        if errors.is_empty() { "it does not say why".to_owned() } else { errors.join("; ") }
    }

    fn on_log(&self, level: sys::sd_log_level_t, text: &str) {
        if text.is_empty() {
            return;
        }
        if level == sys::sd_log_level_t::SD_LOG_ERROR {
            let errors = &mut self.heard().errors;
            if errors.len() < MOST_LINES {
                errors.push(text.to_owned());
            }
        }
        if level != sys::sd_log_level_t::SD_LOG_DEBUG {
            (self.tell)(Told::Said(text));
        }
    }

    fn on_progress(&self, step: u32, steps: u32) {
        let mut heard = self.heard();
        // Weights are read while the take is made, which is told as hundreds of steps of its own.
        if steps == 0 || steps > heard.all_steps || step > steps {
            return;
        }
        let all = heard.all_steps.max(heard.before + steps);
        // What follows the last step, decoding, has no steps of its own.
        let done = f64::from(heard.before + step) / f64::from(all) * 0.95;
        if step == steps {
            heard.before += steps;
        }
        drop(heard);
        (self.tell)(Told::Progress(done));
    }
}

unsafe extern "C" fn on_log(level: sys::sd_log_level_t, text: *const c_char, data: *mut c_void) {
    // SAFETY: `data` is the `Hearing` that `listen` gave, which outlives its being heard; `text` ends with a NUL.
    let (hearing, text) = unsafe { (&*data.cast::<Hearing<'_>>(), said(text)) };
    hearing.on_log(level, &text);
}

unsafe extern "C" fn on_progress(step: c_int, steps: c_int, _: f32, data: *mut c_void) {
    // SAFETY: as for `on_log`.
    let hearing = unsafe { &*data.cast::<Hearing<'_>>() };
    hearing.on_progress(u32::try_from(step).unwrap_or(0), u32::try_from(steps).unwrap_or(0));
}

/// The library gives up, and ends the process right after this.
unsafe extern "C" fn on_abort(text: *const c_char) {
    use std::io::Write;
    // SAFETY: `text` ends with a NUL.
    let text = unsafe { said(text) };
    // Only where it was, not on which machine it was built.
    let text = text.rsplit_once('/').map_or(text.as_str(), |(_, text)| text);
    drop(writeln!(std::io::stderr(), "stable-diffusion.cpp gave up: {text}"));
}
