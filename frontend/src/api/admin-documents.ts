/** What administrators and auditors read, in the same terms as the other documents. */

import type { Money, Role, Time } from "./documents";

export interface AdminUser {
  id: string;
  email: string;
  role: Role;
  disabled: boolean;
  max_vms: number;
  max_vcpus: number;
  max_monthly: Money;
  created_at: Time;
  vms: number;
}

export interface Invitation {
  id: string;
  email: string | null;
  role: Role;
  link?: string;
  expires_at: Time;
}

export interface AdminRegion {
  id: string;
  priority: number;
  fallback: boolean;
  vcpu_limit: number;
  used_vcpus: number;
  address_limit: number;
  used_addresses: number;
  drained: boolean;
}

/** What holds for the platform as a whole; the firewall rules are the project's. */
export interface AdminSettings {
  creation_paused: boolean;
  firewall_rule_limit: number;
  used_firewall_rules: number;
}

export interface AuditRecord {
  id: string | number;
  at: Time;
  actor_kind: string;
  actor: string | null;
  action: string;
  vm: string | null;
  detail: string;
  from_state: string | null;
  to_state: string | null;
  outcome: string;
  address: string | null;
}

/** What the cloud has and no machine explains; `action`: what the next sweeps would do with it. */
export interface Orphan {
  id: string;
  kind: string;
  name: string;
  zone: string | null;
  end: Time | null;
  created_at: Time | null;
  action: Fate;
  because: string;
  adoptable: boolean;
}

/** Hold: it would be destroyed, were the database not one that a backup was restored to. */
export type Fate = "destroy" | "hold" | "keep" | "ask";

/** What a restored database does not know: a thing of the cloud without a machine of the registry, or a machine of the
 * registry that the cloud shows otherwise. */
export interface Difference {
  id: string;
  what: "orphan" | "later_end" | "unknown_machine" | "started" | "other_type" | "gone" | "under_way";
  kind: string;
  name: string;
  zone: string | null;
  end: Time | null;
  row_end: Time | null;
  approved_total: Money | null;
  because: string;
  decisions: ("adopt" | "destroy" | "take-end" | "take-machine")[];
}

/** Nothing of `items` is destroyed until an administrator goes on; `seen` says which list that was; without `lost_seals`
 * no backup was restored: too much was to be destroyed at once. */
export interface Hold {
  raised_at: Time;
  lost_seals: { from: number; to: number } | null;
  items: Difference[];
  seen: string;
}

/** Kinds of resources whose lists are not whole, and the code of what kept them from it. */
export type Unread = Record<string, string>;

/** What the next sweep would do, by the selector that it uses itself. */
export interface NextSweep {
  at: Time;
  seen: number;
  most: number;
  doubt: string | null;
  unread: Unread;
  resources: { kind: string; name: string; action: Fate; because: string; this_sweep: boolean }[];
  unlike: { vm: string; because: string }[];
  ends: { vm: string; end: Time; action: "end" | "hold" }[];
}

export interface DeadLetter {
  id: string;
  kind: "wake" | "look" | "live" | "mail" | "hook";
  vm: string | null;
  attempts: number;
  reason: string;
  at: Time;
  replayable: boolean;
}

export interface Examples {
  approvals: number;
  examples: number;
  train: number;
  held_back: number;
  edited: Record<string, number>;
  came_of: Record<string, number>;
  left_out: Record<string, number>;
}

export interface TuningJob {
  id: string;
  base_model: string;
  suffix: string | null;
  epochs: number | null;
  examples: number;
  state:
    | "preparing"
    | "validating_files"
    | "queued"
    | "running"
    | "cancelling"
    | "succeeded"
    | "failed"
    | "cancelled";
  tuned_model: string | null;
  trained_tokens: number | null;
  created_at: Time;
  estimated_finish: Time | null;
  finished_at: Time | null;
  error: string | null;
  /** Why the last look at the provider's got no further. */
  problem: string | null;
  events: { at: Time; level: string; message: string }[];
}

/** What a model has reached on the held-back examples: shares from 0 to 1, means for one example; null before the first. */
export interface Standing {
  model: string;
  scored: number;
  complete: boolean;
  all_right: number | null;
  fields: Record<string, number>;
  repaired: number | null;
  fell_back: number | null;
  seconds: number | null;
  tokens: number | null;
}

export interface Evaluation {
  held_back: number;
  candidate: Standing;
  current: Standing;
  problem: string | null;
}

export interface Models {
  current: string | null;
  configured: string | null;
  held_back: number;
  candidates: { model: string; job: string | null; finished_at: Time | null; score: Standing }[];
  history: { at: Time; actor: string; from: string; to: string; forced: string | null }[];
}
