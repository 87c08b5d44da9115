// Validates each FHIR R4 resource in the files that are named and prints what is wrong with it, as one JSON document.
import { readFileSync } from "node:fs";
import fhir from "fhir";

const validator = new fhir.Fhir();
const found = {};
for (const file of process.argv.slice(2)) {
  const result = validator.validate(JSON.parse(readFileSync(file, "utf-8")), { errorOnUnexpected: true });
  found[file] = result.messages.filter((message) => message.severity !== "info");
}
console.log(JSON.stringify(found));
