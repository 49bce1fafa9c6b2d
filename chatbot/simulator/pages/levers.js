// The side panel: it draws where the levers stand, for this phone or for all, and pulls them by way of /_control/.

import { ask } from "./ask.js";
import { make } from "./bubbles.js";

const at = (id) => document.getElementById(id);
const words = (name) => name.replaceAll("_", " ");
let described = null; // what there is to be moved, in words
let levers = null; // where it stands
let number = "";

/** Ask once what there is to be moved. Throws an Error when the simulator cannot be asked. */
export async function describeLevers() {
  if (described === null) describe(await ask("/_control/state"));
}

/** Draw where the levers stand. */
export function showLevers(stand) {
  levers = stand;
  draw();
}

/** Say which phone "this phone" is. */
export function aimAt(phone) {
  number = phone;
}

async function pull(lever, body) {
  at("lever-trouble").hidden = true;
  try {
    await ask(`/_control/${lever}`, body); // what has moved comes back as news
  } catch (error) {
    at("lever-trouble").textContent = error.message;
    at("lever-trouble").hidden = false;
  }
}

const scope = () => document.querySelector("[name=scope]:checked").value;
const aimed = (change) => ({ number: scope() === "all" ? null : number, ...change });

function describe(state) {
  described = state;
  at("reachability").replaceChildren(...Object.keys(state.presets).map((name) => new Option(words(name), name)));
  at("reachability").append(new Option("as below", ""));
  at("flags").replaceChildren(...Object.entries(state.flags).map(makeFlag));
  at("faults").replaceChildren(...Object.entries({ ...state.requestFaults, ...state.otherFaults }).map(makeFault));
  at("next-fault").replaceChildren(new Option("no", ""));
  at("next-fault").append(...Object.keys(state.requestFaults).map((name) => new Option(words(name), name)));
  at("receipt-state").replaceChildren(...state.states.map((name) => new Option(name)));
}

function makeFlag([name, text]) {
  const label = make("label");
  const box = make("input");
  box.type = "checkbox";
  box.id = `flag-${name}`;
  box.addEventListener("change", () => pull("phones", aimed({ reachability: { [name]: box.checked } })));
  label.append(box, make("span", "", words(name)), make("small", "faint", text));
  return label;
}

function makeFault([name, text]) {
  const row = make("div", "fault");
  const label = make("label", "", words(name));
  const rate = make("input");
  Object.assign(rate, { type: "range", id: `fault-${name}`, min: 0, max: 1, step: 0.01 });
  label.htmlFor = rate.id;
  const explained = make("small", "faint", text);
  explained.id = `about-${name}`;
  rate.setAttribute("aria-describedby", explained.id);
  rate.addEventListener("input", () => tell(rate, Number(rate.value)));
  rate.addEventListener("change", () => pull("faults", aimed({ rates: { [name]: Number(rate.value) } })));
  const shown = make("span", "rate");
  shown.ariaHidden = "true"; // the slider itself says it
  row.append(label, rate, shown, explained);
  return row;
}

/** Say the rate beside its slider, which shows whole percents only. */
function tell(slider, rate) {
  const text = `${Number((rate * 100).toFixed(2))} %`;
  slider.ariaValueText = slider.nextElementSibling.textContent = text;
}

function draw() {
  const { reachability, rates, coming, latency } = levers[scope()];
  for (const name of Object.keys(described.flags)) at(`flag-${name}`).checked = reachability[name];
  at("reachability").value = presetOf(reachability);
  const here = presetOf(levers.phone.reachability);
  const set = Object.keys(described.flags).filter((name) => levers.phone.reachability[name]);
  at("reached").textContent = here === "viber" ? "" : words(here || set.join(", ") || "unreachable");
  for (const name of Object.keys({ ...described.requestFaults, ...described.otherFaults })) {
    const slider = at(`fault-${name}`);
    put(slider, rates[name] ?? 0);
    if (document.activeElement !== slider || slider.value === slider.dataset.drawn) tell(slider, rates[name] ?? 0);
  }
  put(at("latency"), Math.round(latency * 1000));
  put(at("next-fault"), coming[0] ?? "");
  at("coming").textContent = comingInWords(coming.slice(1));
  put(at("retry-after"), levers.retryAfter);
  put(at("seed"), levers.seed ?? "");
  drawAccounts();
  at("numbers").replaceChildren(...levers.phones.map((one) => Object.assign(make("option"), { value: one })));
  skew = levers.now * 1000 - Date.now();
  const ahead = levers.ahead ? `, ${span(levers.ahead)} ahead of this machine's` : "";
  if (at("ahead").textContent !== ahead) at("ahead").textContent = ahead;
  tick();
}

