import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, type LookupFunction } from 'node:net';

/** IANA's special-purpose registries: what a server on the Internet never has as its address. */
const notPublic4 = new BlockList();
const notPublic6 = new BlockList();
const ranges4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;
for (const [network, prefix] of ranges4) notPublic4.addSubnet(network, prefix, 'ipv4');
/** Everything outside 2000::/3, and inside it what only leads to another address (Teredo, 6to4) or is for documents. */
const ranges6 = [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;
for (const [network, prefix] of ranges6) notPublic6.addSubnet(network, prefix, 'ipv6');

export function isPublicAddress({ address, family }: LookupAddress): boolean {
  // Two lists: in one, an IPv4 address counts as its IPv6 spelling too.
  return family === 6 ? !notPublic6.check(address, 'ipv6') : !notPublic4.check(address, 'ipv4');
}

/**
 * Gives only the public addresses of a name, and fails with `ENOTPUBLIC` where it has none: a connection goes to an address
 * that was looked at, so a name that changes its mind in between leads nowhere else.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, '', 0);
    const addresses = found.filter(isPublicAddress);
    const [first] = addresses;
    if (first === undefined) return callback(notPublicError(), '', 0);
    if (options.all === true) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};

function notPublicError(): NodeJS.ErrnoException {
  return Object.assign(new Error('the name has no public address'), { code: 'ENOTPUBLIC' });
}
