// Work with names, a few at once, in the order in which it was asked for; what is asked for while it is under way is done
// once more after. Must not know what the work is.

export class FewAtOnce {
  readonly #most: number;
  readonly #work: (name: string) => Promise<void>;
  readonly #fault: (error: unknown) => void;
  readonly #waiting = new Set<string>();
  readonly #underWay = new Set<string>();
  #over = false;

  constructor(most: number, work: (name: string) => Promise<void>, fault: (error: unknown) => void) {
    this.#most = most;
    this.#work = work;
    this.#fault = fault;
  }

  ask(name: string): void {
    if (this.#over) return;
    this.#waiting.add(name);
    this.#advance();
  }

  stop(): void {
    this.#over = true;
    this.#waiting.clear();
  }

  #advance(): void {
    for (const name of this.#waiting) {
      if (this.#underWay.size >= this.#most) return;
      if (this.#underWay.has(name)) continue;
      this.#waiting.delete(name);
      this.#underWay.add(name);
      this.#work(name)
        .catch(this.#fault)
        .finally(() => {
          this.#underWay.delete(name);
          this.#advance();
        });
    }
  }
}
