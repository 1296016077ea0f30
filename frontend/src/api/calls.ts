/** Every call that the page makes, one function each. */

import type { Me, NoticeWays, Preferences, Token } from "./account-documents";
import type {
  AdminRegion,
  AdminSettings,
  AdminUser,
  AuditRecord,
  DeadLetter,
  Evaluation,
  Examples,
  Hold,
  Invitation,
  Models,
  NextSweep,
  Orphan,
  TuningJob,
  Unread,
} from "./admin-documents";
import { call, open, query } from "./client";
import type { Costs } from "./cost-documents";
import type {
  Catalog,
  Credentials,
  Health,
  Money,
  Page,
  Quote,
  Receipt,
  Region,
  Role,
  Spec,
  State,
  Suggestion,
  Vm,
  VmEvent,
} from "./documents";
import type { IdleStop, Measured } from "./use-documents";

export const health = () => call<Health>("GET", "/health");
export const me = () => call<Me>("GET", "/me");
export const savePreferences = (preferences: Partial<Preferences>) =>
  call<Me>("PATCH", "/me", { body: { preferences } });

export const signUp = (email: string, password: string, invitation: string | null) =>
  call<unknown>("POST", "/accounts", { body: { email, password, ...(invitation ? { invitation } : {}) } });
export const signIn = (email: string, password: string) =>
  call<{ csrf_token: string }>("POST", "/session", { body: { email, password } });
export const signOut = () => call<void>("DELETE", "/session");

export const tokens = (page: string | null) =>
  call<Page<"tokens", Token>>("GET", `/tokens${query({ page_token: page })}`);
export const createToken = (name: string) =>
  call<Token & { token: string }>("POST", "/tokens", { body: { name } });
export const deleteToken = (id: string) => call<void>("DELETE", `/tokens/${encodeURIComponent(id)}`);

export const noticeWays = () => call<NoticeWays>("GET", "/me/notices");
export const setWebhook = (url: string) =>
  call<{ url: string; secret: string }>("POST", "/me/webhook", { body: { url } });
export const deleteWebhook = () => call<void>("DELETE", "/me/webhook");

export interface Ask {
  request: string;
  refines?: string;
  timezone: string;
  locale: string;
  use_model?: boolean;
}
export const suggest = (ask: Ask, signal: AbortSignal) =>
  call<Suggestion>("POST", "/suggestions", { body: ask, signal });
/** The same as server-sent events: what is known as soon as it is, the whole suggestion last. */
export const suggestInPieces = (ask: Ask, signal: AbortSignal) =>
  open("POST", "/suggestions", { body: ask, signal, accept: "text/event-stream" });
export const catalog = () => call<Catalog>("GET", "/catalog");
export const quote = (spec: Spec, vm: string | null, signal?: AbortSignal) =>
  call<Quote>("POST", "/quotes", { body: { spec, ...(vm ? { vm } : {}) }, ...(signal ? { signal } : {}) });

export interface Approval {
  suggestion_id: string;
  spec: Spec;
  approved_total: Money;
  ssh_public_key?: string;
  idle_stop?: string;
}
const vmPath = (name: string) => `/vms/${encodeURIComponent(name)}`;
export const approve = (approval: Approval, idempotencyKey: string) =>
  call<Vm>("POST", "/vms", { body: approval, idempotencyKey });
export const vms = (state: State[], page: string | null) =>
  call<Page<"vms", Vm>>("GET", `/vms${query({ state, page_token: page })}`);
export const vm = (name: string) => call<Vm>("GET", vmPath(name));
/** A zip; a link to it downloads it. */
export const terraformFile = (name: string) => `/api/vms/${encodeURIComponent(name)}/terraform`;
export const vmEvents = (name: string, after: string | null) =>
  call<Page<"events", VmEvent>>("GET", `${vmPath(name)}/events${query({ after })}`);
export const vmUse = (name: string) => call<Measured>("GET", `${vmPath(name)}/use`);
export const chooseIdleStop = (name: string, idle_stop: string, idempotencyKey: string) =>
  call<IdleStop>("POST", `${vmPath(name)}:idle-stop`, { body: { idle_stop }, idempotencyKey });
export const receipt = (name: string) => call<Receipt>("GET", `${vmPath(name)}/receipt`);
export const extend = (name: string, body: { by: string; approved_total: Money }, idempotencyKey: string) =>
  call<Vm>("POST", `${vmPath(name)}:extend`, { body, idempotencyKey });
export const resize = (
  name: string,
  body: { machine_type: string; disk_gib: number; approved_total: Money },
  idempotencyKey: string,
) => call<Vm>("POST", `${vmPath(name)}:resize`, { body, idempotencyKey });
export const power = (name: string, action: "stop" | "start", idempotencyKey: string) =>
  call<Vm>("POST", `${vmPath(name)}:${action}`, { idempotencyKey });
