// Keeps the page of a charge fresh: asks for its changing part, and goes to the receipt once there is one.
const EVERY = 5000;
const live = document.querySelector("[data-live]");

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(live.dataset.live, { headers: { Accept: "text/html" } });
  if (answer.redirected) {
    location.replace(answer.url);
    return;
  }
  if (answer.ok) live.innerHTML = await answer.text();
}

if (live) {
  // Without reception the last values stay, with the time at which they were told.
  const ask = () => refresh().catch(() => {});
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
}
