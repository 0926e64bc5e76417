import type { XiaomiSettings } from '@reveille/contracts/vendors/xiaomi';
import type { CredentialRecipe } from '../../vendor.js';

/** An AppSecret never ends: the file is looked at anew anyway, this only bounds how long one object lives. */
const renewAfterMs = 86_400_000;

/** The AppSecret alone, in one line. It is bound to the app and to the region of the endpoint. */
export function xiaomiCredential(settings: XiaomiSettings): CredentialRecipe {
  return {
    key: `xiaomi|${settings.endpoint}|${settings.credential}`,
    reference: settings.credential,
    minimumRenewalMs: 60_000,
    read(text) {
      const secret = text.trim();
      if (!/^[\x21-\x7e]{1,256}$/.test(secret))
        return { kind: 'fault', fault: 'the Xiaomi credential is not an AppSecret: one line without spaces' };
      return {
        kind: 'ready',
        obtain: (now) => ({
          kind: 'signed',
          // The word `key` is lower case, says the page.
          credential: { authorization: `key=${secret}`, renewAt: now + renewAfterMs },
        }),
      };
    },
  };
}
