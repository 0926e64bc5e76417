import { ConflictError } from '@reveille/contracts/errors';
import { describe, expect, it } from 'vitest';
import { accept, type Decider, refuse } from './decider.js';
import { handleCommand } from './handle-command.js';
import { MemoryEventStore } from './testing/memory-event-store.js';

interface Seat {
  readonly by: string | null;
}
type Taken = { readonly type: 'taken'; readonly by: string };

const seats: Decider<string, Taken, Seat> = {
  initialState: { by: null },
  decide: (by, seat) => {
    if (seat.by === by) return accept();
    return seat.by === null ? accept({ type: 'taken', by }) : refuse('forbidden', 'taken');
  },
  evolve: (_, { by }) => ({ by }),
};

const store = () => new MemoryEventStore<string, Taken, Seat>((id) => id);

describe('handleCommand', () => {
  it('appends what was decided and says where', async () => {
    const kept = store();
    const { decision, position } = await handleCommand(seats, kept, '1A', 'ana');
    expect(decision).toEqual(accept({ type: 'taken', by: 'ana' }));
    expect(position).toBe(1);
    expect(kept.eventsOf('1A')).toEqual([{ event: { type: 'taken', by: 'ana' }, position: 1 }]);
  });

  it('appends nothing for a no or for what is so already', async () => {
    const kept = store();
    await handleCommand(seats, kept, '1A', 'ana');
    const again = await handleCommand(seats, kept, '1A', 'ana');
    const other = await handleCommand(seats, kept, '1A', 'bob');
    expect([again.decision, again.position]).toEqual([accept(), 1]);
    expect(other.decision.kind).toBe('refused');
    expect(kept.eventsOf('1A')).toHaveLength(1);
  });

  it('decides anew when somebody else was first', async () => {
    const kept = store();
    const overtaken = async () => {
      if (kept.eventsOf('1A').length === 0) await kept.append('1A', [{ type: 'taken', by: 'bob' }], 0);
    };
    const { decision } = await handleCommand(seats, kept, '1A', 'ana', overtaken);
    expect(decision.kind).toBe('refused');
    expect(kept.eventsOf('1A').map(({ event }) => event.by)).toEqual(['bob']);
  });

  it('gives up when somebody else is always first', async () => {
    const kept = store();
    const stubborn = { load: kept.load.bind(kept), append: () => Promise.reject(new ConflictError('moved')) };
    await expect(handleCommand(seats, stubborn, '1A', 'ana')).rejects.toThrow(ConflictError);
  });
});
