// The side panel: reachability, deliveries, faults and the clock, by way of /_control/.

import { ask } from "./ask.js";
import { make } from "./bubbles.js";

const SHOWN = 20;
const at = (id) => document.getElementById(id);
let presets = {};
let phone = () => "";

async function pull(path, body) {
  at("lever-trouble").hidden = true;
  try {
    return await ask(`/_control/${path}`, body);
  } catch (error) {
    at("lever-trouble").textContent = error.message;
    at("lever-trouble").hidden = false;
    return null;
  }
}

/** Wire the panel up; `getNumber()` gives the phone that is held, `reload()` shows it anew. */
export async function startLevers(getNumber, reload) {
  phone = getNumber;
  const state = await pull("state");
  if (state === null) return;
  presets = state.presets;
  at("reachability").replaceChildren(...Object.keys(presets).map((name) => new Option(words(name), name)));
  at("reachability").append(new Option("as below", "", false, false));
  at("reachability").addEventListener("change", () => at("reachability").value && reach(at("reachability").value));
  at("flags").replaceChildren(...Object.keys(state.reachability).map(makeFlag));
  showReachability(state.reachability);
  const faults = Object.entries({ ...state.requestFaults, ...state.otherFaults });
  at("faults").replaceChildren(...faults.map(([name, text]) => makeFault(name, text, state.faults.rates)));
  for (const name of Object.keys(state.requestFaults)) at("next-fault").append(new Option(words(name), name));
  at("next-fault").addEventListener("change", () => pull("faults", { coming: [at("next-fault").value] }));
  at("latency").value = Math.round(state.latency * 1000);
  at("latency").addEventListener("change", () => pull("faults", { latency: Number(at("latency").value) / 1000 }));
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", async () => showClock(await pull("advance", { seconds: Number(button.dataset.advance) })));
  }
  at("reset").addEventListener("click", async () => (await pull("reset", {})) && reload());
  showClock(state);
}

async function reach(reachability) {
  const changed = await pull("phones", { number: at("all-phones").checked ? null : phone(), reachability });
  if (changed) showReachability(changed.reachability);
}

function makeFlag(name) {
  const label = make("label");
  const box = make("input");
  box.type = "checkbox";
  box.id = `flag-${name}`;
  box.addEventListener("change", () => reach({ [name]: box.checked }));
  label.append(box, ` ${words(name)}`);
  return label;
}

function makeFault(name, text, rates) {
  const row = make("div", "row");
  const label = make("label", "", words(name));
  const rate = make("input");
  rate.type = "range";
  Object.assign(rate, { id: `fault-${name}`, min: 0, max: 1, step: 0.05, value: rates[name] ?? 0 });
  label.htmlFor = rate.id;
  label.title = rate.title = text;
  const shown = make("output", "", percent(rate.value));
  rate.addEventListener("input", () => (shown.textContent = percent(rate.value)));
  rate.addEventListener("change", () => pull("faults", { rates: { [name]: Number(rate.value) } }));
  row.append(label, rate, shown);
  return row;
}

const words = (name) => name.replaceAll("_", " ");
const percent = (rate) => `${Math.round(rate * 100)} %`;

/** Show how the phone is reached: the flags, and the preset that has them. */
export function showReachability(reachability) {
  for (const [name, value] of Object.entries(reachability)) {
    const box = at(`flag-${name}`);
    if (box) box.checked = value;
  }
  const same = (flags) => Object.entries(reachability).every(([name, value]) => flags[name] === value);
  const name = Object.keys(presets).find((one) => same(presets[one])) ?? "";
  at("reachability").value = name;
  at("reached").textContent = name === "viber" ? "" : words(name) || "custom";
}

/** Show the last deliveries anew. */
export function showDeliveries(deliveries) {
  at("deliveries").replaceChildren();
  at("no-deliveries").hidden = deliveries.length > 0;
  deliveries.forEach(showDelivery);
}

/** Show one delivery, the latest first; a known one is replaced. */
export function showDelivery(delivery) {
  const row = make("li");
  row.id = `delivery-${delivery.requestId}`;
  row.dataset.state = delivery.state;
  const state = make("span", "state", delivery.state.toLowerCase());
  const told = delivery.refusals.map((one) => `${one.channel}: ${one.reason} (${one.errorCode})`);
  if (delivery.refusals.at(-1)?.channel !== delivery.channel) {
    told.push(delivery.channel + (delivery.errorCode ? ` (${delivery.errorCode})` : ""));
  }
  row.append(make("span", "excerpt", delivery.excerpt || "(empty)"), state);
  row.append(make("span", "faint", told.join(" → ")));
  at("no-deliveries").hidden = true;
  const known = at(row.id);
  if (known) known.replaceWith(row);
  else at("deliveries").prepend(row);
  while (at("deliveries").childElementCount > SHOWN) at("deliveries").lastElementChild.remove();
}

function showClock(state) {
  if (state) at("clock").textContent = `The gateway's time is ${new Date(state.now * 1000).toLocaleString()}.`;
}
