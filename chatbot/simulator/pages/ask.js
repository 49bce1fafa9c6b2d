// JSON to and from the simulator.

/** Ask the simulator; with `body` a POST. Throws an Error with its own words; `refused` on it tells that it did answer. */
export async function ask(path, body) {
  const request = body === undefined
    ? {}
    : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Error("The simulator cannot be reached. Is it running?");
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  let reason = text.trim();
  try {
    reason = JSON.parse(text).error ?? reason;
  } catch {
    // not JSON: the text itself says why
  }
  throw Object.assign(new Error(reason || `The simulator answered ${response.status}.`), { refused: true });
}
