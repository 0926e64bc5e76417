import { vendorContract } from '../vendors/vendor.contract.js';

const ours = {
  sendsOnce: true,
  seesRetryAfter: true,
  knowsWhatWasNotSent: true,
  knowsWhatAnErrorLeftUnsent: true,
  carriesTraceparent: true,
  saysUnknown: true,
  seesStatusOfNonsense: true,
};

vendorContract('apns', 'http2', ours);
vendorContract('fcm', 'http2', ours);
vendorContract('apns', 'node-apn', {
  ...ours,
  seesRetryAfter: false,
  knowsWhatAnErrorLeftUnsent: false,
  carriesTraceparent: false,
  seesStatusOfNonsense: false,
});
vendorContract('fcm', 'firebase-admin', {
  ...ours,
  sendsOnce: false,
  saysUnknown: false,
  carriesTraceparent: false,
  knowsWhatWasNotSent: false,
  knowsWhatAnErrorLeftUnsent: false,
});
