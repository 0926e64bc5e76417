import type { AccessTokens } from '../access-tokens.js';
import type { Accounts } from '../accounts.js';
import type { ControlRoute } from './control-server.js';

/** `/access-tokens`: secrets in clear text, for tests of where they must not be. No vendor has such a thing. */
export function accessTokenRoutes(accessTokens: AccessTokens, accounts: Accounts): ControlRoute[] {
  const appOf = (vendor: string, account: string): string | null =>
    accounts
      .list()
      .find(
        (known) =>
          known.vendor === vendor &&
          Object.values(known.registration).some((value) => String(value) === account),
      )?.app ?? null;
  return [
    {
      method: 'GET',
      path: '/access-tokens',
      handle: ({ query }) => ({
        vendors: accessTokens.vendors(),
        tokens: accessTokens
          .list()
          .map((granted) => ({ ...granted, app: appOf(granted.vendor, granted.account) }))
          .filter(({ vendor, app }) => isWanted(query, 'vendor', vendor) && isWanted(query, 'app', app)),
      }),
    },
  ];
}

function isWanted(query: URLSearchParams, name: string, value: string | null): boolean {
  const wanted = query.get(name);
  return wanted === null || wanted === value;
}
