// Sends what waits: first changes, signatures among them, then photos; each once however often it is tried.
import { entries, keep, noteVersion } from "./store.js";

const HEADERS = { "X-Requested-With": "desk" };
const PATIENCE = 20_000;

class NoLink extends Error {}

// Ask our own server; a connection that is none, or one that takes too long, is NoLink.
export async function ask(url, options = {}) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), options.patience ?? PATIENCE);
  try {
    const answer = await fetch(url, {
      credentials: "same-origin",
      ...options,
      headers: { ...HEADERS, ...options.headers },
      signal: limit.signal,
    });
    if (answer.status >= 502 && answer.status <= 504) throw new NoLink();
    return answer;
  } catch {
    throw new NoLink();
  } finally {
    clearTimeout(timer);
  }
}

// Send everything of the person who is signed in. Returns {link, signed_out, others, jobs, refused}.
export async function sendAll(urls) {
  const report = { link: true, signed_out: false, others: 0, jobs: new Set(), refused: [] };
  const waiting = (await entries()).filter((entry) => entry.state === "waiting");
  if (!waiting.length) return report;
  try {
    const answer = await ask(urls.session);
    if (!answer.ok) return { ...report, signed_out: answer.status === 401 || answer.status === 403 };
    const session = await answer.json();
    const own = waiting.filter((entry) => entry.user === session.user);
    report.others = waiting.length - own.length;
    await sendOwn(own, urls, session.token, report);
  } catch (problem) {
    if (!(problem instanceof NoLink)) throw problem;
    report.link = false;
  }
  return report;
}

async function sendOwn(own, urls, token, report) {
  const photos = own.filter((entry) => entry.kind === "photo");
  const isHeld = (entry) => entry.value === "done" && entry.field === "state" && photos.some((photo) => photo.job === entry.job && photo.required);
  const edits = own.filter((entry) => entry.kind === "edit");
  await sendEdits(edits.filter((entry) => !isHeld(entry)), urls, token, report);
  for (const photo of photos) await sendPhoto(photo, token, report);
  // A job whose photos are asked for can end only when they have arrived.
  await sendEdits(edits.filter(isHeld), urls, token, report);
}

async function sendEdits(edits, urls, token, report) {
  for (const job of new Set(edits.map((entry) => entry.job))) {
    const own = edits.filter((entry) => entry.job === job);
    const sent = own.map(({ id, field, value, made_at, base_version }) => ({ id, field, value, made_at, base_version }));
    const answer = await ask(urls.sync, {
      method: "POST",
      headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
      body: JSON.stringify({ job, edits: sent }),
    });
    if (!answer.ok && answer.status !== 400) throw new NoLink();
    const said = await answer.json();
    const results = new Map((said.results ?? []).map((result) => [result.id, result]));
    for (const entry of own) {
      const result = results.get(entry.id) ?? { outcome: "refused", sentence: said.sentence ?? "", version: 0 };
      await settle(entry, result, report);
    }
  }
}

async function settle(entry, result, report) {
  const state = { refused: "refused", clash: "clash" }[result.outcome] ?? "sent";
  if (result.version) await noteVersion(entry.job, entry.field, result.version);
  await keep({ ...entry, state, sentence: result.sentence });
  report.jobs.add(entry.job);
  if (state === "refused") report.refused.push(result.sentence);
}

async function sendPhoto(photo, token, report) {
  const form = new FormData();
  form.append("id", photo.id);
  form.append("item", photo.item);
  form.append("taken_at", photo.made_at);
  form.append("file", new Blob([photo.bytes], { type: photo.type }), "photo");
  const answer = await ask(photo.url, {
    method: "POST",
    headers: { "X-CSRFToken": token },
    body: form,
    patience: 120_000,
  });
  if (answer.status !== 422 && answer.status !== 404 && !answer.ok) throw new NoLink();
  const said = answer.ok ? {} : await answer.json().catch(() => ({}));
  await settle({ ...photo, bytes: null }, { outcome: answer.ok ? "applied" : "refused", sentence: said.sentence ?? "" }, report);
}
