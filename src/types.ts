/** The vocabulary of the public API: what goes in and comes out of every operation. Shapes printed by `--json` are these. */

export type VprocMode = 'namespace' | 'preload';
export type InstanceState = 'running' | 'mounted' | 'suspended' | `exited ${number}`;

export interface PidPair {
  readonly virtual: number;
  readonly system: number;
}
export interface PublishedPort {
  readonly port: number;
  readonly address: string;
}

/** What `clone`, `run -d` and `restore` answer. `ms`: from the request's arrival at the daemon to all processes resumed. */
export interface InstanceStarted {
  readonly aid: string;
  readonly template: string | null;
  readonly state: InstanceState;
  readonly pids: readonly PidPair[];
  readonly ports: readonly PublishedPort[];
  /** Absolute path on the host of the mounted root. */
  readonly root: string;
  readonly ms: number;
  /** Things a person should know, such as a static binary that the preload library can't reach. */
  readonly notes?: readonly string[];
}

export interface InstanceSummary extends Omit<InstanceStarted, 'ms'> {
  /** Unique set size of all its processes, bytes. */
  readonly memory: number;
  /** ISO 8601. */
  readonly created: string;
  readonly vproc: VprocMode;
}

export interface TemplateSummary {
  readonly name: string;
  readonly kind: 'root' | 'running';
  /** Bytes of its own layers and image. */
  readonly size: number;
  /** Bytes it shares with other templates. */
  readonly shared: number;
  /** ISO 8601. */
  readonly created: string;
  /** What a person should know of it. */
  readonly notes?: readonly string[];
}

export interface CommitResult {
  readonly template: string;
  readonly processes: number;
  readonly threads: number;
  readonly resources: number;
  /** Length of the image, bytes. */
  readonly bytes: number;
  /** Bytes written by this commit alone. */
  readonly dumpedBytes: number;
  readonly frozenMs: number;
  /** Bytes of files open for writing that were copied into the sealed layer before the application was frozen, and while it was. */
  readonly copiedBytes: number;
  readonly copiedFrozenBytes: number;
  readonly ms: number;
}
export type SnapshotResult = Omit<CommitResult, 'template' | 'copiedBytes' | 'copiedFrozenBytes'> & { readonly aid: string };

export type WaitFor =
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'log'; readonly pattern: string }
  | { readonly kind: 'exec'; readonly command: string };

export interface PortRequest {
  readonly public: number | null;
  readonly port: number;
}

