/** How many pieces of work may be under way at once, and how much room they may take together. */
export interface Room {
  readonly atOnce: number;
  readonly size: number;
}

/**
 * Does all the work, the pieces in their order but those that do not fit now a little later. One that is larger than the room is
 * done alone. Nothing is begun once `isOver` says so; what is under way then is still waited for.
 */
export async function takeTurns<T>(
  pieces: readonly T[],
  room: Room,
  sizeOf: (piece: T) => number,
  work: (piece: T) => Promise<void>,
  isOver: () => boolean = () => false,
): Promise<void> {
  const left = [...pieces];
  const underWay = new Map<Promise<void>, number>();
  while (left.length > 0 || underWay.size > 0) {
    const taken = [...underWay.values()].reduce((sum, size) => sum + size, 0);
    const next = isOver()
      ? -1
      : left.findIndex((piece) => underWay.size === 0 || taken + sizeOf(piece) <= room.size);
    const [piece] = next === -1 || underWay.size >= room.atOnce ? [] : left.splice(next, 1);
    if (piece !== undefined) {
      const run: Promise<void> = work(piece).finally(() => underWay.delete(run));
      underWay.set(run, sizeOf(piece));
    } else if (underWay.size === 0) return;
    else await Promise.race(underWay.keys());
  }
}
