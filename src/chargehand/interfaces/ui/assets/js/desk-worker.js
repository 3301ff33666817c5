// The service worker of the technicians' pages: the network where there is one, else the copy on this phone.
const PAGES = "desk-pages";
const FILES = "desk-files";
const PATIENCE = 4000;

const scope = new URL(self.registration.scope);
const missing = new URL("missing/", scope).href;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(PAGES).then((cache) => cache.add(new Request(missing, { cache: "reload" }))));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.origin) return;
  if (isPage(url)) event.respondWith(givePage(event, url));
  else if (isFile(url)) event.respondWith(giveFile(event));
});

function isPage(url) {
  return url.pathname.startsWith(scope.pathname) && /^(jobs\/\d+\/|missing\/)?$/.test(url.pathname.slice(scope.pathname.length));
}

// Pictures of jobs and the pages' own style and script; nothing that changes.
function isFile(url) {
  return url.pathname.includes("/static/") || /\/jobs\/\d+\/photos\/./.test(url.pathname);
}

async function givePage(event, url) {
  const cache = await caches.open(PAGES);
  const address = url.origin + url.pathname;
  const stored = await cache.match(address, { ignoreVary: true });
  const fresh = fetchPage(event.request, cache, address);
  event.waitUntil(fresh.catch(() => undefined));
  if (!stored) {
    const answer = await fresh.catch(() => undefined);
    return answer ?? (await cache.match(missing, { ignoreVary: true })) ?? Response.error();
  }
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const answer = await Promise.race([fresh.catch(() => undefined), late]);
  return answer && answer.status < 500 ? answer : marked(stored);
}

async function fetchPage(request, cache, address) {
  const answer = await fetch(request);
  const isWhole = answer.status === 200 && answer.type === "basic" && !answer.redirected;
  if (isWhole && answer.headers.get("Content-Type")?.startsWith("text/html")) await cache.put(address, answer.clone());
  return answer;
}

// A page's script must know that this is no news.
function marked(stored) {
  const headers = new Headers(stored.headers);
  headers.set("X-Stored", "yes");
  return new Response(stored.body, { status: stored.status, statusText: stored.statusText, headers });
}

async function giveFile(event) {
  const cache = await caches.open(FILES);
  const stored = await cache.match(event.request, { ignoreVary: true });
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.status === 200 && answer.type === "basic" && !answer.redirected) await cache.put(event.request, answer.clone());
    return answer;
  });
  if (!stored) return fresh;
  event.waitUntil(fresh.catch(() => undefined));
  return stored;
}
