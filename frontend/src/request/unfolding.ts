import { type Ask, suggest, suggestInPieces } from "../api/calls";
import { Problem } from "../api/client";
import type { Suggestion } from "../api/documents";
import { serverSentEvents } from "../api/event-stream";

/** What is known of an answer before it is whole. */
export interface Unfolding {
  analysis: Suggestion["analysis"] | null;
  /** The model's words so far; a second attempt begins anew. */
  explanation: string;
  attempt: number;
}

export const NOTHING_YET: Unfolding = { analysis: null, explanation: "", attempt: 0 };

/**
 * Ask, and hear of what is known as soon as it is. An answer that breaks off on its way is asked for once more, at
 * once and whole; what the server refuses is refused.
 */
export async function suggestLive(
  ask: Ask,
  signal: AbortSignal,
  heard: (known: Unfolding) => void,
): Promise<Suggestion> {
  const response = await suggestInPieces(ask, signal);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body)
    return (await response.json()) as Suggestion;
  try {
    return await unfold(response.body, heard);
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error;
    return suggest(ask, signal);
  }
}

async function unfold(
  body: ReadableStream<Uint8Array>,
  heard: (known: Unfolding) => void,
): Promise<Suggestion> {
  let known = NOTHING_YET;
  for await (const { event, data } of serverSentEvents(body)) {
    const told = JSON.parse(data);
    if (event === "suggestion") return told as Suggestion;
    known = after(known, event, told);
    heard(known);
  }
  throw new Error("the stream ended before the suggestion");
}

function after(known: Unfolding, event: string, told: Record<string, unknown>): Unfolding {
  if (event === "analysis") return { ...known, analysis: told as unknown as Suggestion["analysis"] };
  if (event !== "explanation") return known;
  const { attempt, delta } = told as { attempt: number; delta: string };
  return { ...known, attempt, explanation: attempt === known.attempt ? known.explanation + delta : delta };
}
