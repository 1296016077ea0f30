import type { Vm } from "../api/documents";

const MINUTE = 60_000;
/** Before the end: when the platform warns of it. */
const WARNINGS = [24 * 60 * MINUTE, 60 * MINUTE, 10 * MINUTE];

/** Whether a warning before its end has come due: one whose moment was within the lease. */
export function endsSoon(vm: Vm, at: number): boolean {
  if (!vm.started_at || !vm.expires_at || (vm.state !== "RUNNING" && vm.state !== "STOPPED")) return false;
  const [start, end] = [Date.parse(vm.started_at), Date.parse(vm.expires_at)];
  return at < end && WARNINGS.some((before) => start < end - before && end - before <= at);
}
