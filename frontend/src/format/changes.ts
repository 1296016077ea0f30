import { money } from "./money";
import { durationInWords } from "./time";

/** A field's value as people read it, from the text that the API writes it in: a word as it is, all else as JSON. */
export function changeValue(field: string, text: string, currency: string): string {
  if (field === "total") return text === "none" ? text : money(text, currency);
  if (field === "duration") return durationInWords(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (field === "region") return place(value as { must?: string | null; prefer?: string | null } | null);
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.join(", ") || "none";
  if (field === "gpu") return attached(value as { type: string; count: number });
  return String(value);
}

function place(wish: { must?: string | null; prefer?: string | null } | null): string {
  if (wish?.must) return `only in ${wish.must}`;
  return wish?.prefer ? `best in ${wish.prefer}` : "anywhere";
}

function attached(gpu: { type: string; count: number }): string {
  return `${gpu.count} × ${gpu.type}`;
}
