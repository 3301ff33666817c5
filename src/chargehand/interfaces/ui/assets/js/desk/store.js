// What waits on this phone to be sent: changes and photos, in IndexedDB, until the server has taken them.
const NAME = "desk";
let opened = null;
let lastTime = 0;

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("outbox", { keyPath: "id" });
      request.result.createObjectStore("versions");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function within(name, mode, work) {
  const database = await open();
  const transaction = database.transaction(name, mode, { durability: "strict" });
  const finished = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
  const result = await done(work(transaction.objectStore(name)));
  await finished;
  return result;
}

export function keep(entry) {
  return within("outbox", "readwrite", (store) => store.put(entry));
}

export function forget(id) {
  return within("outbox", "readwrite", (store) => store.delete(id));
}

// Everything in the outbox, in the order in which it was entered.
export async function entries() {
  const found = await within("outbox", "readonly", (store) => store.getAll());
  return found.sort((one, other) => (one.made_at < other.made_at ? -1 : 1));
}

export async function knownVersion(job, field) {
  return (await within("versions", "readonly", (store) => store.get(`${job}|${field}`))) ?? 0;
}

export function noteVersion(job, field, version) {
  return within("versions", "readwrite", (store) => store.put(version, `${job}|${field}`));
}

// The time of an entry: never the same twice, so that the order of what was entered is certain.
export function timeNow() {
  lastTime = Math.max(Date.now(), lastTime + 1);
  return new Date(lastTime).toISOString();
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
