import { Problem } from "./client";

/**
 * One thing a person wants done once. Its Idempotency-Key stays the same while the same body is tried again after
 * an unsettled failure, so that a retry can never do it twice; a settled answer, or another body, makes a new key.
 */
export class Intent {
  #key = "";
  #body = "";

  async run<T>(body: unknown, send: (idempotencyKey: string) => Promise<T>): Promise<T> {
    const written = JSON.stringify(body);
    if (!this.#key || written !== this.#body) {
      this.#key = crypto.randomUUID();
      this.#body = written;
    }
    try {
      const answer = await send(this.#key);
      this.#key = "";
      return answer;
    } catch (error) {
      if (error instanceof Problem && !error.unsettled) this.#key = "";
      throw error;
    }
  }
}
