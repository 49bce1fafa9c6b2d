// Message bubbles. Everything that comes from outside goes in as text; only http and https URLs become links or images.

const CHOICE = /^\s*(\d{1,2})[.)]\s+(\S.*)$/;
const STATES = {
  sending: "sending",
  accepted: "read by the bot",
  waiting: "waiting",
  dropped: "not delivered",
  DELIVERED: "delivered",
  SEEN: "seen",
  EXPIRED: "came too late",
};
const MARKS = { sending: "○", accepted: "✓", waiting: "↻", dropped: "✕", DELIVERED: "", SEEN: "", EXPIRED: "⌛" };

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
  const bubble = make("article", `bubble ${message.side === "bot" ? "theirs" : "mine"}`);
  bubble.id = `bubble-${message.id}`;
  bubble.dataset.side = message.side;
  bubble.dataset.channel = message.channel;
  bubble.dataset.state = message.state;
  bubble.dataset.requestId = message.request_id;
  bubble.classList.toggle("sms", message.channel === "SMS");
  if (message.image) bubble.append(makeImage(message.image));
  if (message.text) bubble.append(message.side === "bot" ? makeText(message.text, answer) : make("p", "text", message.text));
  if (message.button_caption) bubble.append(makeButton(message.button_caption, message.button_url));
  bubble.append(makeFoot(message));
  if (message.note) bubble.append(make("p", "note", message.note));
  return bubble;
}

function makeText(text, answer) {
  const box = make("div", "text");
  for (const line of text.split("\n")) {
    const match = CHOICE.exec(line);
    if (match === null) {
      box.append(make("p", "", line || "\u00a0"));
      continue;
    }
    const choice = make("button", "choice");
    choice.type = "button";
    choice.dataset.answer = match[1];
    choice.append(make("span", "digit", match[1]), make("span", "", match[2]));
    choice.setAttribute("aria-label", `Answer ${match[1]}: ${match[2]}`);
    choice.addEventListener("click", () => answer(match[1]));
    box.append(choice);
  }
  return box;
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
  image.addEventListener("error", () => link.replaceChildren(make("span", "no-image", `Image: ${safe}`)));
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
  const time = make("time", "", new Date(message.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = new Date(message.at).toISOString();
  const state = make("span", "state", MARKS[message.state] ?? message.state);
  state.title = STATES[message.state] ?? message.state;
  state.append(make("span", "hidden", ` ${state.title}`));
  foot.append(time, state);
  return foot;
}
