import { deciderSpec } from '@reveille/eventing/testing/decider-spec';
import { describe, it } from 'vitest';
import { pushLineDecider } from './push-line.decide.js';
import type { PushLineEvent } from './push-line.state.js';

const suspicion = {
  vendor: 'fcm',
  condemned: 60,
  heard: 100,
  withinMs: 9,
  sinceAt: 1,
  suspectedAt: 2,
} as const;
const trust = { vendor: 'fcm', because: 'operator', trustedAt: 3 } as const;
const suspected: PushLineEvent = { type: 'push-line-suspected', data: suspicion };
const trusted: PushLineEvent = { type: 'push-line-trusted', data: trust };
const { given } = deciderSpec(pushLineDecider);

describe('a push line', () => {
  it('is suspected', () => given().when({ type: 'suspect', data: suspicion }).then(suspected));
  it('is suspected once', () =>
    given(suspected)
      .when({ type: 'suspect', data: { ...suspicion, suspectedAt: 9 } })
      .thenNothing());
  it('is trusted again', () => given(suspected).when({ type: 'trust', data: trust }).then(trusted));
  it('that is trusted is not trusted again', () =>
    given().when({ type: 'trust', data: trust }).thenNothing());
  it('may be suspected a second time', () =>
    given(suspected, trusted).when({ type: 'suspect', data: suspicion }).then(suspected));
});
