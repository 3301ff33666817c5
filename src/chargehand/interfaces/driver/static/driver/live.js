// Keeps a page fresh that waits for something: the changing part of a running charge, or a receipt to come.
// Without script these pages reload by themselves.
const live = document.querySelector("[data-live]");
const waiting = document.querySelector("[data-wait]");

async function refresh() {
  const answer = await fetch(live.dataset.live, { headers: { Accept: "text/html" } });
  if (answer.redirected) location.replace(answer.url);
  else if (answer.ok) live.innerHTML = await answer.text();
}

async function look() {
  const answer = await fetch(location.href, { method: "HEAD" });
  if (answer.ok && !answer.headers.has("X-Waiting")) location.reload();
}

function repeat(ask, seconds) {
  // Without reception the last values stay, with the time at which they were told.
  const quietly = () => document.hidden || ask().catch(() => {});
  setInterval(quietly, seconds * 1000);
  document.addEventListener("visibilitychange", quietly);
}

if (live) repeat(refresh, 5);
if (waiting) repeat(look, Number(waiting.dataset.wait));
