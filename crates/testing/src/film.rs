use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A film's folder that goes away with the value, and a way to use the program in it as a person does.
///
/// ```no_run
/// # use soundlock_testing::TestFilm;
/// let film = TestFilm::new("INT. KITCHEN - NIGHT\n\nMINA\nWait.\n", "title = \"Two rooms\"\n");
/// let run = film.run(std::path::Path::new("target/debug/soundlock"), "status --json");
/// assert_eq!(run.exit_code, Some(0), "{run}");
/// ```
pub struct TestFilm {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

/// What a program said and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Standard output, the film's folder written as `[film]`.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// The exit code; `None` when a signal ended it.
    pub exit_code: Option<i32>,
}

impl TestFilm {
    /// A folder with `script.fountain` and `film.toml`.
    ///
    /// # Panics
    /// When the files cannot be written, as do all that write here.
    pub fn new(script: &str, film_toml: &str) -> Self {
        Self::empty().file("script.fountain", script).file("film.toml", film_toml)
    }

    /// An empty folder.
    pub fn empty() -> Self {
        let folder =
            tempfile::Builder::new().prefix("film").tempdir().expect("a temporary folder can be made");
        Self { folder, variables: BTreeMap::new() }
    }

    /// Puts a file into the folder, at a path from it; folders on the way are made.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Sets a variable of the environment for the program.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
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
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// A path from the film's folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.dir().join(path)
    }

    /// Runs `program` in the folder; `arguments` are parted by spaces.
    pub fn run(&self, program: &Path, arguments: &str) -> Run {
        self.run_with(program, &arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs `program` in the folder with arguments that may hold spaces.
    pub fn run_with(&self, program: &Path, arguments: &[&str]) -> Run {
        let output = self.command(program, arguments).stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("{} cannot be run: {error}", program.display()));
        self.tidied(&output)
    }

    /// Starts `program` in the folder, to be stopped by the test; what it says is thrown away.
    pub fn start(&self, program: &Path, arguments: &[&str]) -> Child {
        let mut command = self.command(program, arguments);
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        started.unwrap_or_else(|error| panic!("{} cannot be run: {error}", program.display()))
    }

    /// The program with nothing of this machine's settings but where programs are found.
    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.dir()).env_clear();
        for name in ["PATH", "TMPDIR", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.envs([("HOME", "/nonexistent"), ("LANG", "C.UTF-8"), ("NO_COLOR", "1"), ("COLUMNS", "100")]);
        command.envs(&self.variables);
        command
    }

    fn tidied(&self, output: &Output) -> Run {
        let real = self.dir().canonicalize().expect("the folder is there");
        let tidy = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            // The longer of the two names first: on macOS one ends with the other.
            text.replace(&*real.to_string_lossy(), "[film]").replace(&*self.dir().to_string_lossy(), "[film]")
        };
        Run { stdout: tidy(&output.stdout), stderr: tidy(&output.stderr), exit_code: output.status.code() }
    }
}

/// As it is kept in a test: what was said, and the exit code where it is not 0.
impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(formatter, "[standard error]\n{}", self.stderr)?;
        }
        match self.exit_code {
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
        let film =
            TestFilm::new("script", "title").file("voices/12.03.txt", "voice").variable("MOOD", "calm");
        let run =
            film.run_with(Path::new("sh"), &["-c", "pwd; ls -R | wc -l; echo \"$MOOD $HOME\" >&2; exit 3"]);
        assert_eq!(run.to_string(), "[film]\n7\n[standard error]\ncalm /nonexistent\n[exit code 3]\n");
        assert_eq!(film.run(Path::new("cat"), "script.fountain voices/12.03.txt").to_string(), "scriptvoice");
        let dir = film.dir().to_owned();
        drop(film);
        assert!(!dir.exists());
    }
}
