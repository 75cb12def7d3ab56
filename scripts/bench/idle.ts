// Devices that come and then say nothing: what one login costs, and what the server keeps in memory for each of them.
// bun scripts/bench/idle.ts [--quick]

import { join } from "node:path";
import { encodeId } from "../../src/domain/id.ts";
import { parseName } from "../../src/domain/name.ts";
import { certificateOf } from "../../src/net/certificate.ts";
import { createPrivateFolder } from "../../src/store/private-files.ts";
import { openServerStore } from "../../src/store/server-sqlite.ts";
import { type Address, dialAs, random, RawClient } from "./raw-client.ts";
import { type Figure, figure, type Options, printFigures, printTable } from "./report.ts";
import { onStage } from "./stage.ts";
import { cpuSeconds, openFilesLimit, settledKib } from "./usage.ts";

const AIM_KIB = 15;
const AIM_LOGINS = 1500;
/** What a server has open besides its connections, with room. */
const SPARE_FILES = 100;
/** Logins under way at once. */
const AT_ONCE = 64;
/** Those who come and go before anything is measured, so that no first time is counted. */
const FIRST = 200;

export async function run({ quick }: Options): Promise<Figure[]> {
  const limit = openFilesLimit();
  const wanted = quick ? [1000] : [1000, 5000];
  const steps = wanted.filter((step) => step + SPARE_FILES <= limit);
  if (steps.length < wanted.length)
    console.log(`  Only ${limit} files may be open: for all of it, ulimit -n 8192`);
  if (steps.length === 0) return [];
  return onStage(async (stage) => {
    const most = steps.at(-1) ?? 0;
    const seeds = await registered(stage.data, most);
    const server = await stage.classchat();
    for (const client of await logIn(seeds.slice(0, FIRST), server)) client.close();

    const before = await settledKib(server.pid);
    const clients: RawClient[] = [];
    const rows: string[][] = [];
    const figures: Figure[] = [];
    let rate = Number.NaN;
    let cpu = Number.NaN;
    for (const step of steps) {
      const coming = seeds.slice(clients.length, step);
      const [cpuBefore, ownBefore, start] = [
        cpuSeconds(server.pid),
        cpuSeconds(process.pid),
        performance.now(),
      ];
      clients.push(...(await logIn(coming, server)));
      rate = coming.length / ((performance.now() - start) / 1000);
      cpu = ((cpuSeconds(server.pid) - cpuBefore) / coming.length) * 1e6;
      const own = ((cpuSeconds(process.pid) - ownBefore) / coming.length) * 1e6;
      const kib = ((await settledKib(server.pid)) - before) / step;
      const count = step.toLocaleString("en");
      rows.push([`${count} connections`, figure(kib), figure(rate), figure(cpu), figure(own)]);
      const aim = { text: `≤ ${AIM_KIB} KiB`, met: kib <= AIM_KIB };
      figures.push({ name: `memory an idle connection, at ${count}`, value: figure(kib, "KiB"), aim });
    }
    printTable(
      `Devices that are connected, registered and synchronised (server before: ${figure(before / 1024)} MiB)`,
      [["", "KiB each", "logins/s", "CPU µs a login: server", "client"], ...rows],
    );
    console.log(
      "  A login: TCP, TLS 1.3 with both certificates, hello, sync. The clients are on the same machine.",
    );
    for (const client of clients) client.close();
    await server.stop();
    const aim = { text: `≥ ${AIM_LOGINS.toLocaleString("en")}/s`, met: rate >= AIM_LOGINS };
    const value = `${figure(rate)}/s; the server alone: ${figure(1e6 / cpu)}/s of one core`;
    return [...figures, { name: "logins, clients on the same cores", value, aim }];
  });
}

/** Puts this many people with a device each into a server's data; answers the devices' seeds. */
async function registered(data: string, count: number): Promise<Uint8Array[]> {
  createPrivateFolder(data);
  const store = openServerStore(join(data, "server.sqlite"));
  const seeds = Array.from({ length: count }, () => random(32));
  const done = seeds.map((seed, i) => {
    const parsed = parseName(`student${i}`);
    if (!parsed.ok) throw new Error("no name");
    const { name, fold, skeleton } = parsed;
    const device = encodeId(certificateOf(seed).publicKey);
    const credential = random(200);
    return store.register({
      name,
      fold,
      skeleton,
      identity: random(32),
      device,
      credential,
      time: Date.now(),
    });
  });
  await Promise.all(done);
  await store.close();
  return seeds;
}

/** Logs these devices in, AT_ONCE at a time. */
async function logIn(seeds: readonly Uint8Array[], server: Address): Promise<RawClient[]> {
  const dials = seeds.map((seed) => dialAs(seed, server, "joined"));
  const clients: RawClient[] = [];
  const coming = dials.values();
  const one = async () => {
    for (const dial of coming) {
      const client = await RawClient.connect(dial, { notices() {} });
      const { name } = await client.hello();
      if (name === undefined) throw new Error("a device is not registered");
      await client.request({ t: "sync" });
      clients.push(client);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return clients;
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));
