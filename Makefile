# Soundlock's two commands: `make film` and `make test`. Both work on a fresh machine with Rust and git, and again after that.
SHELL := /bin/sh
CARGO ?= cargo
EXAMPLE ?= examples/low-water
PROGRAM := target/release/soundlock

.PHONY: help film test check tools build local-diffusion soak bench fuzz

help:
	@echo "make film   install what is missing, build, make the example film ($(EXAMPLE))"
	@echo "make test   formatting, lints, all tests, docs"
	@echo "make soak   a 64-minute feature, long fuzzing, many kills (hours)"
	@echo "make local-diffusion  the program with stable-diffusion.cpp in it (CARD=cuda, vulkan or metal), and its tests; minutes"
	@echo "make bench  benchmarks, with something to compare with in the same run"

film: tools build
	@$(PROGRAM) --film $(EXAMPLE) make --yes
	@$(PROGRAM) --film $(EXAMPLE) status --brief
	@echo
	@echo "Your film:      $(EXAMPLE)/out/"
	@ls $(EXAMPLE)/out | sed 's/^/                  /'
	@echo "Try next:       $(PROGRAM) --film $(EXAMPLE) explain 100      what frame 100 is made of"
	@echo "                edit $(EXAMPLE)/script.fountain, then make film again: only what changed is made"
	@echo "                make film EXAMPLE=examples/last-bus             the Korean one"
	@echo "                $(PROGRAM) new my-film                          your own"

build:
	@$(CARGO) build --release --locked --package soundlock-cli

# Not part of make test: it builds C++ for minutes, and needs cmake, a C++ compiler and libclang.
CARD ?=
local-diffusion: tools
	$(CARGO) test --locked --release --package soundlock-diffusion --package soundlock-cli --test diffusion --features soundlock-cli/local-diffusion
	$(CARGO) build --release --locked --package soundlock-cli --features local-diffusion$(if $(CARD),-$(CARD))

# Checks Rust and the programs that are run (FFmpeg, espeak-ng, a font), installing what may be installed.
tools:
	@sh scripts/tools.sh

test: tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --quiet -- --deny warnings
	$(CARGO) test --locked --workspace --quiet
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

soak: tools build
	SOUNDLOCK_FUZZ_ROUNDS=2000000 $(CARGO) test --locked --release --workspace --quiet fuzz
	SOUNDLOCK_KILLS=200 $(CARGO) test --locked --release --package soundlock-cli --test killed -- --nocapture
	SOUNDLOCK_NIGHT=75x3x200 $(CARGO) test --locked --release --package soundlock-cli --test night -- --nocapture a_night
	$(CARGO) run --locked --release --quiet --package xtask -- feature target/feature

bench: tools build
	$(CARGO) bench --locked --workspace
