// Stores the pages of the jobs on this phone before its technician leaves, for nobody but that person.
import { word } from "./desk-words.js";
import { ask } from "./sending.js";

const PAGES = "desk-pages";
const FILES = "desk-files";
const OWNER = "desk-user";

const place = document.querySelector("[data-stored]");
const user = document.getElementById("desk")?.dataset.user;

// Gate codes are for the person they were stored for: another one begins with nothing.
async function clearForeign() {
  if (!user || localStorage.getItem(OWNER) === user) return;
  await caches.delete(PAGES);
  localStorage.setItem(OWNER, user);
}

async function storePages() {
  const answer = await ask(place.dataset.stored);
  if (!answer.ok) throw new Error("not stored");
  const { pages, files, jobs } = await answer.json();
  const cache = await caches.open(PAGES);
  const wanted = [...pages, place.dataset.missing];
  const kept = await Promise.all(wanted.map((url) => storeOne(cache, url)));
  const known = new Set(wanted.map((url) => new URL(url, location.href).href));
  for (const request of await cache.keys()) if (!known.has(request.url)) await cache.delete(request);
  // The script's own parts have names that only the browser knows.
  const loaded = performance.getEntriesByType("resource").map((each) => each.name);
  const own = loaded.filter((name) => name.startsWith(`${location.origin}/static/`));
  const store = await caches.open(FILES);
  await Promise.all([...new Set([...files, ...own])].map((url) => storeOne(store, url)));
  if (kept.includes(false)) throw new Error("not stored");
  return jobs;
}

async function storeOne(cache, url) {
  const answer = await fetch(url, { credentials: "same-origin", headers: { "X-Requested-With": "desk" } });
  if (!answer.ok || answer.redirected || answer.headers.get("X-Stored")) return false;
  await cache.put(url, answer);
  return true;
}

function tell(text) {
  place.textContent = text;
  place.hidden = false;
}

async function begin() {
  await clearForeign();
  if (!place) return;
  await navigator.serviceWorker.register(place.dataset.worker);
  await navigator.serviceWorker.ready;
  if (!navigator.onLine) return;
  tell(word("storing"));
  try {
    tell(word("stored", await storePages()));
  } catch {
    tell(word("not_stored"));
  }
}

// Who signs out takes the pages along; what is not sent stays until that person signs in again.
document.addEventListener("submit", (event) => {
  if (event.target.matches("#user-menu form[action*=logout]") && "caches" in globalThis) {
    localStorage.removeItem(OWNER);
    caches.delete(PAGES);
  }
});

if ("serviceWorker" in navigator && "caches" in globalThis) begin();
