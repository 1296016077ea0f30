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
  drained: boolean;
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