export const reveal = (name: string, idempotencyKey: string) =>
  call<Credentials>("POST", `${vmPath(name)}:reveal`, { idempotencyKey });
export const deleteVm = (name: string) => call<Vm | undefined>("DELETE", vmPath(name));

export const regions = () =>
  call<{ regions: Region[]; firewall_rules: { used: number; limit: number } }>("GET", "/regions");

export const costs = (month: string | null, owner: string | null, page: string | null) =>
  call<Costs>("GET", `/costs${query({ month, owner, page_token: page })}`);

export const adminUsers = (page: string | null) =>
  call<Page<"users", AdminUser>>("GET", `/admin/users${query({ page_token: page })}`);
export type UserChange = Partial<
  Pick<AdminUser, "role" | "disabled" | "max_vms" | "max_vcpus" | "max_monthly">
>;
export const changeUser = (id: string, change: UserChange) =>
  call<AdminUser>("PATCH", `/admin/users/${encodeURIComponent(id)}`, { body: change });
export const invitations = (page: string | null) =>
  call<Page<"invitations", Invitation>>("GET", `/admin/invitations${query({ page_token: page })}`);
export const invite = (email: string | null, role: Role) =>
  call<Invitation>("POST", "/admin/invitations", { body: { ...(email ? { email } : {}), role } });
export const withdrawInvitation = (id: string) =>
  call<void>("DELETE", `/admin/invitations/${encodeURIComponent(id)}`);
export const adminRegions = () => call<{ regions: AdminRegion[] }>("GET", "/admin/regions");
export type RegionChange = Partial<
  Pick<AdminRegion, "vcpu_limit" | "address_limit" | "priority" | "drained">
>;
export const changeRegion = (id: string, change: RegionChange) =>
  call<AdminRegion>("PATCH", `/admin/regions/${encodeURIComponent(id)}`, { body: change });
export const adminSettings = () => call<AdminSettings>("GET", "/admin/settings");
export const changeSettings = (
  change: Partial<Pick<AdminSettings, "creation_paused" | "firewall_rule_limit">>,
) => call<AdminSettings>("PATCH", "/admin/settings", { body: change });
export const audit = (vm: string, actor: string, page: string | null) =>
  call<Page<"records", AuditRecord>>("GET", `/audit${query({ vm, actor, page_token: page })}`);

export const orphans = () => call<{ at: string; orphans: Orphan[]; unread: Unread }>("GET", "/admin/orphans");
export const decideOrphan = (id: string, what: "destroy" | "adopt") =>
  call<unknown>("POST", `/admin/orphans/${encodeURIComponent(id)}:${what}`);
export const hold = () => call<{ hold: Hold | null }>("GET", "/admin/reconciliation");
export const nextSweep = () =>
  call<{ next_sweep: NextSweep }>("GET", `/admin/reconciliation${query({ dry_run: "true" })}`);
export const goOn = (seen: string) =>
  call<{ hold: null }>("POST", "/admin/reconciliation:go-on", { body: { seen } });
export const takeEnd = (vm: string, approvedTotal: Money) =>
  call<unknown>("POST", `/admin/reconciliation/${encodeURIComponent(vm)}:take-end`, {
    body: { approved_total: approvedTotal },
  });
export const takeMachine = (vm: string) =>
  call<unknown>("POST", `/admin/reconciliation/${encodeURIComponent(vm)}:take-machine`);
export const deadLetters = (page: string | null) =>
  call<Page<"dead_letters", DeadLetter>>("GET", `/admin/dead-letters${query({ page_token: page })}`);
export const decideDeadLetter = (id: string, what: "replay" | "drop") =>
  call<DeadLetter>("POST", `/admin/dead-letters/${encodeURIComponent(id)}:${what}`);

export const models = () => call<Models>("GET", "/admin/models");
export const switchModel = (model: string, forced: string | null) =>
  call<Models>("POST", "/admin/models:switch", {
    body: { model, ...(forced === null ? {} : { force: true, reason: forced }) },
  });
export const evaluateModel = (model: string, signal: AbortSignal) =>
  call<Evaluation>("POST", "/admin/models/evaluations", { body: { model }, signal });
export const examples = () => call<Examples>("GET", "/admin/models/examples");
export const examplesFile = (split: "train" | "held_back") =>
  `/api/admin/models/examples.jsonl${query({ split })}`;
export const tuningJobs = (page: string | null) =>
  call<Page<"jobs", TuningJob>>("GET", `/admin/models/jobs${query({ page_token: page })}`);
export const tuningJob = (id: string) =>
  call<TuningJob>("GET", `/admin/models/jobs/${encodeURIComponent(id)}`);
export const startTuning = (wish: { suffix?: string; epochs?: number }, idempotencyKey: string) =>
  call<TuningJob>("POST", "/admin/models/jobs", { body: wish, idempotencyKey });
export const cancelTuning = (id: string) =>
  call<TuningJob>("POST", `/admin/models/jobs/${encodeURIComponent(id)}:cancel`);
