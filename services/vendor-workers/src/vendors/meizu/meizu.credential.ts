import type { MeizuSettings } from '@reveille/contracts/vendors/meizu';
import type { CredentialRecipe } from '../../vendor.js';

/** An AppSecret never ends: this only bounds how long one object lives. */
const renewAfterMs = 86_400_000;

/** The AppSecret alone, in one line. It goes into the signature of each request and never on the wire. */
export function meizuCredential(settings: MeizuSettings): CredentialRecipe {
  return {
    key: `meizu|${settings.endpoint}|${settings.credential}`,
    reference: settings.credential,
    minimumRenewalMs: 60_000,
    read(text) {
      const secret = text.trim();
      if (!/^[\x21-\x7e]{1,256}$/.test(secret))
        return { kind: 'fault', fault: 'the Meizu credential is not an AppSecret: one line without spaces' };
      const obtain = (now: number) =>
        ({ kind: 'signed', credential: { authorization: secret, renewAt: now + renewAfterMs } }) as const;
      return { kind: 'ready', obtain };
    },
  };
}
