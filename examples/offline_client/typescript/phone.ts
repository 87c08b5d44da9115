// The phone: everything is written down here first, and sent when there is a network.

import { randomUUID } from "node:crypto";
import type { components } from "./schema.js";
import { Refused, type Server } from "./server.js";
import { type Change, type ChangePush, type ChangeRead, key, type State, type Store, type Written } from "./store.js";

type Schemas = components["schemas"];
type PushResult = Schemas["PushResult"];
type ChangePage = Schemas["ChangePage"];
type VersionPage = {
  items: (Schemas["LesionVersion"] | Schemas["MedicationVersion"] | Schemas["EntryVersion"])[];
  next_cursor: string | null;
};

export type Content = { lesion: Schemas["LesionReplace"]; medication: Schemas["MedicationReplace"]; entry: Schemas["EntryCreate"] };

/** What a patient writes, by kind: what entries refer to comes first. Other kinds are only read. */
const FIELDS = {
  lesion: ["site", "side", "kind", "label", "first_noticed_on"],
  medication: [
    ...["name", "dose", "times", "every_days", "cycle_on_days", "cycle_off_days"],
    ...["as_needed", "starts_on", "ends_on"],
  ],
  entry: ["recorded_at", "time_zone", "day", "ratings", "lesion_observations", "intakes", "lifestyle", "note"],
} as const satisfies { [kind in Written]: readonly string[] };
/** The kinds of which changes are sent. Photos have an upload of their own: only their deletion is a change. */
const SENT: readonly string[] = [...Object.keys(FIELDS), "photo"];

const AT_ONCE = 100;
const KEPT_MS = 30 * 24 * 3600 * 1000;
const MOST_ROUNDS = 20;
/** What a server says about changes to something that it lost; after starting over they are sent again. */
const LOST = new Set(["/problems/not-found", "/problems/unknown-reference"]);

export class Phone {
  constructor(
    readonly store: Store,
    readonly server: Server,
  ) {}

  // What the app shows and what its user does

