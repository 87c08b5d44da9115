// What the phone keeps: one JSON file, replaced as a whole, which survives that the app is killed at any moment.
//
// On a real phone take what the platform has for this (SQLite, IndexedDB); what matters is one transaction for each
// `save`, on disk when it returns.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { components } from "./schema.js";

export type ChangePush = components["schemas"]["ChangePush"];
export type ChangeRead = components["schemas"]["ChangeRead"];
export type Problem = { type: string };
export type Written = "lesion" | "medication" | "entry";

/** An object as the server last told it, and when. */
export type Known = { told: ChangeRead; since: number };

/** A change that the server has not acknowledged. */
export type Change = {
  push: ChangePush;
  /** The version that a server acknowledged before it went back to a backup. */
  restores?: number;
  /** Why it was put aside for a person to look at; missing while it waits. */
  problem?: Problem;
};

export type State = {
  refreshToken?: string;
  patientId?: string;
  cursor?: string;
  known: Record<string, Known>;
  /** In the order in which they were made. */
  changes: Change[];
};

export class Store {
  #state: State;

  constructor(readonly file: string) {
    this.#state = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as State) : { known: {}, changes: [] };
  }

  get state(): Readonly<State> {
    return this.#state;
  }

  /** Change the state: on disk when this returns, or not at all. */
  save(change: (state: State) => void): void {
    const next = structuredClone(this.#state);
    change(next);
    const fresh = `${this.file}.new`;
    write(fresh, JSON.stringify(next));
    renameSync(fresh, this.file);
    sync(dirname(this.file));
    this.#state = next;
  }
}

export function key(one: { kind: string; id: string }): string {
  return `${one.kind} ${one.id}`;
}

function write(file: string, text: string): void {
  const descriptor = openSync(file, "w", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function sync(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
