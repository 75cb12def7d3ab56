// What one person is shown, from one killed process to the next, and what the words of an ended process tell.
// Must not know what is killed when, nor what was written.

import type { Ended, Running } from "./running.ts";
import { objects, type Person, type Shown } from "./world.ts";

/** What one person is shown by `receive --follow`, from one process of it to the next. */
export class Screen {
  readonly person: Person;
  readonly shown = new Set<string>();
  readonly broken: string[] = [];
  #running: Running | undefined;
  /** What a process that was cut off had printed last: perhaps it could not note any more that it had. */
  #unsure: string | undefined;

  constructor(person: Person) {
    this.person = person;
  }

  /** Unless it runs. */
  start(): void {
    if (this.#running !== undefined && !this.#running.over) return;
    const running = this.person.start("receive", "--follow", "--json");
    this.#running = running;
    void running.ended.then((ended) => this.#note(ended));
  }

  kill(): Promise<boolean> {
    return killed(this.#running);
  }

  async stop(): Promise<void> {
    this.#running?.kill("SIGTERM");
    await this.#running?.ended;
  }

  shows(texts: readonly string[], ending: "in order" | "cut off"): void {
    const twice = texts.filter((text, i) => {
      const again = texts.indexOf(text) < i || (this.shown.has(text) && text !== this.#unsure);
      this.shown.add(text);
      return again;
    });
    if (twice.length > 0) this.broken.push(`${this.person.name} is shown twice: ${twice.join()}`);
    for (const where of new Set(texts.map(conversationOf))) {
      const written = texts.filter((text) => conversationOf(text) === where);
      if (!isInOrder(written)) this.broken.push(`${this.person.name} is shown: ${written.join()}`);
    }
    this.#unsure = ending === "in order" ? undefined : (texts.at(-1) ?? this.#unsure);
  }

  #note(ended: Ended): void {
    const printed = objects({ stdout: whole(ended.stdout).join("\n") });
    const texts = printed.filter(({ type }) => type === "message").map(textOf);
    this.shows(texts, ended.code === 0 ? "in order" : "cut off");
    // Told to end before it listens for that, it ends as any process does.
    const isSignal = ended.code === "SIGKILL" || ended.code === "SIGTERM";
    const isFine = ended.code === 0 || isSignal || holderGone(ended);
    if (!isFine) this.broken.push(`receive: ${said(ended)}`);
  }
}

/** False: it had ended before, or was never started. */
export async function killed(running: Running | undefined): Promise<boolean> {
  if (running === undefined || running.over) return false;
  running.kill("SIGKILL");
  return (await running.ended).code === "SIGKILL";
}

/** The lines that were printed to their end. */
export function whole(stdout: string): string[] {
  return stdout.split("\n").slice(0, -1);
}

export const textOf = ({ text }: Shown) => String(text);
/** Who wrote it, and where: only that has an order. */
const conversationOf = (text: string) => text.slice(0, text.lastIndexOf("-"));
const numberOf = (text: string) => Number(text.slice(text.lastIndexOf("-") + 1));

/** Whether each was written after the one before it. */
export function isInOrder(texts: readonly string[]): boolean {
  return texts.every((text, i) => i === 0 || numberOf(text) > numberOf(texts[i - 1] ?? text));
}

/** The command went through another that was killed or done, and says so: nothing was told of the message. */
export function holderGone({ code, stderr }: Ended): boolean {
  return code === 1 && stderr.includes("the program that had this profile open has ended");
}

export function said({ code, stdout, stderr }: Ended): string {
  return `ended with ${code}: ${stdout}${stderr}`;
}
