import { describe, expect, it } from "vitest";
import { Problem } from "../src/api/client";
import { Intent } from "../src/api/intent";

const lost = new Problem(0, "unreachable", "No answer", "");
const refused = new Problem(409, "no_room", "Refused", "");

/** Runs once against an outcome; gives the key that was sent. */
async function keyOf(intent: Intent, body: unknown, outcome: Error | null): Promise<string> {
  let sent = "";
  const send = async (key: string) => {
    sent = key;
    if (outcome) throw outcome;
  };
  await intent.run(body, send).catch(() => {});
  return sent;
}

describe("an intent's Idempotency-Key", () => {
  it("stays while nobody knows whether it took effect", async () => {
    const intent = new Intent();
    const first = await keyOf(intent, { a: 1 }, lost);
    expect(first).not.toBe("");
    expect(await keyOf(intent, { a: 1 }, lost)).toBe(first);
    expect(await keyOf(intent, { a: 1 }, null)).toBe(first);
  });

  it("is new after an answer, be it yes or no", async () => {
    const intent = new Intent();
    const first = await keyOf(intent, { a: 1 }, null);
    const second = await keyOf(intent, { a: 1 }, refused);
    expect(second).not.toBe(first);
    expect(await keyOf(intent, { a: 1 }, null)).not.toBe(second);
  });

  it("is new for another body", async () => {
    const intent = new Intent();
    const first = await keyOf(intent, { a: 1 }, lost);
    expect(await keyOf(intent, { a: 2 }, lost)).not.toBe(first);
  });
});
