// What is written into a group of 300 while all the others are away is stored once: accepted, kept through kill -9 of the
// server, and fetched by one of them. bun scripts/bench/group-queue.ts [--quick]

import { Member, messageOf, serverLecture, type ServerLecture } from "./lecture.ts";
import { type Figure, figure, median, type Options, printFigures, printTable } from "./report.ts";
import { onStage, type Stage } from "./stage.ts";

const SIZE = 300;
const MESSAGES = 20_000;
/** Messages that the writer has under way at once. */
const WINDOW = 256;
/** Seconds. */
const AIMS = { accepted: 2, drained: 1 };
/** Longer than acknowledgements are gathered, ms. */
const SETTLE = 600;

export async function run({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const [rounds, share] = quick ? [1, 0.5] : [3, 1];
    const count = MESSAGES * share;
    const done: Awaited<ReturnType<typeof once>>[] = [];
    for (let round = 1; round <= rounds; round++) done.push(await once(stage, round, count));
    const all = count.toLocaleString("en");
    printTable(
      `${all} messages of 256 B in a group, ${SIZE - 1} of ${SIZE} away, ${WINDOW} under way, accepted when on disk; s`,
      [
        ["", "accepted", "left after kill -9", "one member has them", "left for it", "for another"],
        ...done.map(({ accepted, kept, drained, left, others }, i) => {
          const counts = [kept, left, others].map((one) => one.toLocaleString("en"));
          const [first = "", second = "", third = ""] = counts;
          return [`round ${i + 1}`, figure(accepted), first, figure(drained), second, third];
        }),
      ],
    );
    const seconds = (name: string, value: number, most: number): Figure => {
      return { name, value: figure(value, "s"), aim: { text: `≤ ${most} s`, met: value <= most } };
    };
    const accepted = median(done.map((one) => one.accepted));
    const drained = median(done.map((one) => one.drained));
    const met = done.every(({ kept, left, others }) => kept === count && left === 0 && others === count);
    const least = Math.min(...done.map(({ kept }) => kept)).toLocaleString("en");
    return [
      seconds(`${all} accepted for ${SIZE - 1} who are away`, accepted, AIMS.accepted * share),
      { name: "left of them after kill -9, for each", value: least, aim: { text: all, met } },
      seconds(`${all} drained by one of them`, drained, AIMS.drained * share),
    ];
  });
}

async function once(stage: Stage, round: number, count: number) {
  const before = await stage.classchat();
  const lecture = await serverLecture(`lecture${round}-`, SIZE, before);
  const { log } = lecture;
  const [writer, absent, another] = lecture.members;
  if (writer === undefined || absent === undefined || another === undefined) throw new Error("nobody");
  await Bun.sleep(SETTLE); // what they have is acknowledged
  for (const member of lecture.members) if (member !== writer) member.close();
  await Bun.sleep(SETTLE);
  const writing = performance.now();
  await flood(lecture, writer, count);
  const accepted = secondsSince(writing);
  const killed = before.kill(); // in the turn of the last acceptance
  writer.close();
  await killed;

  const after = await stage.classchat();
  const all = Promise.withResolvers<void>();
  let next = 0;
  const returning = performance.now();
  const back = await Member.connect(absent.person, log, after, (n) => {
    if (n !== next++) throw new Error("a message is missing");
    if (next === count) all.resolve();
  });
  const { waiting: kept } = back;
  await all.promise;
  const drained = secondsSince(returning);
  await Bun.sleep(SETTLE);
  back.close();
  // On new links, so that it is known to be on disk.
  const [again, other] = [absent, another].map(({ person }) => Member.connect(person, log, after, () => {}));
  const [left, others] = [(await again)?.waiting, (await other)?.waiting];
  (await again)?.close();
  (await other)?.close();
  await after.stop();
  return { accepted, kept, drained, left: left ?? Number.NaN, others: others ?? Number.NaN };
}

/** Resolves when all are accepted. */
function flood({ epoch }: ServerLecture, writer: Member, count: number): Promise<void> {
  return new Promise((resolve) => {
    let [sent, accepted] = [0, 0];
    const fill = () => {
      for (; sent < count && sent - accepted < WINDOW; sent++) writer.write(messageOf(sent), epoch, taken);
    };
    const taken = () => {
      if (++accepted === count) resolve();
      else fill();
    };
    fill();
  });
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));
