/** A vendor's door under an address of its own, on port 443, in the private namespace. */
export interface FixedHosts {
  readonly port: string;
  readonly address: string;
  readonly hosts: readonly string[];
}

/** Where the hosts lead that are built into clients. */
export const fixedHosts: readonly FixedHosts[] = [
  { port: 'apns', address: '127.0.0.2', hosts: ['api.push.apple.com'] },
  { port: 'apns-development', address: '127.0.0.3', hosts: ['api.sandbox.push.apple.com'] },
  { port: 'fcm', address: '127.0.0.4', hosts: ['fcm.googleapis.com', 'oauth2.googleapis.com'] },
];
