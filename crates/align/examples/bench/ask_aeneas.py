"""Asks aeneas, as a program of its own, where lines are, for `bench --answers`.

    python ask_aeneas.py FOLDER INTO        # FOLDER as the bench reads it, answers into INTO

Needs aeneas 1.7.3 and numpy in this Python, FFmpeg, and `espeak` (Debian: espeak-ng-espeak). Each fragment, which aeneas
lets reach to the next one, is shrunk to the speech in it, as any user of it would have to.
"""
import json, os, resource, subprocess, sys, tempfile

import numpy as np

OPTIONS = "task_language={}|is_text_type=plain|os_task_file_format=json"
SETTINGS = "tts=espeak|cew_subprocess_enabled=True"
LANGUAGES = {"en": "eng", "de": "deu", "ko": "kor"}


def samples(file):
    command = ["ffmpeg", "-v", "error", "-i", file, "-ac", "1", "-ar", "16000", "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)


def asked(wav, texts, language, folder):
    text, answer = os.path.join(folder, "lines.txt"), os.path.join(folder, "map.json")
    with open(text, "w") as out:
        out.write("\n".join(texts) + "\n")
    settings = SETTINGS
    if language not in ("en", "de"):
        settings += f"|allow_unlisted_languages=True|tts_voice_code={language}"
    command = [sys.executable, "-m", "aeneas.tools.execute_task", wav, text,
               OPTIONS.format(LANGUAGES.get(language, language)), answer, "-r=" + settings]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{wav}: aeneas failed: {run.stdout[-400:]}{run.stderr[-400:]}")
    with open(answer) as read:
        return [(float(f["begin"]), float(f["end"])) for f in json.load(read)["fragments"]]


def speech(sound):
    """Whether somebody speaks, for each 10 ms: clear of the quietest tenth, and within 40 dB of the loudest."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    level = 10 * np.log10((frames.astype(np.float64) ** 2).mean(1) + 1e-12)
    return level > max(np.percentile(level, 10) + 8, np.percentile(level, 99) - 40)


def trimmed(speaks, start, end):
    """First to last speech; a scrap of the neighbour's line, less than 0.15 s behind a pause of 0.15 s, is left off."""
    first = int(start * 100)
    inside = np.flatnonzero(speaks[first: int(end * 100)])
    if len(inside) == 0:
        return start, end
    runs = np.split(inside, np.flatnonzero(np.diff(inside) > 15) + 1)
    while len(runs) > 1 and runs[-1][-1] - runs[-1][0] < 15:
        runs.pop()
    while len(runs) > 1 and runs[0][-1] - runs[0][0] < 15:
        runs.pop(0)
    return (first + runs[0][0]) / 100, (first + runs[-1][-1] + 1) / 100


def answer(truth, folder, scratch):
    wav = os.path.join(scratch, "sound.wav")
    source = os.path.join(folder, truth["wav"])
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, "-ac", "1", "-ar", "16000", wav], check=True)
    plain = [line["text"].replace("*", "").replace("_", "").replace("\n", " ") for line in truth["lines"]]
    speaks = speech(samples(wav))
    rows = []
    for line, (start, end) in zip(truth["lines"], asked(wav, plain, truth["language"], scratch)):
        start, end = trimmed(speaks, start, end)
        rows.append({"id": line["id"], "start": start, "end": end, "confidence": 0.5, "takes": [], "words": []})
    return rows


def main(folder, into):
    os.makedirs(into, exist_ok=True)
    for place, _, names in sorted(os.walk(folder, followlinks=True)):
        for name in sorted(name for name in names if name.endswith(".json")):
            with open(os.path.join(place, name)) as read:
                truth = json.load(read)
            with tempfile.TemporaryDirectory() as scratch:
                rows = answer(truth, place, scratch)
            with open(os.path.join(into, name), "w") as out:
                json.dump(rows, out)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.1f} CPU seconds")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
