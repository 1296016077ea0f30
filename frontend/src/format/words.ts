import type { Catalog, Image, MachineType, Spec } from "../api/documents";

const ACRONYMS = new Map([
  ["os", "OS"],
  ["gpu", "GPU"],
  ["ip", "IP"],
  ["vcpu", "vCPU"],
  ["vcpus", "vCPUs"],
  ["ssh", "SSH"],
  ["gib", "GiB"],
  ["vm", "VM"],
]);

/** A field's or an event's name as words: "os_image" → "OS image". */
export function words(name: string): string {
  const [first = "", ...rest] = name.split(/[_.\s-]+/);
  const written = (part: string) => ACRONYMS.get(part) ?? part;
  return [ACRONYMS.get(first) ?? capital(first), ...rest.map(written)].join(" ");
}

/** The text as a sentence begins. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 machine", "2 machines". */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** A share as people read it: "8 %", and "0.4 %" below one. */
export function percent(share: number): string {
  const of100 = share * 100;
  return `${of100 > 0 && of100 < 1 ? of100.toFixed(1) : Math.round(of100)} %`;
}

/** An amount of data: "512 B", "12 kB", "3.4 MB". */
export function bytes(amount: number): string {
  if (amount < 1_000) return `${Math.round(amount)} B`;
  const [size, unit] = amount < 1_000_000 ? [amount / 1_000, "kB"] : [amount / 1_000_000, "MB"];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** What a machine type has: "2 vCPUs · 8 GiB". */
export function machineSize(type: MachineType): string {
  const gpu = type.gpu ? ` · ${type.gpu.count} × ${type.gpu.type}` : "";
  return `${count(type.vcpus, "vCPU")} · ${Number(type.memory_gib)} GiB${gpu}`;
}

/** An image by its system's own name: "Ubuntu 26.04 LTS". */
export function imageTitle(image: Image): string {
  return `${image.os} ${image.version}${image.architecture === "ARM64" ? " (Arm)" : ""}`;
}

/** A region with its city, where the catalogue knows it: "us-west1 · The Dalles". */
export function regionTitle(id: string, catalog: Catalog | null): string {
  const city = catalog?.regions.find((region) => region.id === id)?.city.split(",")[0];
  return city ? `${id} · ${city}` : id;
}

/** Whether the machine is logged in to with a password over RDP. */
export function isWindows(spec: Spec): boolean {
  return spec.os_image.startsWith("windows-");
}

/** The text cut at character offsets (Unicode characters, as the API counts), in order and without overlaps. */
export function cut<Mark extends { start: number; end: number }>(
  text: string,
  marks: Mark[],
): { text: string; mark: Mark | null }[] {
  const characters = Array.from(text);
  const pieces: { text: string; mark: Mark | null }[] = [];
  let at = 0;
  for (const mark of [...marks].sort((one, other) => one.start - other.start)) {
    if (mark.start < at || mark.end > characters.length) continue;
    if (mark.start > at) pieces.push({ text: characters.slice(at, mark.start).join(""), mark: null });
    pieces.push({ text: characters.slice(mark.start, mark.end).join(""), mark });
    at = mark.end;
  }
  if (at < characters.length) pieces.push({ text: characters.slice(at).join(""), mark: null });
  return pieces;
}
