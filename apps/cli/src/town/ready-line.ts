/** What `reveille up --json` prints, as one line, when everything runs. Programs that start a town read it. */
export interface ReadyLine {
  readonly event: 'ready';
  /** In every child's environment as REVEILLE_RUN. */
  readonly run: string;
  /** The data folder, absolute. */
  readonly data: string;
  readonly startedInMs: number;
  readonly ports: {
    readonly gateway: number;
    readonly presence: number;
    readonly router: number;
    readonly vendorWorkers: number;
    /** Null with `--no-sandbox`. */
    readonly sandbox: number | null;
    readonly nats: number;
    readonly natsMonitor: number;
    readonly postgres: number;
  };
  readonly urls: {
    /** `http://127.0.0.1:7400` */
    readonly gateway: string;
    /** `ws://127.0.0.1:7400/ws` */
    readonly webSocket: string;
    readonly sandbox: string | null;
    readonly nats: string;
  };
  readonly folders: {
    /** Elsewhere than below `data` where the account that runs Postgres could not reach it. */
    readonly postgres: string;
  };
  /** The simulated vendors; none with `--no-sandbox`. */
  readonly vendors: readonly TownVendor[];
  /** The first app, `demo`. */
  readonly app: AppKeys;
  /** The demo app and those that `--apps` and `--platform-apps` name. */
  readonly apps: readonly AppKeys[];
  /** `{name, pid, port, restarts, startedAt}` of every child, kept up to date: see `town.json`. */
  readonly townFile: string;
}

/** A simulated vendor. */
export interface TownVendor {
  readonly name: string;
  /** What a person calls such a phone: `iPhone`. */
  readonly phoneName: string;
  /** Where it listens, by the name of the port. */
  readonly ports: Readonly<Record<string, number>>;
}

/** Where the secrets of an app are: files below `<data>/keys`. */
export interface AppKeys {
  readonly id: string;
  /** PEM (PKCS #8) of the ES256 key that signs client JWTs; `kid` is `demo`. */
  readonly clientKeyFile: string;
  /** The server's API key, `rk_<app>_<secret>`, on the last line. */
  readonly serverKeyFile: string;
  /** The nkey seed of the app's own account, on the last line; null unless it is one of `--platform-apps`. */
  readonly platformSeedFile: string | null;
}

/** The content of `town.json`. */
export interface TownFile {
  readonly run: string;
  readonly supervisorPid: number;
  readonly children: readonly {
    /** `nats`, `postgres`, `sandbox`, `presence`, `router`, `vendor-workers`, `gateway`. */
    readonly name: string;
    /** The process itself, not a watcher above it: what a test kills. */
    readonly pid: number;
    readonly port: number | null;
    readonly restarts: number;
    readonly startedAt: number;
  }[];
}
