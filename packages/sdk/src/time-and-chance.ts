/** The only place of the SDK that reads the clock or draws numbers: a page has no chassis to take them from. Epoch milliseconds. */
export const now = (): number => Date.now();
/** In [0, 1). */
export const chance = (): number => Math.random();
