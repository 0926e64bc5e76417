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

export type Permit = { readonly kind: 'allowed' } | { readonly kind: 'refused'; readonly code: 'not-logged-in' | 'already-logged-in' | 'frame-invalid'; readonly message: string };

const allowed: Permit = { kind: 'allowed' };

/** Whether a frame may be taken in a state. A `ping` may always. */
export function permits(state: ConnectionState, type: ClientFrame['t']): Permit {
  if (type === 'ping') return allowed;
  switch (state) {
    case 'connecting':
      return type === 'hello' ? allowed : { kind: 'refused', code: 'not-logged-in', message: 'say hello first' };
    case 'greeted':
      return type === 'hello' || type === 'login' ? allowed : { kind: 'refused', code: 'not-logged-in', message: 'log in first' };
    case 'opening':
      return { kind: 'refused', code: 'not-logged-in', message: 'wait for the answer to your login' };
    case 'open':
      if (type === 'hello' || type === 'login') return { kind: 'refused', code: 'already-logged-in', message: 'this connection is logged in' };
      return allowed;
    case 'closed':
      return { kind: 'refused', code: 'not-logged-in', message: 'the connection is closing' };
  }
}
