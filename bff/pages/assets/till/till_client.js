// The till's requests: each proven with its key; another device token and the server's clock are fetched when needed.

import * as deviceKey from "./device_key.js";

const TIMEOUT_MILLISECONDS = 15_000;

/** The server refused; `code` is its word for the reason. */
export class Refused extends Error {
  /** @param {number} status @param {string} code */
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** Nobody answered, or nobody who knows: try again. */
export class Unreachable extends Error {}

export class TillClient {
  /** @type {string | undefined} */ #token;
  #secondsAhead = 0;

  /** @param {import("./device_key.js").Kept} device */
  constructor(device) {
    this.device = device;
  }

  get isEnrolled() {
    return this.device.deviceId !== "";
  }

  /** A browser that is a till already, or one that can become it. */
  static async open() {
    return new TillClient((await deviceKey.kept()) ?? { keys: await deviceKey.newKeys(), deviceId: "", tenantId: "" });
  }

  /**
   * Become a till with a manager's code, or as the manager who is signed in here.
   * @param {"/device/redeem" | "/device/enrol"} path
   * @param {object} body
   */
  async enrol(path, body) {
    // kept before the server knows it: enrolled with a key that got lost, the till would be nobody's
    await deviceKey.keep(this.device);
    const answer = await this.#send("POST", path, body, undefined);
    this.device = { ...this.device, deviceId: answer.device_id, tenantId: answer.tenant_id };
    this.#token = answer.device_token;
    await deviceKey.keep(this.device);
  }

  /** Be no till any more. */
  async forget() {
    await deviceKey.forget();
    this.device = { keys: await deviceKey.newKeys(), deviceId: "", tenantId: "" };
    this.#token = undefined;
  }

  /**
   * @param {"GET" | "POST"} method
   * @param {string} path
   * @param {object} [body]
   */
  async ask(method, path, body) {
    this.#token ??= await this.#newToken();
    try {
      return await this.#send(method, path, body, this.#token);
    } catch (refused) {
      if (!(refused instanceof Refused) || refused.code !== "INVALID_DEVICE_TOKEN") throw refused;
    }
    this.#token = await this.#newToken();
    return this.#send(method, path, body, this.#token);
  }

  async #newToken() {
    const { deviceId, tenantId } = this.device;
    const answer = await this.#send("POST", "/device/token", { device_id: deviceId, tenant_id: tenantId }, undefined);
    return answer.device_token;
  }

  async #send(method, path, body, token) {
    try {
      return await this.#sendOnce(method, path, body, token);
    } catch (refused) {
      // once more by the server's clock, which the refusal told
      if (!(refused instanceof Refused) || refused.code !== "INVALID_DPOP_PROOF") throw refused;
    }
    return this.#sendOnce(method, path, body, token);
  }

  async #sendOnce(method, path, body, token) {
    const now = Math.floor(Date.now() / 1000) + this.#secondsAhead;
    const headers = {
      "x-retail-csrf": "1",
      dpop: await deviceKey.proof(this.device.keys, { method, path, now, token }),
    };
    if (token !== undefined) headers.authorization = `DPoP ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await answered(path, { method, headers, body: body && JSON.stringify(body) });
    const told = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(told)) this.#secondsAhead = Math.round((told - Date.now()) / 1000);
    return read(response);
  }
}

/** Who is signed in in this browser, or null. */
export async function session() {
  const response = await answered("/auth/session", { headers: { "x-retail-csrf": "1" } });
  return response.status === 401 ? null : read(response);
}

async function answered(path, options) {
  try {
    return await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
  } catch {
    throw new Unreachable();
  }
}

async function read(response) {
  if (response.status === 204) return {};
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Unreachable();
  }
  if (response.ok) return body;
  const code = body.errors?.[0]?.extensions?.code ?? "";
  if (response.status >= 500 || response.status === 429) throw new Unreachable();
  throw new Refused(response.status, code);
}