export interface RunOptions {
  readonly command: readonly string[];
  readonly aid?: string;
  /** Template to start from; the host's `/` when absent. */
  readonly from?: string;
  /** Rule text, and the file it came from (for messages and re-reading). */
  readonly rules?: { readonly text: string; readonly file: string };
  readonly ports?: readonly PortRequest[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The caller's own environment, which the application inherits beneath `env` and the rules. */
  readonly inherit?: Readonly<Record<string, string>>;
  readonly remove?: boolean;
  readonly waitFor?: WaitFor;
  readonly vproc?: VprocMode;
  /** Host path of a FIFO or file for standard input; /dev/null when absent. */
  readonly stdin?: string;
}

export interface CloneOptions {
  readonly template: string;
  readonly aid?: string;
  readonly count?: number;
  readonly ports?: readonly PortRequest[];
  readonly env?: Readonly<Record<string, string>>;
  readonly rules?: { readonly text: string; readonly file: string };
  readonly vproc?: VprocMode;
}

export interface IdRow {
  readonly type: string;
  readonly virtual: number | string;
  readonly system: number | string;
  readonly state: string;
}
export interface PortRow {
  readonly aid: string;
  readonly port: number;
  readonly address: string;
  readonly protocol: 'tcp' | 'udp';
  readonly public: number | null;
}
export interface DiffRow {
  readonly change: 'A' | 'M' | 'D';
  readonly path: string;
}
/** Bytes on disk that one template has alone, and that it shares with others. */
export interface DiskUse {
  readonly own: number;
  readonly shared: number;
}
export interface FlattenResult {
  readonly name: string;
  /** How many images were folded in. */
  readonly folded: number;
  /** How many layers less it stands on. */
  readonly layers: number;
  /** Length of its image now, bytes; 0 for files alone. */
  readonly bytes: number;
}

export interface AcceptResult {
  readonly name: string;
  /** The first of what is taken as it is, as paths of the layers; none when nothing had been changed. */
  readonly paths: readonly string[];
  readonly count: number;
}

export interface DiskRow {
  /** Null: all templates together. */
  readonly template: string | null;
  readonly layers: DiskUse;
  readonly images: DiskUse;
  readonly total: number;
  /** What a person should know of it. */
  readonly notes?: readonly string[];
}
export interface FileRow {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
  readonly size: number;
  readonly modified: string;
  readonly target?: string;
}
export interface DoctorRow {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string | null;
}

export type TemplateEdit =
  /** A new template without files, whose layer may be written until it is sealed. */
  | { readonly kind: 'create' }
  | { readonly kind: 'seal' }
  /** Its rules are this text from now on. */
  | { readonly kind: 'rules'; readonly text: string }
  /** Changes nothing: throws what `rm` would throw. */
  | { readonly kind: 'removable' };

/** How to join an instance from the caller's own process (`appshot exec`). */
export interface ExecPlan {
  readonly program: string;
  readonly args: readonly string[];
}

/** Every operation, one argument and one result each, all plain data: the same over the socket and in process. */
export interface Operations {
  run(o: RunOptions): Promise<InstanceStarted>;
  ps(o: { all?: boolean }): Promise<InstanceSummary[]>;
  exec(o: { aid: string; command: readonly string[]; env?: Readonly<Record<string, string>>; cwd?: string }): Promise<ExecPlan>;
  /** Host paths of the log files, for the caller to read and follow. */
  logs(o: { aid: string }): Promise<{ stdout: string; stderr: string }>;
  /** Resolves when the main process has ended: its exit code (128+N for a signal). */
  wait(o: { aid: string }): Promise<{ code: number }>;
  stop(o: { aids: readonly string[]; seconds?: number }): Promise<{ aid: string; state: InstanceState }[]>;
  kill(o: { aids: readonly string[]; signal?: string }): Promise<{ aid: string }[]>;
  destroy(o: { aids: readonly string[] }): Promise<{ aid: string }[]>;
  snapshot(o: { aid: string; keepRunning?: boolean }): Promise<SnapshotResult>;
  restore(o: { aid: string; vproc?: VprocMode }): Promise<InstanceStarted>;
  commit(o: { aid: string; template: string; stop?: boolean }): Promise<CommitResult>;
  clone(o: CloneOptions): Promise<InstanceStarted[]>;
  ids(o: { aid: string }): Promise<IdRow[]>;
  ports(o: { aid?: string }): Promise<PortRow[]>;
  ls(o: { target?: string }): Promise<TemplateSummary[] | FileRow[]>;
  create(o: { template: string; root?: string; rules?: { text: string; file: string } }): Promise<TemplateSummary>;
  cp(o: { from: string; to: string }): Promise<{ from: string; to: string }>;
  mv(o: { from: string; to: string }): Promise<{ from: string; to: string }>;
  rm(o: { templates: readonly string[] }): Promise<{ template: string }[]>;
  inspect(o: { name: string }): Promise<unknown>;
  diff(o: { name: string; other?: string }): Promise<DiffRow[]>;
  /** The last row is the total of all. */
  flatten(o: { name: string }): Promise<FlattenResult>;
  /** Takes layers that another hand has changed as they are now. */
  accept(o: { name: string }): Promise<AcceptResult>;
  df(o: Record<string, never>): Promise<DiskRow[]>;
  /** `layer`: its layers alone, as an OCI image layout. */
  exportTemplate(o: { template: string; file: string; layer?: 'oci' }): Promise<{ template: string; bytes: number }>;
  importTemplate(o: { file: string; template?: string }): Promise<TemplateSummary>;
  mount(o: { directory: string }): Promise<{ directory: string }>;
  umount(o: { directory: string }): Promise<{ directory: string }>;
  /** As `inspect`, of a template alone: an instance may have the same name. */
  describeTemplate(o: { template: string }): Promise<unknown>;
  /** What the store as a directory needs beyond the commands. */
  editTemplate(o: { template: string; edit: TemplateEdit }): Promise<Record<string, never>>;
  rulesExplain(o: { name: string; type: string; value: string }): Promise<{ rule: string | null; result: string; mark: string }>;
  doctor(o: Record<string, never>): Promise<DoctorRow[]>;
  /** Version, pid and uptime of the daemon; how the client finds out that it answers. */
  hello(o: Record<string, never>): Promise<{ version: string; pid: number; uptimeMs: number }>;
  shutdown(o: Record<string, never>): Promise<Record<string, never>>;
}
