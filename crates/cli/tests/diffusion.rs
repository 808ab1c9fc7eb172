//! Takes made in the program itself: what is said where it was not built so, and, where it was, that no file of weights brings
//! anything down but its own attempt.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use common::{SMALL, TWO_ROOMS, film, wav};
use soundlock_testing::TestFilm;

const TINY: &str = "\
[models.tiny]
name = \"Tiny\"
family = \"wan\"
frames = { step = 4, offset = 1, shortest = 5, ceiling = 121 }
fps = [\"24\"]
multiple = 16
rasters = [\"64x64\"]
takes = [\"first-frame\", \"negative\", \"seed\"]
source = \"a test\"
read = 2026-11-29
[generators.mine]
kind = \"diffusion\"
model = \"tiny\"
";

/// The usual small film, its shots made in the program.
fn two_rooms(more: &str) -> TestFilm {
    let settings = SMALL.replace("[plan]\n", "[plan]\ngenerator = \"mine\"\n");
    let film = film(TWO_ROOMS, &format!("{settings}{TINY}{more}"));
    film.write("effects/door.wav", wav(12_000));
    film
}

const WEIGHTS: &str = "[generators.mine.diffusion]\nsteps = 1\nweights = { diffusion = \"wan.w\", text = \"t5.w\", vae = \"vae.w\" }\n";

fn locked(film: &TestFilm) {
    film.run(&["sound", "--yes"]).done();
    film.run(&["plan"]).done();
}

#[test]
fn what_is_wrong_with_its_table_is_said() {
    for (more, says) in [
        ("", "generators.mine has no diffusion"),
        ("[generators.mine.diffusion]\n", "no weights are named as `diffusion`"),
        ("diffusion = { weights = { diffusion = \"w\", vae = \"v\" } }\n", "no weights are named as `text`"),
        ("diffusion = { weights = { diffusion = \"w\", text = \"t\" } }\n", "no weights are named as `vae`"),
        (
            "diffusion = { weights = { model = \"w\" }, steps = 0 }\n",
            "steps is 0, which is not within 1 to 1000",
        ),
        ("diffusion = { weights = { unet = \"w\" } }\n", "unknown field `unet`"),
        (
            "diffusion = { weights = { model = \"w\" } }\n[generators.other]\nkind = \"command\"\nrun = \"x\"\nmodel = \"tiny\"\n\
             diffusion = {}\n",
            "diffusion means nothing to a generator of kind `command`",
        ),
    ] {
        two_rooms(more).run(&["status"]).ends(1).says(says).says("film.toml:");
    }
}

#[cfg(not(feature = "local-diffusion"))]
#[test]
fn a_program_that_was_built_without_it_says_how_to_build_it() {
    let film = two_rooms(WEIGHTS);
    locked(&film);
    film.run(&["shoot", "--yes"])
        .ends(1)
        .says("was built without local diffusion")
        .says("make local-diffusion");
    // The film is made all the same, and nothing was tried.
    film.run(&["make"]).done().says("the animatic stands in");
    assert!(common::objects(&film.run(&["--json", "takes"]).stdout, "attempt").is_empty());
}

#[cfg(feature = "local-diffusion")]
mod built {
    use super::*;

    /// A safetensors file of these tensors of four zeros.
    fn safetensors(names: &[&str]) -> Vec<u8> {
        let tensor = |(number, name): (usize, &&str)| {
            format!(
                r#""{name}":{{"dtype":"F32","shape":[4],"data_offsets":[{},{}]}}"#,
                number * 16,
                number * 16 + 16
            )
        };
        let header = format!("{{{}}}", names.iter().enumerate().map(tensor).collect::<Vec<_>>().join(","));
        let length = (header.len() as u64).to_le_bytes();
        [&length[..], header.as_bytes(), &vec![0; names.len() * 16]].concat()
    }

    #[test]
    fn weights_that_are_not_there_or_cut_off_are_said_before_anything_is_tried() {
        let film = two_rooms(WEIGHTS);
        locked(&film);
        film.run(&["shoot", "--yes"]).ends(1).says("the weights wan.w, named as `diffusion`, are not there");
        for name in ["wan.w", "t5.w"] {
            film.write(name, safetensors(&["x"]));
        }
        film.write("vae.w", &safetensors(&["x"])[..60]);
        film.run(&["shoot", "--yes"]).ends(1).says("named as `vae`, end before they are whole");
        assert!(common::objects(&film.run(&["--json", "takes"]).stdout, "attempt").is_empty());
    }

    #[test]
    fn weights_that_are_none_cost_an_attempt_and_nothing_else() {
        for (wan, says) in [
            // No model that is known.
            (safetensors(&["x"]), "the weights were not loaded"),
            // A header that promises what is not there.
            ([&b"GGUF\x03\0\0\0"[..], &[0xff; 200]].concat(), "the weights were not loaded"),
            // A Wan of one layer, which ends the process.
            (safetensors(&["blocks.0.cross_attn.norm_k.weight"]), "stable-diffusion.cpp gave up"),
        ] {
            let film = two_rooms(WEIGHTS);
            locked(&film);
            film.write("wan.w", wan);
            film.write("t5.w", safetensors(&["shared.weight"]));
            film.write("vae.w", safetensors(&["decoder.conv1.weight"]));
            film.run(&["shoot", "1_0010", "--yes"]).ends(1);
            let run = film.run(&["--json", "takes", "1_0010"]);
            let attempts = common::objects(&run.stdout, "attempt");
            assert!(
                !attempts.is_empty() && attempts.iter().all(|attempt| attempt["standing"] == "failed"),
                "{run}"
            );
            run.says(says);
            film.run(&["make"]).done().says("the animatic stands in");
        }
    }
}
