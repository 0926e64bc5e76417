import { createHash } from 'node:crypto';

/** An app as Meizu knows it. */
export interface MeizuApp {
  readonly appId: string;
  readonly bundle: string;
  readonly secret: string;
  /** Receipt addresses of the console. */
  readonly callbacks: readonly string[];
}

export class MeizuApps {
  readonly #byId = new Map<string, MeizuApp>();

  register(app: MeizuApp): void {
    this.#byId.set(app.appId, app);
  }

  find(appId: string): MeizuApp | null {
    return this.#byId.get(appId) ?? null;
  }
}

/** MD5 over the decoded fields in the order of their names, without `sign`, and the secret. */
export function signatureOf(form: URLSearchParams, secret: string): string {
  const fields = [...form].filter(([name]) => name !== 'sign');
  fields.sort(([one], [other]) => (one < other ? -1 : 1));
  const text = fields.map(([name, value]) => `${name}=${value}`).join('');
  return createHash('md5').update(`${text}${secret}`, 'utf8').digest('hex');
}
