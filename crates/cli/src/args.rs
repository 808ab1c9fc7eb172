//! What can be typed. Help, man page and completions all come from here.
#![expect(clippy::doc_markdown, reason = "these comments are the help text, where backticks would be read")]

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use soundlock_plan::edit::AutoField;
use soundlock_plan::{Angle, Movement, ShotSize};

/// Lock the sound, then attach the picture: a film from a screenplay, made like `make` makes programs.
#[derive(Debug, Parser)]
#[command(
    name = "soundlock",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 done, 1 the film is not ready, 2 asked wrongly, 3 an outside tool failed, \
4 our bug, 130 interrupted."
)]
pub(crate) struct Arguments {
    /// Film folder, or any folder inside it
    #[arg(long, global = true, value_name = "FOLDER", default_value = ".")]
    pub(crate) film: PathBuf,
    /// One JSON object per line on standard output, each with a `type`
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing while working, only results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// How many shots to work on at once; one per core where nothing is said
    #[arg(long, global = true, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) workers: Option<u16>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a film: a folder with a script to write on and its standing orders
    New {
        /// The folder to make
        folder: PathBuf,
    },
    /// Make everything that is not made yet, from script to deliveries
    Make(Make),
    /// What is made, what is stale and why, and what making it would cost
    Status {
        /// One line
        #[arg(long)]
        brief: bool,
    },
    /// What a shot or a frame of the film is made of, and what would make it anew
    Explain {
        /// Shot (12_0040), take (12_0040-3), film frame (1234) or timecode (00:01:02:03)
        what: String,
    },
    /// Check the screenplay, write the actors' cue sheet, draft one or suggest changes by a language model
    #[command(subcommand)]
    Script(Script),
    /// Lay the dialogue, show what would move, and lock it
    Sound {
        /// Show what would move, and write nothing
        #[arg(long)]
        diff: bool,
        /// Lock without asking
        #[arg(long, short)]
        yes: bool,
    },
    /// The readings of a line: where each is, what speaks against it, which one is used; and choose another
    Line(Line),
    /// What recordings hold of the script: lines found, missing, misread, repeated; what is clipped or noisy
    RecordCheck {
        /// Folder with the recordings; voices/ of the film where none is named
        folder: Option<PathBuf>,
        /// Where the page with waveforms and playable takes goes; out/recordings.html of the film
        #[arg(long, value_name = "FILE.html")]
        page: Option<PathBuf>,
    },
    /// Have scratch lines spoken by the services that film.toml casts; says what it costs first
    Speak(Speak),
    /// Cut the picture to the sound
    Plan(Plan),
    /// Cut a shot in two
    Cut {
        /// The shot (12_0040); its first half keeps the code
        shot: String,
        /// First frame of the second half: counted from the shot's first (57), or a timecode of the film (00:01:02:03)
        #[arg(long, value_name = "FRAME")]
        at: String,
        #[command(flatten)]
        sure: Sure,
    },
    /// Join a shot with the one that follows it
    Merge {
        /// The shot that stays
        first: String,
        /// The shot that goes
        second: String,
        #[command(flatten)]
        sure: Sure,
    },
    /// Let a shot begin later or earlier; the one before it ends there
    Move {
        /// The shot
        shot: String,
        /// Frames: 6 is later, -6 earlier
        #[arg(long, value_name = "FRAMES", allow_negative_numbers = true)]
        by: i64,
        #[command(flatten)]
        sure: Sure,
    },
    /// Keep the cuts of a shot as they are through every plan
    Pin {
        /// The shot
        shot: String,
        /// Give them back to the planner
        #[arg(long)]
        unpin: bool,
    },
    /// What a shot shows; with options, what it shows from now on
    Shot(Shot),
    /// Write the shot list into out/: a page to print and a table, with stills of what is made
    Shots,
    /// Take over an edit made in Resolve, Premiere, Kdenlive or Final Cut; shows what it changes first
    Conform {
        /// The timeline: .otio, .fcpxml or .edl
        edit: PathBuf,
        /// Show what would change, and change nothing
        #[arg(long)]
        diff: bool,
        /// Take it over without asking
        #[arg(long, short, conflicts_with = "diff")]
        yes: bool,
    },
    /// What every shot is told of cast, costumes, places, props and their state, and what does not hold together
    Bible {
        /// Scenes (12); all of them where none is named
        scenes: Vec<String>,
        /// Write it as a page to print, and show nothing
        #[arg(long, value_name = "FILE.html", conflicts_with = "scenes")]
        page: Option<PathBuf>,
    },
    /// What each shot's generator is told, and which field put in which words
    Prompts(Prompts),
    /// Make takes of shots that have none, or one more take of the shots named; says what it costs first
    Shoot(Shoot),
    /// Make more takes of a shot, told otherwise
    Retake(Retake),
    /// What generators refused to make, in their words
    Refusals,
    /// What shooting has cost: by scene, model and day, and for a second that is in the film
    Cost,
    /// The models that make pictures: lengths, rates, prices, licences, and which of them the film uses
    Generators,
    /// Measure clips; any file, in a film or not. All shots of the film where none is named
    Judge {
        /// Clips
        clips: Vec<PathBuf>,
    },
    /// Find the lines of a script in a recording: where each is said, which are missing; any file, in a film or not
    Align(Align),
    /// Stop takes that are being made: the vendor is asked, and what is made already is kept
    Cancel {
        /// Takes (12_0040-3), or shots (12_0040)
        takes: Vec<String>,
        /// Everything that is out
        #[arg(long, conflicts_with = "takes")]
        all: bool,
        /// Without asking
        #[arg(long, short)]
        yes: bool,
    },
    /// Put down what an attempt came to by the vendor's bill; one that nobody knows, or that is out, is over with that
    Settle {
        /// The take (12_0040-3)
        take: String,
        /// What it was charged, in US dollars; 0 where the vendor's list does not have it
        #[arg(long, value_name = "USD", allow_negative_numbers = true)]
        charged: f64,
        /// Without asking
        #[arg(long, short)]
        yes: bool,
    },
    /// The takes of a shot with what was tried for it, its numbers, prompt, seed and cost
    Takes {
        /// The shot; where none is named, everything that was tried at hired generators
        shot: Option<String>,
    },
    /// Put a take of a shot into the film, whatever the measurements say
    Circle {
        /// The shot
        shot: String,
        /// Number of the take; 0 leaves the choice to the measurements again
        take: u32,
    },
    /// Bring circled takes to the film's length, rate and raster
    Finish,
    /// Write the deliveries into out/
    Deliver(Make),
    /// Show what could be freed in the vault; takes are never taken
    Clean {
        /// Free it
        #[arg(long, short)]
        yes: bool,
    },
    /// Keys of services: keep them in the keyring of the system, remove them, see where each one is
    #[command(subcommand)]
    Key(KeyCommand),
    /// What is installed, and what each missing part would give
    Doctor {
        /// Also ask whether the language model of film.toml answers, with one short question
        #[arg(long)]
        network: bool,
    },
    /// Make one take with weights on this machine; the program runs itself so
    #[command(hide = true)]
    Diffuse {
        /// How, as JSON
        setup: String,
    },
    /// Completions for a shell, on standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The man page, on standard output
    Man,
}

