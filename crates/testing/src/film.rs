use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A film's folder that goes away with the value, and a way to use a program in it as a person does.
///
/// ```no_run
/// # use soundlock_testing::TestFilm;
/// let film = TestFilm::new("target/debug/soundlock", "INT. KITCHEN - NIGHT\n\nMINA\nWait.\n", "fps = \"24\"\n");
/// film.run(&["status"]).ends(1).says("has no take");
/// ```
pub struct TestFilm {
    folder: tempfile::TempDir,
    program: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a program said and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Standard output, the film's folder written as `[film]`.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
}

impl TestFilm {
    /// A folder with `script.fountain` and `film.toml`, in which `program` is used.
    ///
    /// # Panics
    /// When the files cannot be written, as do all that write here.
    pub fn new(program: &str, script: &str, film_toml: &str) -> Self {
        let film = Self::empty(program);
        film.write("script.fountain", script);
        film.write("film.toml", film_toml);
        film
    }

    /// An empty folder.
    pub fn empty(program: &str) -> Self {
        let folder =
            tempfile::Builder::new().prefix("film").tempdir().expect("a temporary folder can be made");
        Self { folder, program: program.into(), variables: Vec::new() }
    }

    /// Lets the program see an environment variable from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Writes a file at a path from the folder; folders on the way are made.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("folders can be made");
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Reads a file as text at a path from the folder.
    pub fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The film's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path from the film's folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    /// Runs the program in the folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).stdin(Stdio::null()).output();
        let output =
            output.unwrap_or_else(|error| panic!("{} cannot be run: {error}", self.program.display()));
        self.tidied(&output)
    }

    /// Starts the program in the folder, to be stopped by the test; what it says is thrown away.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        started.unwrap_or_else(|error| panic!("{} cannot be run: {error}", self.program.display()))
    }

    /// The program with nothing of this machine's settings but where programs are found.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.folder()).env_clear();
        for name in ["PATH", "TMPDIR", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.envs([("HOME", "/nonexistent"), ("LANG", "C.UTF-8"), ("NO_COLOR", "1"), ("COLUMNS", "100")]);
        // Nor may it look into this person's keyring.
        command.env("SOUNDLOCK_KEYRING", "off");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn tidied(&self, output: &Output) -> Run {
        let real = self.folder().canonicalize().expect("the folder is there");
        let tidy = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            // The longer of the two names first: on macOS one ends with the other.
            text.replace(&*real.to_string_lossy(), "[film]")
                .replace(&*self.folder().to_string_lossy(), "[film]")
        };
        Run { stdout: tidy(&output.stdout), stderr: tidy(&output.stderr), code: output.status.code() }
    }
}

#[expect(clippy::return_self_not_must_use, reason = "a test may well end with what it demands")]
impl Run {
    /// Fails the test when the run did not end with this code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Fails the test when the run did not end well.
    #[track_caller]
    pub fn done(self) -> Self {
        self.ends(0)
    }

    /// Fails the test when neither output holds `words`.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        let said = self.stdout.contains(words) || self.stderr.contains(words);
        assert!(said, "`{words}` is not in:\n{self}");
        self
    }
}

/// As a failed test shows it: what was said, and the exit code where it is not 0.
impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(formatter, "[standard error]\n{}", self.stderr)?;
        }
        match self.code {
            Some(0) => Ok(()),
            Some(code) => writeln!(formatter, "[exit code {code}]"),
            None => writeln!(formatter, "[ended by a signal]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_runs_in_the_folder_and_its_path_is_hidden() {
        let film = TestFilm::new("sh", "script", "title");
        film.write("voices/12.03.txt", "voice");
        let run =
            film.run(&["-c", "pwd; ls -R | wc -l; echo \"$HOME\" >&2; exit 3"]).ends(3).says("nonexist");
        assert_eq!(run.to_string(), "[film]\n7\n[standard error]\n/nonexistent\n[exit code 3]\n");
        let cat = film.run(&["-c", "cat script.fountain voices/12.03.txt"]).done();
        assert_eq!(cat.to_string(), "scriptvoice");
        let folder = film.folder().to_owned();
        drop(film);
        assert!(!folder.exists());
    }

    #[test]
    #[should_panic(expected = "`four` is not in:\nthree")]
    fn what_is_not_said_fails_the_test() {
        TestFilm::empty("echo").run(&["three"]).says("four");
    }
}
