// A process that adds chunks to a blob and says of each when it is durable, until it is killed.

import { openBlobs } from "../../src/store/blobs-files.ts";
import { blobOf, chunkOf } from "./blobs-contract.ts";

const [folder = ""] = process.argv.slice(2);
const blobs = await openBlobs(folder);
const from = await blobs.count(blobOf(1));
let next = from;
/** Four under way, as a client has them. */
async function lane(): Promise<void> {
  for (;;) {
    const index = next++;
    const count = await blobs.append(blobOf(1), index, chunkOf(index % 251));
    if (count > index) process.stdout.write(`${index}\n`);
  }
}
await Promise.all([lane(), lane(), lane(), lane()]);
