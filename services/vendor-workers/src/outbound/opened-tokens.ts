import type { SealedFor, Sealing } from '@reveille/chassis/sealing';

interface Opened extends SealedFor {
  readonly token: string;
}

/**
 * Opens sealed tokens and remembers the latest, since who is written to is written to again soon. At most so many are remembered, in
 * this process's memory alone; opening one costs as much as the rest of its request.
 */
export class OpenedTokens {
  /** Those of before go all at once, when there are enough younger ones. */
  #young = new Map<string, Opened>();
  #old = new Map<string, Opened>();

  constructor(
    private readonly sealing: Pick<Sealing, 'open'>,
    private readonly most = 20_000,
  ) {}

  /** @throws as `Sealing.open` does */
  open(sealed: string, { app, deviceId }: SealedFor): string {
    const known = this.#young.get(sealed) ?? this.#old.get(sealed);
    // Whose it is has to be proved for everybody else anew.
    if (known !== undefined && known.app === app && known.deviceId === deviceId) return known.token;
    const token = this.sealing.open(sealed, { app, deviceId });
    this.#remember(sealed, { app, deviceId, token });
    return token;
  }

  #remember(sealed: string, opened: Opened): void {
    if (this.#young.size >= this.most / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(sealed, opened);
  }
}
