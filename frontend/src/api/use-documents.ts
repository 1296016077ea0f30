import type { Money, Time } from "./documents";

/** How much of a machine is used. Shares from 0 to 1 (above 1 where shared cores burst), bytes a second. */
export interface Use {
  measured_at: Time;
  since: Time;
  until: Time;
  measured: string;
  period: string;
  cpu: number;
  cpu_p95: number;
  network: number;
  memory: number | null;
  samples: { until: Time; cpu: number; network: number }[];
}

/** What follows when it is idle. `never`: why nothing does, where nothing can. */
export interface IdleStop {
  name: string;
  idle_stop: string;
  never: string | null;
  warned_at: Time | null;
  stops_at: Time | null;
  saving_hourly: Money;
  currency: string;
}

/** A machine type that would do, by what was measured. */
export interface Advice {
  verdict: "too_large" | "too_small";
  machine_type: string;
  because: string;
  hourly: Money;
  hourly_after: Money;
  saving_hourly: Money;
  currency: string;
}

export interface Measured {
  use: Use | null;
  idle: IdleStop;
  advice: Advice | null;
}
