// The way to the server: tokens, patience and HTTP, typed by the OpenAPI document.

import { setTimeout as pause } from "node:timers/promises";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";
import type { Problem, Store } from "./store.js";

type TokenPair = components["schemas"]["TokenPair"];
type Answered<T> = { data?: T; error?: unknown; response: Response };

const ATTEMPTS = 6;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 60_000;
const WORTH_ANOTHER_TRY = new Set([408, 429, 500, 502, 503, 504, 507]);

/** No answer, or none that says anything. Nothing is known about what the server did; the queue stays. */
export class Unreachable extends Error {}

/** The server answered with a problem. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
  ) {
    super(`${status} ${type}`);
  }
}

export class Server {
  readonly #client: Client<paths>;
  #accessToken = "";

  constructor(
    url: string,
    readonly store: Store,
    readonly firstDelayMs = FIRST_DELAY_MS,
  ) {
    this.#client = createClient<paths>({ baseUrl: url });
    this.#client.use({
      onRequest: ({ request }) => {
        request.headers.set("Client-Time", new Date().toISOString());
        if (this.#accessToken && !request.url.endsWith("/token")) {
          request.headers.set("Authorization", `Bearer ${this.#accessToken}`);
        }
      },
    });
  }

  get patientId(): string {
    if (!this.store.state.patientId) throw new Refused(401, "/problems/not-signed-in");
    return this.store.state.patientId;
  }

  /** Redeem the code of an invitation; from then on the refresh token in the store does. */
  async accept(code: string, email: string, password: string): Promise<void> {
    await this.#take(
      await this.#patiently((client) => client.POST("/v1/auth/invitations/accept", { body: { code, email, password } })),
    );
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.#take(await this.#token({ grant_type: "password", username: email, password }));
  }

  /** Ask until there is an answer; renew the access token on the way. */
  async call<T>(ask: (client: Client<paths>) => Promise<Answered<T>>): Promise<T> {
    try {
      return await this.#patiently(ask);
    } catch (refusal) {
      if (!(refusal instanceof Refused) || refusal.status !== 401) throw refusal;
    }
    await this.#take(await this.#token({ grant_type: "refresh_token", refresh_token: this.store.state.refreshToken ?? "" }));
    return this.#patiently(ask);
  }

  async #take(pair: TokenPair): Promise<void> {
    // Kept before it is used: the one before works only for a minute more.
    this.store.save((state) => {
      state.refreshToken = pair.refresh_token;
    });
    this.#accessToken = pair.access_token;
    if (this.store.state.patientId) return;
    const me = await this.#patiently((client) => client.GET("/v1/me"));
    if (me.patient_id) {
      const patientId = me.patient_id;
      this.store.save((state) => {
        state.patientId = patientId;
      });
    }
  }

  #token(body: components["schemas"]["TokenRequest"]): Promise<TokenPair> {
    return this.#patiently((client) =>
      client.POST("/v1/auth/token", { body, headers: { "Content-Type": "application/x-www-form-urlencoded" } }),
    );
  }

  /** Ask, and ask again after growing, random pauses, so that phones do not all come back at once. */
  async #patiently<T>(ask: (client: Client<paths>) => Promise<Answered<T>>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // What is thrown here is the network's; a refusal is an answer.
      const answer = await ask(this.#client).catch(() => undefined);
      if (answer && !WORTH_ANOTHER_TRY.has(answer.response.status)) return read(answer);
      if (attempt + 1 < ATTEMPTS) await pause(this.#delay(attempt, answer?.response.headers.get("Retry-After")));
    }
    throw new Unreachable(`${ATTEMPTS} attempts`);
  }

  #delay(attempt: number, retryAfter: string | null | undefined): number {
    const longest = Math.min(LONGEST_DELAY_MS, this.firstDelayMs * 2 ** attempt);
    return 1000 * (Number(retryAfter) || 0) + Math.random() * longest;
  }
}

function read<T>(answer: Answered<T>): T {
  if (!answer.response.ok) throw new Refused(answer.response.status, (answer.error as Problem | undefined)?.type ?? "");
  return answer.data as T;
}
