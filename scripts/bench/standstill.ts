// One member of a group reads nothing any more, while its link stays open and is full: what that costs the others.
// bun scripts/bench/standstill.ts [--quick]. Run as `standstill.ts member …` it is that member, which its parent then stops.

import * as v from "valibot";
import { directLog } from "../../src/domain/direct-log.ts";
import { decodeId, encodeId } from "../../src/domain/id.ts";
import { FIRST_EPOCH } from "../../src/server/delivery.ts";
import { type Guest, type Member, serverLecture } from "./lecture.ts";
import { type Address, dialAs, random, RawClient, type RawPerson, rawPerson } from "./raw-client.ts";
import { type Figure, figure, type Options, printFigures, printTable, quantile } from "./report.ts";
import { onStage } from "./stage.ts";
import { Traffic } from "./group-traffic.ts";

const SIZE = 300;
const RATE = 20;
const NAME = "standing";
/** What fills the link: more than two systems' buffers take. */
const FILLING = { bytes: 90_000, count: 250 };

const told = v.object({ device: v.string(), identity: v.string() });

interface Standing extends Guest {
  readonly identity: string;
  /** From now on it reads nothing. */
  stop(): void;
  end(): void;
}

export async function run({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const size = quick ? 100 : SIZE;
    const server = await stage.classchat();
    const guest = await standing(server);
    try {
      const lecture = await serverLecture("lecture", size, server, [guest]);
      await new Traffic(lecture).flood(1_000); // until the code is compiled
      const seconds = quick ? 3 : 8;
      const rows: string[][] = [];
      const measure = async (name: string) => {
        const paced = new Traffic(lecture);
        await paced.pace(RATE, seconds);
        const fast = new Traffic(lecture);
        const start = performance.now();
        await fast.flood(quick ? 1_000 : 3_000);
        const rate = (fast.times.length * lecture.others * 1000) / (performance.now() - start);
        const p = (q: number) => quantile(paced.times, q);
        rows.push([name, figure(p(0.5)), figure(p(0.99)), figure(rate)]);
        return p(0.99);
      };
      const without = await measure("everybody reads");
      guest.stop();
      const [teacher] = lecture.members;
      if (teacher === undefined) throw new Error("a lecture without anybody");
      await fill(teacher, guest);
      const slow = await measure("one reads nothing");
      lecture.close();
      printTable(`A group of ${size} and one more; until the last of the others has a message, ms`, [
        ["", `p50 at ${RATE}/s`, "p99", "deliveries/s at full speed"],
        ...rows,
      ]);
      return [
        {
          name: "p99 of the others, with one who reads nothing",
          value: `${figure(slow)} ms; without ${figure(without)} ms`,
        },
      ];
    } finally {
      guest.end();
      await server.stop();
    }
  });
}

/** Writes to the one who reads nothing until nothing more goes into its link. */
async function fill({ client, person }: Member, guest: Standing): Promise<void> {
  const identity = decodeId(guest.identity, 32);
  if (identity === undefined) throw new Error("an identity that is none");
  const log = directLog(person.identity.public, identity);
  const part = random(32);
  const welcome = { device: guest.device, id: encodeId(random(16)), size: part.length };
  const create = { log, with: NAME, info: part.length, welcomes: [welcome] };
  await client.request({ t: "create", ...create }, Buffer.concat([part, part]));
  const body = random(FILLING.bytes);
  for (let i = 0; i < FILLING.count; i++)
    await client.request({ t: "append", log, id: encodeId(random(16)), epoch: FIRST_EPOCH }, body);
}

/** A member in a process of its own, which can be stopped. */
async function standing({ port, pin }: Address): Promise<Standing> {
  const { promise, resolve } = Promise.withResolvers<v.InferOutput<typeof told>>();
  const child = Bun.spawn([process.execPath, import.meta.path, "member", String(port), pin.toHex()], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (message) => resolve(v.parse(told, message)),
    serialization: "json",
  });
  const end = () => child.kill("SIGKILL");
  process.on("exit", end);
  return { ...(await promise), stop: () => child.kill("SIGSTOP"), end };
}

async function beMember(person: RawPerson, address: Address): Promise<void> {
  const client = await RawClient.connect(dialAs(person.seed, address, "joined"), { notices() {} });
  await client.hello();
  await client.request({ t: "register", name: person.name }, person.credential);
  await client.request({ t: "sync" });
  process.send?.({ device: encodeId(person.device), identity: encodeId(person.identity.public) });
  process.on("disconnect", () => process.exit(0));
}

if (import.meta.main) {
  const [role, port, pin = ""] = process.argv.slice(2);
  if (role === "member")
    await beMember(rawPerson(NAME), { port: Number(port), pin: Uint8Array.fromHex(pin) });
  else printFigures(await run({ quick: process.argv.includes("--quick") }));
}