/** Give an input its value, unless somebody is just changing it. */
function put(input, value) {
  if (document.activeElement === input && input.value !== input.dataset.drawn) return;
  input.value = value;
  input.dataset.drawn = input.value;
}

function presetOf(reachability) {
  const same = (flags) => Object.entries(reachability).every(([name, value]) => flags[name] === value);
  return Object.keys(described.presets).find((name) => same(described.presets[name])) ?? "";
}

function comingInWords(later) {
  const named = (names) => names.map((name) => words(name) || "none").join(", ");
  const others = scope() === "phone" ? levers.all.coming : [];
  const texts = [later.length ? `Then: ${named(later)}.` : "", others.length ? `For the next sends of all: ${named(others)}.` : ""];
  return texts.join(" ").trim();
}

function drawAccounts() {
  const accounts = levers.accounts;
  const names = accounts.map((account) => account.name);
  if (at("accounts").dataset.names !== names.join()) {
    at("accounts").dataset.names = names.join();
    at("accounts").replaceChildren(...names.map(makeAccount));
    at("account").replaceChildren(new Option("who wrote last", ""), ...names.map((name) => new Option(name)));
    at("to-account").hidden = names.length < 2;
  }
  for (const { name, callbackUrl, inboundUrl } of accounts) {
    put(at(`callback-${name}`), callbackUrl);
    put(at(`inbound-${name}`), inboundUrl);
  }
}

function makeAccount(name) {
  const box = make("fieldset", "account");
  box.append(make("legend", "", name));
  for (const [key, id, text] of [["callbackUrl", "callback", "Receipts"], ["inboundUrl", "inbound", "Inbound messages"]]) {
    const label = make("label", "", text);
    const url = make("input");
    Object.assign(url, { type: "url", id: `${id}-${name}`, spellcheck: false });
    url.placeholder = id === "inbound" ? "as for receipts" : "none";
    url.addEventListener("change", () => pull("urls", { account: name, [key]: url.value.trim() }));
    label.append(url);
    box.append(label);
  }
  return box;
}

let skew = 0; // milliseconds that the gateway's clock is ahead of the browser's

function tick() {
  const now = new Date(Date.now() + skew);
  at("clock").dateTime = now.toISOString();
  at("clock").textContent = now.toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
}

function span(seconds) {
  const units = [["day", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  let left = Math.round(seconds);
  const parts = units.map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count ? `${count} ${unit}${unit === "day" && count > 1 ? "s" : ""}` : "";
  });
  return parts.filter(Boolean).slice(0, 2).join(" ");
}

for (const radio of document.querySelectorAll("[name=scope]")) radio.addEventListener("change", draw);
at("reachability").addEventListener("change", () => {
  if (at("reachability").value) pull("phones", aimed({ reachability: at("reachability").value }));
});
at("next-fault").addEventListener("change", () => {
  const name = at("next-fault").value;
  pull("faults", aimed({ coming: name ? [name] : [] }));
});
at("latency").addEventListener("change", () => pull("faults", aimed({ latency: Number(at("latency").value) / 1000 })));
at("retry-after").addEventListener("change", () => pull("faults", { retryAfter: Number(at("retry-after").value) }));
at("seed").addEventListener("change", () => at("seed").value && pull("faults", { seed: Number(at("seed").value) }));
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => pull("advance", { seconds: Number(button.dataset.advance) }));
}
at("reset").addEventListener("click", () => pull("reset", {}));
setInterval(tick, 1000);
