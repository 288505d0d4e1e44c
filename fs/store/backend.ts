/** What the mounted store asks of the daemon: everything that it shows comes from here, and every change goes through it. */

export interface LayerFact {
  readonly id: string;
  readonly kind: 'private' | 'host';
  readonly path: string;
  readonly state: 'open' | 'sealed';
}

export interface ResourceFact {
  readonly type: string;
  readonly id: number;
  readonly name: string;
  readonly mark: string;
  readonly rule: string | null;
}

export interface TemplateFacts {
  readonly name: string;
  readonly created: string;
  readonly rules: { readonly text: string } | null;
  /** Top first. */
  readonly layers: readonly LayerFact[];
  readonly resources: readonly ResourceFact[];
}

export interface InstanceFacts {
  readonly aid: string;
  readonly created: string;
  readonly root: string;
  readonly rules: { readonly text: string } | null;
}

/** Every method throws what the daemon throws: an error with a `code`. */
export interface Backend {
  templates(): Promise<readonly { readonly name: string; readonly created: string }[]>;
  /** All that `inspect` prints. */
  template(name: string): Promise<TemplateFacts>;
  instances(): Promise<readonly { readonly aid: string; readonly created: string }[]>;
  instance(aid: string): Promise<InstanceFacts>;
  /** As `ids --json` prints them. */
  ids(
    aid: string,
  ): Promise<readonly { readonly type: string; readonly virtual: unknown; readonly system: unknown; readonly state: string }[]>;
  /** Throws 'busy' while something stands on the template; does nothing else. */
  checkRemovable(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** A template without files, whose one layer may be written until it is sealed. */
  createOpen(name: string): Promise<void>;
  seal(name: string): Promise<void>;
  setRules(name: string, text: string): Promise<void>;
  log(message: string): void;
}
