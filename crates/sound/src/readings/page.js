"use strict";
const players = new Map();
let playing = null;
function stop() {
  if (!playing) return;
  playing.player.pause();
  playing.button.classList.remove("plays");
  playing = null;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-file]");
  if (!button) return;
  const same = playing && playing.button === button;
  stop();
  if (same) return;
  const { file } = button.dataset;
  if (!players.has(file)) {
    const player = new Audio(file);
    player.addEventListener("timeupdate", () => {
      if (playing && playing.player === player && player.currentTime >= playing.out) stop();
    });
    player.addEventListener("ended", stop);
    players.set(file, player);
  }
  const player = players.get(file);
  playing = { player, button, out: Number(button.dataset.out) };
  button.classList.add("plays");
  const begin = () => { player.currentTime = Number(button.dataset.in); player.play().catch(stop); };
  if (player.readyState >= 1) begin(); else player.addEventListener("loadedmetadata", begin, { once: true });
});