  /** All objects of a kind by id: as the user last wrote them, else as the server has them. */
  shown(kind: Written): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    for (const { told } of Object.values(this.store.state.known)) if (told.kind === kind) found[told.id] = told[kind];
    for (const { push } of this.waiting()) if (push.kind === kind) found[push.id] = push[kind];
    return Object.fromEntries(Object.entries(found).filter(([, content]) => content));
  }

  create<K extends Written>(kind: K, content: Content[K]): string {
    const id = content.id ?? randomUUID();
    this.#write({ kind, id, op: "upsert", [kind]: { ...content, id } });
    return id;
  }

  change<K extends Written>(kind: K, id: string, content: Content[K]): void {
    this.#write({ kind, id, op: "upsert", base_version: this.#newestVersion(kind, id), [kind]: { ...content, id } });
  }

  delete(kind: Written | "photo", id: string): void {
    this.#write({ kind, id, op: "delete", base_version: this.#newestVersion(kind, id) });
  }

  /** What the server has not acknowledged yet. */
  waiting(): readonly Change[] {
    return this.store.state.changes.filter((change) => !change.problem);
  }

  /** What was refused, or is another text than the one that counts now: show it and let the user decide. */
  aside(): readonly Change[] {
    return this.store.state.changes.filter((change) => change.problem);
  }

  #write(push: ChangePush): void {
    this.store.save((state) => void state.changes.push({ push }));
  }

  #newestVersion(kind: ChangePush["kind"], id: string): number | null {
    const last = waitingFor(this.store.state, { kind, id }).at(-1);
    return last ? makesVersion(last.push) : (this.store.state.known[key({ kind, id })]?.told.version ?? null);
  }

  // Synchronising

  /** Get what is new, send what waits, get what came of it; interrupted anywhere, just call it again. */
  async sync(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await this.pull();
      if (!(await this.push())) break;
    }
    const until = Date.now() - KEPT_MS;
    this.store.save((state) => {
      for (const [name, { told, since }] of Object.entries(state.known)) {
        if (told.kind === "entry" && since < until) delete state.known[name];
      }
    });
  }

  async pull(): Promise<void> {
    try {
      for (let more = true; more; ) {
        const page = await this.#page(this.store.state.cursor);
        more = page.has_more;
        this.store.save((state) => {
          take(state, page.changes);
          state.cursor = page.next_cursor;
        });
      }
    } catch (refusal) {
      if (!(refusal instanceof Refused) || refusal.type !== "/problems/cursor-gone") throw refusal;
      await this.#startOver();
    }
  }

  /** Send one lot of what waits; false if there was nothing to send. */
  async push(): Promise<boolean> {
    const lot = this.waiting().slice(0, AT_ONCE);
    if (lot.length === 0) return false;
    const path = { patient_id: this.server.patientId };
    const body = { changes: lot.map((change) => change.push) };
    const answer = await this.server.call((client) =>
      client.POST("/v1/patients/{patient_id}/changes", { params: { path }, body }),
    );
    const broughtBack: boolean[] = [];
    for (const [index, change] of lot.entries()) {
      const older = isOlder(answer.results[index]!.current ?? undefined, change);
      broughtBack.push(older && (await this.#versionWith(change)) !== undefined);
    }
    this.store.save((state) => {
      // The user may have written more meanwhile, behind these.
      const sent = state.changes.filter((change) => !change.problem).slice(0, lot.length);
      sent.forEach((change, index) => settle(state, change, answer.results[index]!, broughtBack[index]!));
    });
    return true;
  }

  #page(cursor: string | undefined): Promise<ChangePage> {
    const params = { path: { patient_id: this.server.patientId }, query: { limit: 500, ...(cursor ? { cursor } : {}) } };
    return this.server.call((client) => client.GET("/v1/patients/{patient_id}/changes", { params }));
  }

  /** After the server went back to a backup: get all, and queue again what it has lost. */
  async #startOver(): Promise<void> {
    const told: ChangeRead[] = [];
    let cursor: string | undefined;
    for (let more = true; more; ) {
      const page = await this.#page(cursor);
      more = page.has_more;
      cursor = page.next_cursor;
      told.push(...page.changes);
    }
    const there = new Map(told.map((one) => [key(one), one]));
    const lost = Object.values(this.store.state.known).flatMap((known) =>
      lostBy(there.get(key(known.told)), known.told),
    );
    lost.sort((one, other) => SENT.indexOf(one.push.kind) - SENT.indexOf(other.push.kind));
    const standsAt = new Map<Change, number>();
    for (const again of lost) {
      if (again.push.op !== "upsert" || !isOlder(there.get(key(again.push)), again)) continue;
      const version = await this.#versionWith(again);
      if (version !== undefined) standsAt.set(again, version);
    }
    this.store.save((state) => {
      for (const change of state.changes) if (LOST.has(change.problem?.type ?? "")) delete change.problem;
      for (const again of lost) {
        const moved = (standsAt.get(again) ?? makesVersion(again.push)) - again.restores;
        for (const later of waitingFor(state, again.push)) {
          if (later.push.base_version) later.push.base_version += moved;
        }
      }
      // Before all that waits, which builds on it; what the server has again is built on there.
      state.changes.unshift(...lost.filter((again) => !standsAt.has(again)));
      state.known = {};
      take(state, told);
      state.cursor = cursor!;
    });
  }

  /** The version in which the server has had this text since it went back, if it has. */
  async #versionWith({ push }: Change): Promise<number | undefined> {
    const { kind, id } = push;
    if (!isWritten(kind)) return undefined;
    const text = JSON.stringify(push[kind]);
    let cursor: string | undefined;
    do {
      const page = await this.#versions(kind, id, cursor);
      const found = page.items.find((one) => one.applied && JSON.stringify(written(kind, one)) === text);
      if (found) return found.version;
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return undefined;
  }

  #versions(kind: Written, id: string, cursor: string | undefined): Promise<VersionPage> {
    const patient_id = this.server.patientId;
    const query = { limit: 500, ...(cursor ? { cursor } : {}) };
    return this.server.call<VersionPage>((client) => {
      switch (kind) {
        case "lesion": {
          const params = { path: { patient_id, lesion_id: id }, query };
          return client.GET("/v1/patients/{patient_id}/lesions/{lesion_id}/versions", { params });
        }
        case "medication": {
          const params = { path: { patient_id, medication_id: id }, query };
          return client.GET("/v1/patients/{patient_id}/medications/{medication_id}/versions", { params });
        }
        case "entry": {
          const params = { path: { patient_id, entry_id: id }, query };
          return client.GET("/v1/patients/{patient_id}/entries/{entry_id}/versions", { params });
        }
      }
    });
  }
}

