#!/bin/sh
# Makes sure that Rust and the outside programs are here. Installs what it may, else says exactly what to type.
set -u
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

need_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
if ! command -v cargo >/dev/null 2>&1; then
    say "Rust is not installed; Soundlock needs Rust $need_rust or newer and a C compiler."
    say "  install it:   https://rustup.rs"
    exit 1
fi
have_rust=$(rustc --version 2>/dev/null | sed 's/^rustc \([0-9]*\.[0-9]*\).*/\1/')
older=$(printf '%s\n%s\n' "$need_rust" "$have_rust" | sort -t. -k1,1n -k2,2n | head -n 1)
if [ "$have_rust" != "$need_rust" ] && [ "$older" = "$have_rust" ]; then
    say "Rust $have_rust is older than Soundlock needs ($need_rust)."
    say "  update it:    rustup update stable"
    exit 1
fi

# A font is there when fontconfig (or, without it, a look into the usual folders) knows one with Hangul.
have_font() {
    if command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list ':lang=ko' 2>/dev/null | head -n 1)" ]; then
        return 0
    fi
    for file in /System/Library/Fonts/AppleSDGothicNeo.ttc /usr/share/fonts/truetype/nanum/NanumGothic.ttf \
        /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc /usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc; do
        [ -e "$file" ] && return 0
    done
    return 1
}

missing=""
command -v ffmpeg >/dev/null 2>&1 && command -v ffprobe >/dev/null 2>&1 || missing="$missing ffmpeg"
command -v espeak-ng >/dev/null 2>&1 || missing="$missing espeak-ng"
command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 || missing="$missing cc"
have_font || missing="$missing font"
[ -n "$missing" ] || exit 0

# Names of the missing parts as the package manager $1 calls them.
packages() {
    for part in $missing; do
        case "$1:$part" in
            apt:cc) printf ' build-essential' ;;
            dnf:cc | pacman:cc) printf ' gcc' ;;
            brew:cc) ;;
            apt:font) printf ' fonts-nanum' ;;
            dnf:font) printf ' google-noto-sans-cjk-fonts' ;;
            pacman:font) printf ' noto-fonts-cjk' ;;
            brew:font) printf ' font-noto-sans-cjk-kr' ;;
            dnf:ffmpeg) printf ' ffmpeg-free' ;;
            *) printf ' %s' "$part" ;;
        esac
    done
}

say "Missing:$missing"
root=""
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then root="sudo"; else root="none"; fi
fi
if command -v brew >/dev/null 2>&1; then
    say "Installing with brew:$(packages brew)"
    # shellcheck disable=SC2046
    brew install $(packages brew) && exit 0
elif [ "$root" != none ]; then
    if command -v apt-get >/dev/null 2>&1; then
        say "Installing with apt-get:$(packages apt)"
        # shellcheck disable=SC2046
        $root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -q >/dev/null; apt-get install -y -q --no-install-recommends $(packages apt) >/dev/null" && exit 0
    elif command -v dnf >/dev/null 2>&1; then
        say "Installing with dnf:$(packages dnf)"
        $root dnf install -y -q $(packages dnf) && exit 0
    elif command -v pacman >/dev/null 2>&1; then
        say "Installing with pacman:$(packages pacman)"
        $root pacman -S --needed --noconfirm $(packages pacman) && exit 0
    fi
fi
say "These could not be installed from here. Type the line of your system, then try again:"
say "  Debian, Ubuntu    sudo apt-get install$(packages apt)"
say "  Fedora            sudo dnf install$(packages dnf)"
say "  Arch              sudo pacman -S$(packages pacman)"
say "  macOS             brew install$(packages brew)"
exit 1
