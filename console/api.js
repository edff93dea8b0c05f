// How the page asks the server: GET alone, of the own origin, with bounds.

const TIMEOUT_MS = 5000;
const BODY_BYTES_MAX = 16 << 20; // what the server itself takes for the most

/** An answer that is none: `status` 0 where nobody answered. */
export class Failure extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The JSON or text at a path. `tenant` empty: the default one. */
export async function get(path, tenant = "") {
  let response;
  let text;
  try {
    response = await fetch(path, {
      headers: tenant === "" ? {} : { "Kindred-Tenant": tenant },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    if (Number(response.headers.get("Content-Length")) > BODY_BYTES_MAX)
      throw new Error(`the answer has more than ${BODY_BYTES_MAX} bytes`);
    text = await response.text();
  } catch (error) {
    const late = error.name === "TimeoutError";
    throw new Failure(0, late ? `no answer within ${TIMEOUT_MS / 1000} s` : `no answer: ${error.message}`);
  }
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const body = isJson ? JSON.parse(text) : text;
  if (!response.ok) throw new Failure(response.status, body?.error?.message ?? `${response.status} for ${path}`);
  return body;
}