/// Names are those that film.toml gives as key_env. The environment goes before the keyring.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Keep a key in the keyring: asked for without showing it, or one line of standard input
    Set {
        /// Its name (FAL_KEY)
        name: String,
        /// What follows would be the key, and is refused without being repeated
        #[arg(hide = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Remove a key from the keyring
    Remove {
        /// Its name (FAL_KEY)
        name: String,
    },
    /// The keys that the film needs, for what, and where each one is: environment, keyring or nowhere
    List,
}

#[derive(Debug, Args)]
pub(crate) struct Shoot {
    /// Shots (12_0040); all that need a take where none is named
    pub(crate) shots: Vec<String>,
    /// Bring in a clip of your own as the next take of the one shot named
    #[arg(long, value_name = "CLIP")]
    pub(crate) file: Option<PathBuf>,
    /// Go on without takes of the shots named whose files are damaged or gone, although they were paid for
    #[arg(long, requires = "shots", conflicts_with_all = ["file", "estimate"])]
    pub(crate) give_up: bool,
    #[command(flatten)]
    pub(crate) ordering: Ordering,
}

/// How hired generators are given orders.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Ordering {
    /// Say what it would make and cost, and make nothing
    #[arg(long)]
    pub(crate) estimate: bool,
    /// Shoot without asking, also where it costs money; the limits of film.toml hold
    #[arg(long, short, conflicts_with = "estimate")]
    pub(crate) yes: bool,
    /// How many takes of each shot
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) takes: Option<u32>,
    /// The most that this run may cost, in US dollars
    #[arg(long, value_name = "USD")]
    pub(crate) limit: Option<f64>,
    /// Make what was circled as a draft anew, as large as it should be and with its seed
    #[arg(long = "final", conflicts_with = "takes")]
    pub(crate) finals: bool,
    /// Also where nobody knows whether an earlier attempt was heard: it counts as paid for, and is made once more
    #[arg(long)]
    pub(crate) again: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Retake {
    /// The shot (12_0040)
    pub(crate) shot: String,
    /// What the generator is told from now on
    #[arg(long, value_name = "WORDS")]
    pub(crate) prompt: Option<String>,
    /// What it is told to keep out from now on
    #[arg(long, value_name = "WORDS")]
    pub(crate) negative: Option<String>,
    #[command(flatten)]
    pub(crate) ordering: Ordering,
}

