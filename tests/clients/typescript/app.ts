// A phone app as its developer would begin it: a client generated from the OpenAPI document tells a diary.
//
//   node build/app.js SERVER INVITATION_CODE
//
// The compiler checks every path, parameter, body and answer; what only a running server can show is asserted.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

type EntryCreate = components["schemas"]["EntryCreate"];
type LesionCreate = components["schemas"]["LesionCreate"];

const [server, invitationCode] = process.argv.slice(2);
assert(server && invitationCode, "usage: app.js SERVER INVITATION_CODE");

const PASSWORD = "correct horse battery";

function app(accessToken?: string): Client<paths> {
  const headers = accessToken ? { Authorization: `Bearer ${accessToken}` } : {};
  return createClient<paths>({ baseUrl: server!, headers });
}

/** What was answered, if it was answered with this status. */
function answered<T>(status: number, answer: { data?: T; error?: unknown; response: Response }): NonNullable<T> {
  assert.equal(answer.response.status, status, JSON.stringify(answer.error));
  assert(answer.data);
  return answer.data;
}

/** The name of the problem, if there is one with this status. */
function problem(status: number, answer: { error?: { type: string }; response: Response }): string {
  assert.equal(answer.response.status, status);
  assert(answer.error);
  assert.equal(answer.response.headers.get("Content-Type"), "application/problem+json");
  return answer.error.type;
}

function entry(day: string, severity: number): EntryCreate {
  return {
    id: randomUUID(),
    recorded_at: `${day}T20:40:00+02:00`,
    time_zone: "Europe/Berlin",
    ratings: [{ symptom: "pain", severity, interference: null, site: "chest_wall", side: "left" }],
  };
}

async function signIn(): Promise<Client<paths>> {
  const accepted = await app().POST("/v1/auth/invitations/accept", {
    body: { code: invitationCode!, password: PASSWORD, email: `${randomUUID()}@example.org` },
  });
  const first = answered(200, accepted);
  const refreshed = await app().POST("/v1/auth/token", {
    body: { grant_type: "refresh_token", refresh_token: first.refresh_token },
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });
  return app(answered(200, refreshed).access_token);
}

async function consent(phone: Client<paths>): Promise<string> {
  const me = answered(200, await phone.GET("/v1/me"));
  assert.equal(me.role, "patient");
  assert(me.patient_id);
  assert.equal(me.consent.current, false);

  const path = { patient_id: me.patient_id };
  const early = await phone.POST("/v1/patients/{patient_id}/entries", { params: { path }, body: entry("2025-05-01", 6) });
  assert.equal(problem(403, early), "/problems/consent-required");

  const given = await phone.POST("/v1/me/consents", { body: { version: me.consent.minimum_version, granted: true } });
  assert.equal(answered(201, given).granted, true);
  return me.patient_id;
}

async function tellOne(phone: Client<paths>, patient_id: string): Promise<void> {
  const params = { path: { patient_id }, header: { "Client-Time": new Date().toISOString() } };
  const body = entry("2025-05-01", 6);
  const first = answered(201, await phone.POST("/v1/patients/{patient_id}/entries", { params, body }));
  const again = answered(200, await phone.POST("/v1/patients/{patient_id}/entries", { params, body }));
  assert.deepEqual(again, first);
  assert.equal(first.version, 1);
  assert.deepEqual(first.flags, []);
  assert.equal(first.ratings[0]?.severity, 6);
  assert.equal(first.lifestyle, null);
}

async function tellMany(phone: Client<paths>, patient_id: string, lesion: LesionCreate): Promise<EntryCreate[]> {
  const params = { path: { patient_id } };
  answered(201, await phone.POST("/v1/patients/{patient_id}/lesions", { params, body: lesion }));
  const entries = Array.from({ length: 27 }, (_, day) => entry(`2025-05-${String(day + 2).padStart(2, "0")}`, 6));
  for (const late of entries.slice(13)) {
    late.ratings = [{ symptom: "pain", severity: 3 }];
  }
  entries[0]!.lesion_observations = [
    { lesion_id: lesion.id, state: "measured", length_mm: 14.5, width_mm: 9, method: "ruler" },
  ];
  const bad = { ...entry("2025-05-29", 3), intakes: [{ medication_id: randomUUID(), taken: true }] };

  for (const outcome of ["created", "replayed"] as const) {
    const batch = await phone.POST("/v1/patients/{patient_id}/entries/batch", {
      params,
      body: { entries: [...entries, bad] },
    });
    const results = answered(200, batch).results;
    assert.deepEqual(results.slice(0, -1).map((one) => one.result), entries.map(() => outcome));
    assert.equal(results.at(-1)?.result, "rejected");
    assert.equal(results.at(-1)?.problem?.type, "/problems/unknown-reference");
    assert.equal(results.at(-1)?.problem?.errors?.[0]?.pointer, "/intakes/0/medication_id");
  }
  return entries;
}

