import type { RefusalCode } from '@reveille/contracts/ask/refusal';
import type { ClientFrame } from '@reveille/contracts/ws/frames';

/**
 * The life of a connection:
 *
 * connecting: nothing but `hello` is taken.
 * greeted: the device is known; nothing but `login` (or another `hello`) is taken.
 * opening: the login is being checked and recorded; nothing is taken until it is answered.
 * open: everything but `hello` and `login` is taken.
 * closed: nothing is taken or sent.
 */
export type ConnectionState = 'connecting' | 'greeted' | 'opening' | 'open' | 'closed';

export type Permit =
  | { readonly kind: 'allowed' }
  | {
      readonly kind: 'refused';
      readonly code: Extract<RefusalCode, 'not-logged-in' | 'already-logged-in'>;
      readonly message: string;
    };

const allowed: Permit = { kind: 'allowed' };
const notYet = (message: string): Permit => ({ kind: 'refused', code: 'not-logged-in', message });

/** Whether a frame may be taken in a state. A `ping` may always. */
export function permits(state: ConnectionState, type: ClientFrame['t']): Permit {
  if (type === 'ping') return allowed;
  const isGreeting = type === 'hello' || type === 'login';
  switch (state) {
    case 'connecting':
      return type === 'hello' ? allowed : notYet('say hello first');
    case 'greeted':
      return isGreeting ? allowed : notYet('log in first');
    case 'opening':
      return notYet('wait for the answer to your login');
    case 'open':
      if (!isGreeting) return allowed;
      return { kind: 'refused', code: 'already-logged-in', message: 'this connection is logged in' };
    case 'closed':
      return notYet('the connection is closing');
  }
}
