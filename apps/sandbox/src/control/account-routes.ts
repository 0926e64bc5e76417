import type { Account, Accounts } from '../accounts.js';
import type { OpenVendor } from '../sandbox-vendor.js';
import { Body, badRequest, blame } from './body.js';
import type { ControlRoute } from './control-server.js';

/** `/accounts`: what a provider gets from the vendors' consoles. */
export function accountRoutes(accounts: Accounts, vendors: ReadonlyMap<string, OpenVendor>): ControlRoute[] {
  const openOne = async (vendor: string, body: Body): Promise<object> => {
    const wish = { app: body.text('app'), bundle: body.text('bundle') };
    const { account, isNew } = await accounts.open(vendor, wish);
    return { ...describe(account, vendors, body.textOrNull('host')), isNew };
  };
  const vendorIn = (body: Body): string => body.oneOf('vendor', [...vendors.keys()], null);
  const openMany = async (body: Body): Promise<object[]> => {
    const names = body.textOrNull('vendor') === null ? [...vendors.keys()] : [vendorIn(body)];
    return Promise.all(names.map((name) => openOne(name, body)));
  };
  return [
    {
      method: 'POST',
      path: '/accounts',
      handle: async ({ body }) => {
        if (!body.has('accounts') && body.has('vendor')) return openOne(vendorIn(body), body);
        const wishes = body.has('accounts') ? body.list('accounts') : [body];
        return { accounts: (await Promise.all(wishes.map(openMany))).flat() };
      },
    },
    {
      method: 'PUT',
      path: '/accounts/callbacks',
      handle: ({ body }) => {
        const wishes = body.list('callbacks').map((each) => ({
          vendor: each.text('vendor'),
          app: each.text('app'),
          url: each.text('url'),
        }));
        blame(() => {
          for (const { vendor, app, url } of wishes) accounts.callBack(vendor, app, url);
        });
      },
    },
    {
      method: 'GET',
      path: '/accounts',
      handle: ({ query }) => {
        const app = query.get('app');
        return {
          accounts: accounts
            .list()
            .filter((account) => app === null || account.app === app)
            .map((account) => describe(account, vendors, query.get('host'))),
        };
      },
    },
  ];
}

function describe(
  { vendor, app, bundle, settings, credential, phone }: Account,
  vendors: ReadonlyMap<string, OpenVendor>,
  host: string | null,
): object {
  const addresses = vendors.get(vendor)?.accounts.addresses(host);
  if (addresses === undefined) throw badRequest(`the vendor ${vendor} is not open`);
  return { vendor, app, bundle, settings: { ...settings, ...addresses }, addresses, credential, phone };
}