async function correct(phone: Client<paths>, patient_id: string, wrong: EntryCreate): Promise<void> {
  assert(wrong.id);
  const path = { patient_id, entry_id: wrong.id };
  const stored = await phone.GET("/v1/patients/{patient_id}/entries/{entry_id}", { params: { path } });
  const base = stored.response.headers.get("ETag");
  assert.equal(base, '"1"');

  const body: EntryCreate = { ...wrong, note: "It was worse in the evening.", ratings: [{ symptom: "pain", severity: 9 }] };
  const header = { "If-Match": base };
  const corrected = await phone.PUT("/v1/patients/{patient_id}/entries/{entry_id}", { params: { path, header }, body });
  assert.equal(answered(200, corrected).version, 2);

  const stale = await phone.PUT("/v1/patients/{patient_id}/entries/{entry_id}", {
    params: { path, header },
    body: { ...body, note: "From another phone." },
  });
  assert.equal(problem(412, stale), "/problems/version-conflict");
  assert(stale.error && "current_version" in stale.error);
  assert.equal(stale.error.current_version, 2);
}

async function pages(phone: Client<paths>, patient_id: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { limit: 10, ...(cursor ? { cursor } : {}) };
    const answer = await phone.GET("/v1/patients/{patient_id}/entries", { params: { path: { patient_id }, query } });
    const page = answered(200, answer);
    ids.push(...page.items.map((one) => one.id));
    cursor = page.next_cursor;
  } while (cursor);
  return ids;
}

async function trends(phone: Client<paths>, patient_id: string, lesion: LesionCreate): Promise<void> {
  const params = { path: { patient_id }, query: { from: "2025-05-01", to: "2025-05-28", symptom: ["pain" as const] } };
  const answer = await phone.GET("/v1/patients/{patient_id}/trends", { params });
  const trend = answered(200, answer);
  assert.deepEqual(trend.completion, { expected_days: 28, observed_days: 28, rate: 1, longest_gap_days: 0 });

  const [pain] = trend.symptoms;
  assert(pain);
  assert.equal(pain.n, 28);
  assert.deepEqual(pain.worst, { day: "2025-05-02", value: 9 });
  assert.deepEqual(pain.baseline, { value: 6, n: 14, from: "2025-05-01", to: "2025-05-14" });
  assert.deepEqual(pain.current, { value: 3, n: 14, from: "2025-05-15", to: "2025-05-28" });
  assert.equal(pain.change, -3);
  assert.equal(pain.change_class, "better");
  assert.equal(pain.mann_kendall.verdict, "falling");
  assert.equal(trend.nodule_count.baseline, null);
  assert.equal(trend.lesions.lesions[0]?.lesion_id, lesion.id);
  assert.equal(trend.lesions.lesions[0]?.points[0]?.length_mm, 14.5);

  const tag = answer.response.headers.get("ETag");
  assert(tag);
  const unchanged = await phone.GET("/v1/patients/{patient_id}/trends", {
    params: { ...params, header: { "If-None-Match": tag } },
  });
  assert.equal(unchanged.response.status, 304);
}

const phone = await signIn();
const patient_id = await consent(phone);
const lesion: LesionCreate = {
  id: randomUUID(),
  site: "chest_wall",
  side: "left",
  kind: "nodule",
  label: "Lump below the scar",
  first_noticed_on: "2025-04-20",
};
await tellOne(phone, patient_id);
const told = await tellMany(phone, patient_id, lesion);
await correct(phone, patient_id, told[0]!);
assert.equal(new Set(await pages(phone, patient_id)).size, told.length + 1);
await trends(phone, patient_id, lesion);
console.log("told");
