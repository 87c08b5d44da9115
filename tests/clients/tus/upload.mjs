// Uploads a file as an app would: goes on after every break, and prints the photo's id.
//
//   node upload.mjs FILE ENDPOINT TOKEN METADATA-AS-JSON

import { createReadStream, statSync } from "node:fs";
import { Upload } from "tus-js-client";

const [file, endpoint, token, metadata] = process.argv.slice(2);
let photoId = null;

const upload = new Upload(createReadStream(file), {
  endpoint,
  uploadSize: statSync(file).size,
  chunkSize: 4 * 1024 * 1024,
  headers: { Authorization: `Bearer ${token}` },
  metadata: JSON.parse(metadata),
  retryDelays: Array(40).fill(100), // in a row without progress; any progress starts anew
  onAfterResponse: (_request, response) => {
    photoId = response.getHeader("Photo-Id") ?? photoId;
  },
  onError: (error) => {
    console.error(error.message);
    process.exit(1);
  },
  onSuccess: () => console.log(photoId),
});
upload.start();
