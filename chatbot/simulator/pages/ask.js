// JSON to and from the simulator.

/** Ask the simulator; with `body` a POST. Throws an Error with the simulator's own words. */
export async function ask(path, body) {
  const request = body === undefined
    ? {}
    : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, request);
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  let reason = text.trim();
  try {
    reason = JSON.parse(text).error ?? reason;
  } catch {
    // not JSON: the text itself says why
  }
  throw new Error(reason || `The simulator answered ${response.status}.`);
}
