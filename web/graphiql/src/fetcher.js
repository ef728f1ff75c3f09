// The BFF takes the session cookie; this header proves that the request is ours (no other site can add it).
const CSRF = { "x-retail-csrf": "1" };

export const SESSION_ENDED = "retailflow:session-ended";

export async function fetcher(request) {
  const response = await fetch("/graphql", {
    method: "POST",
    credentials: "same-origin",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json",
      ...CSRF,
    },
    body: JSON.stringify(request),
  });
  if (response.status === 401) {
    window.dispatchEvent(new Event(SESSION_ENDED));
  }
  return response.json();
}

export async function whoAmI() {
  const response = await fetch("/auth/session", { credentials: "same-origin" });
  return response.ok ? response.json() : null;
}
