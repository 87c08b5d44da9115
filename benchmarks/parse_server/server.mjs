// Parse Server with a class for diary entries and patients who are signed in; `load.py` runs it.
// Arguments: --host and --port. PARSE_DATABASE_URL is an empty PostgreSQL database; into the file PARSE_PATIENTS it
// writes a line for each of PARSE_PATIENTS_WANTED patients: session token and id.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import express from "express";
import { ParseServer } from "parse-server";

const { values: told } = parseArgs({ options: { host: { type: "string" }, port: { type: "string" } } });
const { PARSE_DATABASE_URL, PARSE_PATIENTS, PARSE_PATIENTS_WANTED } = process.env;
const serverURL = `http://${told.host}:${told.port}/parse`;
const application = { "X-Parse-Application-Id": "diary", "Content-Type": "application/json" };
const AT_ONCE = 50;

const parse = new ParseServer({
  appId: "diary",
  masterKey: "a key that only this benchmark has",
  databaseURI: `${PARSE_DATABASE_URL}?max=64`, // a connection for each phone
  serverURL,
  allowCustomObjectId: true, // the phone makes the id
  enableAnonymousUsers: true, // patients sign up without a password, which takes long to hash
  allowClientClassCreation: false,
  silent: true,
  schema: {
    strict: true,
    definitions: [
      {
        className: "Entry",
        fields: {
          recorded_at: { type: "Date" },
          time_zone: { type: "String" },
          ratings: { type: "Array" },
          lesion_observations: { type: "Array" },
          intakes: { type: "Array" },
          note: { type: "String" },
        },
        classLevelPermissions: {
          get: { requiresAuthentication: true },
          find: { requiresAuthentication: true },
          create: { requiresAuthentication: true },
          update: { requiresAuthentication: true },
          delete: { requiresAuthentication: true },
          addField: {},
        },
      },
    ],
  },
});
await parse.start();

const app = express();
let ready = false;
app.get("/health/ready", (_request, answer) => answer.sendStatus(ready ? 200 : 503));
app.use("/parse", parse.app);
app.listen(Number(told.port), told.host);

async function signUp() {
  const body = JSON.stringify({ authData: { anonymous: { id: crypto.randomUUID() } } });
  const answer = await fetch(`${serverURL}/users`, { method: "POST", headers: application, body });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  const { sessionToken, objectId } = await answer.json();
  return `${sessionToken} ${objectId}\n`;
}

const patients = [];
while (patients.length < Number(PARSE_PATIENTS_WANTED))
  patients.push(...(await Promise.all(Array.from({ length: AT_ONCE }, signUp))));
await writeFile(PARSE_PATIENTS, patients.join(""));
ready = true;
