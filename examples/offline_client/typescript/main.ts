// A phone on the command line, to try the client with. It keeps everything in FILE and prints JSON.
//
//   node build/main.js SERVER FILE accept CODE EMAIL PASSWORD | sign-in EMAIL PASSWORD | consent
//   node build/main.js SERVER FILE create KIND CONTENT | change KIND ID CONTENT | delete KIND ID
//   node build/main.js SERVER FILE sync | shown KIND | waiting | aside

import { type Content, Phone } from "./phone.js";
import { Server } from "./server.js";
import { Store, type Written } from "./store.js";

const [url, file, command, ...words] = process.argv.slice(2);
const [first = "", second = "", third = ""] = words;

async function run(phone: Phone): Promise<unknown> {
  const kind = first as Written;
  switch (command) {
    case "accept":
      return phone.server.accept(first, second, third);
    case "sign-in":
      return phone.server.signIn(first, second);
    case "consent":
      return consent(phone.server);
    case "create":
      return phone.create(kind, JSON.parse(second) as Content[typeof kind]);
    case "change":
      return phone.change(kind, second, JSON.parse(third) as Content[typeof kind]);
    case "delete":
      return phone.delete(kind, second);
    case "sync":
      return phone.sync();
    case "shown":
      return phone.shown(kind);
    case "waiting":
      return phone.waiting();
    case "aside":
      return phone.aside();
    default:
      throw new Error("usage: see the first lines of main.ts");
  }
}

/** Consent to the document that counts now, as the app does once its user has read it. */
async function consent(server: Server): Promise<void> {
  const me = await server.call((client) => client.GET("/v1/me"));
  const body = { version: me.consent.minimum_version, granted: true };
  await server.call((client) => client.POST("/v1/me/consents", { body }));
}

if (!url || !file) throw new Error("usage: see the first lines of main.ts");
const store = new Store(file);
const firstDelayMs = Number(process.env["FIRST_DELAY_MS"] ?? 500);
console.log(JSON.stringify((await run(new Phone(store, new Server(url, store, firstDelayMs)))) ?? null));