#[derive(Debug, Args)]
pub(crate) struct Make {
    /// Lock the sound anew without asking, also where takes that cost money become stale
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sure {
    /// Write it without asking, also where takes that are not made again by themselves go stale
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Shot {
    /// The shot (12_0040)
    pub(crate) code: String,
    /// How large the subject is
    #[arg(long, value_parser = sizes(), ignore_case = true)]
    pub(crate) size: Option<ShotSize>,
    /// From where it is seen
    #[arg(long, value_parser = angles())]
    pub(crate) angle: Option<Angle>,
    /// What the camera does
    #[arg(long = "move", value_parser = movements())]
    pub(crate) movement: Option<Movement>,
    /// Who is seen, the most important first (MINA,JONAS)
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) subjects: Option<Vec<String>>,
    /// What happens
    #[arg(long, value_name = "WORDS")]
    pub(crate) action: Option<String>,
    /// What the generator is told, whatever the other fields say
    #[arg(long, value_name = "WORDS")]
    pub(crate) prompt: Option<String>,
    /// What it is told to keep out
    #[arg(long, value_name = "WORDS")]
    pub(crate) negative: Option<String>,
    /// Which generator makes it
    #[arg(long, value_name = "NAME")]
    pub(crate) generator: Option<String>,
    /// Let the program choose these again (size,prompt)
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', value_parser = fields())]
    pub(crate) auto: Vec<AutoField>,
    #[command(flatten)]
    pub(crate) sure: Sure,
}

/// Reads one of `words`, letter case aside; help lists them.
fn one_of<T: Clone + Send + Sync + 'static>(all: Vec<(T, &'static str)>) -> impl TypedValueParser<Value = T> {
    let words = all.iter().map(|(_, word)| *word);
    PossibleValuesParser::new(words).map(move |text| {
        let found = all.iter().find(|(_, word)| text.eq_ignore_ascii_case(word));
        found.expect("clap lets only these words through").0.clone()
    })
}

fn sizes() -> impl TypedValueParser<Value = ShotSize> {
    one_of(ShotSize::ALL.map(|size| (size, size.short())).to_vec())
}

fn angles() -> impl TypedValueParser<Value = Angle> {
    one_of(Angle::ALL.map(|angle| (angle, angle.word())).to_vec())
}

fn movements() -> impl TypedValueParser<Value = Movement> {
    one_of(Movement::ALL.map(|movement| (movement, movement.word())).to_vec())
}

fn fields() -> impl TypedValueParser<Value = AutoField> {
    one_of(AutoField::ALL.to_vec())
}

#[derive(Debug, Args)]
pub(crate) struct Line {
    /// The line (12.03)
    #[arg(value_name = "LINE")]
    pub(crate) number: String,
    /// Use this take from now on; 0 leaves the choice to the measurements again
    #[arg(long, conflicts_with = "from")]
    pub(crate) take: Option<u32>,
    /// Use a part of this recording, whatever is said in it
    #[arg(long, value_name = "FILE", requires = "begins", requires = "ends")]
    pub(crate) from: Option<PathBuf>,
    /// Where the part begins: seconds (75.2), or minutes and seconds (1:15.2)
    #[arg(long = "in", value_name = "TIME", requires = "from", value_parser = time)]
    pub(crate) begins: Option<f64>,
    /// Where the part ends
    #[arg(long = "out", value_name = "TIME", requires = "from", value_parser = time)]
    pub(crate) ends: Option<f64>,
}

/// Seconds of `75.2`, `1:15.2` or `1:02:03.5`, to a thousandth.
fn time(text: &str) -> Result<f64, String> {
    let wrong = || format!("`{text}` is not a time such as 75.2 or 1:15.2");
    let parts: Vec<&str> = text.split(':').collect();
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '.');
    if parts.len() > 3 || !parts.iter().all(|part| digits(part)) {
        return Err(wrong());
    }
    let values: Result<Vec<f64>, _> = parts.iter().map(|part| part.parse::<f64>()).collect();
    let secs = values.map_err(|_| wrong())?.iter().fold(0.0, |secs, value| secs * 60.0 + value);
    if secs > 86_400.0 { Err(wrong()) } else { Ok((secs * 1000.0).round() / 1000.0) }
}

