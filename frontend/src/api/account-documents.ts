/** The documents of the account that is signed in. */

import type { Money, Policy, Role, Time } from "./documents";

export const NOTICES = ["ends_soon", "idle", "idle_stopped", "failed", "expired", "killed"] as const;
export type NoticeKind = (typeof NOTICES)[number];

/** By which ways notices can come; `webhook`: where they go as HTTPS requests. */
export interface NoticeWays {
  mail: boolean;
  /** Where the mail that was sent can be read, if somewhere. */
  mail_outbox: string | null;
  webhooks: boolean;
  webhook: { url: string; created_at: Time } | null;
}

export interface Preferences {
  policy: Policy;
  ssh_public_key: string | null;
  timezone: string | null;
  /** null: as the device has it. */
  theme: "light" | "dark" | null;
  /** Which notices come by mail; null: all. */
  mail_about: NoticeKind[] | null;
  /** Whether what one asks and approves, without personal data, may be used to improve suggestions. */
  learn_from_requests: boolean;
  /** After being idle for how long a new machine is stopped: "off", or a length such as 1h. */
  idle_stop: string;
}

export interface Me {
  id: string;
  email: string;
  role: Role;
  preferences: Preferences;
  quotas: { max_vms: number; max_vcpus: number; max_monthly: Money };
  used: { vms: number; vcpus: number };
  csrf_token: string;
}

export interface Token {
  id: string;
  name: string;
  created_at: Time;
  last_used_at: Time | null;
}
