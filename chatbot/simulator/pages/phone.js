// One phone: its thread, what is typed on it, and its live news.

import { ask } from "./ask.js";
import { make, makeBubble } from "./bubbles.js";
import { showDeliveries, showDelivery, showReachability, startLevers } from "./levers.js";

const DEFAULT_NUMBER = "+491622943176";
const at = (id) => document.getElementById(id);
let number = "";
let news = null;
let troubled = null;

function path(rest = "") {
  return `/phone/${encodeURIComponent(number)}${rest}`;
}

function say(text) {
  at("trouble").textContent = text;
  at("trouble").hidden = !text;
}

/** Put a bubble in its place: a known one is replaced, a new one goes to the end. */
function show(message) {
  const thread = at("thread");
  const known = at(`bubble-${message.id}`);
  const bubble = makeBubble(message, send);
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  thread.querySelector(".empty")?.remove();
  if (known) known.replaceWith(bubble);
  else thread.append(bubble);
  if (message.side === "bot") at("sender").textContent = message.sender;
  if (["waiting", "dropped"].includes(message.state)) {
    troubled = message.id;
    say(message.note);
  } else if (troubled === message.id) {
    troubled = null;
    say("");
  }
  if (atEnd || !known) thread.scrollTop = thread.scrollHeight;
}

async function load() {
  const asked = number;
  try {
    const history = await ask(path());
    if (asked !== number) return;
    at("thread").replaceChildren();
    at("sender").textContent = "Bot";
    troubled = null;
    say("");
    if (history.messages.length === 0) {
      at("thread").append(make("p", "empty", "No messages yet. Write something to the bot."));
    }
    history.messages.forEach(show);
    showDeliveries(history.deliveries);
    showReachability(history.reachability);
  } catch (error) {
    say(error.message);
  }
}

function listen() {
  news?.close();
  news = new EventSource(path("/events"));
  news.onopen = () => connected(true);
  news.onerror = () => connected(false);
  news.onmessage = (event) => {
    const one = JSON.parse(event.data);
    if (one.kind === "reload") load();
    if (one.kind === "bubble") show(one.bubble);
    if (one.kind === "delivery") showDelivery(one.delivery);
    if (one.kind === "trouble" && troubled === null) say(one.note);
  };
}

function connected(yes) {
  at("connection").textContent = yes ? number : `${number} · simulator unreachable`;
  at("phone").classList.toggle("lost", !yes);
}

async function send(text) {
  if (!text.trim()) return;
  try {
    await ask(path("/messages"), { text });
  } catch (error) {
    say(error.message);
    return;
  }
  at("text").value = "";
  at("text").focus({ preventScroll: true });
}

function open() {
  number = decodeURIComponent(location.hash.slice(1)) || DEFAULT_NUMBER;
  at("number").value = number;
  document.title = `${number} · gateway simulator`;
  listen();
}

at("dial").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = at("number").value.replace(/[\s()/-]/g, "");
  if (wanted === number) load();
  else location.hash = wanted;
});
at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send(at("text").value);
});
addEventListener("hashchange", open);
startLevers(() => number, load);
open();
