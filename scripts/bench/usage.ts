// What a process has used, as Linux tells of it: processor time of all its threads, memory in RAM.
// Must not know which process it is.

import { readFileSync } from "node:fs";

/** Of /proc/PID/stat, whatever the processor (man 5 proc, sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100;

/** When memory stands still: no more than NOISE_KIB apart STILL times, PAUSE_MS apart; TRIES at the most. */
const PAUSE_MS = 250;
const STILL = 12;
const TRIES = 60;
const NOISE_KIB = 256;

/** Seconds of processor time since the process began, user and system, to 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The program's name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** KiB of memory in RAM (VmRSS). */
export function residentKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
}

/** KiB in RAM once that has stood still for a while: memory is given back some time after it was let go. */
export async function settledKib(pid: number): Promise<number> {
  let lowest = residentKib(pid);
  for (let still = 0, tries = 0; still < STILL && tries < TRIES; tries++) {
    await Bun.sleep(PAUSE_MS);
    const now = residentKib(pid);
    still = Math.abs(now - lowest) > NOISE_KIB ? 0 : still + 1;
    lowest = now;
  }
  return lowest;
}

/** How many files and sockets this process, and those it starts, may have open. */
export function openFilesLimit(): number {
  const [, soft = ""] = /^Max open files\s+(\w+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}
