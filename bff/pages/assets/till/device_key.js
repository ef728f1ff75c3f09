// The till's key pair, which never leaves this browser, and the proofs made with it (RFC 9449).

const DATABASE = "retailflow-till";
const STORE = "device";
const ONLY = "this";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

/**
 * What this browser keeps of its enrolment; without `deviceId` it has a key but is not enrolled yet.
 * @typedef {{ keys: CryptoKeyPair, deviceId: string, tenantId: string }} Kept
 */

/** @returns {Promise<IDBDatabase>} */
function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 */
async function inStore(mode, act) {
  const opened = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction(STORE, mode);
      const asked = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    opened.close();
  }
}

/** @returns {Promise<Kept | undefined>} */
export function kept() {
  return inStore("readonly", (store) => store.get(ONLY));
}

/** @param {Kept} device */
export function keep(device) {
  return inStore("readwrite", (store) => store.put(device, ONLY));
}

export function forget() {
  return inStore("readwrite", (store) => store.delete(ONLY));
}

/** A key whose private half no script can read, this one included. */
export function newKeys() {
  return crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
const utf8 = (text) => new TextEncoder().encode(text);

/** @param {object} value */
const encoded = (value) => base64url(utf8(JSON.stringify(value)));

/** @param {string} text */
async function hash(text) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

/**
 * The proof that goes with one request; `token` is the device token sent beside it, `now` the server's time in seconds.
 * @param {CryptoKeyPair} keys
 * @param {{ method: string, path: string, now: number, token?: string }} request
 */
export async function proof(keys, { method, path, now, token }) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", keys.publicKey);
  const claims = { htm: method, htu: location.origin + path, iat: now, jti: crypto.randomUUID() };
  if (token !== undefined) claims.ath = await hash(token);
  const signed = `${encoded({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } })}.${encoded(claims)}`;
  const signature = await crypto.subtle.sign(SIGNATURE, keys.privateKey, utf8(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}
