// The live part of a job's page: asks again while the page is shown and there is a connection.
import { ask } from "./sending.js";

const EVERY = 4000;

async function look() {
  const part = document.getElementById("live");
  if (!part || document.hidden || document.documentElement.dataset.link === "no") return;
  try {
    const answer = await ask(part.dataset.live);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    if (fresh) document.getElementById("live")?.replaceWith(fresh);
  } catch {
    // No connection: the outbox says so, and the last state stands with its age.
  }
}

setInterval(look, EVERY);

// The number of a technician's own test card is the same at every charger.
const STORE = "desk-test-card";

function fill() {
  for (const input of document.querySelectorAll("[data-remember]")) input.value ||= localStorage.getItem(STORE) ?? "";
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-remember]")) localStorage.setItem(STORE, event.target.value.trim());
});
document.addEventListener("desk:link", fill);
fill();
