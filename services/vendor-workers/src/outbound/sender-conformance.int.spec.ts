import { ownPromises, vendorContract } from '../vendors/vendor.contract.js';

vendorContract(
  'apns',
  {
    ...ownPromises,
    seesRetryAfter: false,
    knowsWhatAnErrorLeftUnsent: false,
    carriesTraceparent: false,
    seesStatusOfNonsense: false,
  },
  'node-apn',
);
vendorContract(
  'fcm',
  {
    ...ownPromises,
    sendsOnce: false,
    saysUnknown: false,
    carriesTraceparent: false,
    outlivesGoaway: false,
    knowsWhatWasNotSent: false,
    knowsWhatAnErrorLeftUnsent: false,
  },
  'firebase-admin',
);
// These take HTTP/1.1 by default and HTTP/2 by choice.
vendorContract('webpush', ownPromises, 'http2');
vendorContract('xiaomi', ownPromises, 'http2');
