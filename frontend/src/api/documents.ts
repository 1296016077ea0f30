/** The API's documents as the page reads them. Money is a decimal string, a time is RFC 3339 in UTC. */

export type Money = string;
export type Time = string;
export type Role = "user" | "auditor" | "admin";
export type Policy = "priority" | "cheapest" | "greenest" | "nearest";
export type Environment = "development" | "test" | "staging" | "production";
export type State = "REQUESTED" | "PROVISIONING" | "RUNNING" | "STOPPED" | "DELETING" | "FAILED" | "DELETED";

export interface Health {
  status: string;
  signup: "open" | "invitation";
  creation_paused: boolean;
  model: string | null;
}

export interface RegionWish {
  must?: string | null;
  prefer?: string | null;
}

export interface Spec {
  machine_type: string;
  os_image: string;
  packages: string[];
  disk_gib: number;
  disk_type: string;
  gpu: { type: string; count: number } | null;
  ports: number[];
  region: RegionWish | null;
  duration: string;
  spot: boolean;
  environment: Environment;
}

export interface QuoteLine {
  item: string;
  quantity: string;
  unit: string;
  unit_price: Money;
  total: Money;
}

export interface RegionPrice {
  region: string;
  total: Money | null;
  eligible: boolean;
  because: string;
}

export interface Quote {
  id: string;
  currency: string;
  region: string;
  hourly: Money;
  total: Money;
  lines: QuoteLine[];
  regions: RegionPrice[];
  max_total: Money;
  worst_case: { until: Time; total: Money };
  fits_now: boolean;
  saving: { against: string; total: Money; percent: string } | null;
  not_included: string[];
  priced_at: Time;
  valid_until: Time;
  /** Of a change to a machine that is there: whether it is stopped and started for it. */
  restarts: boolean;
  consequences: string[];
}

export interface Keyword {
  text: string;
  kind: string;
  /** Offsets in Unicode characters, not in UTF-16 units. */
  start: number;
  end: number;
}

export interface Question {
  question: string;
  answers: string[];
}

export interface Alternative {
  label: string;
  spec: Spec;
  quote: Quote;
  trade_off: string;
}

export interface Suggestion {
  id: string;
  outcome: "suggested" | "clarify" | "refused";
  engine: string;
  request: string;
  analysis: { keywords: Keyword[]; intent: string; environment: string };
  /** The model's, in plain text; null where the rules answered. */
  explanation: string | null;
  spec: Spec | null;
  reasons: { field: string; because: string; evidence: string }[];
  assumptions: string[];
  questions: Question[];
  /** Values as text: a word as it is, anything else as JSON. */
  changes: { field: string; from: string; to: string }[];
  quote: Quote | null;
  alternatives: Alternative[];
}

export interface MachineType {
  name: string;
  series: string;
  vcpus: number;
  memory_gib: string;
  architecture: string;
  gpu: { type: string; count: number } | null;
  disk_types: string[];
}

export interface Image {
  family: string;
  os: string;
  version: string;
  architecture: string;
  min_disk_gib: number;
  supported: boolean;
}

export interface Catalog {
  machine_types: MachineType[];
  images: Image[];
  regions: { id: string; city: string }[];
  packages: { id: string; title: string }[];
  disk_types: string[];
  gpus: { type: string; memory_gib: number }[];
}

export interface Step {
  step: string;
  state: string;
  at: Time;
  detail: string;
}

export interface Placement {
  region: string;
  zone?: string | null;
  verdict: string;
  because: string;
}

export interface Login {
  user: string;
  method: "ssh" | "rdp";
  port: number;
  host: string | null;
  host_keys: Record<string, string>;
  revealed: boolean;
  own_key: boolean;
}

export interface Vm {
  name: string;
  owner: string;
  state: State;
  wanted: string;
  reason: string | null;
  reason_text: string | null;
  setup: "pending" | "running" | "done" | "failed";
  setup_log: string | null;
  spec: Spec;
  quote: Quote;
  approved_total: Money;
  currency: string;
  region: string | null;
  zone: string | null;
  instance_id: string | null;
  external_ip: string | null;
  engine: string;
  state_location: string | null;
  started_at: Time | null;
  expires_at: Time | null;
  switch_at: Time | null;
  created_at: Time;
  updated_at: Time;
  deleted_at: Time | null;
  number: number;
  change: Change | null;
  steps: Step[];
  placement: Placement[];
  login: Login;
}

/** What is approved to be changed on a machine that is there, and is still to come about. */
export interface Change {
  machine_type: string | null;
  disk_gib: number | null;
  /** Its new end, of an extension that moves the machine's own termination time. */
  expires_at: Time | null;
  restarts: boolean;
  /** The operation that it is at. */
  step: "resize_disk" | "stop" | "set_machine_type" | "set_termination" | "start" | null;
}

export interface LiveEvent {
  number: number;
  kind: string;
  at: Time;
  detail: string;
  vm: Vm;
}

export interface VmEvent {
  number: number;
  kind: string;
  at: Time;
  actor?: string;
  detail: string;
  from_state?: State | null;
  to_state?: State | null;
}

export interface Credentials {
  user: string;
  host: string;
  port: number;
  private_key: string | null;
  password: string | null;
}

export interface Receipt {
  vm: string;
  outcome: string;
  reason: { code: string; text: string } | null;
  /** Not in receipts of before there was a second engine. */
  state_location?: string | null;
  currency: string;
  resources: { kind: string; id: string; found: boolean; checked_at: Time }[];
  metered: { total: Money; lines: QuoteLine[] };
  quoted: { total: Money; approved_total: Money; lease: string; region: string };
  late: { total: Money; seconds: number };
  /** Null until the next sweep seals it. */
  seal: { number: number; hash: string } | null;
}

export interface Region {
  id: string;
  city: string;
  fallback: boolean;
  priority: number;
  status: "free" | "full" | "fallback" | "drained";
  used_vcpus: number;
  limit_vcpus: number;
  used_addresses: number;
  limit_addresses: number;
  label: string;
  vms: string[];
  others: number;
}

/** A list's page: the key names what it lists. */
export type Page<Key extends string, Item> = { [K in Key]: Item[] } & { next_page_token: string | null };