function makesVersion(push: ChangePush): number {
  return (push.base_version ?? 0) + 1;
}

function waitingFor(state: Readonly<State>, one: { kind: string; id: string }): Change[] {
  return state.changes.filter((change) => !change.problem && key(change.push) === key(one));
}

/** Take what the server said, unless what is here is newer: answers may come out of order. */
function take(state: State, told: readonly ChangeRead[]): void {
  for (const one of told) {
    const known = state.known[key(one)];
    if (!known || known.told.version < one.version) state.known[key(one)] = { told: one, since: Date.now() };
  }
}

/** Whether what a server has counts fewer versions than it once acknowledged: what was done in between is gone. */
function isOlder(current: ChangeRead | undefined, { restores }: Change): boolean {
  return current?.op === "upsert" && current.version < (restores ?? 0);
}

function settle(state: State, change: Change, result: PushResult, isBroughtBack: boolean): void {
  const current = result.current;
  if (current) take(state, [current]);
  const drop = () => void state.changes.splice(state.changes.indexOf(change), 1);
  switch (result.result) {
    case "applied":
    case "replayed":
      return drop();
    case "rejected":
      if (result.problem?.type === "/problems/id-reused" && (change.restores ?? 0) > 1) {
        change.push.base_version = 1; // another phone was quicker
      } else {
        change.problem = { type: result.problem?.type ?? "" };
      }
      return;
    case "conflict":
      if (!change.restores) return lose(state, change);
      if (current && isOlder(current, change) && !isBroughtBack) {
        change.push.base_version = current.version; // another phone was quicker, with something older
        return;
      }
      return drop(); // the server keeps the text among the versions
  }
}

/** Another text counts; the server has kept this one, and will keep what was built on it. */
function lose(state: State, change: Change): void {
  change.problem = { type: "conflict" };
  for (const later of waitingFor(state, change.push)) {
    if (later.push.base_version && change.push.base_version) later.push.base_version = change.push.base_version;
  }
}

/** What a patient may write of an object. */
function written(kind: Written, told: object): Record<string, unknown> {
  const all = told as Record<string, unknown>;
  return Object.fromEntries(FIELDS[kind].map((name) => [name, all[name]]));
}

/** The change that gives a server back what it once acknowledged, if it does not have that. */
function lostBy(there: ChangeRead | undefined, here: ChangeRead): (Change & { restores: number })[] {
  const { kind, id, version: restores } = here;
  if (!SENT.includes(kind) || there?.op === "delete") return [];
  if (here.op === "delete") return there ? [{ push: { kind, id, op: "delete" }, restores }] : [];
  if (!isWritten(kind)) return [];
  const content = here[kind];
  if (!content) return [];
  const again: ChangePush = { kind, id, op: "upsert", [kind]: written(kind, content) };
  if (!there) return [{ push: again, restores }];
  if (here.version > there.version) return [{ push: { ...again, base_version: there.version }, restores }];
  // It went another way since: what differs becomes a version beside the one that counts.
  const differs = JSON.stringify(written(kind, content)) !== JSON.stringify(written(kind, there[kind] ?? {}));
  return here.version > 1 && differs ? [{ push: { ...again, base_version: here.version - 1 }, restores }] : [];
}

function isWritten(kind: string): kind is Written {
  return kind in FIELDS;
}
