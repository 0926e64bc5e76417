import type { OwnersAnswer, OwnersAsk } from '@reveille/contracts/ask/presence';
import type { DeviceLookup, OpenToken, TokenNames } from '../ports.js';

export interface FindOwnersPorts {
  readonly directory: Pick<DeviceLookup, 'owners'>;
  readonly names: Pick<TokenNames, 'refOf'>;
  readonly openToken: OpenToken;
}

/** Who has the tokens that a vendor speaks about. */
export const findOwners =
  ({ directory, names, openToken }: FindOwnersPorts) =>
  async ({ tokens }: OwnersAsk): Promise<OwnersAnswer> => {
    const named = tokens.map(({ app, vendor, sealedToken }) => {
      return { app, vendor, tokenRef: names.refOf(app, vendor, openToken(sealedToken, app)) };
    });
    const owners = await directory.owners(named);
    return {
      owners: named.map(({ tokenRef }, index) => {
        const owner = owners[index] ?? null;
        return { tokenRef, deviceId: owner?.deviceId ?? null, user: owner?.user ?? null };
      }),
    };
  };
