// What is asked of the registration service. Every answer is {status, body, retryAfter}; status 0 means that none came.

const PATIENCE_MS = 20_000;

async function ask(path, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(path, { ...options, signal: stop.signal, cache: "no-store" });
    const text = await answer.text();
    const retryAfter = Number(answer.headers.get("retry-after")) * 1000 || 0;
    return { status: answer.status, body: parsed(text), retryAfter };
  } catch {
    return { status: 0, body: null, retryAfter: 0 };
  } finally {
    clearTimeout(timer);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a proxy's page, not the service's answer
  }
}

const found = async (path) => {
  const { status, body } = await ask(path);
  return status === 200 ? body : null;
};

const json = (key, body) => ({
  method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
});

export const register = (key, body) => ask("/v1/registrations", json(key, body));
export const whoseKey = (key) => ask("/v1/key", { headers: { authorization: `Bearer ${key}` } });
export const reportSync = (key, office, body) => ask(`/v1/offices/${encodeURIComponent(office)}/sync-status`, json(key, body));
export const findRegions = (query) => found(`/v1/regions?${new URLSearchParams(query)}`);
export const findOffices = (text) => found(`/v1/offices?${new URLSearchParams({ q: text.slice(0, 80), limit: 12 })}`);
export const findChoices = (region) => found(`/v1/choices?${new URLSearchParams({ region })}`);

// One part of an upload: the outcomes of its rows in order; null where no answer, or no whole answer, came.
export async function upload(key, csv) {
  const options = { method: "POST", body: csv, headers: { "content-type": "text/csv", authorization: `Bearer ${key}` } };
  try {
    const answer = await fetch("/v1/registrations/bulk", { ...options, cache: "no-store" });
    const text = await answer.text();
    if (answer.status !== 200) return { status: answer.status, body: parsed(text) };
    const lines = text.trim().split("\n").map((line) => JSON.parse(line));
    return { status: 200, outcomes: lines.filter((line) => !line.summary) };
  } catch {
    return { status: 0, body: null };
  }
}
