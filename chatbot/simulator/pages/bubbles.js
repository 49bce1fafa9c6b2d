// Message bubbles. Everything that comes from outside goes in as text; only http and https URLs become links or images.

const CHOICE = /^\s*(\d{1,2})[.)]\s+(\S.*)$/;
const LINK = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/i;
const STATES = {
  sending: "sending",
  accepted: "read by the bot",
  waiting: "waiting",
  dropped: "not delivered",
  DELIVERED: "delivered",
  SEEN: "seen",
  EXPIRED: "came too late",
};
const MARKS = { sending: "○", accepted: "✓", waiting: "↻", dropped: "✕", DELIVERED: "", SEEN: "seen", EXPIRED: "came too late" };

/** Make an element with a class and text. */
export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** Give `url` if it is http or https, else null. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** Make the bubble of one message; `answer(text)` is called when a numbered choice is tapped. */
export function makeBubble(message, answer) {
  const theirs = message.side === "bot";
  const bubble = make("article", `bubble ${theirs ? "theirs" : "mine"}`);
  bubble.id = `bubble-${message.id}`;
  bubble.dataset.side = message.side;
  bubble.dataset.channel = message.channel;
  bubble.dataset.requestId = message.request_id;
  bubble.classList.toggle("sms", message.channel === "SMS");
  bubble.append(make("span", "hidden", theirs ? `${message.sender || "Bot"}: ` : "You: "));
  if (message.image) bubble.append(makeImage(message.image));
  if (message.text) bubble.append(makeText(message.text, theirs ? answer : null));
  if (message.button_caption) bubble.append(makeButton(message.button_caption, message.button_url));
  bubble.append(make("footer"));
  updateBubble(bubble, message);
  return bubble;
}

/** Show a message's new state on its bubble, and leave the rest as it is, with whatever is focused there. */
export function updateBubble(bubble, message) {
  bubble.dataset.state = message.state;
  bubble.querySelector("footer").replaceWith(makeFoot(message));
  bubble.querySelector(".note")?.remove();
  if (message.note) bubble.append(make("p", "note", message.note));
}

function makeText(text, answer) {
  const box = make("div", "text");
  for (const line of text.split("\n")) {
    const match = answer && CHOICE.exec(line);
    if (match) box.append(makeChoice(match[1], match[2], answer));
    else box.append(makeLine(line));
  }
  return box;
}

function makeLine(line) {
  const row = make("div");
  for (const part of line.split(LINK)) {
    const safe = LINK.test(part) ? safeUrl(part) : null;
    row.append(safe === null ? part : makeLink("", part, safe));
  }
  if (line === "") row.textContent = "\u00a0";
  return row;
}

function makeChoice(number, text, answer) {
  const choice = make("button", "choice");
  choice.type = "button";
  choice.dataset.answer = number;
  choice.append(make("span", "digit", number), make("span", "", text));
  choice.setAttribute("aria-label", `Answer ${number}: ${text}`);
  choice.addEventListener("click", () => answer(number));
  return choice;
}

function makeLink(className, text, url) {
  const link = make("a", className, text);
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function makeImage(url) {
  const safe = safeUrl(url);
  if (safe === null) return make("p", "text", url);
  const link = makeLink("image", "", safe);
  const image = make("img");
  image.alt = `Image: ${safe}`;
  image.referrerPolicy = "no-referrer";
  image.addEventListener("error", () => link.replaceChildren(make("span", "no-image", `Image that does not load: ${safe}`)));
  image.src = safe;
  link.append(image);
  return link;
}

function makeButton(caption, url) {
  const safe = safeUrl(url);
  return safe === null ? make("p", "action", caption) : makeLink("action", caption, safe);
}

function makeFoot(message) {
  const foot = make("footer", "foot");
  if (message.channel === "SMS") {
    foot.append(make("span", "badge", message.sms_parts > 1 ? `SMS · ${message.sms_parts} parts` : "SMS"));
  } else if (message.channel === "FACEBOOK") {
    foot.append(make("span", "badge", "Facebook"));
  }
  const at = new Date(message.at);
  const time = make("time", "", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = at.toISOString();
  time.title = at.toLocaleString();
  const state = make("span", "state");
  const mark = make("span", "", MARKS[message.state] ?? message.state);
  mark.ariaHidden = "true";
  state.title = STATES[message.state] ?? message.state;
  state.append(mark, make("span", "hidden", ` ${state.title}`));
  foot.append(time, state);
  return foot;
}
