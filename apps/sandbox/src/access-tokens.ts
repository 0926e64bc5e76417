/** An access token that a vendor's token endpoint gave out. */
export interface GrantedToken {
  readonly vendor: string;
  /** What the vendor calls the app: its id, its key or its project. */
  readonly account: string;
  readonly token: string;
}

/** A test of one run looks at far fewer; a long run does not grow. */
const mostPerVendor = 1_000;

/** The access tokens that were given out in this run, the latest of each vendor, so that a test can look where else they lie. */
export class AccessTokens {
  readonly #granted = new Map<string, GrantedToken[]>();

  /** Called by a vendor with a token endpoint when it opens; what it returns, for each token that it gives out. */
  from(vendor: string): (account: string, token: string) => void {
    const granted: GrantedToken[] = [];
    this.#granted.set(vendor, granted);
    return (account, token) => {
      granted.push({ vendor, account, token });
      if (granted.length > mostPerVendor) granted.shift();
    };
  }

  /** The vendors that give tokens out, whether they have or not. */
  vendors(): string[] {
    return [...this.#granted.keys()];
  }

  list(): GrantedToken[] {
    return [...this.#granted.values()].flat();
  }
}
