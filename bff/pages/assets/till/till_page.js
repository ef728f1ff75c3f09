// The till's page: a code makes this browser a till, a sign-in brings people to it, a PIN says who of them is at work.

import { Refused, TillClient, Unreachable, session } from "./till_client.js";

const LOOK_AGAIN_MILLISECONDS = 10_000;
const TRY_AGAIN_MILLISECONDS = 3_000;
// schema/operations/pos/till_pin_set.graphql
const SET_PIN = "sha256:d77d8e0a5aaeb3d296a4b81062c9c401292d222fd22cdd3e711cf19a2c62d150";

const client = await TillClient.open();
/** @type {{ subject: string, name: string } | undefined} whose PIN is asked for */
let chosen;
/** @type {string | undefined} what is on the screen */
let state;
let looking = 0;

/** @param {string} selector @returns {HTMLElement} */
const one = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

/** @param {string} next */
function show(next) {
  if (state === next) return;
  state = next;
  for (const section of document.querySelectorAll("[data-state]")) section.hidden = section.dataset.state !== next;
  const shown = one(`[data-state="${next}"]`);
  const field = shown.querySelector("input, [data-first]");
  if (field) field.focus();
}

/** @param {string} code */
function complain(code) {
  const text = document.querySelector(`[data-code="${CSS.escape(code)}"]`) ?? one('[data-code="INTERNAL"]');
  const problem = one("#problem");
  problem.textContent = text.textContent;
  problem.hidden = false;
}

function calm() {
  one("#problem").hidden = true;
}

/** @param {string} selector @param {string} text */
function write(selector, text) {
  for (const place of document.querySelectorAll(selector)) place.textContent = text;
}

/**
 * Do something, and show what went wrong.
 * @param {() => Promise<void>} act
 */
async function attempt(act) {
  calm();
  try {
    await act();
  } catch (error) {
    if (error instanceof Unreachable) complain("UNAVAILABLE");
    else if (!(error instanceof Refused)) throw error;
    else if (error.code === "DEVICE_REVOKED") await removed();
    else complain(error.code);
  }
}

async function removed() {
  await client.forget();
  show("removed");
}

/** Show how things stand at the server, and look again from time to time: somebody else may have changed them. */
async function look() {
  clearTimeout(looking);
  let wait = LOOK_AGAIN_MILLISECONDS;
  try {
    if (client.isEnrolled) await showTill();
    else show("not_enrolled");
  } catch (error) {
    if (error instanceof Refused && error.code === "DEVICE_REVOKED") {
      await removed();
    } else {
      if (error instanceof Refused) complain(error.code);
      else show("unreachable");
      wait = TRY_AGAIN_MILLISECONDS;
    }
  }
  if (client.isEnrolled) looking = setTimeout(look, wait);
}

async function showTill() {
  const till = await client.ask("GET", "/till");
  write(".till-name", till.device.name);
  const me = till.at_work === null ? null : await session();
  if (me !== null && me.subject === till.at_work) {
    if (state === "new_pin") return;
    write(".person-name", me.name);
    show("at_work");
  } else if (state !== "pin") {
    showPeople(till.people);
  }
}

/** @param {{ subject: string, name: string }[]} people */
function showPeople(people) {
  const held = document.activeElement?.dataset?.subject;
  one("#people").replaceChildren(
    ...people.map((person) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button person";
      button.textContent = person.name;
      button.dataset.subject = person.subject;
      button.addEventListener("click", () => askForPin(person));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
  if (held) document.querySelector(`[data-subject="${CSS.escape(held)}"]`)?.focus();
  show("people");
}

/** @param {{ subject: string, name: string }} person */
function askForPin(person) {
  calm();
  chosen = person;
  write(".person-name", person.name);
  one("#pin").value = "";
  show("pin");
}

async function back() {
  calm();
  state = undefined;
  await look();
}

/** @param {SubmitEvent} event @returns {Record<string, string>} */
function given(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const values = Object.fromEntries(new FormData(form));
  for (const secret of form.querySelectorAll('input[type="password"]')) secret.value = "";
  return values;
}

/** @param {string} code */
const redeem = (code) =>
  attempt(async () => {
    await client.enrol("/device/redeem", { code });
    await back();
  });

function pad() {
  const field = one("#pin");
  for (const key of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = key;
    if (key === "⌫") button.setAttribute("aria-label", one("#erase").textContent ?? "");
    button.addEventListener("click", () => {
      field.value = key === "⌫" ? field.value.slice(0, -1) : (field.value + key).slice(0, 8);
    });
    one(".pad").append(button);
  }
}

one("#redeem").addEventListener("submit", (event) => redeem(given(event).code));

one("#pin-form").addEventListener("submit", (event) => {
  const { pin } = given(event);
  attempt(async () => {
    await client.ask("POST", "/till/switch", { subject: chosen?.subject, pin });
    await back();
  });
});

one("#new-pin-form").addEventListener("submit", (event) => {
  const { pin, current } = given(event);
  attempt(async () => {
    const input = { pin, currentPin: current || null };
    const answer = await client.ask("POST", "/graphql", { documentId: SET_PIN, variables: { input } });
    const error = answer.errors?.[0]?.extensions.code ?? answer.data?.answer.userErrors[0]?.code;
    if (error) throw new Refused(200, error);
    await back();
  });
});

one("#lock").addEventListener("click", () =>
  attempt(async () => {
    await client.ask("POST", "/till/lock");
    await back();
  }),
);

one("#leave").addEventListener("click", () =>
  attempt(async () => {
    const { continue_at } = await client.ask("POST", "/auth/logout");
    location.assign(continue_at);
  }),
);

one("#choose-pin").addEventListener("click", () => {
  calm();
  show("new_pin");
});

one("#again").addEventListener("click", back);
for (const button of document.querySelectorAll("[data-back]")) button.addEventListener("click", back);

pad();
const code = new URLSearchParams(location.hash.slice(1)).get("enrol");
const mustOpen = new URLSearchParams(location.search).has("open");
// a code is good once, and nobody should read it in the address bar, in the history or on a photograph
if (code || mustOpen) history.replaceState(null, "", location.pathname);
if (code && !client.isEnrolled) await redeem(code);
if (mustOpen && client.isEnrolled) {
  await attempt(async () => {
    await client.ask("POST", "/till/open");
  });
}
if (state === undefined || state === "starting") await look();
