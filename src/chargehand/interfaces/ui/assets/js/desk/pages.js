// Stores the pages of the jobs on this phone before its technician leaves, for nobody but that person.
import { word } from "./desk-words.js";
import { ask } from "./sending.js";

const PAGES = "desk-pages";
const FILES = "desk-files";
const OWNER = "desk-user";

const place = document.querySelector("[data-stored]");
const { user, worker } = document.getElementById("desk")?.dataset ?? {};

// Gate codes are for the person they were stored for: another one begins with nothing.
async function clearForeign() {
  if (localStorage.getItem(OWNER) === user) return;
  await forgetAll();
  localStorage.setItem(OWNER, user);
}

function forgetAll() {
  return Promise.all([caches.delete(PAGES), caches.delete(FILES)]);
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
  await storeFiles(files, known);
  if (kept.includes(false)) throw new Error("not stored");
  return jobs;
}

// The script's own parts have names that only the browser knows; pictures of jobs that are over go.
async function storeFiles(files, pages) {
  const loaded = performance.getEntriesByType("resource").map((each) => each.name);
  const own = loaded.filter((name) => name.startsWith(`${location.origin}/static/`));
  const wanted = new Set([...files.map((url) => new URL(url, location.href).href), ...own]);
  const cache = await caches.open(FILES);
  await Promise.all([...wanted].map((url) => storeOne(cache, url)));
  for (const request of await cache.keys()) {
    const page = request.url.replace(/photos\/.*$/, "");
    if (!wanted.has(request.url) && !pages.has(page)) await cache.delete(request);
  }
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
  if (!user) return;
  await clearForeign();
  await navigator.serviceWorker.register(worker);
  await navigator.serviceWorker.ready;
  if (!place || !navigator.onLine) return;
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
    forgetAll();
  }
});

if ("serviceWorker" in navigator && "caches" in globalThis) begin();
