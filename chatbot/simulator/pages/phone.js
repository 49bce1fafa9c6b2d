// One phone: its thread, what is typed on it, and its live news.

import { ask } from "./ask.js";
import { make, makeBubble, updateBubble } from "./bubbles.js";
import { showDeliveries, showDelivery } from "./deliveries.js";
import { aimAt, describeLevers, showLevers } from "./levers.js";

const DEFAULT_NUMBER = "+491622943176";
const RETRY = 2000;
const at = (id) => document.getElementById(id);
const thread = at("thread");
let number = "";
let news = null;
let held = null; // news that came while the phone is being loaded
let atEnd = true;

function path(rest = "") {
  return `/phone/${encodeURIComponent(number)}${rest}`;
}

function say(text) {
  at("trouble").textContent = text;
  at("trouble").hidden = !text;
}

function toEnd() {
  thread.scrollTop = thread.scrollHeight;
  at("newer").hidden = true;
}

/** Put a message in its place: a known one shows its new state, another one goes to the end. */
function show(message, isNew = false) {
  const known = at(`bubble-${message.id}`);
  if (known) updateBubble(known, message);
  else append(message, isNew);
  if (atEnd) toEnd();
}

function append(message, isNew) {
  const day = new Date(message.at).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
  const last = thread.lastElementChild;
  thread.querySelector(".empty")?.remove();
  if (last?.dataset.day !== day) thread.append(make("p", "day", day));
  const bubble = makeBubble(message, send);
  bubble.dataset.day = day;
  bubble.classList.toggle("new", isNew);
  thread.append(bubble);
  if (message.side === "bot") at("sender").textContent = message.sender || "Bot";
  else atEnd = true;
  at("newer").hidden = atEnd;
}

/** Show the phone as the simulator has it. Throws an Error when it cannot be had. */
async function load() {
  const asked = number;
  const history = await ask(path());
  if (asked !== number) return;
  await describeLevers();
  number = history.number;
  at("number").value = number;
  document.title = `${number} · gateway simulator`;
  connected(true);
  say("");
  thread.replaceChildren();
  at("sender").textContent = "Bot";
  if (history.messages.length === 0) thread.append(make("p", "empty", "No messages yet. Write something to the bot."));
  atEnd = true;
  history.messages.forEach((message) => show(message));
  showDeliveries(history.deliveries);
  aimAt(number);
  showLevers(history.levers);
}

/** Take one piece of news; what comes while the phone is being loaded is taken after that, and so is not lost. */
function take(one) {
  if (held) held.push(one);
  else if (one.kind === "reload") reload();
  else if (one.kind === "bubble") show(one.bubble, true);
  else if (one.kind === "delivery") showDelivery(one.delivery);
  else if (one.kind === "levers") showLevers(one.levers);
  else if (one.kind === "trouble") say(one.note);
}

async function reload() {
  held = [];
  try {
    await load();
  } catch (error) {
    say(error.message);
  }
  const later = held;
  held = null;
  later.forEach(take);
}

function listen() {
  news?.close();
  const mine = (news = new EventSource(path("/events")));
  mine.onopen = () => connected(true);
  mine.onerror = () => (mine.readyState === EventSource.CLOSED ? refused(mine) : connected(false));
  mine.onmessage = (event) => mine === news && take(JSON.parse(event.data));
}

/** The browser has given up on the news and does not tell why: ask for the phone itself, which says it in words. */
async function refused(mine) {
  try {
    await load();
  } catch (error) {
    if (mine !== news) return;
    if (error.refused) {
      thread.replaceChildren();
      at("sender").textContent = "Bot";
      showDeliveries([]);
      at("connection").textContent = "No such phone";
      say(error.message);
      return;
    }
    connected(false);
  }
  setTimeout(() => mine === news && listen(), RETRY);
}

function connected(yes) {
  at("connection").textContent = yes ? number : `${number} · simulator unreachable, trying again`;
  at("phone").classList.toggle("lost", !yes);
}

async function send(text) {
  try {
    await ask(path("/messages"), { text, account: at("account").value });
    return true;
  } catch (error) {
    say(error.message);
    return false;
  }
}

async function sendTyped() {
  const field = at("text");
  const typed = field.value;
  field.focus({ preventScroll: true });
  if (!typed.trim()) return;
  field.value = ""; // at once, so that a second Enter does not send it again
  if (!(await send(typed))) field.value = typed + field.value;
}

function open() {
  try {
    number = decodeURIComponent(location.hash.slice(1)) || DEFAULT_NUMBER;
  } catch {
    number = DEFAULT_NUMBER;
  }
  at("number").value = number;
  aimAt(number);
  listen();
}

at("dial").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = at("number").value.replace(/[\s()/-]/g, "");
  if (wanted === location.hash.slice(1)) open();
  else location.hash = wanted;
});
at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  sendTyped();
});
at("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  sendTyped();
});
at("skip").addEventListener("click", (event) => {
  event.preventDefault(); // what stands behind the # is a phone number
  at("text").focus();
});
at("newer").addEventListener("click", toEnd);
thread.addEventListener("scroll", () => {
  atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  if (atEnd) at("newer").hidden = true;
});
thread.addEventListener("load", () => atEnd && toEnd(), true); // an image has come, and made its bubble taller
new ResizeObserver(() => atEnd && toEnd()).observe(thread);
addEventListener("hashchange", open);
document.addEventListener("visibilitychange", () => {
  // A browser has few connections to one server, and each phone that is looked at holds one.
  if (document.hidden) news?.close();
  else listen();
});
open();
