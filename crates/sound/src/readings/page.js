"use strict";
// Every part is a link to its file with its times, which a browser can play by itself. Here it is played in the page
// and stops where the part ends.
const audio = document.getElementById("audio");
const bar = document.getElementById("player");
const plays = document.getElementById("plays");
let link = null;
let out = 0;

function mark(next) {
  if (link) link.classList.remove("plays");
  link = next;
  if (link) link.classList.add("plays");
}

function play(next) {
  const [file, times] = next.getAttribute("href").split("#t=");
  const [from, to] = times.split(",").map(Number);
  mark(next);
  out = to;
  bar.hidden = false;
  plays.textContent = next.title;
  const begin = () => {
    audio.currentTime = from;
    audio.play().catch(() => {});
  };
  if (audio.getAttribute("src") !== file) {
    audio.src = file;
    audio.addEventListener("loadedmetadata", begin, { once: true });
    audio.load();
  } else if (audio.readyState >= 1) {
    begin();
  }
}

function watch() {
  if (audio.paused) return;
  if (link && audio.currentTime >= out) {
    audio.pause();
    mark(null);
    return;
  }
  requestAnimationFrame(watch);
}
audio.addEventListener("playing", watch);
audio.addEventListener("ended", () => mark(null));
audio.addEventListener("error", () => {
  plays.textContent = "This browser cannot play " + decodeURIComponent(audio.getAttribute("src") || "");
  mark(null);
});

function part(event) {
  return event.target.closest("a[href*='#t=']");
}

function press(event) {
  const next = part(event);
  if (!next || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (next === link && !audio.paused) {
    audio.pause();
    mark(null);
  } else {
    play(next);
  }
}

document.addEventListener("click", press);
document.addEventListener("keydown", (event) => {
  if (event.key === " " && part(event)) press(event);
  if (event.key === "Escape") {
    audio.pause();
    mark(null);
  }
});
