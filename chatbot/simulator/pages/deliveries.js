// What became of the last messages to this phone, and a receipt by hand.

import { ask } from "./ask.js";
import { make } from "./bubbles.js";

const SHOWN = 20;
const CHANNELS = { VIBER: "Viber", FACEBOOK: "Facebook", SMS: "SMS" };
const at = (id) => document.getElementById(id);

/** Show the last deliveries anew. */
export function showDeliveries(deliveries) {
  at("deliveries").replaceChildren();
  at("receipt-of").replaceChildren();
  at("no-deliveries").hidden = deliveries.length > 0;
  at("deliveries").hidden = deliveries.length === 0;
  deliveries.forEach(showDelivery);
}

/** Show one delivery in its place, the latest first; a known one is replaced. */
export function showDelivery(delivery) {
  const row = make("li");
  row.id = `delivery-${delivery.requestId}`;
  row.dataset.state = delivery.state;
  row.dataset.at = delivery.acceptedAt;
  row.append(make("span", "excerpt", delivery.excerpt), make("span", "state", delivery.state.toLowerCase()));
  row.append(make("span", "faint", route(delivery)));
  at("no-deliveries").hidden = true;
  at("deliveries").hidden = false;
  const known = at(row.id);
  if (known) {
    known.replaceWith(row);
    return;
  }
  const place = [...at("deliveries").children].findIndex((one) => Number(one.dataset.at) <= delivery.acceptedAt);
  const option = new Option(`${delivery.excerpt} · ${delivery.requestId.slice(0, 11)}…`, delivery.requestId);
  insert(at("deliveries"), row, place);
  insert(at("receipt-of"), option, place);
  while (at("deliveries").childElementCount > SHOWN) {
    at("deliveries").lastElementChild.remove();
    at("receipt-of").lastElementChild.remove();
  }
}

function insert(list, element, place) {
  list.insertBefore(element, list.children[place] ?? null);
}

/** Tell which channels were tried, and why each but the last was left: "Viber: not a Viber user (9) → SMS, 2 parts". */
function route(delivery) {
  const steps = delivery.refusals.map((one) => `${CHANNELS[one.channel]}: ${one.reason}${code(one.errorCode)}`);
  if (delivery.refusals.at(-1)?.channel !== delivery.channel) {
    const parts = delivery.parts > 1 ? `, ${delivery.parts} parts` : "";
    steps.push(`${CHANNELS[delivery.channel]}${parts}${code(delivery.errorCode)}`);
  }
  return steps.join(" → ");
}

const code = (errorCode) => (errorCode ? ` (${errorCode})` : "");

at("receipt").addEventListener("submit", async (event) => {
  event.preventDefault();
  const receipt = { requestId: at("receipt-of").value, state: at("receipt-state").value, errorCode: at("receipt-code").value };
  try {
    const { posted } = await ask("/_control/receipt", receipt);
    at("receipt-done").textContent = posted ? `${receipt.state} is on its way.` : "No URL for receipts is set.";
  } catch (error) {
    at("receipt-done").textContent = error.message;
  }
});