#[derive(Debug, Args)]
pub(crate) struct Prompts {
    /// Shots (12_0040); all of them where none is named
    pub(crate) shots: Vec<String>,
    /// What changed in each prompt since its circled take was made
    #[arg(long)]
    pub(crate) diff: bool,
    /// Try two templates on some shots: a take with each, and the judge's numbers side by side; says what it costs first
    #[arg(long, num_args = 2.., value_names = ["TEMPLATE", "TEMPLATE", "SHOT"], conflicts_with_all = ["shots", "diff"])]
    pub(crate) ab: Option<Vec<String>>,
    /// Have the takes made without asking, also where they cost money
    #[arg(long, short, requires = "ab")]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Speak {
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Ask the language model of film.toml what the planned shots could show
    #[arg(long)]
    pub(crate) with_model: bool,
    /// Only the shots of this scene
    #[arg(long, requires = "with_model")]
    pub(crate) scene: Option<String>,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// How a service that may cost money is asked.
#[derive(Debug, Args)]
pub(crate) struct Asking {
    /// Say what it would cost, and ask nobody
    #[arg(long)]
    pub(crate) estimate: bool,
    /// Say yes to everything that would be asked: to the price, and to what a model proposes for shots
    #[arg(long, short, conflicts_with = "estimate")]
    pub(crate) yes: bool,
    /// Also what may have been paid for already, its answer lost or of no use; of a model what it has answered before too
    #[arg(long)]
    pub(crate) again: bool,
}

impl Asking {
    /// Whether anything is said of it.
    pub(crate) fn is_set(&self) -> bool {
        self.estimate || self.yes || self.again
    }
}

#[derive(Debug, Args)]
pub(crate) struct Draft {
    /// What the film is about, in a sentence
    #[arg(long)]
    pub(crate) logline: String,
    /// How many scenes; one for every two minutes where nothing is said
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) scenes: Option<u32>,
    /// How many minutes; two for every scene where nothing is said
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=240))]
    pub(crate) minutes: Option<u32>,
    /// Overwrite draft.fountain
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Debug, Args)]
pub(crate) struct Suggest {
    /// What to change, in your words
    #[arg(value_name = "WHAT", conflicts_with = "accept")]
    pub(crate) wish: Option<String>,
    /// Only in this scene
    #[arg(long, conflicts_with = "accept")]
    pub(crate) scene: Option<String>,
    /// Write these changes of the last suggestion into the script (1,3)
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', conflicts_with = "estimate")]
    pub(crate) accept: Vec<usize>,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Debug, Args)]
pub(crate) struct Align {
    /// The recording: a line, a scene or a session, in anything that FFmpeg reads
    pub(crate) recording: PathBuf,
    /// JSON with the lines: a list of objects with id and text, or an object that holds such a list as `lines`
    #[arg(long, value_name = "LINES.json", conflicts_with = "script", required_unless_present = "script")]
    pub(crate) lines: Option<PathBuf>,
    /// Fountain file with the lines
    #[arg(long, value_name = "FILE.fountain")]
    pub(crate) script: Option<PathBuf>,
    /// Language of lines that name none (en, ko, de); told from their letters where nothing is said
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    /// Ask another aligner too, a program with its arguments; for each line the surer answer counts (docs/aligner.md)
    #[arg(long, value_name = "COMMAND")]
    pub(crate) with: Option<String>,
    /// Seconds that the other aligner may take; a minute and three times the recording's length where nothing is said
    #[arg(long, value_name = "SECONDS", requires = "with", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) with_timeout: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Script {
    /// Read a screenplay, count what is in it, and say what its writer should look at
    Check {
        /// Fountain file; the film's script where none is named
        file: Option<PathBuf>,
    },
    /// Write the cue sheets for the actors, all (cues.html, cues.csv) and one for each (cues/NAME.html, cues/NAME.csv)
    Cues {
        /// Fountain file; the film's script where none is named
        file: Option<PathBuf>,
        /// Folder to write to; out/ of the film, or the current folder
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// Have a language model draft a screenplay from a logline, as draft.fountain
    Draft(Draft),
    /// Have a language model suggest changes; the script changes only by those you accept, one by one
    Suggest(Suggest),
    /// Who wrote which line of the script: a person, or which model
    Credits,
}
