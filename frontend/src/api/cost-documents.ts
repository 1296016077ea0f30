import type { Money, Page, State, Time } from "./documents";

export interface DayCost {
  /** A day in UTC, as 2026-11-25. */
  day: string;
  spent: Money;
}

export interface RegionCost {
  region: string;
  city: string;
  spent: Money;
}

/** `spent` within the month, `whole_life` up to now. */
export interface VmCost {
  name: string;
  owner: string;
  machine_type: string;
  region: string | null;
  state: State;
  spent: Money;
  whole_life: Money;
  started_at: Time | null;
  ended_at: Time | null;
}

/** total = spent + committed + new. */
export interface Forecast {
  total: Money;
  low: Money;
  high: Money;
  spent: Money;
  committed: Money;
  new: Money;
  daily_mean: Money | null;
  history_days: number;
  method: string;
}

/** What a month costs; quota and forecast are null for a past one, the quota for everybody's too. */
export type Costs = Page<"vms", VmCost> & {
  month: string;
  currency: string;
  as_of: Time;
  spent: Money;
  quota: { max_monthly: Money; approved: Money; left: Money } | null;
  forecast: Forecast | null;
  days: DayCost[];
  regions: RegionCost[];
};
